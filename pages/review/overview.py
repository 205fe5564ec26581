"""Business overview: how the institution stands, which child makes the difference."""

import streamlit as st

from ui.breakdown import children_table
from ui.key_figures import key_figures
from ui.page import current_view, heading, trend_figure
from ui.words import t

view = current_view()
key_figures(
    view,
    [
        ("book.summary", "customers"),
        ("book.summary", "aum"),
        ("book.summary", "aum_avg"),
        ("book.summary", "deposit"),
        ("book.summary", "loan"),
        ("book.summary", "wealth"),
        ("book.summary", "joined"),
        ("book.summary", "left"),
        ("funnel.outcomes", "open_amount"),
        ("funnel.outcomes", "won_amount"),
    ],
    key="cards",
)
if view.store.has("customer_months"):
    columns = ["aum", "customers", "deposit", "loan", "joined", "left", "moved_in", "moved_out"]
    children_table(view, "book.summary", columns, key="children")
    left, right = st.columns(2, gap="medium")
    with left:
        heading(t("AUM over 24 months"))
        trend_figure(view, "book.summary", {"aum": t("Period end"), "aum_avg": t("Monthly average")},
                     alt=t("AUM at period end and monthly average over 24 months"), key="aum")  # fmt: skip
    with right:
        heading(t("New and lost customers over 24 months"))
        trend_figure(view, "book.summary", {"joined": t("New customers"), "left": t("Lost customers")},
                     alt=t("New and lost customers by month over 24 months"), key="customers")  # fmt: skip
