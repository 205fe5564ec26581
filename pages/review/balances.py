"""Balances: deposits, loans, contingent and intermediary business, at the day and on average."""

from ui.base.words import t
from ui.parts.breakdown import children_table
from ui.parts.finding import show_finding
from ui.parts.folded import folded
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves, trend_figure
from ui.review.balances import balance_table, income_table
from ui.review.page import BALANCES
from ui.review.side_by_side import slope_figure

view = current_view()
available(view, "balance.lines")
show_finding(view, BALANCES)
key_figures(view, BALANCES.cards, key="cards")
balance_table(view, key="lines")
children_table(view, BALANCES.below, key="children")

left, right = halves()
with left:
    lines = {"deposit": t("Month end"), "deposit_avg": t("Monthly average")}
    title, alt = t("Deposits over 24 months"), t("Deposits at month ends and on average")
    trend_figure(view, "balance.lines", lines, title=title, alt=alt, key="deposits")
with right:
    lines = {"loan": t("Month end"), "loan_avg": t("Monthly average")}
    title, alt = t("Loans over 24 months"), t("Loans at month ends and on average")
    trend_figure(view, "balance.lines", lines, title=title, alt=alt, key="loans")
income_table(view, key="income")
if view.store.tree.children(view.node):
    with folded(t("Institutions below at two dates"), key="dates"):
        slope_figure(view, BALANCES.below, key="slope")
