"""Plans (计划): completion, time elapsed and gap, read at the institution a plan was set for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from data_access.errors import CallError, NotDelivered
from data_access.periods import days_in, months_back
from data_access.policy import Policy, Setting
from data_access.subject import Ask, Inputs, Measure, Metric, Model, More, Period, Subject, message
from data_access.windows import stock_month

SCHEMA = {
    "group": pl.Int64,
    "metric": pl.String,
    "basis": pl.String,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "counted_to": pl.Date,
    "target": pl.Float64,
    "actual": pl.Float64,
    "attainment": pl.Float64,
    "elapsed": pl.Float64,
    "gap": pl.Float64,
}


def _is_way(policy: Policy) -> None:
    if policy.of(ELAPSED) not in ("days", "last_year"):
        raise CallError("[policy] elapsed = “{value}”: expected days or last_year.", value=policy.of(ELAPSED))


ELAPSED = Setting(
    "elapsed",
    "days",
    'how the time elapsed of a plan is counted; "last_year": by last year\'s course',
    check=_is_way,
)


@dataclass(frozen=True)
class Plans:
    """What plans are set for anywhere in the bank: metrics with their column."""

    metrics: Sequence[str] = ()


def planned(inputs: Inputs) -> Plans:
    """Read off the plans delivered."""
    rows: pl.DataFrame = inputs.tables["targets"].select("metric").collect().to_native()
    return Plans(sorted(rows["metric"].unique()))


def attainment(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Plans whose period holds the last day looked at: how much of each is done, and how much time is over.

    One row per group, metric and basis, amounts in currency units; where several plans hold the day, the one
    for exactly the period
    looked at, else the longest. level: the actual is the value at the day. increase: the value less that at
    the end of the day before the plan began. flow: the sum since the plan began. attainment = actual /
    target, null for a target not above zero. What is counted by the month stands at the last month end.
    elapsed: share of the plan's days that are over on the day of the actual, or (policy
    `elapsed = "last_year"`, increases and flows) of last year's course. gap = target − actual: what is
    missing; below zero the plan is exceeded. period_start, period_end: the plan's first and last day;
    counted_to: the day of the actual. Plans are never summed: an institution without one has no
    row (未下达), and none is shown for a filtered or partly shown institution.
    """
    return reached(ask)


def reached(ask: Ask, only: str = "") -> pl.DataFrame:
    """Plans as `attainment` tells them; `only` one metric and column, where nobody reads the others."""
    more = ask.more
    assert more is not None
    found = []
    if not ask.cut:
        plans = more.targets().filter(
            (pl.col("period_start") <= ask.period.last) & (pl.col("period_end") >= ask.period.last)
        )
        plans = plans.filter(pl.col("metric") == only) if only else plans
        keys = ["metric", "basis", "period_start", "period_end"]
        for (name, basis, first, last), part in plans.group_by(keys, maintain_order=True):
            values = _values(more, str(name), str(basis), Period(first, last), ask)
            if values is not None:
                found.append(part.join(values, on="group", how="left"))
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    minor = ask.minor_units
    rows = pl.concat(found, how="diagonal_relaxed").with_columns(
        exact=(pl.col("period_start") == ask.period.first) & (pl.col("period_end") == ask.period.last),
        days=(pl.col("period_end") - pl.col("period_start")).dt.total_days(),
        target="value",
        actual=pl.col("actual") / pl.when(pl.col("money")).then(minor).otherwise(1),
    )
    order = {
        "group": False,
        "metric": False,
        "basis": False,
        "exact": True,
        "days": True,
        "period_start": True,
    }
    rows = rows.sort(*order, descending=list(order.values()))
    rows = rows.unique(["group", "metric", "basis"], keep="first", maintain_order=True)
    share = pl.when(pl.col("target") > 0).then(pl.col("actual") / pl.col("target"))
    rows = rows.with_columns(attainment=share, gap=pl.col("target") - pl.col("actual"))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _values(more: More, full: str, basis: str, plan: Period, ask: Ask) -> pl.DataFrame | None:
    """Actual value and time elapsed by group; None for a name that no metric of this bank has."""
    name, _, column = full.rpartition(".")
    metric = more.declared.get(name)
    if metric is None or column not in {measure.name for measure in metric.columns}:
        return None
    if any(measure.unit == "text" for measure in metric.columns):
        return None  # it has several rows for an institution: no plan can say which it means
    day = ask.period.last
    if metric.grain == "month":
        day = stock_month(ask.period)  # what is counted by the month stands at the last month end

    def value(period: Period) -> pl.DataFrame:
        frame = more.metric(name, (column,), period)
        if column not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(column))
        return frame.select("group", value=pl.col(column).cast(pl.Float64))

    def course(first: date, last: date) -> pl.DataFrame:
        """What was reached between two days, in the way of the basis."""
        if basis == "flow":
            if last < first or (metric.grain == "month" and first.day > 1):  # no whole month, or one is cut
                return ask.groups.select("group", value=pl.lit(None, dtype=pl.Float64))
            return value(Period(first, last))
        now, before = value(Period(min(first, last), last)), value(_at(first - timedelta(days=1)))
        both = now.join(before.rename({"value": "before"}), on="group", how="left")
        return both.select("group", value=pl.col("value") - pl.col("before"))

    try:
        start = min(plan.first, day)  # a plan may begin after the last month end
        actual = value(Period(start, day)) if basis == "level" else course(plan.first, day)
        counted = min(day, more.reach(name))
        over = _by_days(plan, counted)  # the time of the very day of the actual
        frame = actual.rename({"value": "actual"}).with_columns(elapsed=pl.lit(over))
        if ask.policy.of(ELAPSED) == "last_year" and basis != "level":
            past, so_far = months_back(plan, 12), months_back(Period(plan.first, day), 12)
            whole = course(past.first, past.last).rename({"value": "whole"})
            part = course(so_far.first, so_far.last).rename({"value": "part"})
            share = pl.when(pl.col("whole") > 0).then(pl.col("part") / pl.col("whole"))
            frame = frame.join(part.join(whole, on="group"), on="group", how="left")
            frame = frame.with_columns(elapsed=pl.coalesce(share, "elapsed"))
    except NotDelivered:
        return None
    at = pl.lit(counted).alias("counted_to")
    return frame.select(
        "group", "actual", "elapsed", at, money=pl.lit(metric.measure(column).unit == "money")
    )


def _at(day: date) -> Period:
    return Period(day.replace(day=1), day)


def _by_days(plan: Period, day: date) -> float:
    """Share of the plan's days that are over at the end of a day.

    >>> round(_by_days(Period(date(2026, 1, 1), date(2026, 12, 31)), date(2026, 10, 31)), 4)
    0.8329
    """
    return days_in(Period(plan.first, min(day, plan.last))) / days_in(plan)


def shown(rows: list[dict[str, Any]], full: str) -> dict[str, Any] | None:
    """The plan of a column that a card shows: for its increase, else its flow, else its level."""
    own = {row["basis"]: row for row in rows if row["metric"] == full}
    return next((own[basis] for basis in ("increase", "flow", "level") if basis in own), None)


SUBJECT = Subject(
    "target",
    settings=(ELAPSED,),
    models=(Model(Plans, planned, needs=("targets",)),),
    metrics=(
        Metric(
            name="target.attainment",
            label=message("Plan completion"),
            compute=attainment,
            marts={},
            columns=(
                Measure(name="metric", label=message("Metric"), unit="text"),
                Measure(name="basis", label=message("Basis"), unit="text"),
                Measure(name="period_start", label=message("Plan from"), unit="text"),
                Measure(name="period_end", label=message("Plan to"), unit="text"),
                Measure(name="counted_to", label=message("Counted to"), unit="text"),
                Measure(name="target", label=message("Plan"), unit="count", additive=False),
                Measure(name="actual", label=message("Actual"), unit="count", additive=False),
                Measure(name="attainment", label=message("Plan completion rate"), unit="rate", good=1),
                Measure(name="elapsed", label=message("Time elapsed"), unit="rate"),
                Measure(name="gap", label=message("Gap to plan"), unit="count", good=-1, additive=False),
            ),
            grain="day",
            needs=("targets",),
        ),
    ),
)
