"""Satisfaction: how content those are who answered, who differs beyond chance, whom to call back."""

from ui.base.words import t
from ui.parts.choice import breakdown_choice
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves, trend_figure
from ui.satisfaction.detractors import detractors
from ui.satisfaction.page import PAGE
from ui.satisfaction.rows import stand_out
from ui.satisfaction.summary import (
    breakdown_figure,
    control_figure,
    histogram,
    longer_button,
    reasons_figure,
    rest_note,
    scores_table,
    survey_choice,
)

view = current_view()
available(view, "satisfaction.nps")
survey_choice(view, key="survey_kind")
show_finding(view, PAGE, stand_out(view))
longer_button(view, key="longer")
key_figures(view, PAGE.cards, key="cards")
rest_note(view)
scores_table(view, key="children")

left, right = halves()
with left:
    control_figure(view, key="control")
    histogram(view, key="histogram")
    reasons_figure(view, key="reasons")
with right:
    title, note, nps = t("NPS over 24 months"), t("with its 95 % interval"), {"nps": t("NPS")}
    trend_figure(
        view, "satisfaction.nps", nps, title=title, note=note, band=("low", "high"), alt=title, key="trend"
    )
    breakdown_figure(view, breakdown_choice(view, "satisfaction.nps", t("NPS by"), key="by"), key="breakdown")
detractors(view, key="detractors")
