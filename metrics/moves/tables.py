"""Large moves in the contract: a large amount of a customer that came or went."""

import narwhals as nw

from data_access.contract.rules import Column, Rule, Table

LARGE_MOVES = Table(
    "large_moves",
    "customer × day × direction",
    ("customer_id", "date", "direction", "amount", "counterparty_kind"),
    (
        Column("customer_id", "id", required=True, refers="customers"),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("date", "date", required=True),
        Column("amount", "money", required=True),
        Column("direction", "enum", required=True, values=("in", "out")),
        Column("counterparty_kind", "text"),
    ),
    events=("date",),
    rules=(
        Rule(
            "amount not above zero",
            "amount",
            "an amount that is not above zero",
            "deliver the amount without a sign; direction says in or out",
            lambda _: nw.col("amount") <= 0,
            needs=("amount",),
        ),
    ),
    first="day",
)
