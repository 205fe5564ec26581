"""What holdings store: positions by the day they mature, and what became of matured money."""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.subject import Inputs, Mart

KEYS = ("product_kind", "kind", "tier")


def build_due(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Positions and their amount by the day they mature."""
    due = inputs.tables["due"].with_columns(day=nw.col("matures_on"))
    return due.group_by("institution_no", "day", *KEYS).agg(
        nw.len().cast(nw.Int64).alias("positions"), nw.col("amount").cast(nw.Int64).sum()
    )


def build_renewals(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Matured amounts by day: placed anew in the same kind, in another, or not; `settled` 0: too early."""
    rows = inputs.tables["renewals"].with_columns(day=nw.col("matures_on"))
    sums = [nw.col(name).cast(nw.Int64).sum() for name in ("amount", "to_same", "to_other")]
    return rows.group_by("institution_no", "day", "settled", *KEYS).agg(*sums)


def list_due(inputs: Inputs) -> pl.DataFrame:
    """Positions that mature within 30 days, the largest and nearest first."""
    frame: pl.DataFrame = inputs.tables["due"].collect().to_native()
    last = inputs.as_of.get("holdings") or max(inputs.as_of.values())  # without openings it has no day
    days = (pl.col("matures_on") - pl.lit(last)).dt.total_days()
    frame = frame.with_columns(days=days).filter(pl.col("days").is_between(1, 30))
    weight = pl.col("amount").cast(pl.Float64) / pl.max_horizontal("days", 3)  # money × urgency
    columns = (
        "institution_no",
        "manager_no",
        "customer_no",
        "product",
        "product_kind",
        "amount",
        "matures_on",
        "days",
        "kind",
        "tier",
    )
    return frame.select(*columns, weight=weight).sort("weight", "customer_no", descending=[True, False])


_NEEDS = ("holdings.matures_on",)
MARTS = (
    Mart(
        name="holdings_due",
        keys=("day", *KEYS),
        time="day",
        needs=_NEEDS,
        build=build_due,
        counts=("positions",),
    ),
    Mart(name="renewals", keys=("day", "settled", *KEYS), time="day", needs=_NEEDS, build=build_renewals),
)
