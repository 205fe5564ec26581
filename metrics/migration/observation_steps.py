"""What tier migration stores with observation: the steps between states of the tier held and of observation.

Grain and booking are those of `metrics/migration/marts.py`; the states are told at each end by the rule of
`metrics/migration/observation_rule.py`, so each end needs its own six months.
"""

from dataclasses import replace
from typing import Any

import narwhals as nw

from data_access.subject import Inputs, Mart
from metrics.ends import both_ends, counted
from metrics.migration.marts import FAR, KEYS, NEAR, corrected_steps, own_steps, table_of
from metrics.migration.observation_marts import BACK, RESTS_ON, month_table, tiers_held

WATCH = 100  # beside a tier's code: the tier is held, and in observation
RECENT = 13


def _states(inputs: Inputs, end: int) -> nw.LazyFrame[Any]:
    """The customers of a month end with their state as tier; those without a tier keep that."""
    told = tiers_held(inputs, end).select("customer_no", "missed", held="tier")
    here = inputs.tables[month_table(end)].join(told, on="customer_no", how="left")
    watch = nw.lit(WATCH, dtype=nw.Int16)
    watched = nw.when(nw.col("missed") > nw.lit(0, dtype=nw.Int16)).then(nw.col("held") + watch)
    state = watched.otherwise(nw.coalesce(nw.col("held"), nw.col("tier"))).cast(nw.Int16)
    return here.with_columns(tier=state)


def _watched(inputs: Inputs, distance: int) -> nw.LazyFrame[Any]:
    """The counted steps between states; where a month of either end's six is missing there is none."""
    then = table_of(distance)
    needed = {month_table(end + age) for end in (0, distance) for age in (0, *BACK)}
    tables = {name: frame for name, frame in inputs.tables.items() if name != then}
    if needed <= set(inputs.tables):
        tables |= {"now": _states(inputs, 0), then: _states(inputs, distance)}

    def rows() -> nw.LazyFrame[Any]:
        return counted(both_ends(replace(inputs, tables=tables), then))

    return inputs.once(f"watch-{distance}-{inputs.month}", rows) if inputs.once else rows()


def build_watch(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the month before."""
    return own_steps(_watched(inputs, NEAR), inputs, NEAR)


def watch_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Where both ends of a move lie inside: an ordinary step between states."""
    return corrected_steps(_watched(inputs, NEAR), inputs, NEAR)


def build_watch_far(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the month ends 3, 6 and 12 months before."""
    parts = [own_steps(_watched(inputs, far), inputs, far) for far in FAR]
    return nw.concat(parts, how="vertical")


def watch_far_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same corrections over 3, 6 and 12 months."""
    parts = [corrected_steps(_watched(inputs, far), inputs, far) for far in FAR]
    return nw.concat(parts, how="vertical")


MARTS = (
    Mart(
        name="migration_watch",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_watch,
        settings=RESTS_ON,
        monthly="customer_months",
        recent=RECENT,
        movers=watch_movers,
        counts=("customers",),
        back=tuple(range(1, NEAR + len(BACK) + 1)),
    ),
    Mart(
        name="migration_watch_far",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_watch_far,
        settings=RESTS_ON,
        monthly="customer_months",
        recent=1,
        movers=watch_far_movers,
        counts=("customers",),
        back=tuple(range(1, max(FAR) + len(BACK) + 1)),
    ),
)
