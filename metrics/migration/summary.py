"""Tier migration: how many customers rose, fell, came and left, and which way they went.

What is stored: `metrics/migration/marts.py`; where it leads: `metrics/migration/outlook.py`.
"""

from collections.abc import Callable, Mapping

import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Parameter, Window, message
from data_access.windows import at_month_end, stock_month, to_month_end
from metrics.book.summary import why_untiered
from metrics.migration.availability import (
    why_no_outlook,
    why_no_rates,
    why_no_record,
    why_no_steps,
    why_too_short,
)
from metrics.migration.cohort import COHORT
from metrics.migration.marts import COUNTS, ELSEWHERE, NEAR, OUTSIDE
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
from metrics.migration.observation_steps import WATCH
from metrics.migration.outlook import backtest, forecast, homogeneity, year_back
from metrics.migration.states import CORRECTED, STATES, states_of
from metrics.statistics.intervals import share, wilson
from metrics.value.edges import people

Why = Callable[[Ask], NotDelivered | None]
Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
FLOWS = ("upgraded", "downgraded", "stayed", "entered", "left", "transferred_in", "transferred_out")


def steps(rows: Mapping[str, pl.DataFrame], ask: Ask, mart: str = "migration") -> pl.DataFrame:
    """The stored steps of the distance asked for that end in the period; of more than a month, at its end."""
    distance = int(ask.parameters["distance"])
    at = stock_month(ask.period)
    frame = rows[mart if distance == NEAR else f"{mart}_far"]
    first = min(ask.period.first, at) if distance == NEAR else at
    return frame.filter(pl.col("month").is_between(first, at), distance=distance)


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
    return _cells(rows, ask, is_watch=is_watch)


def _cells(rows: Mapping[str, pl.DataFrame], ask: Ask, *, is_watch: bool) -> pl.DataFrame:
    at, known = stock_month(ask.period), why_no_steps(ask) is None
    frame = steps(rows, ask, "migration_watch" if is_watch else "migration")
    frame = frame.filter(pl.col("month") == at, pl.lit(known))
    cells = frame.group_by("group", "from_tier", "to_tier").agg(pl.col(name).sum() for name in COUNTS)
    words = states_of([tier.key for tier in ask.policy.tiers])
    tiers = [code for code in words if is_watch or code < WATCH]
    seen = set(cells["from_tier"]) | set(cells["to_tier"])
    live = [code for code in range(FIRST_TIER) if code in seen] + tiers
    ways = [(a, b) for a in (*live, *STATES) for b in (*live, *STATES) if a in live or b in live]
    ways = ways if cells.height else []
    grid = pl.DataFrame(ways, schema={"from_tier": pl.Int16, "to_tier": pl.Int16}, orient="row")
    found = ask.groups.join(grid, how="cross").join(
        cells, on=["group", "from_tier", "to_tier"], how="left", maintain_order="left"
    )
    found = found.with_columns(pl.col(name).fill_null(0) for name in COUNTS).with_columns(
        n=pl.col("customers").sum().over("group", "from_tier")
    )
    here = pl.col("from_tier") >= 0
    corrected = (pl.col("customers") < 0).any().over("group", "from_tier")
    note = (
        pl.when(here & corrected)
        .then(pl.lit(CORRECTED))
        .when(here & (pl.col("n") < ask.policy.floor_rank))
        .then(pl.lit(f"n<{ask.policy.floor_rank}"))
    )
    whole = pl.when(here & note.is_null()).then(pl.col("n"))
    low, high = wilson(pl.col("customers"), whole)
    names = dict(enumerate(ask.codes["tier"])) | words | STATES
    word = [
        pl.col(end).replace_strict(names, return_dtype=pl.String).alias(end)
        for end in ("from_tier", "to_tier")
    ]
    told = {"share": share(pl.col("customers"), whole), "low": low, "high": high, "note": note}
    return found.select("group", *word, *COUNTS, "n", **told)


def rates(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many customers rose to a higher tier, fell to a lower one, came and left, month by month in the
    period, or within the last 3, 6 or 12 months.

    One row per group. customers: those who had a tier at the beginning of each month, summed over the months;
    upgrade_rate = upgraded / customers and downgrade_rate = downgraded / customers, so for several months a
    mean monthly rate. entered and left: new to the bank and lost to it, with a tier or without an amount;
    transferred_in and _out: between its institutions. Corporate customers, who have no tier, are counted only
    where the kind is chosen or told apart: kinds are never mixed. up_down_ratio = upgraded / downgraded, null
    when nobody was downgraded; ratio_low and ratio_high: the odds of Wilson's 95 % interval of upgraded in
    both. net_aum_moved: what customers who rose or fell hold at the end less what they held before. Customers
    without a tier at either end neither rise nor fall. Null for the first delivered month; over 3, 6 and 12
    months where their first is not delivered or their last is over a year older than the newest.
    """
    then, now = pl.col("from_tier"), pl.col("to_tier")
    tiered = (then >= FIRST_TIER) & (now >= FIRST_TIER)
    kinds = {
        "customers": then >= FIRST_TIER,
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
    low, high = wilson(pl.col("upgraded"), pl.col("customers"))
    fell = pl.when(pl.col("downgraded") > 0).then(pl.col("downgraded"))
    least, most = wilson(pl.col("upgraded"), pl.col("upgraded") + fell)
    return frame.select(
        "group",
        "customers",
        *FLOWS,
        upgrade_rate=share(pl.col("upgraded"), pl.col("customers")),
        downgrade_rate=share(pl.col("downgraded"), pl.col("customers")),
        up_down_ratio=pl.when(pl.col("upgraded") >= 0).then(pl.col("upgraded") / fell),
        ratio_low=least / (1 - least),
        ratio_high=most / (1 - most),
        net_aum_moved=pl.col("net_aum_moved"),
        low=low,
        high=high,
    )


LADDER = (
    "opening",
    "risen_in",
    "fallen_in",
    "entered",
    "transferred_in",
    "risen_out",
    "fallen_out",
    "left",
    "transferred_out",
    "retiered",
    "closing",
)


def ladder(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How each tier came from the customers it had to those it has: who rose or fell into it and out of it,
    who came and who left.

    One row per group and tier, lowest first. opening + risen_in + fallen_in + entered + transferred_in −
    risen_out − fallen_out − left − transferred_out + retiered = closing. retiered: came from those without a
    tier, less those who went there. Between the two month ends of the distance; nothing where one is not
    delivered.
    """
    cells = _cells(rows, ask, is_watch=False)
    order = {tier.key: number for number, tier in enumerate(ask.policy.tiers)}
    then = pl.col("from_tier").replace_strict(order, default=None, return_dtype=pl.Int64)
    now = pl.col("to_tier").replace_strict(order, default=None, return_dtype=pl.Int64)
    cells = cells.with_columns(then=then, now=now)
    parts = []
    for key, at in order.items():
        into, out = pl.col("to_tier") == key, pl.col("from_tier") == key
        bare = ~into | ~out
        ways = {
            "opening": out,
            "risen_in": into & (pl.col("then") < at),
            "fallen_in": into & (pl.col("then") > at),
            "entered": into & (pl.col("from_tier") == STATES[OUTSIDE]),
            "transferred_in": into & (pl.col("from_tier") == STATES[ELSEWHERE]),
            "risen_out": out & (pl.col("now") > at),
            "fallen_out": out & (pl.col("now") < at),
            "left": out & (pl.col("to_tier") == STATES[OUTSIDE]),
            "transferred_out": out & (pl.col("to_tier") == STATES[ELSEWHERE]),
            "came": into & bare & pl.col("from_tier").is_in(["unknown", "untiered"]),
            "went": out & bare & pl.col("to_tier").is_in(["unknown", "untiered"]),
            "closing": into,
        }
        sums = [
            pl.col("customers").filter(which.fill_null(False)).sum().alias(name)
            for name, which in ways.items()
        ]
        parts.append(cells.group_by("group").agg(*sums).with_columns(tier=pl.lit(key), at=pl.lit(at)))
    found = pl.concat(parts).with_columns(retiered=pl.col("came") - pl.col("went")).sort("group", "at")
    return found.select("group", "tier", *LADDER)


_BOTH = {"migration": at_month_end, "migration_far": at_month_end}
_WATCH = {"migration_watch": at_month_end, "migration_watch_far": at_month_end}
_STEPS = {"migration": to_month_end, "migration_far": at_month_end}
_YEAR = {"migration_far": year_back}


def _metric(
    name: str,
    label: str,
    compute: Compute,
    marts: Mapping[str, Window],
    columns: tuple[Measure, ...],
    why: Why,
    *parameters: Parameter,
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
    )


def _of_tiers(find: Why) -> Why:
    """Of corporate customers, who have no tiers, that; else why nothing is told."""
    return lambda ask: why_untiered(ask) or find(ask)


METRICS = (
    _metric("rates", message("Tier migration"), rates, _STEPS, RATES, why_no_rates, DISTANCE),
    _metric(
        "matrix",
        message("Tier migration, from tier to tier"),
        matrix,
        _BOTH | _WATCH,
        MATRIX,
        why_no_steps,
        DISTANCE,
        STATES_SHOWN,
    ),
    _metric(
        "ladder",
        message("Customers by tier, opening to closing"),
        ladder,
        _BOTH,
        LADDER_COLUMNS,
        why_no_steps,
        DISTANCE,
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
