"""Customers in bins by what they hold, and among how few nothing is told."""

from collections.abc import Sequence

import polars as pl

from data_access.codes.banding import bin_edges
from data_access.subject import Ask
from metrics.statistics.concentration import Bin
from metrics.value.settings import FLOOR_GINI


def bins_of(rows: pl.DataFrame, amount: str, minor_units: int) -> list[Bin]:
    """Summed rows of one group as bins in order. Bins below zero are those of losses; bin 0 of AUM holds
    whoever has nothing or less, and nobody there is below the bin's sum."""
    edges = bin_edges(minor_units)
    found = []
    summed = rows.group_by("bin").agg(pl.col("customers", amount).sum())
    for code, count, total in sorted(summed.iter_rows()):
        if not count:
            continue
        size = abs(code)
        low = edges[size - 1] if size else min(total, 0)
        high = (edges[size] - 1 if size < len(edges) else max(abs(total), low)) if size else 0
        found.append(Bin(count, total, -high, -low) if code < 0 else Bin(count, total, low, high))
    return found


def floored(bins: Sequence[Bin]) -> list[Bin]:
    """Whoever holds less than nothing holds nothing: an overdraft is no part of what is shared."""
    return [Bin(b.count, 0, 0, 0) if b.low <= 0 else b for b in bins]


def few(bins: Sequence[Bin], ask: Ask) -> bool:
    """Whether a curve or a tenth would tell of single customers."""
    return 0 < sum(b.count for b in bins) < ask.policy.of(FLOOR_GINI)
