"""How each tier came from the customers it had to those it has."""

from collections.abc import Mapping

import polars as pl

from data_access.subject import Ask
from metrics.migration.cells import cells_of
from metrics.migration.marts import ELSEWHERE, OUTSIDE
from metrics.migration.states import STATES

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
    cells = cells_of(rows, ask, is_watch=False)
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
