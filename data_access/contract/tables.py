"""The tables of the contract: what each delivered table must be, its grain, columns, units and rules."""

import narwhals as nw

from data_access.contract.case_tables import COMPLAINTS, OPPORTUNITY_CHANGES
from data_access.contract.rules import Column, Rule, Table
from data_access.contract.survey_table import SURVEYS

LINES = ("deposit", "loan", "contingent", "intermediary", "wealth")
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
    ),
    events=("month",),
)
OPPORTUNITIES = Table(
    "opportunities",
    "one deal",
    ("opportunity_id",),
    (
        Column("opportunity_id", "id", required=True),
        Column("title", "text"),
        Column("customer_id", "id", refers="customers", soft=True),
        Column("customer_kind", "enum", values=("personal", "corporate")),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("product", "code"),
        Column("source", "code"),
        Column("channel", "code"),
        Column("created_on", "date"),
        Column("expected_close_on", "date", expected=True),
        *_money("expected_amount", "amount"),
        Column("stage", "enum"),
        Column("outcome", "enum", required=True, values=("open", "won", "lost", "lapsed")),
        Column("closed_on", "date"),
        Column("lost_reason", "code"),
        Column("competitor", "code"),
        Column("released_on", "date"),
        Column("release_reason", "code"),
    ),
    events=("created_on", "closed_on"),
    rules=(
        Rule(
            "decided deal without a closing day",
            "closed_on",
            "no closing day although the outcome is decided",
            "deliver closed_on for every won, lost or lapsed deal",
            lambda _: (nw.col("outcome") != "open") & nw.col("closed_on").is_null(),
            needs=("outcome", "closed_on"),
        ),
        Rule(
            "closed before it was created",
            "closed_on",
            "a closing day before created_on",
            "correct one of the two dates in the source",
            lambda _: nw.col("closed_on") < nw.col("created_on"),
            needs=("created_on", "closed_on"),
        ),
    ),
)
STAGE_EVENTS = Table(
    "stage_events",
    "deal × stage entered",
    ("opportunity_id", "stage", "entered_on", "seq"),
    (
        Column("opportunity_id", "id", required=True, refers="opportunities"),
        Column("stage", "enum", required=True),
        Column("entered_on", "date", required=True),
        Column("seq", "count"),
    ),
    events=("entered_on",),
)
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
)
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
)
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
)
CONTACTS = Table(
    "contacts",
    "one contact",
    ("contact_id",),
    (
        Column("contact_id", "id", required=True),
        Column("customer_id", "id", refers="customers", soft=True),
        Column("opportunity_id", "id", refers="opportunities", soft=True),
        Column("manager_id", "id", refers="managers", soft=True),
        Column("institution_id", "id", required=True, refers="institutions"),
        Column("contacted_on", "date", required=True),
        Column("kind", "enum", values=("call", "visit", "care", "follow_up", "complaint_callback")),
        Column("effective", "enum", values=("yes", "no")),
    ),
    events=("contacted_on",),
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
)
CONTRACT: dict[str, Table] = {
    table.name: table
    for table in (
        INSTITUTIONS,
        MANAGERS,
        CUSTOMERS,
        CUSTOMER_MONTHS,
        OPPORTUNITIES,
        STAGE_EVENTS,
        DAILY_BALANCES,
        TARGETS,
        LARGE_MOVES,
        HOLDINGS,
        CONTACTS,
        ANNOTATIONS,
        COMPLAINTS,
        OPPORTUNITY_CHANGES,
        SURVEYS,
    )
}
