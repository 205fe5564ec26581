"""How customers' money is spread: histogram, Lorenz curve, concentration, deciles, whale curve.

All of it is read from counts and sums by histogram bin.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_access.codes.banding import BINS_A_DECADE, bin_edges
from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Parameter, message
from data_access.windows import at_month_end
from metrics.statistics.concentration import gini, median, top, vertices
from metrics.value.bins import bins_of, few, floored
from metrics.value.deciles import deciles, whale
from metrics.value.edges import HIDDEN, at_end, by_group, why_few
from metrics.value.settings import FLOOR_GINI

TOPS = (1, 5, 10, 20)
SHARES = tuple(f"top{k}_share{end}" for k in TOPS for end in ("", "_low", "_high"))
NUMBERS = ("mean", "median", "median_low", "median_high", "gini", "gini_low", "gini_high", *SHARES)


def spread(rows: pl.DataFrame, ask: Ask, measure: str) -> pl.DataFrame:
    """Mean, median, Gini and shares of the top per group, with their bounds."""
    found = []
    for group, part in by_group(rows, ask):
        bins = bins_of(part, measure, ask.minor_units)
        n, total = sum(b.count for b in bins), sum(b.total for b in bins)
        row: dict[str, Any] = {"group": group, "customers": n, "total": total}
        if n:
            low, middle, high = median(bins)
            row |= {"mean": total / n, "median": middle, "median_low": low, "median_high": high}
        shared = floored(bins) if measure == "aum" else bins
        whole = sum(b.total for b in shared)
        if n and n >= ask.policy.of(FLOOR_GINI) and whole > 0:
            row |= dict(zip(("gini_low", "gini", "gini_high"), gini(shared) or (None,) * 3, strict=True))
            for k in TOPS:
                low, middle, high = (held / whole for held in top(shared, n * k / 100))
                names = (f"top{k}_share_low", f"top{k}_share", f"top{k}_share_high")
                row |= dict(zip(names, (low, middle, high), strict=True))
        if 0 < n < ask.policy.of(FLOOR_GINI):
            row["hidden"] = f"n<{ask.policy.of(FLOOR_GINI)}"
        elif n and row.get("gini") is None:
            row["hidden"] = "total≤0" if whole <= 0 else "negative"
        found.append(row)
    schema = {
        "group": pl.Int64,
        "customers": pl.Int64,
        "total": pl.Int64,
        **dict.fromkeys(NUMBERS, pl.Float64),
        "hidden": pl.String,
    }
    return pl.DataFrame(found, schema=schema, orient="row")


def concentration(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How unequally AUM, or contribution, is spread over the customers at the last month end of the period.

    One row per group. gini: 0 all equal, 1 one customer holds all; population form, over all customers,
    those without money included. top1_share to top20_share: what so many percent of the customers hold,
    the largest first. All are read from a histogram with 16 bins a decade: the exact value lies between
    _low and _high. An overdraft counts as nothing held in gini and shares, and in full in total and mean.
    Where contribution has losses there is no gini, and the shares may pass 1 (see value.whale). With fewer
    than 50 customers (policy floor_gini) neither is told; hidden says why one is missing. Corporate
    customers are not counted unless the kind is chosen.
    """
    measure = ask.parameters["measure"]
    mart = {"aum": "histogram", "contribution": "value_contribution"}[measure]
    if mart not in rows:
        raise NotDelivered("Concentration of contribution needs customer_months.contribution.")
    return spread(at_end(rows[mart], ask, recent=measure != "aum"), ask, measure)


def histogram(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers and AUM by size of AUM at the last month end of the period.

    One row per group and band with somebody in it; a customer is in the band whose low_edge ≤ AUM <
    high_edge. bands: so many to a factor of ten. The first band, without low_edge, holds AUM of zero or
    less. Corporate customers are not counted unless the kind is chosen.
    """
    edges = bin_edges(ask.minor_units)
    step = BINS_A_DECADE // int(ask.parameters["bands"])
    low = [None, *edges]
    code = pl.col("bin").cast(pl.Int64)
    frame = at_end(rows["histogram"], ask).with_columns(
        bin=pl.when(code < 2).then(code).otherwise(2 + (code - 2) // step * step)
    )
    summed = frame.group_by("group", "bin").agg(pl.col("customers", "aum").sum()).sort("group", "bin")
    starts = [low[code] for code in summed["bin"]]
    ends = [
        low[after] if (after := code + (step if code > 1 else 1)) < len(low) else None
        for code in summed["bin"]
    ]
    edge = {"low_edge": pl.Series(starts, dtype=pl.Int64), "high_edge": pl.Series(ends, dtype=pl.Int64)}
    return summed.select("group", **edge, customers="customers", aum="aum")


def lorenz(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Share of AUM that the customers with the least hold, at the last month end of the period.

    Rows from (0, 0) to (1, 1) per group, one per histogram bin with somebody in it: at these points the
    curve is exact. An overdraft counts as nothing held. No row where nobody holds anything, or among fewer
    than 50 customers (policy floor_gini). Corporate customers are not counted unless the kind is chosen.
    """
    found = []
    for group, part in by_group(at_end(rows["histogram"], ask), ask):
        bins = floored(bins_of(part, "aum", ask.minor_units))
        if sum(b.total for b in bins) > 0 and not few(bins, ask):
            found += [(group, x, y) for x, y in vertices(bins)]
    schema = {"group": pl.Int64, "share_customers": pl.Float64, "share_aum": pl.Float64}
    return pl.DataFrame(found, schema=schema, orient="row")


_MEASURE = Parameter("measure", "aum", message("What is spread over the customers."), ("aum", "contribution"))
_BANDS = Parameter("bands", "16", message("Bands to a factor of ten."), ("2", "4", "8", "16"))
_CUSTOMERS = Measure(name="customers", label=message("Customers"), unit="customers", good=1)
_AUM = Measure(name="aum", label=message("AUM at period end"), unit="money", good=1)
_BOUNDS = (
    ("", message("Median")),
    ("_low", message("Median, lower bound")),
    ("_high", message("Median, upper bound")),
)
_TOPS = {
    1: (
        message("Share of the top 1 %"),
        message("Share of the top 1 %, lower bound"),
        message("Share of the top 1 %, upper bound"),
    ),
    5: (
        message("Share of the top 5 %"),
        message("Share of the top 5 %, lower bound"),
        message("Share of the top 5 %, upper bound"),
    ),
    10: (
        message("Share of the top 10 %"),
        message("Share of the top 10 %, lower bound"),
        message("Share of the top 10 %, upper bound"),
    ),
    20: (
        message("Share of the top 20 %"),
        message("Share of the top 20 %, lower bound"),
        message("Share of the top 20 %, upper bound"),
    ),
}
_MONTHS = "customer_months"
SPREAD = (
    Metric(
        name="value.concentration",
        label=message("Concentration"),
        compute=concentration,
        marts={"histogram": at_month_end, "value_contribution": at_month_end},
        columns=(
            _CUSTOMERS,
            Measure(name="total", label=message("Total"), unit="money"),
            Measure(name="mean", label=message("Mean"), unit="money", additive=False),
            *(
                Measure(name=f"median{end}", label=label, unit="money", additive=False)
                for end, label in _BOUNDS
            ),
            Measure(name="gini", label=message("Gini"), unit="gini"),
            Measure(name="gini_low", label=message("Gini, lower bound"), unit="gini"),
            Measure(name="gini_high", label=message("Gini, upper bound"), unit="gini"),
            *(
                Measure(name=f"top{k}_share{end}", label=label, unit="rate")
                for k, labels in _TOPS.items()
                for end, label in zip(("", "_low", "_high"), labels, strict=True)
            ),
            HIDDEN,
        ),
        grain="month",
        dimensions=("kind", "tier"),
        parameters=(_MEASURE,),
    ),
    Metric(
        name="value.histogram",
        label=message("Customers by AUM"),
        compute=histogram,
        marts={"histogram": at_month_end},
        columns=(
            Measure(name="low_edge", label=message("From"), unit="money", additive=False),
            Measure(name="high_edge", label=message("Below"), unit="money", additive=False),
            _CUSTOMERS,
            _AUM,
        ),
        grain="month",
        dimensions=("kind", "tier"),
        parameters=(_BANDS,),
    ),
    Metric(
        name="value.lorenz",
        label=message("Lorenz curve"),
        compute=lorenz,
        marts={"histogram": at_month_end},
        columns=(
            Measure(name="share_customers", label=message("Share of customers"), unit="rate"),
            Measure(name="share_aum", label=message("Share of AUM"), unit="rate"),
        ),
        grain="month",
        dimensions=("kind", "tier"),
        why_missing=why_few,
    ),
    Metric(
        name="value.whale",
        label=message("Whale curve"),
        compute=whale,
        marts={"value_contribution": at_month_end},
        columns=(
            Measure(name="share_customers", label=message("Share of customers"), unit="rate"),
            Measure(name="share_contribution", label=message("Share of contribution"), unit="rate"),
        ),
        grain="month",
        dimensions=("kind", "tier"),
        why_missing=why_few,
    ),
    Metric(
        name="value.deciles",
        label=message("Customers in tenths"),
        compute=deciles,
        marts={"value_held": at_month_end},
        columns=(
            Measure(name="decile", label=message("Tenth"), unit="text"),
            _CUSTOMERS,
            _AUM,
            Measure(name="share", label=message("Share of AUM"), unit="rate"),
            Measure(
                name="contribution",
                label=message("Contribution"),
                unit="money",
                needs=(_MONTHS, "contribution"),
            ),
            Measure(name="products", label=message("Products"), unit="count", needs=(_MONTHS, "products")),
            Measure(name="deposit", label=message("Deposits"), unit="money", needs=(_MONTHS, "deposit")),
            Measure(name="loan", label=message("Loans"), unit="money", needs=(_MONTHS, "loan")),
            Measure(name="wealth", label=message("Wealth products"), unit="money", needs=(_MONTHS, "wealth")),
            Measure(name="note", label=message("Why there is no number"), unit="text"),
            Measure(
                name="products_mean",
                label=message("Products per customer"),
                unit="ratio",
                needs=(_MONTHS, "products"),
            ),
        ),
        grain="month",
        dimensions=("kind", "tier"),
        why_missing=why_few,
    ),
)
