"""Complaints (投诉): how many came, which the regulator forwarded, how fast and how punctually they ended.

Definitions of the estimators: Kaplan–Meier with late entry (Kaplan and Meier 1958; Kalbfleisch and
Prentice 2002, §1.4) and Wilson's interval. What the marts hold: `metrics/complaints/marts.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Ask, ListOf, Measure, Metric, Period, message
from data_access.windows import in_period
from metrics.complaints.marts import KEYS, list_late
from metrics.complaints.measures import SUMMARY
from metrics.complaints.prepare import IN_TIME, LATE, OPENED, OPENING, RESOLVED
from metrics.months import Windows, in_one_pass
from metrics.statistics.intervals import time_quantile, wilson

Days = tuple[date | None, date | None]


def _from_month_start(period: Period) -> Days:
    return min(period.first, period.last.replace(day=1)), period.last


def _from_start(period: Period) -> Days:
    return period.first, None


def _all(_: Period) -> Days:
    return None, None


def summary(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Complaints that customers made in the period, those the regulator forwarded, and how they were handled.

    One row per group. regulator: of the cases opened in the period those that the regulator forwarded,
    counted apart and looked at first. opened, resolved: by their day; open: not resolved at the period's end.
    per_10k: opened per 10,000 customers at the last month end of the period, for the period as it is and not
    for a year; null where customers cannot be told apart so, as by category. median_days: Kaplan–Meier
    median of the days to the resolution over all cases under way in the period; cases opened before it enter
    late at their age, open ones are censored. on_time = in_time / promised with Wilson's 95 % interval: a
    promise is due on the day of an answer in time, or the day after the promised day where there was none by
    then, so open cases that are not due yet are not in it, nor are cases without a promised day. A resolution
    without an answer is an answer. repeated: opened within 90 days (policy `repeat_days`) after another
    complaint by the same customer. A case keeps the tier of its customer before it was opened.
    """
    first, last = ask.period.first, ask.period.last
    events = rows["complaints"]
    within = pl.col("day").is_between(first, last)

    def total(event: int, column: str = "cases") -> pl.Expr:
        return pl.when(within & (pl.col("event") == event)).then(pl.col(column)).otherwise(0)

    tall = events.with_columns(
        regulator=total(OPENED, "regulator"),
        repeated=total(OPENED, "repeated"),
        opened=total(OPENED),
        resolved=total(RESOLVED),
        in_time=total(IN_TIME),
        promised=total(IN_TIME) + total(LATE),
        open=_open(last),
    )
    counts = ("regulator", "opened", "resolved", "open", "in_time", "promised", "repeated")
    frame = ask.sums(tall, *counts)
    low, high = wilson(pl.col("in_time"), pl.col("promised"))
    share = pl.when(pl.col("promised") > 0).then(pl.col("in_time") / pl.col("promised"))
    frame = frame.with_columns(on_time=share, low=low, high=high)
    if ask.wants("per_10k"):
        frame = _per_customers(frame, ask)
    if ask.wants("median_days"):
        medians = _medians(rows["resolutions"], ask.period, ask.groups.schema["group"])
        frame = frame.join(medians, on="group", how="left", maintain_order="left")
    told = (
        (ask.has("complaints", "resolved_on"), ("resolved", "open", "median_days")),
        (is_promised(ask), ("in_time", "promised", "on_time", "low", "high")),
        (ask.has("complaints", "source"), ("regulator",)),
        (ask.has("complaints", "customer_id"), ("repeated",)),
    )
    absent = [name for known, names in told if not known for name in names]
    frame = frame.with_columns(
        pl.lit(None, dtype=frame.schema[name]).alias(name) for name in absent if name in frame.columns
    )
    return frame.select("group", *[m.name for m in SUMMARY if m.name in frame.columns])


def by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """Complaints of many whole months in one pass; medians month by month."""
    ask = asks[0]
    if not ask.columns or "per_10k" in ask.columns:
        return None
    columns = [name for name in ask.columns if name != "median_days"]
    windows: Windows = {"complaints": ("day", in_period)}
    frame = in_one_pass(summary, rows, asks, windows, columns)
    if "median_days" in ask.columns:
        known = ask.has("complaints", "resolved_on")
        medians = [
            _medians(rows["resolutions"], each.period, ask.groups.schema["group"]).with_columns(
                pl.when(known).then("median_days").alias("median_days"), month=pl.lit(each.period.last)
            )
            for each in asks
        ]
        frame = frame.join(pl.concat(medians), on=["group", "month"], how="left", maintain_order="left")
    return frame


def is_promised(ask: Ask) -> bool:
    """Whether it is known if a promise was kept: the day promised, and that of an answer or the end."""
    is_told = ask.has("complaints", "answered_on") or ask.has("complaints", "resolved_on")
    return ask.has("complaints", "due_on") and is_told


def _open(on: date) -> pl.Expr:
    """Cases open at the end of a day: those at the start of its month, plus opened, less resolved since."""
    start, event = on.replace(day=1), pl.col("event")
    since = pl.col("day").is_between(start, on)
    came = ((event == OPENING) & (pl.col("day") == start)) | (since & (event == OPENED))
    sign = pl.when(came).then(1).when(since & (event == RESOLVED)).then(-1).otherwise(0)
    return sign * pl.col("cases")


def _per_customers(frame: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Opened cases per 10,000 customers, where the book can be cut as the complaints are."""
    customers = pl.lit(None, dtype=pl.Int64)
    if ask.more is not None and ask.cut <= {"kind", "tier"} and ask.months:
        try:
            book = ask.more.metric("book.summary", ("customers",), ask.period)
        except NotDelivered:
            book = None
        if book is not None:
            held = book.select("group", _customers="customers")
            frame = frame.join(held, on="group", how="left", maintain_order="left")
            customers = pl.col("_customers")
    per = pl.when(customers > 0).then(pl.col("opened") * 10_000 / customers)
    return frame.with_columns(per_10k=per.cast(pl.Float64))


def _medians(cases: pl.DataFrame, period: Period, group: pl.DataType) -> pl.DataFrame:
    first, last = pl.lit(period.first), pl.lit(period.last)
    under_way = cases.filter((pl.col("opened_on") <= last) & (pl.col("day") >= first)).select(
        "group",
        "cases",
        enter=(first - pl.col("opened_on")).dt.total_days().clip(lower_bound=0),
        days=(pl.min_horizontal(pl.col("day"), last) - pl.col("opened_on")).dt.total_days(),
        event=pl.col("day") <= last,
    )
    found = []
    for (key,), part in under_way.group_by("group"):
        enter, days, event, weight = (part[name].to_numpy() for name in ("enter", "days", "event", "cases"))
        found.append((key, time_quantile(enter, days, event, weight)))
    schema = pl.Schema({"group": group, "median_days": pl.Int64()})
    return pl.DataFrame(found, schema=schema, orient="row")


def late(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Complaints past their promised day without an answer, at the date of the data.

    One row per group: cases, those that the regulator forwarded, and what these customers hold with the bank
    (aum, at the last month end; a customer with two cases counts twice). Whatever the period, this is the
    state of the latest data, for only that can be acted on.
    """
    known = pl.lit(is_promised(ask))
    held = pl.lit(ask.has("complaints", "customer_id") and ask.has("customer_months", "aum"))
    frame = ask.sums(rows["complaints_late"], "cases", "regulator", "aum")
    return frame.with_columns(
        pl.when(known).then("cases").alias("cases"),
        pl.when(known).then("regulator").alias("regulator"),
        pl.when(known & held).then("aum").alias("aum"),
    )


METRICS = (
    Metric(
        name="complaints.summary",
        label=message("Complaints"),
        compute=summary,
        marts={"complaints": _from_month_start, "resolutions": _from_start},
        columns=SUMMARY,
        grain="day",
        dimensions=KEYS,
        needs=("complaints",),
        by_month=by_month,
    ),
    Metric(
        name="complaints.late",
        label=message("Complaints past the promised day"),
        compute=late,
        marts={"complaints_late": _all},
        columns=(
            Measure(name="cases", label=message("Complaints"), unit="cases", good=-1),
            Measure(name="regulator", label=message("Forwarded by the regulator"), unit="cases", good=-1),
            Measure(
                name="aum",
                label=message("Customers' AUM"),
                unit="money",
                needs=("customer_months", "aum"),
            ),
        ),
        grain="day",
        dimensions=(*KEYS, "manager"),
        needs=("complaints",),
    ),
)
LISTS = (
    ListOf(
        "complaints_late",
        message("Complaints past the promised day without an answer"),
        ("complaints.opened_on", "complaints.due_on"),
        list_late,
    ),
)
