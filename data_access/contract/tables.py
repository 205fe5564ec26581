"""The tables that every subject rests on: institutions, managers, customers and their months, plans, events.

A subject's own tables stand in its room.
"""

import narwhals as nw

from data_access.contract.rules import Column, Rule, Table

BASES = ("level", "increase", "flow")


def _money(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "money") for name in names)


INSTITUTIONS = Table(
    "institutions",
    "one institution (and version)",
    ("institution_id", "valid_from"),
    (
        Column("institution_id", "id", required=True),
        Column("parent_id", "id"),
        Column("level", "text"),
        Column("name", "text"),
        Column("name_en", "text"),
        Column("peer_group", "text"),
        Column("opened_on", "date", expected=True),
        Column("closed_on", "date", expected=True),
        Column("merged_into", "id"),
        Column("valid_from", "date", expected=True),
        Column("valid_to", "date", expected=True),
    ),
    late_after=None,
)
MANAGERS = Table(
    "managers",
    "one relationship manager",
    ("manager_id",),
    (
        Column("manager_id", "id", required=True),
        Column("name", "text"),
        Column("institution_id", "id", refers="institutions"),
        Column("role", "text"),
        Column("from_on", "date", expected=True),
        Column("to_on", "date", expected=True),
    ),
    late_after=None,
)
CUSTOMERS = Table(
    "customers",
    "one customer",
    ("customer_id",),
    (
        Column("customer_id", "id", required=True),
        Column("institution_id", "id", refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("kind", "enum", values=("personal", "corporate")),
        Column("name", "text"),
        Column("phone", "text"),
        Column("joined_on", "date"),
        Column("closed_on", "date"),
        Column("exit_cause", "text"),
        Column("birth_year", "count"),
        Column("channel", "code"),
        Column("tenure", "count"),
        Column("left", "text"),
    ),
    first="known_on",
    late_after=None,
)
CUSTOMER_MONTHS = Table(
    "customer_months",
    "customer × month end",
    ("customer_id", "month"),
    (
        Column("month", "month", required=True),
        Column("customer_id", "id", required=True, refers="customers"),
        Column("institution_id", "id", required=True, refers="institutions"),
        *_money("aum", "aum_avg", "deposit", "loan", "wealth", "contribution", "fee_income", "market_value"),
        Column("products", "count"),
        Column("own_transactions", "count"),
        Column("manager_id", "id", refers="managers", soft=True),
    ),
    events=("month",),
    parts=(("deposit", "aum"), ("wealth", "aum")),
)
TARGETS = Table(
    "targets",
    "institution × metric × basis × period",
    ("institution_id", "metric", "basis", "period_start", "period_end"),
    (
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("metric", "text", required=True),
        Column("basis", "enum", required=True, values=BASES),
        Column("period_start", "date", required=True, expected=True),
        Column("period_end", "date", required=True, expected=True),
        Column("value", "number", required=True),
    ),
    rules=(
        Rule(
            "period ends before it starts",
            "period_end",
            "a period_end before period_start",
            "correct one of the two dates in the source",
            lambda _: nw.col("period_end") < nw.col("period_start"),
            needs=("period_start", "period_end"),
        ),
    ),
    late_after=None,
)
ANNOTATIONS = Table(
    "annotations",
    "one event or task",
    ("institution_id", "date", "kind", "text"),
    (
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("date", "date", required=True, expected=True),
        Column("kind", "enum", required=True, values=("event", "task")),
        Column("text", "text", required=True),
        Column("owner", "text"),
        Column("due_on", "date", expected=True),
        Column("done_on", "date"),
    ),
    late_after=None,
)
GRANTS = Table(
    "grants",
    "user × institution (× time)",
    ("user", "institution_id", "permissions", "valid_from", "granted_by"),
    (
        Column("user", "text", required=True),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("permissions", "text"),
        Column("valid_from", "date", expected=True),
        Column("valid_to", "date", expected=True),
        Column("granted_by", "text"),
        Column("address", "text"),
    ),
    live=True,
    late_after=None,
)
CONTROLS = Table(
    "controls",
    "one total of the ledger",
    ("table", "column", "part", "from_on", "date", "institution_id"),
    (
        Column("table", "text", required=True),
        Column("column", "text"),
        Column("part", "text"),
        Column("from_on", "date"),
        Column("date", "date", required=True),
        Column("institution_id", "id", refers="institutions"),
        Column("expected", "number", required=True),
        Column("tolerance", "number"),
    ),
    late_after=None,
)
CALENDAR = Table(
    "calendar",
    "one day",
    ("date",),
    (
        Column("date", "date", required=True, expected=True),
        Column("working", "enum", required=True, values=("yes", "no")),
    ),
    late_after=None,
)
FRAME = (INSTITUTIONS, MANAGERS, CUSTOMERS, CUSTOMER_MONTHS, TARGETS, ANNOTATIONS, GRANTS, CONTROLS, CALENDAR)
