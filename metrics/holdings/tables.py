"""Holdings in the contract: a position of a customer, also one that matured."""

from data_access.contract.rules import Column, Table

HOLDINGS = Table(
    "holdings",
    "customer × position",
    ("customer_id", "position_id", "product", "opened_on", "matures_on", "amount"),
    (
        Column("position_id", "text"),
        Column("customer_id", "id", required=True, refers="customers"),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("product", "text"),
        Column("product_kind", "code"),
        Column("amount", "money", required=True),
        Column("opened_on", "date"),
        Column("matures_on", "date", expected=True),
    ),
    events=("opened_on",),
    first="opened_on",
)
