"""Daily balances in the contract: an institution's balance of a product on a day."""

from data_access.contract.rules import Column, Table

LINES = ("deposit", "loan", "contingent", "intermediary", "wealth")

DAILY_BALANCES = Table(
    "daily_balances",
    "institution × day × business line × product",
    ("date", "institution_id", "business_line", "product"),
    (
        Column("date", "date", required=True),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("business_line", "enum", required=True, values=LINES),
        Column("product", "code"),
        Column("balance", "money", required=True),
    ),
    events=("date",),
    late_after=5,
    first="day",
)
