"""What the bridge stores: movements of open deals by day, and the open deals at the start of each month.

A movement is booked at the institution that held the deal on that day, with the deal's labels. A transfer is
an exit at one and an entry at the other; only their difference is read, so any part that holds both sums to
none, and no correction is needed at a common ancestor. Moves of the expected closing day carry the quarters
between which they went, so the rows serve a window of a quarter, of a year, and none.
"""

from typing import Any

import narwhals as nw

from data_access.subject import Inputs, Mart

LABELS = ("product", "source", "channel", "kind", "tier")


def build_bridge(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Deals and their expected amount by day, event and the quarters of their expected closing day."""
    keys = ("day", "event", "close_by", "close_before", *LABELS, *inputs.tags.get("opportunities", ()))
    moves = inputs.tables["deal_moves"]
    return moves.group_by("institution_no", *keys).agg(
        nw.len().cast(nw.Int64).alias("deals"), nw.col("amount").cast(nw.Int64).sum()
    )


MARTS = (
    Mart(
        name="bridge",
        keys=("day", "event", "close_by", "close_before", *LABELS),
        time="day",
        needs=("opportunities",),
        build=build_bridge,
        counts=("deals",),
    ),
)
