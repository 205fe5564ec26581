"""Sales funnel: how far new deals come, what is open, what was decided, where it differs."""

import streamlit as st

from ui.choice import breakdown_choice, rates_figure
from ui.deals import overdue_deals
from ui.key_figures import key_figures
from ui.page import current_view, heading, trend_figure
from ui.stages import stage_figure, stage_table
from ui.words import t

CARDS = (
    *("win_rate", "won_amount", "won", "open"),
    *("open_amount", "cycle_days_median", "average_deal", "lapsed"),
)

view = current_view()
key_figures(view, [("funnel.outcomes", column) for column in CARDS], key="cards")

left, right = st.columns([2, 3], gap="medium")
with left:
    heading(t("Deals that began in the period"), t("and how far they have come since"))
    stage_figure(view, key="funnel")
with right:
    heading(t("Stages"))
    stage_table(view, key="stages")

left, right = st.columns([2, 3], gap="medium")
with left:
    heading(t("Closing rate by month"), t("with its 95 % interval"))
    alt = t("Closing rate by month with its interval")
    rate = {"win_rate": t("Closing rate")}
    trend_figure(view, "funnel.outcomes", rate, band=("low", "high"), months=12, alt=alt, key="trend")
with right:
    rates_figure(view, breakdown_choice(view, "funnel.outcomes", key="by"), key="rates")

overdue_deals(view, key="overdue")
