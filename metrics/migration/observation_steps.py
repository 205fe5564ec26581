"""What tier migration stores with observation: the steps between states of the tier held and of observation.

Grain and booking are those of `metrics/migration/marts.py`; the states are told at each end by the rule of
`metrics/migration/observation_rule.py`, so each end needs its own six months.
"""

from dataclasses import replace
from typing import Any

import narwhals as nw

from data_access.codes.banding import FIRST_TIER
from data_access.subject import Inputs, Mart
from metrics.migration.marts import FAR, KEYS, NEAR, build_steps, correct_steps, table_of
from metrics.migration.observation_marts import BACK, RESTS_ON, month_table, tiers_held

WATCH = 100  # beside a tier's code: the tier is held, and in observation
RECENT = 13


def _states(inputs: Inputs, end: int) -> nw.LazyFrame[Any]:
    """The customers of a month end with their state as tier; those without a tier keep that."""
    here = inputs.tables[month_table(end)]
    watched = nw.when(nw.col("missed") > nw.lit(0, dtype=nw.Int16)).then(
        nw.col("tier") + nw.lit(WATCH, dtype=nw.Int16)
    )
    state = watched.otherwise(nw.col("tier")).cast(nw.Int16)
    told = tiers_held(inputs, end).select("customer_no", state=state)
    bare = here.filter(nw.col("tier") < nw.lit(FIRST_TIER, dtype=nw.Int16))
    columns = ["customer_no", "institution_no", "kind", *_aum(inputs)]
    return nw.concat(
        [
            here.join(told, on="customer_no", how="inner").select(*columns, tier=nw.col("state")),
            bare.select(*columns, "tier"),
        ],
        how="vertical",
    )


def _aum(inputs: Inputs) -> list[str]:
    return ["aum"] if inputs.has("customer_months", "aum") else []


def at_states(inputs: Inputs, distance: int) -> Inputs:
    """The two ends of a step as states; where a month of either end's six is missing there is no step."""
    needed = {month_table(end + age) for end in (0, distance) for age in (0, *BACK)}
    tables = {name: frame for name, frame in inputs.tables.items() if name != table_of(distance)}
    if needed <= set(inputs.tables):
        tables |= {"now": _states(inputs, 0), table_of(distance): _states(inputs, distance)}
    return replace(inputs, tables=tables)


def build_watch(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the month before."""
    return build_steps(at_states(inputs, NEAR), NEAR)


def watch_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Where both ends of a move lie inside: an ordinary step between states."""
    return correct_steps(at_states(inputs, NEAR), NEAR)


def build_watch_far(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: steps from the month ends 3, 6 and 12 months before."""
    return nw.concat([build_steps(at_states(inputs, far), far) for far in FAR], how="vertical")


def watch_far_movers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The same corrections over 3, 6 and 12 months."""
    return nw.concat([correct_steps(at_states(inputs, far), far) for far in FAR], how="vertical")


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
