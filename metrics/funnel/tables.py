"""Deals in the contract: the deals, their stages, what was changed in them, and contacts about them."""

import narwhals as nw

from data_access.contract.rules import Column, Rule, Table

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
        Column("expected_amount", "money"),
        Column("amount", "money"),
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
    first="month_starts.day",
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
OPPORTUNITY_CHANGES = Table(
    "opportunity_changes",
    "deal × field × day",
    ("opportunity_id", "field", "changed_on", "seq"),
    (
        Column("opportunity_id", "id", required=True, refers="opportunities"),
        Column("changed_on", "date", required=True),
        Column("seq", "count"),
        Column("field", "text", required=True),
        Column("old", "text"),
        Column("new", "text"),
    ),
    events=("changed_on",),
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
