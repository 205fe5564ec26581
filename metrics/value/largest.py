"""What leaves with the five largest customers (前五大客户): how much an institution rests on a few."""

from collections.abc import Mapping

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, message
from data_access.windows import at_month_end, stock_month
from metrics.value.edges import HIDDEN, NOT_KEPT, at_end, by_group
from metrics.value.largest_marts import LARGEST
from metrics.value.marts import RECENT
from metrics.value.settings import FLOOR_GINI


def largest(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """AUM that leaves with the five largest customers, and its share of all AUM, at the last month end of
    the period.

    One row per group. customers: those with AUM delivered. aum: what the five with the most hold together;
    whoever holds nothing is none of them. share: of what all hold who hold something; unlike in the AUM of
    all, overdrafts are not deducted, so nobody has more than all.
    With fewer than 50 customers (policy floor_gini) neither is told, so nobody's amount can be guessed.
    Kept for the last 13 months, null before; hidden says which of the two it is. Corporate customers are
    not counted unless the kind is chosen.
    """
    held = at_end(rows["histogram"], ask)
    above = pl.when(pl.col("bin") > 0).then(pl.col("aum")).otherwise(0)
    frame = ask.sums(held.with_columns(whole=above), "customers", "whole")
    few = pl.col("customers") < ask.policy.of(FLOOR_GINI)
    sums = [_of_five(part) for _, part in by_group(at_end(rows["value_largest"], ask), ask)]
    frame = frame.with_columns(aum=pl.Series(sums, dtype=pl.Int64))
    hidden: pl.Expr = pl.when(few & (pl.col("customers") > 0)).then(pl.lit(f"n<{ask.policy.of(FLOOR_GINI)}"))
    if not is_kept(ask):
        hidden = pl.lit(NOT_KEPT)
    frame = frame.with_columns(hidden=hidden).with_columns(
        aum=pl.when(~few & pl.col("hidden").is_null()).then("aum")
    )
    share = pl.when(pl.col("whole") > 0).then(pl.col("aum") / pl.col("whole"))
    return frame.select("group", "customers", "aum", share.alias("share"), "hidden")


def is_kept(ask: Ask) -> bool:
    """Whether the amounts of the month looked at are kept, if it was delivered at all."""
    return stock_month(ask.period) not in ask.months[:-RECENT]


def why_missing(ask: Ask) -> NotDelivered | None:
    """Why an earlier month has no amounts."""
    return None if is_kept(ask) else NotDelivered("This is kept for the last {n} months only.", n=RECENT)


def _of_five(rows: pl.DataFrame) -> int:
    """The sum of the five largest amounts; several customers may hold the same."""
    total, left = 0, LARGEST
    summed = rows.group_by("amount").agg(pl.col("customers").sum()).sort("amount", descending=True)
    for amount, customers in summed.iter_rows():
        taken = min(left, customers)
        total, left = total + taken * amount, left - taken
        if not left:
            break
    return total


METRICS = (
    Metric(
        name="value.largest",
        label=message("The five largest customers"),
        compute=largest,
        marts={"value_largest": at_month_end, "histogram": at_month_end},
        columns=(
            Measure(name="customers", label=message("Customers"), unit="customers"),
            Measure(
                name="aum",
                label=message("Leaves with the five largest customers"),
                unit="money",
                definition=message("AUM of the five customers who hold most."),
                needs=("customer_months", "aum"),
                floor="floor_gini",
                additive=False,
            ),
            Measure(
                name="share",
                label=message("Share of the five largest customers"),
                unit="rate",
                definition=message(
                    "AUM of the five customers who hold most, of what all customers hold; overdrafts are not "
                    "deducted."
                ),
                needs=("customer_months", "aum"),
                floor="floor_gini",
            ),
            HIDDEN,
        ),
        grain="month",
        dimensions=("kind",),
        filters=("kind",),
        why_missing=why_missing,
    ),
)
