"""Pipeline outlook: what open deals will bring, against the plan, and which of them have stalled."""

from ui.deals import STALLED, deal_list
from ui.finding import show_finding
from ui.key_figures import key_figures
from ui.outlook import outlook_section, record
from ui.page import available, current_view
from ui.spoken import ON_OUTLOOK, OUTLOOK
from ui.todo import todo

view = current_view()
available(view, "funnel.outlook")
show_finding(view, ON_OUTLOOK, todo(view, "stalled"))
key_figures(view, OUTLOOK, key="cards")
outlook_section(view, key="outlook")
record(view, key="record")
deal_list(view, STALLED, key="stalled")
