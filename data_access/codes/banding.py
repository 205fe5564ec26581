"""Tiers and histogram bins from integer edges, alike on every engine.

One balanced nested `when` per band scheme: an amount that lies on an edge falls into the band
that begins there, and no engine's logarithm or rounding has a say. Polars has a search for it, which
needs none of the hundreds of expressions of a histogram.
"""

from collections.abc import Sequence
from decimal import Decimal, getcontext
from functools import cache
from typing import Any

import narwhals as nw
import polars as pl

from data_access.policy import Policy

CORPORATE = 2  # the code of the kind, as in coding.KINDS
UNKNOWN_TIER, UNTIERED, FIRST_TIER = 0, 1, 2
BINS_A_DECADE = 16
DECADES = 11


def banded(value: nw.Expr, edges: Sequence[int], codes: Sequence[int]) -> nw.Expr:
    """The code of the band a value falls into; `codes` has one more entry than `edges`."""
    if not edges:
        return nw.lit(codes[0], dtype=nw.Int16)
    middle = len(edges) // 2
    below = banded(value, edges[:middle], codes[: middle + 1])
    above = banded(value, edges[middle + 1 :], codes[middle + 1 :])
    return nw.when(value < nw.lit(edges[middle], dtype=nw.Int64)).then(below).otherwise(above)


def tier_code(value: nw.Expr, kind: nw.Expr, policy: Policy, minor_units: int) -> nw.Expr:
    """Tier of a customer month: 0 unknown (no amount), 1 untiered (corporate), 2… the policy's tiers."""
    edges = [tier.edge * minor_units for tier in policy.tiers[1:]]
    codes = list(range(FIRST_TIER, FIRST_TIER + len(policy.tiers)))
    return (
        nw.when(kind == CORPORATE)
        .then(nw.lit(UNTIERED, dtype=nw.Int16))
        .otherwise(
            nw.when(value.is_null())
            .then(nw.lit(UNKNOWN_TIER, dtype=nw.Int16))
            .otherwise(banded(value, edges, codes))
        )
    )


def tier_names(policy: Policy) -> list[str]:
    """Tier keys by code."""
    return ["unknown", "untiered", *[tier.key for tier in policy.tiers]]


@cache
def bin_edges(minor_units: int) -> tuple[int, ...]:
    """Lower edges of the histogram's bins from the second on, in minor units.

    Bin 0 holds everything up to 0, bin 1 what lies between 0 and one unit, then 16 bins a decade.

    >>> bin_edges(100)[:4], len(bin_edges(100))
    ((1, 100, 115, 133), 178)
    """
    getcontext().prec = 40
    ten = Decimal(10)
    steps = [
        int((minor_units * ten ** (Decimal(k) / BINS_A_DECADE)).to_integral_value())
        for k in range(DECADES * BINS_A_DECADE)
    ]
    return (1, *steps, minor_units * 10**DECADES)


def with_bin(frame: nw.LazyFrame[Any], amount: str, minor_units: int) -> nw.LazyFrame[Any]:
    """The rows with the histogram bin of an amount in minor units, which is never null."""
    edges, rows = bin_edges(minor_units), frame.to_native()
    if isinstance(rows, pl.LazyFrame):
        below = pl.lit(pl.Series(edges, dtype=pl.Int64)).search_sorted(pl.col(amount), side="right")
        return nw.from_native(rows.with_columns(bin=below.cast(pl.Int16)))
    return frame.with_columns(bin=banded(nw.col(amount), edges, range(len(edges) + 1)))
