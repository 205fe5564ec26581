"""Sales funnel: what became of new deals, what happened in the period, where open deals stand."""

from ui.base.words import t
from ui.funnel.bridge import pipeline_bridge_figure
from ui.funnel.deals import OVERDUE, deal_list
from ui.funnel.page import FUNNEL
from ui.funnel.stages import method, stage_section
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, trend_figure

view = current_view()
available(view, "funnel.outcomes")
show_finding(view, FUNNEL)
key_figures(view, FUNNEL.cards, key="cards")
with stage_section(view, key="stages"):
    title, note = t("Closing rate by month"), t("with its 95 % interval")
    alt, rate = t("Closing rate by month with its interval"), {"win_rate": t("Closing rate")}
    trend_figure(
        view,
        "funnel.outcomes",
        rate,
        title=title,
        note=note,
        band=("low", "high"),
        months=12,
        alt=alt,
        key="trend",
    )
pipeline_bridge_figure(view, key="bridge")
method(view, key="method")
deal_list(view, OVERDUE, key="overdue")
