"""Surveys in the contract: one invitation to a customer, and what came back."""

import narwhals as nw

from data_access.contract.rules import Column, Rule, Table

SCORES = {"nps": (0, 10), "csat": (1, 5), "effort": (1, 7)}
SURVEY_KINDS = ("transaction", "relationship")


def _in_range(name: str, low: int, high: int) -> Rule:
    return Rule(
        f"{name} out of range",
        name,
        f"a score that is not from {low} to {high}",
        "deliver the score as it was given, or none where nobody answered",
        lambda _: (nw.col(name) < low) | (nw.col(name) > high),
        needs=(name,),
    )


SURVEYS = Table(
    "surveys",
    "one invitation",
    ("response_id",),
    (
        Column("response_id", "id", required=True),
        Column("survey_kind", "enum", values=SURVEY_KINDS),
        Column("customer_id", "id", refers="customers", soft=True),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("product", "code"),
        Column("channel", "code"),
        Column("touchpoint", "code"),
        Column("reason", "code"),
        Column("invited_on", "date"),
        Column("responded_on", "date"),
        *(Column(name, "count") for name in SCORES),
        Column("comment", "text"),
    ),
    events=("invited_on", "responded_on"),
    rules=(
        *(_in_range(name, low, high) for name, (low, high) in SCORES.items()),
        Rule(
            "answered before it was sent",
            "responded_on",
            "an answer before invited_on",
            "correct one of the two dates in the source",
            lambda _: nw.col("responded_on") < nw.col("invited_on"),
            needs=("invited_on", "responded_on"),
        ),
    ),
    first="day",
)
