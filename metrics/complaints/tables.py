"""Complaints in the contract: one case, from its opening to its end."""

import narwhals as nw

from data_access.contract.rules import Column, Rule, Table


def _after_opening(name: str, done: str) -> Rule:
    return Rule(
        f"{done} before it was opened",
        name,
        "a day before opened_on",
        "correct one of the two dates in the source",
        lambda _: nw.col(name) < nw.col("opened_on"),
        needs=("opened_on", name),
    )


COMPLAINTS = Table(
    "complaints",
    "one case",
    ("case_id",),
    (
        Column("case_id", "id", required=True),
        Column("customer_id", "id", refers="customers", soft=True),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("channel", "code"),
        Column("category", "code"),
        Column("source", "enum", values=("customer", "regulator", "media")),
        Column("level", "code"),
        Column("opened_on", "date"),
        Column("due_on", "date", expected=True),
        Column("answered_on", "date"),
        Column("resolved_on", "date"),
        Column("outcome", "text"),
    ),
    events=("opened_on", "answered_on", "resolved_on"),
    rules=(_after_opening("answered_on", "answered"), _after_opening("resolved_on", "resolved")),
    first="opened_on",
)
