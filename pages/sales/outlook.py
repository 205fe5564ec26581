"""Pipeline outlook: what open deals will bring, against the plan, and which of them have stalled."""

from ui.funnel.deals import STALLED, deal_list
from ui.funnel.institutions import to_win_table
from ui.funnel.outlook import outlook_section, record
from ui.funnel.page import OPENS, OUTLOOK
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view

view = current_view()
available(view, "funnel.outlook")
show_finding(view, OUTLOOK)
key_figures(view, OUTLOOK.cards, key="cards", opens=OPENS)
to_win_table(view, key="children")
outlook_section(view, key="outlook")
record(view, key="record")
deal_list(view, STALLED, key="stalled")
