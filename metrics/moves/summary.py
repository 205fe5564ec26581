"""Large moves (大额变动): money of the upper tiers that came or went, and whether somebody called."""

from collections.abc import Mapping

import polars as pl

from data_access.subject import Ask, ListOf, Measure, Metric, message
from data_access.windows import in_period
from metrics.moves.marts import CONTACTED, IN, NOT_KNOWN, OUT, list_moves


def large(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Large amounts that customers of the upper tiers brought in or took out in the period.

    One row per group and direction: in, out, net. customers: moves, one per customer, day and direction
    (a customer who moves money on two days counts twice); net counts both ways. amount: their sum, net =
    in − out. contacted: moves that a contact with the customer followed within three days (policy
    `contact_days`); null where no contacts are delivered. From `large_moves`; where the bank has none, from
    the changes of AUM between month ends, and then one per customer and month.
    """
    source = "large_moves" if "large_moves" in rows else "monthly_moves"
    moves = rows[source]
    if source == "monthly_moves":
        moves = moves.filter(pl.col("month").is_between(ask.period.first, ask.period.last))
    followed = pl.when(pl.col("contacted") == CONTACTED).then("customers").otherwise(0)
    parts = []
    for name, code in (("in", IN), ("out", OUT)):
        own = moves.filter(pl.col("direction") == code).with_columns(
            _contacted=followed,
            _unknown=(pl.when(pl.col("contacted") == NOT_KNOWN).then("customers").otherwise(0)),
        )
        sums = ask.sums(own, "customers", "amount", "_contacted", "_unknown")
        parts.append(sums.with_columns(direction=pl.lit(name)))
    into, out = parts
    other = out.select(
        "group", *(pl.col(c).alias(f"out_{c}") for c in ("customers", "amount", "_contacted", "_unknown"))
    )
    both = into.join(other, on="group")
    net = both.select(
        "group",
        *(pl.col(c) + pl.col(f"out_{c}") for c in ("customers", "_contacted", "_unknown")),
        amount=pl.col("amount") - pl.col("out_amount"),
        direction=pl.lit("net"),
    )
    order = ask.groups.with_row_index("_at")
    frame = pl.concat([*parts, net], how="diagonal").join(order, on="group", maintain_order="left")
    known = pl.lit(ask.has("contacts", "customer_id") and ask.has("large_moves")) & (pl.col("_unknown") == 0)
    frame = frame.sort("_at", maintain_order=True)
    return frame.select(
        "group", "direction", "customers", "amount", contacted=pl.when(known).then("_contacted")
    )


METRICS = (
    Metric(
        name="moves.large",
        label=message("Large moves"),
        compute=large,
        marts={"large_moves": in_period, "monthly_moves": in_period},
        columns=(
            Measure(name="direction", label=message("Direction"), unit="text"),
            Measure(
                name="customers",
                label=message("Moves"),
                unit="customers",
                definition=message("One per customer, day and direction."),
                flow=True,
            ),
            Measure(name="amount", label=message("Amount moved"), unit="money", flow=True),
            Measure(
                name="contacted",
                label=message("Contacted in time"),
                unit="customers",
                definition=message("Moves that a contact followed within the days of the policy."),
                flow=True,
                good=1,
            ),
        ),
        grain="day",
        dimensions=("kind", "tier"),
    ),
)
LISTS = (ListOf("large_moves", message("Large moves of the last 31 days"), ("large_moves",), list_moves),)
