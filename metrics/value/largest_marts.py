"""The five largest amounts of each institution, from which those of every part of the tree are found.

Grain: institution × month end × kind × amount, customers counted: rows add up, and whoever is among the
five largest of a whole is among those of an institution in it. Only the last 13 months are kept.
"""

from typing import Any

import narwhals as nw

from data_access.subject import Inputs, Mart
from metrics.value.marts import RECENT

LARGEST = 5
_WHERE = ("institution_no", "kind")


def build_largest(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The five largest different amounts above zero of each institution and kind, and how many hold each."""
    now = inputs.tables["now"].select("institution_no", "month", "kind", amount=nw.col("aum"))
    now = now.filter(nw.col("amount") > nw.lit(0, dtype=nw.Int64))
    rest, found = now, []
    for _ in range(LARGEST):
        top = rest.group_by(*_WHERE).agg(nw.col("amount").max().alias("top"))
        joined = rest.join(top, on=list(_WHERE), how="inner")
        found.append(joined.filter(nw.col("amount") == nw.col("top")).drop("top"))
        rest = joined.filter(nw.col("amount") < nw.col("top")).drop("top")
    held = nw.concat(found, how="vertical")
    counted = held.group_by("institution_no", "month", "kind", "amount")
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
