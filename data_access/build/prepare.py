"""The small tables of a delivery as the builders get them: coded, in order, filled."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.intake.intake import Intake
from data_access.subjects.complaint_cases import prepare_complaints
from data_access.subjects.customer_events import prepare_holdings, prepare_moves
from data_access.subjects.daily import gaps, prepare_balances
from data_access.subjects.deal_changes import prepare_changes
from data_access.subjects.deals import (
    code_labels,
    month_starts,
    prepare_deals,
    prepare_events,
    prepare_reaches,
    with_tiers,
)
from data_access.subjects.durations import has_durations, with_durations
from data_access.subjects.pool import prepare_clashes, prepare_pool
from data_access.subjects.surveys import prepare_surveys

DAYS = {
    "customers": "known_on",
    "daily_balances": "day",
    "large_moves": "day",
    "holdings": "opened_on",
    "month_starts": "day",
    "complaints": "opened_on",
    "surveys": "day",
}


def prepared(intake: Intake) -> dict[str, pl.DataFrame]:
    """Every small table; those that need another's columns get them here."""
    tables, policy = dict(intake.tables), intake.config.policy
    customers, codes = tables.get("customers"), intake.codes
    months = {month: pl.scan_parquet(path) for month, path in intake.months.items()}
    if has_durations(intake):
        tables["customers"] = with_durations(intake)
    if "daily_balances" in tables:
        report = intake.reports["daily_balances"]
        report.notes += filter(None, [gaps(tables["daily_balances"])])
        report.columns += sorted(
            tables["daily_balances"]["business_line"].unique()
        )  # lines are columns of metrics
        as_of = report.as_of or intake.today
        tables["daily_balances"] = prepare_balances(tables["daily_balances"], as_of, codes)
    if "large_moves" in tables:
        tables["large_moves"] = prepare_moves(
            tables["large_moves"], tables.get("contacts"), customers, months, policy.contact_days
        )
    if "holdings" in tables:
        as_of = intake.reports["holdings"].as_of or intake.today
        tables["due"], tables["renewals"] = prepare_holdings(
            tables["holdings"], customers, months, as_of, policy.renewal_days, codes
        )
    tables |= _deals(intake, months) if "opportunities" in tables else {}
    if "complaints" in tables:
        as_of = intake.reports["complaints"].as_of or intake.today
        tables["complaints"], tables["complaint_events"] = prepare_complaints(
            tables["complaints"], customers, months, as_of, policy.repeat_days, codes
        )
    if "surveys" in tables:
        dates = {name: report.as_of or intake.today for name, report in intake.reports.items()}
        tables["surveys"] = prepare_surveys(
            tables["surveys"], tables.get("contacts"), customers, months, dates, policy, codes
        )
    return tables


def _deals(intake: Intake, months: dict[date, pl.LazyFrame]) -> dict[str, pl.DataFrame]:
    """Deals and stage events coded and put in order, and the month starts of their opening stocks."""
    tables, policy, codes = intake.tables, intake.config.policy, intake.codes
    events = prepare_events(tables.get("stage_events"), policy)
    deals = prepare_deals(tables["opportunities"], events, tables.get("customers"), policy)
    tags = list(intake.config.tables["opportunities"].dimensions)
    deals = code_labels(deals, ["product", "source", "channel", "lost_reason", "competitor", *tags], codes)
    as_of = deals_as_of(intake)
    deals, events = with_tiers(deals, events, months, as_of)
    deals = deals.with_columns(days_late=(pl.lit(as_of) - pl.col("expected_close_on")).dt.total_days())
    pool = {}
    if "contacts" in tables:
        pool["pool"] = prepare_pool(deals, tables["contacts"], as_of, policy, codes)
    days = [
        day for column in ("created_on", "closed_on", "first_on") for day in (deals[column].min(),) if day
    ]
    first = min((day for day in days if isinstance(day, date)), default=as_of)
    moved = prepare_changes(deals, tables.get("opportunity_changes"), intake, as_of, first)
    return {
        "opportunities": deals,
        "stage_events": events,
        "reaches": prepare_reaches(events),
        "month_starts": month_starts(first, as_of),
        "clashes": prepare_clashes(deals, tables.get("customers")),
        "deal_moves": moved,
        **pool,
    }


def deals_as_of(intake: Intake) -> date:
    days = [
        intake.reports[name].as_of for name in ("opportunities", "stage_events") if name in intake.reports
    ]
    return max((day for day in days if day), default=intake.today)


def first_days(tables: dict[str, pl.DataFrame], months: Mapping[date, object]) -> dict[str, str]:
    """The first day of each table whose facts have days."""
    here = {
        name: column for name, column in DAYS.items() if name in tables and column in tables[name].columns
    }
    found = {name: tables[name][column].min() for name, column in here.items()}
    found["customer_months"] = min(months, default=None)
    if "month_starts" in found:
        found["opportunities"] = found.pop("month_starts")
    return {name: str(day) for name, day in found.items() if day is not None}
