"""The stages of the funnel under three questions that are never mixed.

Cohort: what became of the deals that began in the period. Throughput: what entered and left each stage in
it. Snapshot: where the open deals stand at its end. What the marts hold: `metrics/funnel/marts.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from data_access.errors import CallError
from data_access.subject import Ask, Measure, Parameter, Period, message
from metrics.funnel.marts import ADVANCED, BACK, GONE_LAPSED, GONE_LOST, LEAVE, OPENING
from metrics.funnel.times import Stages, from_start, quantiles, under_way
from metrics.statistics.bounds import bounds
from metrics.statistics.intervals import wilson

MATURE_DAYS = 90  # of a cohort without a window: younger deals can still change the picture
COHORT, THROUGHPUT, SNAPSHOT = "cohort", "throughput", "snapshot"
Days = tuple[date | None, date | None]


def in_period(period: Period) -> Days:
    return period.first, period.last


def month_of_end(period: Period) -> Days:
    return period.last.replace(day=1), period.last


def window_days(ask: Ask) -> int | None:
    """The window in days; None: as far as the data reach."""
    text = ask.parameters.get("window", "")
    if text and not (text.isdigit() and 0 < int(text) <= 3650):
        raise CallError("window = “{text}”: write a number of days, such as 90.", text=text)
    return int(text) if text else None


def open_stock(pipeline: pl.DataFrame, on: date) -> pl.DataFrame:
    """Open deals and their expected amount at the end of a day, per group and stage."""
    start = on.replace(day=1)
    opening = (pl.col("event") == OPENING) & (pl.col("day") == start)
    since = (pl.col("event") != OPENING) & (pl.col("day") >= start) & (pl.col("day") <= on)
    sign = pl.when(pl.col("event") == LEAVE).then(-1).otherwise(1)
    return (
        pipeline.filter(opening | since)
        .group_by("group", "stage")
        .agg(
            open_count=(sign * pl.col("deals")).sum(),
            open_amount=(sign * pl.col("amount")).sum(),
            open_squared=(sign * pl.col("amount_squared")).sum(),
        )
        .filter(pl.col("open_count") != 0)
    )


def stages(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How far the deals that began in the period have come (cohort), what entered and left each stage in
    it (throughput), or where the open deals stand at its end (snapshot).

    One row per group and stage, in the policy's order; what a rule does not speak of is null. cohort:
    entered counts the deals that entered the first dated stage in the period and have reached this stage or
    a later one by the date of the data, with `window` within so many days. A stage that was skipped
    counts as reached (`order=strict`: only deals that entered every dated stage one after the other), moving
    back takes nothing away. immature: deals of the period that are younger than the window (without one:
    than 90 days); with a window they are left out of entered. throughput: entered counts the stays that began
    in the period, and entered = reached_next (won included) + lost + lapsed + moved_back + still_here, as
    of the period's end. conversion = reached_next / entered with Wilson's 95 % interval; null for a stage
    that no deal has a date for, and in a cohort for the last stage. open_count and open_amount: all open
    deals in the stage at the period's end, undated ones included. median_days: as in funnel.stage_time;
    stays: its n.
    """
    rule = ask.parameters.get("rule", COHORT)
    dated = ask.learned(Stages).dated
    names = [stage.key for stage in ask.policy.stages]
    stock = open_stock(rows["pipeline"], ask.period.last)
    codes = list(range(1, len(names) + 1))
    if stock.height and stock["stage"].min() == 0:
        codes.append(0)  # open deals in no known stage
    grid = ask.groups.join(pl.DataFrame({"stage": codes}, schema={"stage": pl.Int16}), how="cross")
    frame = grid.with_columns(pl.lit(None, dtype=pl.Int64).alias(name) for name in COUNTS)
    if rule == COHORT:
        frame = _cohort(rows["reaches"], ask, grid, dated)
    elif rule == THROUGHPUT:
        frame = _throughput(rows["stays"], ask.period, grid, dated)
    low, high = wilson(pl.col("reached_next"), pl.col("entered"))
    share = pl.when(pl.col("entered") > 0).then(pl.col("reached_next") / pl.col("entered"))
    frame = frame.with_columns(conversion=share, low=low, high=high)
    frame = frame.join(stock, on=["group", "stage"], how="left", maintain_order="left").with_columns(
        pl.col("open_count", "open_amount").fill_null(0)
    )
    if not ask.has("opportunities", "expected_amount"):
        frame = frame.with_columns(open_amount=pl.lit(None, dtype=pl.Int64))
    cases = under_way(rows["stays"], ask.period)
    counted = cases.group_by("group", "stage").agg(stays=pl.col("deals").sum())
    for part in (counted, quantiles(cases, ask.groups, {"median_days": 0.5})):
        frame = frame.join(part, on=["group", "stage"], how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("stays").fill_null(0))
    words = dict(enumerate(["unknown", *names]))
    frame = frame.with_columns(pl.col("stage").replace_strict(words, return_dtype=pl.String))
    return frame.select("group", *[measure.name for measure in STAGES])


COUNTS = ("entered", "reached_next", "immature", "lost", "lapsed", "moved_back", "still_here")


def _cohort(reaches: pl.DataFrame, ask: Ask, grid: pl.DataFrame, dated: Sequence[int]) -> pl.DataFrame:
    window, strict = window_days(ask), ask.parameters.get("order") == "strict"
    old_enough = pl.col("day") <= ask.as_of - timedelta(days=window or MATURE_DAYS)
    cohort = reaches.filter(pl.col("day").is_between(ask.period.first, ask.period.last))
    young = (
        cohort.filter((pl.col("stage") == 1) & ~old_enough)
        .group_by("group")
        .agg(immature=pl.col("deals").sum())
    )
    took = pl.col("strict_days" if strict else "days")
    counted = cohort.filter(took >= 0)
    if window is not None:
        counted = counted.filter(old_enough & (took <= window))
    entered = counted.group_by("group", "stage").agg(entered=pl.col("deals").sum())
    after = {
        code: next((other for other in dated if other > code), -1) if strict else code + 1 for code in dated
    }
    frame = grid.join(entered, on=["group", "stage"], how="left", maintain_order="left")
    frame = frame.with_columns(
        next=pl.col("stage").replace_strict(after, default=-1, return_dtype=pl.Int16),
        is_dated=pl.col("stage").is_in(dated),
    )
    following = entered.rename({"stage": "next", "entered": "reached_next"})
    frame = frame.join(following, on=["group", "next"], how="left", maintain_order="left")
    frame = frame.join(young, on="group", how="left", maintain_order="left")
    is_last = pl.col("stage") == len(ask.policy.stages)
    nothing = pl.lit(None, dtype=pl.Int64)
    return frame.with_columns(
        entered=pl.when("is_dated").then(pl.col("entered").fill_null(0)),
        reached_next=pl.when(pl.col("is_dated") & ~is_last).then(pl.col("reached_next").fill_null(0)),
        immature=pl.when("is_dated").then(pl.col("immature").fill_null(0)),
        lost=nothing,
        lapsed=nothing,
        moved_back=nothing,
        still_here=nothing,
    ).drop("next", "is_dated")


def _throughput(
    stays: pl.DataFrame, period: Period, grid: pl.DataFrame, dated: Sequence[int]
) -> pl.DataFrame:
    begun = stays.filter(pl.col("entered_on").is_between(period.first, period.last))
    gone = pl.col("left_on") <= period.last
    fates = {"reached_next": ADVANCED, "lost": GONE_LOST, "lapsed": GONE_LAPSED, "moved_back": BACK}
    counted = begun.group_by("group", "stage").agg(
        pl.col("deals").sum().alias("entered"),
        pl.col("deals").filter(~gone).sum().alias("still_here"),
        *(
            pl.col("deals").filter(gone & (pl.col("fate") == code)).sum().alias(name)
            for name, code in fates.items()
        ),
    )
    frame = grid.join(counted, on=["group", "stage"], how="left", maintain_order="left")
    found = [name for name in COUNTS if name != "immature"]
    is_dated = pl.col("stage").is_in(dated)
    frame = frame.with_columns(
        pl.when(is_dated).then(pl.col(name).fill_null(0)).alias(name) for name in found
    )
    return frame.with_columns(immature=pl.lit(None, dtype=pl.Int64))


_OPP = "opportunities"
RULES = (COHORT, THROUGHPUT, SNAPSHOT)
WINDOW = Parameter(
    "window", "", message("Days within which a deal must have got there; empty: to the date of the data.")
)
PARAMETERS = (
    Parameter(
        "rule", COHORT, message("Which deals are counted: a cohort, a period's movements, or a stock."), RULES
    ),
    WINDOW,
    Parameter(
        "order",
        "credited",
        message("Whether a stage that was skipped counts as reached."),
        ("credited", "strict"),
    ),
)
MARTS_READ = {"reaches": in_period, "stays": from_start, "pipeline": month_of_end}
STAGES = (
    Measure(name="stage", label=message("Stage"), unit="text"),
    Measure(
        name="entered",
        label=message("Entered"),
        unit="deals",
        definition=message("Deals that reached this stage or a later one; movements: that came into it."),
        flow=True,
        good=1,
    ),
    Measure(
        name="reached_next",
        label=message("Reached the next stage"),
        unit="deals",
        definition=message("Of these, those that went further."),
        flow=True,
        good=1,
    ),
    Measure(
        name="conversion",
        label=message("Conversion"),
        unit="rate",
        definition=message("Reached the next stage, of those that entered."),
        good=1,
        part="reached_next",
        cases=("entered",),
    ),
    *bounds("rate"),
    Measure(
        name="immature",
        label=message("Still too young"),
        unit="deals",
        definition=message("Deals of the period that have not been observed long enough to judge."),
        flow=True,
    ),
    Measure(
        name="lost",
        label=message("Lost from here"),
        unit="deals",
        definition=message("Lost out of this stage."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="lapsed",
        label=message("Lapsed from here"),
        unit="deals",
        definition=message("Ended out of this stage without a decision."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="moved_back",
        label=message("Moved back"),
        unit="deals",
        definition=message("Went back to an earlier stage."),
        flow=True,
        good=-1,
    ),
    Measure(
        name="still_here",
        label=message("Still here"),
        unit="deals",
        definition=message("Of those that came in the period, in the stage at its end."),
        flow=True,
    ),
    Measure(
        name="open_count",
        label=message("Open deals"),
        unit="deals",
        definition=message("Open deals in this stage at the end of the period."),
    ),
    Measure(
        name="open_amount",
        label=message("Open pipeline"),
        unit="money",
        definition=message("Expected amount of the open deals."),
        needs=(_OPP, "expected_amount"),
    ),
    Measure(name="stays", label=message("Stays under way"), unit="deals", flow=True),
    Measure(
        name="median_days",
        label=message("Median days in stage"),
        unit="days",
        definition=message("Half of the deals leave the stage by then; deals still there are accounted for."),
        good=-1,
        cases=("stays",),
    ),
)
