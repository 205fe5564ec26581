"""What customer value stores beside the book and its histogram.

Grain: institution × month end × kind × tier × what each mart adds. Only the last 13 months are kept.
"""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.banding import FIRST_TIER, with_bin
from data_access.codes.literals import code
from data_access.policy import Policy
from data_access.subject import Inputs, Mart
from metrics.book.marts import with_managers
from metrics.value.settings import LOYAL_PRODUCTS, LOYAL_TRANSACTIONS, NEAR_EDGE_SHARE, VALUE_EDGE

KEYS = ("month", "kind", "tier")
BELOW, ABOVE = 0, 1  # short of the next tier; just above the own tier's lower edge
SIDES = ("below", "above")
HELD = ("contribution", "products", "deposit", "loan", "wealth")
LOYAL = ("products", "own_transactions")
RECENT = 13


def _count() -> nw.Expr:
    return nw.len().cast(nw.Int64).alias("customers")


def _whole(value: int) -> nw.Expr:
    return nw.lit(value, dtype=nw.Int64)


def build_held(inputs: Inputs) -> nw.LazyFrame[Any]:
    """What customers hold and bring by the histogram bin of their AUM; those without AUM are left out."""
    now = inputs.tables["now"].filter(~nw.col("aum").is_null())
    now = with_bin(now, "aum", inputs.minor_units)
    names = ["aum", *(name for name in HELD if inputs.has("customer_months", name))]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in names]
    return now.group_by("institution_no", *KEYS, "bin").agg(_count(), *sums)


def build_contribution(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and contribution by bin of the contribution; bins of losses are numbered below zero."""
    now = inputs.tables["now"].filter(~nw.col("contribution").is_null())
    amount = nw.col("contribution").cast(nw.Int64)
    now = now.with_columns(side=nw.when(amount < _whole(0)).then(_whole(-1)).otherwise(_whole(1)))
    now = now.with_columns(size=amount * nw.col("side"))
    now = with_bin(now, "size", inputs.minor_units)
    now = now.with_columns(bin=(nw.col("bin").cast(nw.Int64) * nw.col("side")).cast(nw.Int16))
    return now.group_by("institution_no", *KEYS, "bin").agg(
        _count(), nw.col("contribution").cast(nw.Int64).sum()
    )


def near_edge(now: nw.LazyFrame[Any], policy: Policy, minor_units: int, basis: str) -> nw.LazyFrame[Any]:
    """The customers close to an edge of their tier, a row per side: side, amount, gap (both minor units).

    A tier narrow enough puts a customer near both edges; then there are two rows.
    """
    share = round(1000 * policy.of(NEAR_EDGE_SHARE))
    lower = {number: tier.edge * minor_units for number, tier in enumerate(policy.tiers) if number}
    value, edge = nw.col(basis), nw.col("edge")

    def of_tier(edges: dict[int, int]) -> nw.LazyFrame[Any]:
        found: nw.Expr = nw.lit(None, dtype=nw.Int64)
        for number, amount in edges.items():
            is_there = nw.col("tier") == code(FIRST_TIER + number)
            found = nw.when(is_there).then(_whole(amount)).otherwise(found)
        return now.with_columns(edge=found).filter(edge > _whole(0))

    above = of_tier(lower).filter(value * _whole(1000) < edge * _whole(1000 + share))
    below = of_tier({number - 1: amount for number, amount in lower.items()})
    below = below.filter(value * _whole(1000) >= edge * _whole(1000 - share))
    parts = [
        above.with_columns(side=code(ABOVE), amount=value, gap=value - edge),
        below.with_columns(side=code(BELOW), amount=value, gap=edge - value),
    ]
    return nw.concat(parts, how="vertical").drop("edge")


def basis(inputs: Inputs) -> str:
    """The amount that says in which tier a customer is."""
    return "aum_avg" if inputs.has("customer_months", "aum_avg") else "aum"


def build_edges(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers close to an edge of their tier, with the amount that lies between them and it."""
    near = near_edge(inputs.tables["now"], inputs.policy, inputs.minor_units, basis(inputs))
    near = near.with_columns(held=nw.col("aum").fill_null(0).cast(nw.Int64))
    return near.group_by("institution_no", *KEYS, "side").agg(
        _count(),
        nw.col("held").sum().alias("aum"),
        nw.col("gap").cast(nw.Int64).sum(),
    )


def build_quadrants(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers by value (AUM at the cut point or above) and loyalty (every delivered cut point reached)."""
    policy = inputs.policy
    cuts = {"products": policy.of(LOYAL_PRODUCTS), "own_transactions": policy.of(LOYAL_TRANSACTIONS)}
    missed = _whole(0)
    for name in LOYAL:
        if inputs.has("customer_months", name):
            short = nw.col(name).fill_null(0).cast(nw.Int64) < _whole(cuts[name])
            missed = missed + nw.when(short).then(_whole(1)).otherwise(_whole(0))
    rich = nw.col("aum") >= _whole(policy.of(VALUE_EDGE) * inputs.minor_units)
    now = inputs.tables["now"].filter(~nw.col("aum").is_null())
    now = now.with_columns(missed=missed)
    now = now.with_columns(
        value=nw.when(rich).then(code(1)).otherwise(code(0)),
        loyal=nw.when(nw.col("missed") == _whole(0)).then(code(1)).otherwise(code(0)),
    )
    names = [name for name in ("aum", "contribution") if inputs.has("customer_months", name)]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in names]
    return now.group_by("institution_no", *KEYS, "value", "loyal").agg(_count(), *sums)


def list_near(inputs: Inputs) -> pl.DataFrame:
    """Customers of the last month close to an edge of their tier, the most money and the nearest first."""
    if "now" not in inputs.tables:
        return pl.DataFrame(schema={"institution_no": pl.Int64, "manager_no": pl.Int64})
    near = near_edge(inputs.tables["now"], inputs.policy, inputs.minor_units, basis(inputs))
    columns = ("institution_no", "customer_no", "kind", "tier", "side", "amount", "gap")
    frame: pl.DataFrame = near.select(*columns).collect().to_native()
    frame = with_managers(frame, inputs)
    edge = pl.when(pl.col("side") == BELOW).then(pl.col("amount") + pl.col("gap")).otherwise("amount")
    nearness = 1 - pl.col("gap") / (edge * inputs.policy.of(NEAR_EDGE_SHARE))
    return frame.with_columns(weight=pl.col("amount") * nearness.clip(0.0, 1.0)).sort(
        "weight", "customer_no", descending=[True, False]
    )


_AUM = ("customer_months.aum",)
MARTS = (
    Mart(
        name="value_held",
        keys=(*KEYS, "bin"),
        time="month",
        needs=_AUM,
        build=build_held,
        monthly="customer_months",
        recent=RECENT,
        counts=("customers",),
    ),
    Mart(
        name="value_contribution",
        keys=(*KEYS, "bin"),
        time="month",
        needs=("customer_months.contribution",),
        build=build_contribution,
        monthly="customer_months",
        recent=RECENT,
        counts=("customers",),
    ),
    Mart(
        name="value_edges",
        keys=(*KEYS, "side"),
        time="month",
        needs=_AUM,
        build=build_edges,
        settings=("tiers", NEAR_EDGE_SHARE.name),
        monthly="customer_months",
        recent=RECENT,
        counts=("customers",),
    ),
    Mart(
        name="value_quadrants",
        keys=(*KEYS, "value", "loyal"),
        time="month",
        needs=_AUM,
        build=build_quadrants,
        settings=(LOYAL_PRODUCTS.name, LOYAL_TRANSACTIONS.name, VALUE_EDGE.name),
        monthly="customer_months",
        recent=RECENT,
        counts=("customers",),
    ),
)
