"""What is stored of the common pool: held deals by state, reason and owner, and customers held by two."""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.subject import Inputs, Mart
from metrics.funnel.pool_prepare import RETURNING
from metrics.funnel.reasons_marts import NOBODY


def build_pool(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Open deals that somebody holds or held, at the table's date."""
    manager = nw.col("manager_no").fill_null(NOBODY).cast(nw.Int64)
    held = inputs.tables["pool"].with_columns(manager=manager)
    return held.group_by("institution_no", *KEYS).agg(
        nw.len().cast(nw.Int64).alias("deals"),
        nw.col("expected_amount").fill_null(0).cast(nw.Int64).sum().alias("amount"),
    )


def build_clashes(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers with open deals of two owners or more, at the table's date."""
    day = nw.lit(inputs.as_of["opportunities"], dtype=nw.Date)
    return (
        inputs.tables["clashes"]
        .with_columns(day=day)
        .group_by("institution_no", "day", "kind", "tier")
        .agg(
            nw.len().cast(nw.Int64).alias("customers"),
            nw.col("deals").cast(nw.Int64).sum().alias("deals"),
            nw.col("amount").cast(nw.Int64).sum().alias("amount"),
        )
    )


def list_returning(inputs: Inputs) -> pl.DataFrame:
    """Deals that go back to the pool within seven days; the largest by money × how soon come first."""
    columns = [
        "institution_no",
        "manager_no",
        "customer_no",
        "opportunity_id",
        "title",
        "product",
        "stage",
        "expected_amount",
        "return_on",
        "pool_reason",
        "kind",
        "tier",
        "day",
        *inputs.tags.get("opportunities", ()),
    ]
    frame: pl.DataFrame = inputs.tables["pool"].select("state", *columns).collect().to_native()
    left = (pl.col("return_on") - pl.col("day")).dt.total_days()
    weight = pl.col("expected_amount").fill_null(0).cast(pl.Float64) / (1 + left)
    soon = frame.filter(pl.col("state") == RETURNING).drop("state").with_columns(weight=weight)
    return soon.sort("weight", "opportunity_id", descending=[True, False])


KEYS = ("day", "state", "pool_reason", "manager", "kind", "tier")
MARTS = (
    Mart(
        name="pool",
        keys=KEYS,
        time="day",
        needs=("contacts", "opportunities"),
        build=build_pool,
        counts=("deals",),
    ),
    Mart(
        name="clashes",
        keys=("day", "kind", "tier"),
        time="day",
        needs=("opportunities.manager_id", "opportunities.customer_id"),
        build=build_clashes,
        counts=("customers", "deals"),
    ),
)
