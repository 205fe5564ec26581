"""What is stored to ask why deals are won or lost: decisions by reason, competitor and owner."""

from typing import Any

import narwhals as nw

from data_access.subject import Inputs, Mart
from metrics.funnel.marts import OPEN

NOBODY = -1


def build_endings(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Decided deals by day, outcome, lost reason, competitor and owner."""
    deals = inputs.tables["opportunities"].filter(nw.col("outcome") != OPEN)
    deals = deals.filter(~nw.col("closed_on").is_null())
    manager = nw.col("manager_no").fill_null(NOBODY).cast(nw.Int64)
    worth = nw.when(nw.col("amount").is_null()).then(nw.col("expected_amount")).otherwise(nw.col("amount"))
    return (
        deals.with_columns(day=nw.col("closed_on"), manager=manager, worth=worth, tier=nw.col("tier_last"))
        .group_by("institution_no", *KEYS)
        .agg(
            nw.len().cast(nw.Int64).alias("deals"),
            nw.col("worth").fill_null(0).cast(nw.Int64).sum().alias("amount"),
        )
    )


KEYS = ("day", "outcome", "lost_reason", "competitor", "manager", "kind", "tier")
MARTS = (
    Mart(
        name="endings",
        keys=KEYS,
        time="day",
        needs=("opportunities.closed_on",),
        build=build_endings,
        counts=("deals",),
    ),
)
