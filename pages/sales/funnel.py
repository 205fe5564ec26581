"""Sales funnel: what became of new deals, what happened in the period, where open deals stand."""

from ui.base.link import CHILDREN
from ui.base.words import t
from ui.funnel.bridge import pipeline_bridge_figure
from ui.funnel.deals import OVERDUE, deal_list
from ui.funnel.institutions import closing_table
from ui.funnel.page import FUNNEL
from ui.funnel.stages import closing_trend, method, stage_section
from ui.parts.choice import rates_figure
from ui.parts.finding import show_finding
from ui.parts.folded import folded
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves
from ui.parts.quiet import heading

view = current_view()
available(view, "funnel.outcomes")
show_finding(view, FUNNEL)
key_figures(view, FUNNEL.cards, key="cards")
is_above = bool(view.store.tree.children(view.node))
with stage_section(view, key="stages"):
    if is_above:
        closing_table(view, key="children")
    else:
        closing_trend(view, key="trend")
pipeline_bridge_figure(view, key="bridge")
if is_above:
    with folded(t("Closing rates by month, and side by side with their intervals"), key="closing"):
        left, right = halves()
        with left:
            closing_trend(view, key="trend")
        with right:
            heading(t("Closing rates of the institutions below"))
            rates_figure(view, CHILDREN, key="rates")
method(view, key="method")
deal_list(view, OVERDUE, key="overdue")
