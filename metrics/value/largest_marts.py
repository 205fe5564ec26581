"""The five largest amounts of each institution, from which those of every part of the tree are found.

Grain: institution × month end × kind × amount, customers counted: rows add up, and whoever is among the
five largest of a whole is among those of an institution in it. Only the last 13 months are kept.
"""

from typing import Any

import narwhals as nw

from data_access.codes.literals import whole
from data_access.subject import Inputs, Mart
from metrics.value.marts import RECENT

LARGEST = 5
PARTS = 11  # by the remainder of the amount, so that no two have one; round amounts have all remainders
_WHERE = ("institution_no", "kind")


def _largest(rows: nw.LazyFrame[Any], *more: str) -> nw.LazyFrame[Any]:
    """Of different amounts the five largest of each institution and kind: at most five are as large."""
    others = rows.select(*_WHERE, other=nw.col("amount"))
    pairs = rows.join(others, on=list(_WHERE), how="inner").filter(nw.col("other") >= nw.col("amount"))
    places = pairs.group_by(*_WHERE, "amount", *more).agg(nw.len().cast(nw.Int64).alias("place"))
    return places.filter(nw.col("place") <= whole(LARGEST))


def build_largest(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The five largest different amounts above zero of each institution and kind, and how many hold each.

    The amounts in eleven parts: nothing below the fifth of the parts' largest is among the five, so nearly
    all rows are out of the way before amounts are compared with each other.
    """
    amounts = inputs.tables["now"].select(*_WHERE, "month", amount=nw.col("aum"))
    amounts = amounts.filter(nw.col("amount") > whole(0))
    part = nw.col("amount") % whole(PARTS)
    tops = amounts.with_columns(part=part).group_by(*_WHERE, "part").agg(nw.col("amount").max())
    largest = _largest(tops.select(*_WHERE, "amount"))
    least = largest.group_by(*_WHERE).agg(
        nw.col("amount").min().alias("least"), nw.len().cast(nw.Int64).alias("n")
    )
    least = least.filter(nw.col("n") == whole(LARGEST))  # fewer say nothing
    near = amounts.join(least, on=list(_WHERE), how="left")
    near = near.filter(nw.col("least").is_null() | (nw.col("amount") >= nw.col("least")))
    counted = near.group_by(*_WHERE, "month", "amount").agg(nw.len().cast(nw.Int64).alias("customers"))
    return _largest(counted, "month", "customers").drop("place")


MARTS = (
    Mart(
        name="value_largest",
        keys=("month", "kind", "amount"),
        time="month",
        needs=("customer_months.aum",),
        build=build_largest,
        monthly="customer_months",
        recent=RECENT,
        counts=("customers",),
    ),
)
