"""Contribution, loyalty and potential (贡献度、忠诚度、潜力), each with its parts; products per customer."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_access.errors import NotDelivered
from data_access.policy import DIMENSIONS
from data_access.subject import Ask, Measure, Metric, message
from data_access.windows import at_month_end
from metrics.value.dimensions_marts import delivered, weight
from metrics.value.edges import at_end

SUMMED = "all"  # the row of the dimension itself


def dimensions(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """What customers bring (contribution), how much they use the bank (loyalty) and what they could still
    bring (potential) at the last month end of the period, in points from 0 to 100, with the parts.

    One row per group, dimension and component, and before them one of the dimension itself (component
    all). A customer has 0, 25, 50, 75 or 100 points in a component, by the four cut points of the policy
    (components); a dimension is their weighted mean. score: the mean of all customers, so a dimension's
    score is the weighted mean of its parts' scores. high: customers with 60 points or more. Components
    whose column is not delivered are left out and the other weights count for more; a customer without the
    number has no points, nor has the highest tier on its way to the next. Corporate customers are not
    counted unless the kind is chosen.
    """
    parts = delivered(ask.policy, ask.has)
    if not parts:
        needs = ", ".join(part.key for part in ask.policy.components)
        raise NotDelivered(
            "Contribution, loyalty and potential need one of customer_months: {columns}.", columns=needs
        )
    found = at_end(rows["value_dimensions"], ask)
    sums = [name for name in found.columns if name.endswith(("_points", "_high"))]
    frame = ask.sums(found, "customers", *sums)
    told = []
    for dimension in DIMENSIONS:
        own = [part for part in parts if part.dimension == dimension]
        if own:
            told.append(_rows(frame, dimension, SUMMED, f"all_{dimension}", weight(own), weight(own)))
            told += [_rows(frame, dimension, part.key, part.key, 1, part.weight) for part in own]
    order = pl.DataFrame({"group": ask.groups["group"], "at": range(ask.groups.height)})
    every = pl.concat(told).with_row_index("place").join(order, on="group")
    return every.sort("at", "place").drop("at", "place")


def _rows(
    frame: pl.DataFrame, dimension: str, component: str, name: str, times: int, weighted: int
) -> pl.DataFrame:
    n, high = pl.col("customers"), pl.col(f"{name}_high")
    return frame.select(
        "group",
        pl.lit(dimension).alias("dimension"),
        pl.lit(component).alias("component"),
        pl.lit(weighted, dtype=pl.Int64).alias("weight"),
        "customers",
        score=pl.when(n > 0).then(pl.col(f"{name}_points") / (n * times)),
        high=high,
        share_high=pl.when(n > 0).then(high / n),
    )


def products(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Products per customer at the last month end of the period: how broadly customers use the bank.

    One row per group. products_mean = products / customers, null without customers; a customer whose number
    is not known counts with none. Corporate customers are not counted unless the kind is chosen.
    """
    if "products" not in rows["value_dimensions"].columns:
        raise NotDelivered("Products per customer are told when customer_months.products is delivered.")
    sums = ask.sums(at_end(rows["value_dimensions"], ask), "customers", "products")
    each = pl.when(pl.col("customers") > 0).then(pl.col("products") / pl.col("customers"))
    return sums.select("group", "customers", "products", products_mean=each)


def _metric(name: str, label: str, compute: Any, columns: tuple[Measure, ...]) -> Metric:
    return Metric(
        name=name,
        label=label,
        compute=compute,
        marts={"value_dimensions": at_month_end},
        columns=columns,
        grain="month",
        dimensions=("kind", "tier"),
        needs=("customer_months",),
    )


_CUSTOMERS = Measure(name="customers", label=message("Customers"), unit="customers", good=1)
METRICS = (
    _metric(
        "value.dimensions",
        message("Contribution, loyalty and potential"),
        dimensions,
        (
            Measure(name="dimension", label=message("Dimension"), unit="text"),
            Measure(name="component", label=message("Part"), unit="text"),
            Measure(
                name="weight",
                label=message("Weight"),
                unit="count",
                definition=message("What the part counts for in its dimension."),
                additive=False,
            ),
            _CUSTOMERS,
            Measure(
                name="score",
                label=message("Mean score"),
                unit="score",
                definition=message("Mean of all customers, 0 to 100 points."),
                good=1,
            ),
            Measure(
                name="high",
                label=message("High-scoring customers"),
                unit="customers",
                definition=message("Customers with 60 points or more."),
                good=1,
            ),
            Measure(
                name="share_high",
                label=message("Share of high-scoring customers"),
                unit="rate",
                definition=message("Customers with 60 points or more, of all."),
                good=1,
            ),
        ),
    ),
    _metric(
        "value.products",
        message("Products per customer"),
        products,
        (
            _CUSTOMERS,
            Measure(name="products", label=message("Products"), unit="count", good=1),
            Measure(
                name="products_mean",
                label=message("Products per customer"),
                unit="ratio",
                definition=message("Products held divided by customers at the month end."),
                good=1,
                needs=("customer_months", "products"),
            ),
        ),
    ),
)
