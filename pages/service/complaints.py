"""Complaints: what the regulator forwarded, what came, how punctually it was answered, what waits."""

from ui.base.words import t
from ui.complaints.page import PAGE
from ui.complaints.summary import complaint_table, complaints_below, late_complaints, next_step
from ui.parts.finding import show_finding
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves, trend_figure

view = current_view()
available(view, "complaints.summary")
show_finding(view, PAGE, next_step(view))
key_figures(view, PAGE.cards, key="cards")
complaints_below(view, PAGE.below, key="children")

left, right = halves()
with left:
    lines = {"opened": t("New complaints"), "resolved": t("Resolved complaints")}
    title, alt = t("Complaints over 24 months"), t("New and resolved complaints by month over 24 months")
    trend_figure(view, "complaints.summary", lines, title=title, alt=alt, key="trend")
with right:
    title, note = t("Answered in time by month"), t("with its 95 % interval")
    alt, rate = t("Share answered in time by month with its interval"), {"on_time": t("Answered in time")}
    trend_figure(
        view, "complaints.summary", rate, title=title, note=note, alt=alt, band=("low", "high"), key="on_time"
    )

left, right = halves()
with left:
    complaint_table(view, "category", key="category")
with right:
    complaint_table(view, "channel", key="channel")
late_complaints(view, key="late")
