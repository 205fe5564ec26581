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
_WHERE = ("institution_no", "kind")


def build_largest(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The five largest different amounts above zero of each institution and kind, and how many hold each.

    The customers in five parts: where their largest amounts differ, nothing below the least of these is among
    the five, so nearly all rows are out of the way before these are looked for one by one.
    """
    amounts = inputs.tables["now"].select("customer_no", *_WHERE, "month", amount=nw.col("aum"))
    amounts = amounts.filter(nw.col("amount") > whole(0))
    part = nw.col("customer_no") % whole(LARGEST)
    tops = amounts.with_columns(part=part).group_by(*_WHERE, "part").agg(nw.col("amount").max())
    known = tops.select(*_WHERE, "amount").unique()
    least = known.group_by(*_WHERE).agg(
        nw.col("amount").min().alias("least"), nw.len().cast(nw.Int64).alias("n")
    )
    least = least.filter(nw.col("n") == whole(LARGEST))  # fewer say nothing
    near = amounts.join(least, on=list(_WHERE), how="left")
    near = near.filter(nw.col("least").is_null() | (nw.col("amount") >= nw.col("least")))
    rest, found = near.drop("least", "n"), []
    for _ in range(LARGEST):
        top = rest.group_by(*_WHERE).agg(nw.col("amount").max().alias("top"))
        joined = rest.join(top, on=list(_WHERE), how="inner")
        found.append(joined.filter(nw.col("amount") == nw.col("top")).drop("top"))
        rest = joined.filter(nw.col("amount") < nw.col("top")).drop("top")
    counted = nw.concat(found, how="vertical").group_by("institution_no", "month", "kind", "amount")
    return counted.agg(nw.len().cast(nw.Int64).alias("customers"))


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
