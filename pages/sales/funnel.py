"""Sales funnel: how far new deals come, what is open, what was decided, where it differs."""

import streamlit as st

from ui.choice import breakdown_choice, rates_figure
from ui.deals import overdue_deals
from ui.finding import show_finding
from ui.key_figures import key_figures
from ui.page import available, current_view, heading, trend_figure
from ui.spoken import FUNNEL, ON_FUNNEL
from ui.stages import stage_figure, stage_table
from ui.todo import todo
from ui.words import t

view = current_view()
available(view, "funnel.outcomes")
show_finding(view, ON_FUNNEL, todo(view, "overdue"))
key_figures(view, FUNNEL, key="cards")

left, right = st.columns([2, 3], gap="medium")
with left:
    heading(t("Deals that began in the period"), t("and how far they have come since"))
    stage_figure(view, key="funnel")
with right:
    heading(t("Stages"))
    stage_table(view, key="stages")

left, right = st.columns([2, 3], gap="medium")
with left:
    title, note = t("Closing rate by month"), t("with its 95 % interval")
    alt, rate = t("Closing rate by month with its interval"), {"win_rate": t("Closing rate")}
    trend_figure(view, "funnel.outcomes", rate, title=title, note=note, band=("low", "high"), months=12,
                 alt=alt, key="trend")  # fmt: skip
with right:
    rates_figure(view, breakdown_choice(view, "funnel.outcomes", t("Closing rate by"), key="by"), key="rates")

overdue_deals(view, key="overdue")
