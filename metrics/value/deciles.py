"""Customers in tenths by what they hold, and how the bank's result piles up over them."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

import polars as pl

from data_access.subject import Ask
from metrics.statistics.concentration import Bin, top, vertices
from metrics.value.bins import bins_of, few
from metrics.value.edges import at_end, by_group
from metrics.value.marts import HELD
from metrics.value.settings import FLOOR_TENTHS

MOST_OFF = 0.1  # of a tenth: what may be wrong by more is not told


def whale(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Contribution added up from the customers who bring most to those who cost most (whale curve).

    Rows from (0, 0) to (1, 1) per group, one per bin of contribution: at these points the curve is exact.
    Above 1: customers with losses take that part back. No row where all together bring nothing, or among
    fewer than 50 customers (policy floor_gini). Corporate customers are not counted unless the kind is
    chosen.
    """
    found = []
    for group, part in by_group(at_end(rows["value_contribution"], ask, recent=True), ask):
        bins = bins_of(part, "contribution", ask.minor_units)[::-1]
        if sum(b.total for b in bins) > 0 and not few(bins, ask):
            found += [(group, x, y) for x, y in vertices(bins)]
    schema = {"group": pl.Int64, "share_customers": pl.Float64, "share_contribution": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


def deciles(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers in tenths by their AUM at the last month end of the period: what each tenth holds and brings.

    Ten rows per group, none of fewer than 50 customers (policy floor_gini); decile 1 has the most.
    customers: whole customers, so tenths differ by one at most. Within a histogram bin that two tenths
    share, AUM is taken as evenly spread and all else as equal, so the rows sum to the group's total. Among
    fewer than 5,000 customers (policy floor_tenths) what rests on such a bin is null, as note says, unless
    it changes the tenth by less than a tenth however the bin is shared. share: of AUM. products_mean:
    products per customer. Customers without AUM delivered are left out; corporate ones unless the kind is
    chosen.
    """
    held = at_end(rows["value_held"], ask, recent=True)
    names = [name for name in HELD if name in held.columns]
    found, least = [], ask.policy.of(FLOOR_TENTHS)
    for group, part in by_group(held, ask):
        summed = part.group_by("bin").agg(pl.col("customers", *names).sum()).sort("bin", descending=True)
        bins = [
            b if b.low > 0 else Bin(b.count, b.total, b.total / b.count, b.total / b.count)
            for b in bins_of(part, "aum", ask.minor_units)
        ]
        if few(bins, ask):
            continue
        n, total = sum(b.count for b in bins), sum(b.total for b in bins)
        cuts = [k * n // 10 for k in range(11)]
        sums = {"customers": cuts, "aum": [round(top(bins, cut)[1]) for cut in cuts]}
        counts = summed["customers"].to_list()
        whole = {0, *accumulate(counts)}  # customers up to the end of a bin
        firsts = {name: [_first(counts, summed[name].to_list(), cut) for cut in cuts] for name in names}
        for k in range(10):
            row: dict[str, int | None] = {name: values[k + 1] - values[k] for name, values in sums.items()}
            share = (row["aum"] or 0) / total if total > 0 else None
            for name, values in firsts.items():
                value, off = values[k + 1][0] - values[k][0], values[k][1] + values[k + 1][1]
                if name == "contribution" and not {cuts[k], cuts[k + 1]} <= whole:
                    off = math.inf  # losses and gains of a bin that is cut may be any
                row[name] = value if n >= least or off <= MOST_OFF * abs(value) else None
            note = f"n<{least}" if None in row.values() else None
            found.append({"group": group, "decile": k + 1, "share": share, **row, "note": note})
    schema = {
        "group": pl.Int64,
        "decile": pl.Int64,
        "customers": pl.Int64,
        "aum": pl.Int64,
        "share": pl.Float64,
        **dict.fromkeys(names, pl.Int64),
        "note": pl.String,
    }
    frame = pl.DataFrame(found, schema=schema, orient="row")
    if "products" in names:
        each = pl.when(pl.col("customers") > 0).then(pl.col("products") / pl.col("customers"))
        frame = frame.with_columns(products_mean=each)
    return frame


def _first(counts: Sequence[int], totals: Sequence[int], customers: int) -> tuple[int, float]:
    """What the first so many customers have, a bin that is cut in proportion; and by how much that may be
    out, if nobody has less than nothing.

    >>> _first([2, 4], [10, 8], 2), _first([2, 4], [10, 8], 3)
    ((10, 0), (12, 6))
    """
    held, left, off = 0, customers, 0
    for count, total in zip(counts, totals, strict=True):
        if left <= 0:
            break
        taken = min(left, count)
        part = total if taken == count else round(total * taken / count)
        off = 0 if taken == count else max(part, total - part)
        held, left = held + part, left - taken
    return held, off
