"""Pool of deals: who holds what, what goes back to the pool, and who works on the same customer."""

from ui.base.words import t
from ui.funnel.deals import RETURNING, deal_list
from ui.funnel.page import POOL
from ui.funnel.pool import clash_table, pool_finding, pool_table
from ui.parts.key_figures import key_figures
from ui.parts.page import available, current_view, halves

view = current_view()
available(view, "funnel.pool")
pool_finding(view)
key_figures(view, POOL.cards, key="cards")
left, right = halves()
with left:
    pool_table(view, view.rows, t("Institution"), key="institutions")
with right:
    pool_table(view, "pool_reason", t("Reason"), key="reasons")
    clash_table(view, key="clashes")
pool_table(view, "manager", t("Relationship manager"), key="managers")
deal_list(view, RETURNING, key="returning")
