"""What a fact of a day gets from its customer: number, manager, kind, and the tier before that day.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.codes.banding import UNKNOWN_TIER
from data_access.codes.coding import KINDS


def tiers_at(asked: pl.DataFrame, months: Mapping[date, pl.LazyFrame]) -> pl.DataFrame:
    """Tiers of the customers at the months asked for."""
    found = [pl.DataFrame(schema={"customer_no": pl.Int64, "month": pl.Date, "tier": pl.Int16})]
    for (month,), rows in asked.unique().group_by("month"):
        if isinstance(month, date) and month in months:
            held = months[month].select("customer_no", "tier")
            here = rows.lazy().join(held, on="customer_no").select("customer_no", "month", "tier")
            found.append(here.collect())
    return pl.concat(found)


def with_customer(
    frame: pl.DataFrame, day: pl.Expr, customers: pl.DataFrame | None, months: Mapping[date, pl.LazyFrame]
) -> pl.DataFrame:
    """The customer's kind, and the tier at the last month end before a day.

    What lies ahead of the customer months, such as a maturity, has the tier of the last one there is.
    """
    kinds = {kind: code for code, kind in enumerate(KINDS)}
    if customers is not None and "kind" in customers.columns:
        kind = pl.col("kind").replace_strict(kinds, default=0, return_dtype=pl.Int16)
        frame = frame.join(customers.select("customer_no", kind=kind), on="customer_no", how="left")
    else:
        frame = frame.with_columns(kind=pl.lit(0, dtype=pl.Int16))
    newest = pl.lit(max(months, default=None), dtype=pl.Date)
    frame = frame.with_columns(month=pl.min_horizontal(day.dt.month_start().dt.offset_by("-1d"), newest))
    tiers = tiers_at(frame.select("customer_no", "month").drop_nulls(), months)
    frame = frame.join(tiers, on=["customer_no", "month"], how="left", maintain_order="left")
    return frame.with_columns(pl.col("kind").fill_null(0), pl.col("tier").fill_null(UNKNOWN_TIER)).drop(
        "month"
    )


def numbered(*frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The same frames; where neither customers nor their months are delivered, numbered by their ids."""
    if "customer_no" in frames[0].columns:
        return list(frames)
    ids = pl.concat([frame.select("customer_id") for frame in frames]).drop_nulls().unique()
    numbers = ids.sort("customer_id").with_row_index("customer_no").cast({"customer_no": pl.Int64})
    return [frame.join(numbers, on="customer_id", how="left", maintain_order="left") for frame in frames]


def managed(frame: pl.DataFrame) -> pl.DataFrame:
    if "manager_no" in frame.columns:
        return frame
    return frame.with_columns(manager_no=pl.lit(None, dtype=pl.Int64))
