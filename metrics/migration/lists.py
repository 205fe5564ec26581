"""The customers behind tier migration: who went from which tier to which, one list for each distance."""

from functools import partial

import narwhals as nw
import polars as pl

from data_access.subject import Inputs, ListOf, message
from metrics.book.marts import with_managers
from metrics.ends import both_ends
from metrics.migration.marts import CELL, FAR, NEAR, booked, steps_of, table_of
from metrics.migration.observation_marts import month_table

LISTED = {str(distance): f"customers_migrated_{distance}" for distance in (NEAR, *FAR)}


def list_migrated(inputs: Inputs, distance: int) -> pl.DataFrame:
    """Customers whose tier at the newest month end is another than so many months before, the most money
    moved first; who came or left likewise. One who changed the institution stands at both: gone from one,
    come to the other. `amount`: what is held, or by who left, was held; `moved`: what changed.
    """
    then = inputs.tables.get(month_table(distance))
    if "now" not in inputs.tables or then is None:
        return pl.DataFrame(schema={"institution_no": pl.Int64, "manager_no": pl.Int64})
    ends = {"now": inputs.tables["now"], table_of(distance): then}
    only = Inputs(ends, inputs.columns, {}, inputs.policy, inputs.minor_units)
    steps = steps_of(both_ends(only, table_of(distance)))
    columns = ("customer_no", "institution_no", "kind", *CELL, "aum_from", "aum_to")
    rows = nw.concat([part.select(*columns) for part in booked(steps)], how="vertical")
    frame: pl.DataFrame = rows.collect().to_native()
    is_here = pl.col("to_tier") >= 0
    frame = frame.filter(pl.col("from_tier") != pl.col("to_tier")).with_columns(
        amount=pl.when(is_here).then("aum_to").otherwise("aum_from"),
        tier=pl.when(is_here).then("to_tier").otherwise("from_tier"),
        moved=pl.col("aum_to") - pl.col("aum_from"),
    )
    frame = frame.with_columns(weight=pl.col("moved").abs()).drop("aum_from", "aum_to")
    frame = with_managers(frame, inputs)
    return frame.sort("weight", "customer_no", "institution_no", descending=[True, False, False])


LISTS = tuple(
    ListOf(
        LISTED[str(distance)],
        message("Customers who changed tier"),
        ("customer_months",),
        partial(list_migrated, distance=distance),
    )
    for distance in (NEAR, *FAR)
)
