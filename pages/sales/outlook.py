"""Pipeline outlook: what open deals will bring, against the plan, and which of them have stalled."""

from ui.funnel.deals import STALLED, deal_list
from ui.funnel.outlook import outlook_section, record
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view
from ui.parts.todo import todo
from ui.spoken import ON_OUTLOOK, OUTLOOK

view = current_view()
available(view, "funnel.outlook")
show_finding(view, ON_OUTLOOK, todo(view, "stalled"))
key_figures(view, OUTLOOK, key="cards")
outlook_section(view, key="outlook")
record(view, key="record")
deal_list(view, STALLED, key="stalled")
