"""Business overview: how the institution stands, which child makes the difference."""

import streamlit as st

from ui.breakdown import children_table
from ui.key_figures import key_figures
from ui.page import current_view, heading, trend_figure
from ui.words import t

BOOK = ["customers", "aum", "aum_avg", "deposit", "loan", "wealth", "joined", "left"]
CHILDREN = ["aum", "customers", "deposit", "loan", "joined", "left", "moved_in", "moved_out"]

view = current_view()
figures = [("book.summary", column) for column in BOOK]
key_figures(
    view, [*figures, ("funnel.outcomes", "open_amount"), ("funnel.outcomes", "won_amount")], key="cards"
)

if not view.store.has("customer_months"):
    st.info(t("Customers and balances are shown when customer_months is delivered."))
else:
    children_table(view, "book.summary", CHILDREN, key="children")
    left, right = st.columns(2, gap="medium")
    with left:
        heading(t("AUM over 24 months"))
        lines = {"aum": t("Period end"), "aum_avg": t("Monthly average")}
        alt = t("AUM at period end and monthly average over 24 months")
        trend_figure(view, "book.summary", lines, alt=alt, key="aum")
    with right:
        heading(t("New and lost customers over 24 months"))
        lines = {"joined": t("New customers"), "left": t("Lost customers")}
        alt = t("New and lost customers by month over 24 months")
        trend_figure(view, "book.summary", lines, alt=alt, key="customers")
