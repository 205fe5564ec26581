"""What the dimensions of customer value store: points of every component and dimension, and who has many.

Grain: institution × month end × kind × tier. A component gives 0, 25, 50, 75 or 100 points by fixed cut
points; a dimension is the weighted sum of its components' points.
"""

from collections.abc import Callable, Iterable
from typing import Any

import narwhals as nw

from data_access.codes.banding import FIRST_TIER, banded
from data_access.policy import COUNTED, DIMENSIONS, NEXT_TIER, Component, Policy
from data_access.subject import Inputs, Mart
from metrics.value.marts import KEYS, basis

STEP = 25  # points from one cut to the next
HIGH = 60  # points from which a customer is counted as high
BANDS = range(5)


def delivered(policy: Policy, has: Callable[[str, str], bool]) -> list[Component]:
    """The components that can be told of this bank."""
    wanted = {NEXT_TIER: "aum"}
    return [part for part in policy.components if has("customer_months", wanted.get(part.key, part.key))]


def _whole(value: int) -> nw.Expr:
    return nw.lit(value, dtype=nw.Int64)


def _points(part: Component, inputs: Inputs) -> nw.Expr:
    """0 to 100 points of one component; no amount, or no next tier, is no point."""
    if part.key == NEXT_TIER:
        return _on_the_way(part, inputs)
    unit = 1 if part.key in COUNTED else inputs.minor_units
    value = nw.col(part.key).cast(nw.Int64)
    band = banded(value, [cut * unit for cut in part.cuts], BANDS).cast(nw.Int64)
    return nw.when(value.is_null()).then(_whole(0)).otherwise(band * _whole(STEP))


def _on_the_way(part: Component, inputs: Inputs) -> nw.Expr:
    """How much of the next tier's edge is reached, in percent by the cuts."""
    value, points = nw.col(basis(inputs)).cast(nw.Int64), _whole(0)
    for number, tier in enumerate(inputs.policy.tiers[1:]):
        edge = tier.edge * inputs.minor_units
        for cut in part.cuts:
            is_there = (nw.col("tier") == nw.lit(FIRST_TIER + number, dtype=nw.Int16)) & (
                value * _whole(100) >= _whole(edge * cut)
            )
            points = points + nw.when(is_there).then(_whole(STEP)).otherwise(_whole(0))
    return points


def weight(parts: Iterable[Component]) -> int:
    """The weights together, by which a dimension's weighted points are divided."""
    return sum(part.weight for part in parts)


def build_dimensions(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers, products, and of each component and dimension the points and the customers from 60 on.

    A dimension's points are times the weight of its delivered components together, so they stay whole.
    """
    now, parts = inputs.tables["now"], delivered(inputs.policy, inputs.has)
    now = now.with_columns(_points(part, inputs).alias(f"{part.key}_points") for part in parts)
    names = {part.key: 1 for part in parts}
    for dimension in DIMENSIONS:
        own = [part for part in parts if part.dimension == dimension]
        if own:
            total = _whole(0)
            for part in own:
                total = total + nw.col(f"{part.key}_points") * _whole(part.weight)
            name = f"all_{dimension}"
            now = now.with_columns(total.alias(f"{name}_points"))
            names[name] = weight(own)
    now = now.with_columns(
        nw.when(nw.col(f"{name}_points") >= _whole(HIGH * times))
        .then(_whole(1))
        .otherwise(_whole(0))
        .alias(f"{name}_high")
        for name, times in names.items()
    )
    sums = [nw.col(f"{name}_{end}").cast(nw.Int64).sum() for name in names for end in ("points", "high")]
    if inputs.has("customer_months", "products"):
        sums.append(nw.col("products").fill_null(0).cast(nw.Int64).sum().alias("products"))
    count = nw.len().cast(nw.Int64).alias("customers")
    return now.group_by("institution_no", *KEYS).agg(count, *sums)


MARTS = (
    Mart(
        name="value_dimensions",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_dimensions,
        settings=("tiers", "components"),
        monthly="customer_months",
        counts=("customers",),
    ),
)
