"""Tier migration: how many customers rose, fell, came and left, and which way they went.

What is stored: `metrics/migration/marts.py`; where it leads: `metrics/migration/outlook.py`.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Parameter, Window, message
from data_access.windows import at_month_end, to_month_end
from metrics.book.summary import why_untiered
from metrics.migration.availability import (
    why_no_outlook,
    why_no_rates,
    why_no_record,
    why_no_steps,
    why_too_short,
)
from metrics.migration.cells import cells_of, steps
from metrics.migration.cohort import COHORT
from metrics.migration.ladder import ladder
from metrics.migration.marts import ELSEWHERE, NEAR, OUTSIDE
from metrics.migration.measures import (
    BACKTEST,
    DISTANCE,
    FORECAST,
    HOMOGENEITY,
    LADDER_COLUMNS,
    MATRIX,
    RATES,
    STATES_SHOWN,
)
from metrics.migration.outlook import backtest, forecast, homogeneity, year_back
from metrics.months import Windows, in_one_pass
from metrics.statistics.intervals import share, wilson
from metrics.value.edges import people

ByMonth = Callable[[Mapping[str, pl.DataFrame], Sequence[Ask]], pl.DataFrame | None]
Why = Callable[[Ask], NotDelivered | None]
Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
FLOWS = ("upgraded", "downgraded", "stayed", "entered", "left", "transferred_in", "transferred_out")


def matrix(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """From which tier customers went to which within 1, 3, 6 or 12 months up to the last month end.

    One row per group, tier then (from_tier) and tier now (to_tier); outside: new to the bank or lost to it;
    elsewhere: came from or went to another institution of the bank. customers; aum_from and aum_to in minor
    units, what they held then and hold now. n: customers of the row's tier; share = customers / n with
    Wilson's 95 % interval in low and high, null for those who came and, as note says, in rows of fewer than
    policy's floor_rank customers (n<30) and of corrections of moves between institutions (transfers). Rows
    of a tier sum to the customers it had then, columns to those it has now. unknown: no
    amount; untiered: corporate. Nothing where one of the months is not delivered. Between two months: only
    the ends count, not the way. With states = watch a tier is the one held, and who is in observation stands
    apart as middle_watch and the like; each end then needs five months before it, and more than a month is
    told at the newest month end only.
    """
    is_watch = ask.parameters["states"] == "watch"
    return cells_of(rows, ask, is_watch=is_watch)


def rates(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many customers rose to a higher tier, fell to a lower one, came and left, month by month in the
    period, or within the last 3, 6 or 12 months.

    One row per group. customers: those who had a tier at the beginning of the period. customer_months: those
    at the beginning of each of its months, summed; upgrade_rate = upgraded / customer_months and
    downgrade_rate = downgraded / customer_months, so for several months a mean monthly rate. entered and
    left: new to the bank and lost to it, with a tier or without an amount;
    transferred_in and _out: between its institutions. Corporate customers, who have no tier, are counted only
    where the kind is chosen or told apart: kinds are never mixed. up_down_ratio = upgraded / downgraded, null
    when nobody was downgraded; ratio_low and ratio_high: the odds of Wilson's 95 % interval of upgraded in
    both. net_aum_moved: what customers who rose or fell hold at the end less what they held before. Customers
    without a tier at either end neither rise nor fall. Null for the first delivered month; over 3, 6 and 12
    months where their first is not delivered or their last is over a year older than the newest.
    """
    then, now = pl.col("from_tier"), pl.col("to_tier")
    tiered = (then >= FIRST_TIER) & (now >= FIRST_TIER)
    begin = min((month for month in ask.months[1:] if month >= ask.period.first), default=ask.period.last)
    is_first = pl.lit(ask.parameters["distance"] != str(NEAR)) | (pl.col("month") <= begin)
    kinds = {
        "customers": (then >= FIRST_TIER) & is_first,
        "customer_months": then >= FIRST_TIER,
        "upgraded": tiered & (now > then),
        "downgraded": tiered & (now < then),
        "stayed": tiered & (now == then),
        "entered": then == OUTSIDE,
        "left": now == OUTSIDE,
        "transferred_in": then == ELSEWHERE,
        "transferred_out": now == ELSEWHERE,
    }
    counted = [
        pl.when(which).then(pl.col("customers")).otherwise(0).alias(name) for name, which in kinds.items()
    ]
    moved = pl.when(tiered & (now != then)).then(pl.col("aum_to") - pl.col("aum_from")).otherwise(0)
    here = people(steps(rows, ask), ask).with_columns(*counted, net_aum_moved=moved)
    frame = ask.sums(here, *kinds, "net_aum_moved")
    known = pl.lit(why_no_rates(ask) is None)
    frame = frame.with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in (*kinds, "net_aum_moved")
    )
    low, high = wilson(pl.col("upgraded"), pl.col("customer_months"))
    fell = pl.when(pl.col("downgraded") > 0).then(pl.col("downgraded"))
    least, most = wilson(pl.col("upgraded"), pl.col("upgraded") + fell)
    return frame.select(
        "group",
        "customers",
        "customer_months",
        *FLOWS,
        upgrade_rate=share(pl.col("upgraded"), pl.col("customer_months")),
        downgrade_rate=share(pl.col("downgraded"), pl.col("customer_months")),
        up_down_ratio=pl.when(pl.col("upgraded") >= 0).then(pl.col("upgraded") / fell),
        ratio_low=least / (1 - least),
        ratio_high=most / (1 - most),
        net_aum_moved=pl.col("net_aum_moved"),
        low=low,
        high=high,
    )


_BOTH = {"migration": at_month_end, "migration_far": at_month_end}
_WATCH = {"migration_watch": at_month_end, "migration_watch_far": at_month_end}
_STEPS = {"migration": to_month_end, "migration_far": at_month_end}
_YEAR = {"migration_far": year_back}


def rates_by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """The rates of many whole months in one pass, where a step is a month."""
    if asks[0].parameters["distance"] != str(NEAR) or not asks[0].columns:
        return None

    def unknown(ask: Ask) -> frozenset[str]:
        return frozenset() if why_no_rates(ask) is None else ask.columns

    windows: Windows = {"migration": ("month", at_month_end)}
    return in_one_pass(rates, rows, asks, windows, asks[0].columns, unknown)


def _metric(
    name: str,
    label: str,
    compute: Compute,
    marts: Mapping[str, Window],
    columns: tuple[Measure, ...],
    why: Why,
    *parameters: Parameter,
    alone: bool = False,
    by_month: ByMonth | None = None,
) -> Metric:
    return Metric(
        name=f"migration.{name}",
        label=label,
        compute=compute,
        marts=marts,
        columns=columns,
        grain="month",
        dimensions=("kind",),
        parameters=parameters,
        filters=("kind",),
        needs=("customer_months",),
        why_missing=why,
        alone=alone,
        by_month=by_month,
    )


def _of_tiers(find: Why) -> Why:
    """Of corporate customers, who have no tiers, that; else why nothing is told."""
    return lambda ask: why_untiered(ask) or find(ask)


METRICS = (
    _metric(
        "rates",
        message("Tier migration"),
        rates,
        _STEPS,
        RATES,
        why_no_rates,
        DISTANCE,
        by_month=rates_by_month,
    ),
    _metric(
        "matrix",
        message("Tier migration, from tier to tier"),
        matrix,
        _BOTH | _WATCH,
        MATRIX,
        why_no_steps,
        DISTANCE,
        STATES_SHOWN,
        alone=True,
    ),
    _metric(
        "ladder",
        message("Customers by tier, opening to closing"),
        ladder,
        _BOTH,
        LADDER_COLUMNS,
        why_no_steps,
        DISTANCE,
        alone=True,
    ),
    _metric(
        "forecast",
        message("Customers by tier, expected"),
        forecast,
        _YEAR,
        FORECAST,
        _of_tiers(why_no_outlook),
    ),
    _metric(
        "backtest",
        message("Customers by tier, foretold and actual"),
        backtest,
        _YEAR,
        BACKTEST,
        _of_tiers(why_no_record),
    ),
    _metric(
        "homogeneity",
        message("Whether migration is steady"),
        homogeneity,
        {"migration": year_back},
        HOMOGENEITY,
        _of_tiers(why_too_short),
    ),
    COHORT,
)
