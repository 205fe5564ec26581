"""Customers at two month ends: where they were and where they are, in which tier, with how much.

Counted once a build for all marts that tell steps: however many ways a step is booked, its customers are few
cells by then.
"""

from typing import Any

import narwhals as nw

from data_access.codes.literals import whole
from data_access.subject import Inputs

STEP = ("from_no", "to_no", "from_tier", "to_tier", "from_kind", "to_kind")
SUMS = ("customers", "aum_from", "aum_to", "market_value")


def both_ends(inputs: Inputs, then: str, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """One row per customer there at either end; what is not known of an end where it was not there is null.

    `then`: the table of the month end that steps begin with. Without it there is no row: nobody knows who was
    there. Amounts are 0 where there are none.
    """

    def end(frame: nw.LazyFrame[Any], side: str, *more: nw.Expr) -> nw.LazyFrame[Any]:
        columns = {"no": "institution_no", "tier": "tier", "kind": "kind"}
        return frame.select(
            nw.col("customer_no").alias(f"{side}_customer"),
            *[nw.col(column).alias(f"{side}_{name}") for name, column in columns.items()],
            *[nw.col(tag).alias(f"{side}_{tag}") for tag in tags],
            held("aum").alias(f"aum_{side}"),
            *more,
        )

    def held(column: str) -> nw.Expr:
        delivered = inputs.has("customer_months", column)
        return nw.col(column).fill_null(0).cast(nw.Int64) if delivered else whole(0).alias(column)

    now = inputs.tables["now"]
    before = inputs.tables.get(then)
    if before is None:
        now = now.filter(nw.col("customer_no") < whole(0))
        before = now
    here, there = end(now, "to", held("market_value").alias("market_value")), end(before, "from")
    both = here.join(there, left_on="to_customer", right_on="from_customer", how="full")
    labels = {tag: nw.max_horizontal(nw.col(f"to_{tag}"), nw.col(f"from_{tag}")) for tag in tags}
    return both.select(
        *STEP,
        *[nw.col(name).fill_null(0) for name in SUMS[1:]],
        customer_no=nw.coalesce(nw.col("to_customer"), nw.col("from_customer")),
        customers=whole(1),
        **labels,
    )


def counted(steps: nw.LazyFrame[Any], tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """The steps counted by where they begin and end."""
    return steps.group_by(*STEP, *tags).agg(*[nw.col(name).sum().cast(nw.Int64) for name in SUMS])


def steps_to(inputs: Inputs, then: str, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """The counted steps of the mart's month, from this month end."""

    def rows() -> nw.LazyFrame[Any]:
        return counted(both_ends(inputs, then, tags), tags)

    return rows() if inputs.once is None or tags else inputs.once(f"steps-{then}-{inputs.month}", rows)


def moved_of(steps: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Those of customers who were at another institution."""
    both = steps.filter(~nw.col("to_no").is_null() & ~nw.col("from_no").is_null())
    return both.filter(nw.col("to_no") != nw.col("from_no"))
