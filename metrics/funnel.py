"""The sales funnel: how far new deals come, what is open, what was decided and how long it took.

Definitions of the estimators: Kaplan–Meier with late entry (Kaplan and Meier 1958; Kalbfleisch and
Prentice 2002, §1.4) and Wilson's interval. What the marts hold: `metrics/funnel_marts.py`.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from data_access.subject import Ask, ListOf, Measure, Metric, Period, Subject, message
from metrics.funnel_marts import (
    LABELS,
    LAPSED,
    LEAVE,
    LOST,
    MARTS,
    OPENING,
    WON,
    constants,
    list_overdue,
)
from metrics.intervals import median_of_counts, time_quantile, wilson

BY_CLOSING_DAY = ("won", "lost", "lapsed", "win_rate", "low", "high", "won_amount", "average_deal")


Days = tuple[date | None, date | None]


def _in_period(period: Period) -> Days:
    return period.first, period.last


def _month_of_end(period: Period) -> Days:
    return period.last.replace(day=1), period.last


def _from_start(period: Period) -> Days:
    return period.first, None


def _all(_: Period) -> Days:
    return None, None


def open_stock(pipeline: pl.DataFrame, on: date) -> pl.DataFrame:
    """Open deals and their expected amount at the end of a day, per group and stage."""
    start = on.replace(day=1)
    opening = (pl.col("event") == OPENING) & (pl.col("day") == start)
    since = (pl.col("event") != OPENING) & (pl.col("day") >= start) & (pl.col("day") <= on)
    sign = pl.when(pl.col("event") == LEAVE).then(-1).otherwise(1)
    return (
        pipeline.filter(opening | since)
        .group_by("group", "stage")
        .agg(open_count=(sign * pl.col("deals")).sum(), open_amount=(sign * pl.col("amount")).sum())
        .filter(pl.col("open_count") != 0)
    )


def stages(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How far the deals that began in the period have come since, and which deals are open at its end.

    One row per group and stage, in the policy's order. entered: deals that entered the first dated
    stage in the period and have reached this stage or a later one by the date of the data; a stage
    that was skipped counts as reached, moving back takes nothing away. conversion = reached_next /
    entered with Wilson's 95 % interval; null for a stage that no deal has a date for, and for the
    last stage. open_count and open_amount: all open deals in the stage at the period's end, undated
    ones included. median_days: Kaplan–Meier median of the days in the stage for entries in the
    period, deals still there at its end censored.
    """
    dated: list[int] = ask.constants.get("dated_stages", [])
    names = [stage.key for stage in ask.policy.stages]
    stock = open_stock(rows["pipeline"], ask.period.last)
    codes = list(range(1, len(names) + 1))
    if stock.height and stock["stage"].min() == 0:
        codes.append(0)  # open deals in no known stage
    grid = ask.groups.join(pl.DataFrame({"stage": codes}, schema={"stage": pl.Int16}), how="cross")
    cohorts = rows["cohorts"].group_by("group", "reached").agg(pl.col("deals").sum())
    reached = grid.join(cohorts, on="group", how="left").with_columns(pl.col("deals").fill_null(0))

    def at_least(code: pl.Expr) -> pl.Expr:
        return pl.when(pl.col("reached").fill_null(0) >= code).then(pl.col("deals")).otherwise(0).sum()

    counts = reached.group_by("group", "stage", maintain_order=True).agg(
        entered=at_least(pl.col("stage")), reached_next=at_least(pl.col("stage") + 1)
    )
    has_dates = pl.col("stage").is_in(dated)
    is_last = pl.col("stage") == len(names)
    entered = pl.when(has_dates).then(pl.col("entered"))
    counts = counts.with_columns(
        entered=entered, reached_next=pl.when(has_dates & ~is_last).then(pl.col("reached_next"))
    )
    low, high = wilson(pl.col("reached_next"), pl.col("entered"))
    counts = counts.with_columns(
        conversion=pl.when(pl.col("entered") > 0).then(pl.col("reached_next") / pl.col("entered")),
        low=low,
        high=high,
    )
    frame = counts.join(stock, on=["group", "stage"], how="left", maintain_order="left").with_columns(
        pl.col("open_count", "open_amount").fill_null(0)
    )
    if not ask.constants.get("has_expected_amount"):
        frame = frame.with_columns(open_amount=pl.lit(None, dtype=pl.Int64))
    medians = _stage_medians(rows["stays"], ask.period, ask.groups.schema["group"])
    frame = frame.join(medians, on=["group", "stage"], how="left", maintain_order="left")
    words = dict(enumerate(["unknown", *names]))
    return frame.with_columns(pl.col("stage").replace_strict(words, return_dtype=pl.String))


def _stage_medians(stays: pl.DataFrame, period: Period, group: pl.DataType) -> pl.DataFrame:
    last = pl.lit(period.last)
    gone = pl.col("left_on").is_not_null() & (pl.col("left_on") <= last)
    days = (pl.when(gone).then(pl.col("left_on")).otherwise(last) - pl.col("day")).dt.total_days()
    cases = stays.select("group", "stage", "deals", gone=gone, days=days)
    found = []
    for (key, stage), part in cases.group_by("group", "stage"):
        leave = part["days"].to_numpy()
        median = time_quantile(
            np.zeros(len(leave), np.int64), leave, part["gone"].to_numpy(), part["deals"].to_numpy()
        )
        found.append((key, stage, median))
    schema = pl.Schema({"group": group, "stage": pl.Int16(), "median_days": pl.Int64()})
    return pl.DataFrame(found, schema=schema, orient="row")


def outcomes(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """What was decided in the period, and how long a decision takes.

    One row per group. won, lost, lapsed: by closing day; open: at the period's end, undated deals
    included. win_rate = won / (won + lost) with Wilson's 95 % interval; lapsed and open deals are
    not in it. average_deal: won amount per won deal that has an amount. cycle_days_median: days
    from the first dated stage to the decision (won or lost) by Kaplan–Meier over all deals under
    way in the period; deals that began before it enter late at their age, open and lapsed ones are
    censored. won_days_median: plain median of the deals won in the period.
    """
    period = ask.period
    decisions = rows["decisions"]
    decided = decisions.filter(pl.col("day").is_between(period.first, period.last))
    columns = {"won": WON, "lost": LOST, "lapsed": LAPSED}
    tall = decided.with_columns(
        *[pl.when(pl.col("outcome") == code).then(pl.col("deals")).otherwise(0).alias(name)
          for name, code in columns.items()],
        won_amount=pl.when(pl.col("outcome") == WON).then(pl.col("amount")).otherwise(0),
        priced=pl.when(pl.col("outcome") == WON).then(pl.col("priced")).otherwise(0),
    )  # fmt: skip
    frame = ask.sums(tall, *columns, "won_amount", "priced")
    stock = open_stock(rows["pipeline"], period.last)
    stock = stock.with_columns(open=pl.col("open_count"))
    frame = frame.join(ask.sums(stock, "open", "open_amount"), on="group", how="left", maintain_order="left")
    low, high = wilson(pl.col("won"), pl.col("won") + pl.col("lost"))
    n = pl.col("won") + pl.col("lost")
    frame = frame.with_columns(
        win_rate=pl.when(n > 0).then(pl.col("won") / n),
        low=low,
        high=high,
        average_deal=pl.when(pl.col("priced") > 0).then(pl.col("won_amount") / pl.col("priced")),
        open_amount=pl.when(pl.lit(bool(ask.constants.get("has_expected_amount")))).then(
            pl.col("open_amount")
        ),
        won_amount=pl.when(pl.lit(bool(ask.constants.get("has_amount")))).then(pl.col("won_amount")),
    )
    if not ask.constants.get("has_closed_on", True):  # nobody knows when anything was decided
        frame = frame.with_columns(
            pl.lit(None, dtype=frame.schema[name]).alias(name) for name in BY_CLOSING_DAY
        )
    if ask.wants("cycle_days_median", "won_days_median"):
        times = _cycle_times(decisions, period, ask.groups.schema["group"])
        frame = frame.join(times, on="group", how="left", maintain_order="left")
    return frame.select("group", *[m.name for m in OUTCOMES if m.name in frame.columns])


def _cycle_times(decisions: pl.DataFrame, period: Period, group: pl.DataType) -> pl.DataFrame:
    first, last = pl.lit(period.first), pl.lit(period.last)
    begun = decisions.filter(
        pl.col("first_on").is_not_null() & (pl.col("first_on") <= last) & (pl.col("day") >= first)
    )
    days = (pl.min_horizontal(pl.col("day"), last) - pl.col("first_on")).dt.total_days()
    cases = begun.select(
        "group",
        "deals",
        days=days,
        enter=(first - pl.col("first_on")).dt.total_days().clip(lower_bound=0),
        event=(pl.col("day") <= last) & pl.col("outcome").is_in([WON, LOST]),
        won=(pl.col("day") <= last) & (pl.col("outcome") == WON),
    ).filter(pl.col("days") >= pl.col("enter"))
    found = []
    for (key,), part in cases.group_by("group"):
        enter, spent, event, weight = (part[name].to_numpy() for name in ("enter", "days", "event", "deals"))
        cycle = time_quantile(enter, spent, event, weight)
        won = part.filter(pl.col("won"))
        found.append((key, cycle, median_of_counts(won["days"].to_numpy(), won["deals"].to_numpy())))
    schema = pl.Schema({"group": group, "cycle_days_median": pl.Int64(), "won_days_median": pl.Float64()})
    return pl.DataFrame(found, schema=schema, orient="row")


def overdue(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Open deals past the day they were expected to close, at the date of the data.

    One row per group: deals and their expected amount. Whatever the period, this is the state of
    the latest data, for only that can be acted on.
    """
    has_amount = pl.lit(bool(ask.constants.get("has_expected_amount")))
    frame = ask.sums(rows["overdue"], "deals", "amount")
    return frame.with_columns(amount=pl.when(has_amount).then(pl.col("amount")))


_OPP = "opportunities"
STAGES = (
    Measure("stage", message("Stage"), "text"),
    Measure("entered", message("Entered"), "deals",
            message("Deals of the cohort that reached this stage or a later one."), flow=True, good=1),
    Measure("reached_next", message("Reached the next stage"), "deals",
            message("Of these, those that went further."), flow=True, good=1),
    Measure("conversion", message("Conversion"), "rate",
            message("Reached the next stage, of those that entered."), good=1,
            part="reached_next", cases=("entered",)),
    Measure("low", message("Lower bound"), "rate"),
    Measure("high", message("Upper bound"), "rate"),
    Measure("open_count", message("Open deals"), "deals",
            message("Open deals in this stage at the end of the period.")),
    Measure("open_amount", message("Open pipeline"), "money",
            message("Expected amount of the open deals."), needs=(_OPP, "expected_amount")),
    Measure("median_days", message("Median days in stage"), "days",
            message("Half of the deals leave the stage by then; deals still there are accounted for."),
            good=-1),
)  # fmt: skip
OUTCOMES = (
    Measure("won", message("Won deals"), "deals", message("Deals won, by closing day."), flow=True, good=1,
            needs=(_OPP, "closed_on")),
    Measure("lost", message("Lost deals"), "deals",
            message("Deals lost, by closing day."), flow=True, good=-1,
            needs=(_OPP, "closed_on")),
    Measure("lapsed", message("Lapsed deals"), "deals",
            message("Deals that ended without a decision."), flow=True, good=-1,
            needs=(_OPP, "closed_on")),
    Measure("open", message("Open deals"), "deals",
            message("Undecided deals at the end of the period."), good=1),
    Measure("open_amount", message("Open pipeline"), "money",
            message("Expected amount of the deals that are open at the end of the period."), good=1,
            needs=(_OPP, "expected_amount")),
    Measure("win_rate", message("Closing rate"), "rate",
            message("Won, of all deals won or lost in the period."),
            flow=True, good=1, part="won", cases=("won", "lost"),
            needs=(_OPP, "closed_on")),
    Measure("low", message("Lower bound"), "rate", flow=True),
    Measure("high", message("Upper bound"), "rate", flow=True),
    Measure("won_amount", message("Closed amount"), "money",
            message("Amount of the deals won in the period."),
            flow=True, good=1, needs=(_OPP, "amount")),
    Measure("average_deal", message("Average deal"), "money",
            message("Closed amount per won deal that has an amount."), flow=True, good=1,
            needs=(_OPP, "amount"), cases=("won",)),
    Measure("cycle_days_median", message("Median cycle"), "days",
            message("Days from the first stage to the decision; open deals are accounted for."),
            flow=True, good=-1, cases=("won", "lost")),
    Measure("won_days_median", message("Median days to win"), "days",
            message("Of the deals won in the period."), flow=True, good=-1, cases=("won",)),
)  # fmt: skip
_BY = (*LABELS, "kind", "tier")
SUBJECT = Subject(
    "funnel",
    marts=MARTS,
    metrics=(
        Metric("funnel.stages", message("Sales funnel"), stages,
               {"cohorts": _in_period, "stays": _in_period, "pipeline": _month_of_end}, STAGES, "day", _BY,
               tags_of=_OPP, needs=(_OPP,)),
        Metric("funnel.outcomes", message("Decided deals"), outcomes,
               {"decisions": _from_start, "pipeline": _month_of_end}, OUTCOMES, "day", _BY,
               tags_of=_OPP, needs=(_OPP,)),
        Metric("funnel.overdue", message("Deals past their expected closing day"), overdue, {"overdue": _all},
               (Measure("deals", message("Deals"), "deals", good=-1),
                Measure("amount", message("Expected amount"), "money", good=-1,
                        needs=(_OPP, "expected_amount"))),
               "day", (*_BY, "manager"), tags_of=_OPP, needs=(_OPP,)),
    ),
    lists=(
        ListOf("deals_overdue", message("Open deals past their expected closing day"),
               ("opportunities.expected_close_on",), list_overdue),
    ),
    constants=constants,
)  # fmt: skip
