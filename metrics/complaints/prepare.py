"""Complaints as the builders get them: each case with its customer, and what happened to it by day.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.intake.intake import Intake
from data_access.openings import opening_days
from metrics.book.customers import with_customer
from metrics.complaints.settings import REPEAT_DAYS

OPENED, RESOLVED, OPENING, IN_TIME, LATE = 0, 1, 2, 3, 4
LABELS = ("category", "channel", "source", "level")
_OPTIONAL: dict[str, pl.DataType] = {
    **dict.fromkeys(("customer_no", "manager_no"), pl.Int64()),
    **dict.fromkeys(("customer_id", "outcome", *LABELS), pl.String()),
    **dict.fromkeys(("opened_on", "due_on", "answered_on", "resolved_on"), pl.Date()),
}


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """Cases, and their events by day."""
    if "complaints" not in intake.tables:
        return {}
    cases, events = prepare_complaints(
        intake.tables["complaints"],
        intake.tables.get("customers"),
        intake.scans(),
        intake.as_of("complaints"),
        intake.config.policy.of(REPEAT_DAYS),
        intake.codes,
    )
    return {"complaints": cases, "complaint_events": events}


def prepare_complaints(
    complaints: pl.DataFrame,
    customers: pl.DataFrame | None,
    months: Mapping[date, pl.LazyFrame],
    as_of: date,
    repeat_days: int,
    codes: Codes,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases with their labels, customer and promise, and their events by day.

    A case keeps the tier that its customer had at the last month end before it was opened, so what is
    opened, resolved and still open of a tier adds up. It is answered by its answer, or by its resolution
    where no answer is dated. The promise was kept if the answer came by `due_on`; it is judged on the day
    of that answer, or the day after `due_on`, once.
    """
    is_told = {"answered_on", "resolved_on"} & set(complaints.columns)
    missing = {name: dtype for name, dtype in _OPTIONAL.items() if name not in complaints.columns}
    cases = complaints.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items())
    cases = cases.filter(pl.col("opened_on").is_not_null())
    if not is_told:  # nobody knows whether a promise was kept
        cases = cases.with_columns(due_on=pl.lit(None, dtype=pl.Date))
    cases = _with_repeats(cases, repeat_days).with_columns(
        regulator=(pl.col("source") == "regulator").fill_null(False).cast(pl.Int64),
        answer=pl.coalesce("answered_on", "resolved_on"),
    )
    cases = cases.with_columns(codes.coded(cases, name).alias(name) for name in LABELS)
    cases = _with_aum(with_customer(cases, pl.col("opened_on"), customers, months), months)
    in_time = (pl.col("answer") <= pl.col("due_on")).fill_null(False)
    broken = pl.col("due_on").dt.offset_by("1d")
    cases = cases.with_columns(
        in_time=in_time,
        told_on=pl.lit(as_of),
        judged_on=pl.when(in_time).then("answer").otherwise(pl.when(broken <= as_of).then(broken)),
        is_late=pl.col("answer").is_null() & (broken <= as_of).fill_null(False),
    ).sort("case_id")
    return cases, _events(cases, as_of)


def _with_repeats(cases: pl.DataFrame, days: int) -> pl.DataFrame:
    """Whether the same customer complained within so many days before; of one day's cases the later ones."""
    cases = cases.sort("customer_id", "opened_on", "case_id")
    since = (pl.col("opened_on") - pl.col("opened_on").shift(1).over("customer_id")).dt.total_days()
    known = pl.col("customer_id").is_not_null()
    return cases.with_columns(repeated=(known & (since <= days)).fill_null(False).cast(pl.Int64))


def _with_aum(cases: pl.DataFrame, months: Mapping[date, pl.LazyFrame]) -> pl.DataFrame:
    """What the customer holds at the last month end; null where that is not known."""
    newest = months[max(months)] if months else None
    if newest is None or "aum" not in newest.collect_schema():
        return cases.with_columns(aum=pl.lit(None, dtype=pl.Int64))
    held = newest.select("customer_no", "aum").collect()
    return cases.join(held, on="customer_no", how="left", maintain_order="left")


def _events(cases: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row per case and event: opened, resolved, promise kept or broken, and open at a month's start."""
    first = cases["opened_on"].min()
    stood = opening_days(
        cases, "opened_on", "resolved_on", as_of, first if isinstance(first, date) else as_of
    )
    judged = cases.with_columns(day="judged_on")
    parts = {
        OPENED: cases.with_columns(day="opened_on"),
        RESOLVED: cases.with_columns(day="resolved_on"),
        OPENING: stood,
        IN_TIME: judged.filter(pl.col("in_time")),
        LATE: judged.filter(~pl.col("in_time")),
    }
    return pl.concat(
        frame.filter(pl.col("day").is_not_null()).select(
            "institution_no",
            "day",
            *LABELS,
            "kind",
            "tier",
            "regulator",
            "repeated",
            event=pl.lit(event, dtype=pl.Int16),
        )
        for event, frame in parts.items()
    )
