"""Satisfaction: how content those are who answered, who differs beyond chance, whom to call back."""

from ui.choice import breakdown_choice
from ui.detractors import detractors
from ui.finding import show_finding
from ui.key_figures import key_figures
from ui.page import available, current_view, halves, trend_figure
from ui.satisfaction import (
    breakdown_figure,
    control_figure,
    histogram,
    reasons_figure,
    rest_note,
    scores_table,
    survey_choice,
)
from ui.satisfaction_rows import stand_out
from ui.spoken import ON_SATISFACTION, SATISFACTION
from ui.todo import todo
from ui.words import t

view = current_view()
available(view, "satisfaction.nps")
survey_choice(view, key="survey_kind")
show_finding(view, ON_SATISFACTION, " ".join(filter(None, [stand_out(view), todo(view, "detractors")])))
key_figures(view, SATISFACTION, key="cards")
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
