"""The sales funnel: what was decided, and which open deals are past their expected day.

The stages stand in `metrics/funnel/stages.py`, times in `metrics/funnel/times.py`, what the marts hold in
`metrics/funnel/marts.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import polars as pl

from data_access.subject import Ask, ListOf, Measure, Metric, message
from data_access.windows import always
from metrics.funnel import outlook
from metrics.funnel import times as funnel_time
from metrics.funnel.marts import LABELS, LAPSED, LOST, WON, list_overdue
from metrics.funnel.measures import _OPP, OUTCOMES
from metrics.funnel.stages import (
    COHORT,
    MARTS_READ,
    PARAMETERS,
    SNAPSHOT,
    STAGES,
    THROUGHPUT,
    WINDOW,
    in_period,
    month_of_end,
    open_stock,
    stages,
    window_days,
)
from metrics.funnel.times import cycles, from_start, quantiles
from metrics.months import Windows, in_one_pass
from metrics.statistics.intervals import median_of_counts, wilson

BY_CLOSING_DAY = ("won", "lost", "lapsed", "win_rate", "low", "high", "won_amount", "average_deal")


def outcomes(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """What was decided in the period, and how long a decision takes.

    One row per group. won, lost, lapsed: by closing day; open: at the period's end, undated deals
    included. win_rate = won / (won + lost) with Wilson's 95 % interval; lapsed and open deals are
    not in it. `rule=cohort`: what has become of the deals that began in the period, with `window` within so
    many days of their first dated stage and only of deals observed that long; win_rate is then won / all
    of them, open those not decided. `rule=snapshot`: open deals alone. average_deal: won amount per won
    deal that has an amount. cycle_days_median: days
    from the first dated stage to the decision (won or lost) by Kaplan–Meier over all deals under
    way in the period; deals that began before it enter late at their age, open and lapsed ones are
    censored. won_days_median: plain median of the deals won in the period. velocity = open × win_rate ×
    average_deal / cycle_days_median, money per day.
    """
    period, rule = ask.period, ask.parameters.get("rule", THROUGHPUT)
    decisions = rows["decisions"]
    if rule == COHORT:
        begun = _begun(decisions, ask)
        decided, n = (
            begun.filter(pl.col("decided")),
            pl.col("won") + pl.col("lost") + pl.col("lapsed") + pl.col("open"),
        )
    else:
        decided = decisions.filter(pl.col("day").is_between(period.first, period.last))
        n = pl.col("won") + pl.col("lost")
    columns = {"won": WON, "lost": LOST, "lapsed": LAPSED}
    tall = decided.with_columns(
        *[
            pl.when(pl.col("outcome") == code).then(pl.col("deals")).otherwise(0).alias(name)
            for name, code in columns.items()
        ],
        won_amount=pl.when(pl.col("outcome") == WON).then(pl.col("amount")).otherwise(0),
        priced=pl.when(pl.col("outcome") == WON).then(pl.col("priced")).otherwise(0),
    )
    frame = ask.sums(tall, *columns, "won_amount", "priced")
    if rule == COHORT:
        stock = begun.filter(~pl.col("decided")).select(
            "group", open="deals", open_amount=pl.lit(None, dtype=pl.Int64)
        )
    else:
        stock = open_stock(rows["pipeline"], period.last)
        stock = stock.with_columns(open=pl.col("open_count"))
    frame = frame.join(ask.sums(stock, "open", "open_amount"), on="group", how="left", maintain_order="left")
    low, high = wilson(pl.col("won"), n)
    frame = frame.with_columns(
        win_rate=pl.when(n > 0).then(pl.col("won") / n),
        low=low,
        high=high,
        average_deal=pl.when(pl.col("priced") > 0).then(pl.col("won_amount") / pl.col("priced")),
        open_amount=pl.when(pl.lit(rule != COHORT and ask.has("opportunities", "expected_amount"))).then(
            pl.col("open_amount")
        ),
        won_amount=pl.when(pl.lit(ask.has("opportunities", "amount"))).then(pl.col("won_amount")),
    )
    # nobody knows when anything was decided
    if rule == SNAPSHOT or not ask.has("opportunities", "closed_on"):
        frame = frame.with_columns(
            pl.lit(None, dtype=frame.schema[name]).alias(name) for name in BY_CLOSING_DAY
        )
    if ask.wants("cycle_days_median", "won_days_median", "velocity"):
        times = _cycle_times(decisions, ask)
        frame = frame.join(times, on="group", how="left", maintain_order="left")
        factors = map(pl.col, ("open", "win_rate", "average_deal", "cycle_days_median"))
        frame = frame.with_columns(velocity=velocity(*factors))
    return frame.select("group", *[m.name for m in OUTCOMES if m.name in frame.columns])


SLOW = ("cycle_days_median", "won_days_median")  # rest on days between dates
_BY_DAY: Windows = {"decisions": ("day", in_period), "pipeline": ("day", month_of_end)}


def outcomes_by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """What was decided in many whole months, in one pass; times month by month."""
    ask = asks[0]
    if ask.parameters.get("rule", THROUGHPUT) == COHORT or not ask.columns or "velocity" in ask.columns:
        return None
    columns = [name for name in ask.columns if name not in SLOW]
    frame = in_one_pass(outcomes, rows, asks, _BY_DAY, columns)
    slow = [name for name in ask.columns if name in SLOW]
    if slow:
        times = [
            _cycle_times(rows["decisions"], each).select("group", *slow, month=pl.lit(each.period.last))
            for each in asks
        ]
        frame = frame.join(pl.concat(times), on=["group", "month"], how="left", maintain_order="left")
    return frame


def velocity(deals: pl.Expr, rate: pl.Expr, size: pl.Expr, days: pl.Expr) -> pl.Expr:
    """What the open deals bring in per day if they close as deals did in the period.

    >>> row = pl.DataFrame({"n": [100], "rate": [0.25], "size": [50_000.0], "days": [60]})
    >>> round(row.select(velocity(*map(pl.col, row.columns))).item())
    20833
    """
    return pl.when(days > 0).then(deals * rate * size / days)


def _begun(decisions: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Deals that began in the period, observed for the whole window, and whether they were decided in it."""
    window, first = window_days(ask), pl.col("first_on")
    begun = decisions.filter(first.is_between(ask.period.first, ask.period.last) & (first <= pl.col("day")))
    until = pl.lit(ask.as_of)
    if window is not None:
        begun = begun.filter(first <= ask.as_of - timedelta(days=window))
        until = first.dt.offset_by(f"{window}d")
    return begun.with_columns(decided=pl.col("day") <= until)


def _cycle_times(decisions: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    under_way = cycles(decisions, ask.period)
    cases = under_way.with_columns(fate=pl.when(pl.col("fate") != LAPSED).then("fate").otherwise(0))
    times = quantiles(cases, ask.groups, {"cycle_days_median": 0.5}).drop("stage")
    won = under_way.filter(pl.col("fate") == WON)
    found = [
        (group, median_of_counts(part["days"].to_numpy(), part["deals"].to_numpy()))
        for (group,), part in won.group_by("group")
    ]
    schema = pl.Schema({"group": ask.groups.schema["group"], "won_days_median": pl.Float64()})
    return times.join(pl.DataFrame(found, schema=schema, orient="row"), on="group", how="full", coalesce=True)


def overdue(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Open deals past the day they were expected to close, at the date of the data.

    One row per group: deals, their expected amount, and the mean number of days they are late. Whatever
    the period, this is the state of the latest data, for only that can be acted on.
    """
    has_amount = pl.lit(ask.has("opportunities", "expected_amount"))
    frame = ask.sums(rows["overdue"], "deals", "amount", "days_late")
    days = pl.when(pl.col("deals") > 0).then(pl.col("days_late") / pl.col("deals"))
    return frame.with_columns(amount=pl.when(has_amount).then(pl.col("amount")), days_late=days)


_BY = (*LABELS, "kind", "tier")
RULE = replace(PARAMETERS[0], default=THROUGHPUT)
METRICS = (
    Metric(
        name="funnel.stages",
        label=message("Sales funnel"),
        compute=stages,
        marts=MARTS_READ,
        columns=STAGES,
        grain="day",
        dimensions=_BY,
        tags_of=_OPP,
        needs=(_OPP,),
        parameters=PARAMETERS,
    ),
    Metric(
        name="funnel.outcomes",
        label=message("Decided deals"),
        compute=outcomes,
        marts={"decisions": from_start, "pipeline": month_of_end},
        columns=OUTCOMES,
        grain="day",
        dimensions=_BY,
        tags_of=_OPP,
        needs=(_OPP,),
        parameters=(RULE, WINDOW),
        by_month=outcomes_by_month,
    ),
    *funnel_time.METRICS,
    *outlook.METRICS,
    Metric(
        name="funnel.overdue",
        label=message("Deals past their expected closing day"),
        compute=overdue,
        marts={"overdue": always},
        columns=(
            Measure(
                name="deals",
                label=message("Overdue deals"),
                unit="deals",
                definition=message("Open deals past their expected closing day."),
                good=-1,
            ),
            Measure(
                name="amount",
                label=message("Overdue amount"),
                unit="money",
                definition=message("Expected amount of the overdue deals."),
                good=-1,
                needs=(_OPP, "expected_amount"),
            ),
            Measure(name="days_late", label=message("Mean days late"), unit="days", good=-1),
        ),
        grain="day",
        dimensions=(*_BY, "manager"),
        tags_of=_OPP,
        needs=(_OPP,),
        latest=True,
    ),
)
LISTS = (
    ListOf(
        "deals_overdue",
        message("Open deals past their expected closing day"),
        ("opportunities.expected_close_on",),
        list_overdue,
    ),
    *funnel_time.LISTS,
)
