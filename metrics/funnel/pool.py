"""The common pool of deals (商机池): what has gone back to it, what goes back next, who holds the rest."""

from collections.abc import Mapping

import polars as pl

from data_access.subject import Ask, ListOf, Measure, Metric, message
from data_access.windows import always
from metrics.funnel.pool_marts import list_returning
from metrics.funnel.pool_prepare import CLAIMED, RETURNED, RETURNING


def pool(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Open deals that went back to the common pool, that go back within seven days, and that are held.

    One row per group, at the date of the data whatever the period, for only that can be acted on. returned:
    no contact within 7 days of entry, no effective visit for 60 days, or not won within 180 days (policy), or
    released earlier; claimed: held by a manager today, those that go back within seven days (returning_7d)
    included. Amounts are expected amounts. pool_reason as a breakdown is the first limit that passed.
    """
    states = {"returned": (RETURNED,), "returning_7d": (RETURNING,), "claimed": (CLAIMED, RETURNING)}
    split = {}
    for name, codes in states.items():
        here = pl.col("state").is_in(codes)
        split[name] = pl.when(here).then(pl.col("deals")).otherwise(0)
        split[f"{name}_amount"] = pl.when(here).then(pl.col("amount")).otherwise(0)
    frame = ask.sums(rows["pool"].with_columns(**split), *split)
    known = pl.lit(ask.has("opportunities", "expected_amount"))
    return frame.with_columns(
        pl.when(known).then(f"{name}_amount").alias(f"{name}_amount") for name in states
    )


def clashes(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers on whom two relationship managers or more are at work, for their open deals
    have different owners.

    One row per group, at the date of the data, booked at the customer's own institution. deals, amount: the
    open deals of these customers with their expected amounts.
    """
    frame = ask.sums(rows["clashes"], "customers", "deals", "amount")
    known = pl.lit(ask.has("opportunities", "expected_amount"))
    return frame.with_columns(amount=pl.when(known).then(pl.col("amount")))


_MONEY = ("opportunities", "expected_amount")
_RETURNED = message("Gone back to the common pool: no contact, no visit or no deal in time, or released.")
METRICS = (
    Metric(
        name="funnel.pool",
        label=message("Pool of deals"),
        compute=pool,
        marts={"pool": always},
        columns=(
            Measure(
                name="returned",
                label=message("Returned to the pool"),
                unit="deals",
                definition=_RETURNED,
                good=-1,
            ),
            Measure(name="returned_amount", label=message("Returned amount"), unit="money", needs=_MONEY),
            Measure(
                name="returning_7d",
                label=message("Returning within 7 days"),
                unit="deals",
                definition=message("Goes back within seven days unless somebody acts."),
                good=-1,
            ),
            Measure(
                name="returning_7d_amount", label=message("Returning amount"), unit="money", needs=_MONEY
            ),
            Measure(
                name="claimed",
                label=message("Claimed deals"),
                unit="deals",
                definition=message("Open deals that a manager holds."),
                good=1,
            ),
            Measure(name="claimed_amount", label=message("Claimed amount"), unit="money", needs=_MONEY),
        ),
        grain="day",
        dimensions=("manager", "pool_reason", "kind", "tier"),
        needs=("opportunities", "contacts"),
        latest=True,
    ),
    Metric(
        name="funnel.clashes",
        label=message("Customers with two managers at work"),
        compute=clashes,
        marts={"clashes": always},
        columns=(
            Measure(
                name="customers",
                label=message("Customers with two managers at work"),
                unit="customers",
                good=-1,
            ),
            Measure(name="deals", label=message("Open deals of these customers"), unit="deals", good=-1),
            Measure(name="amount", label=message("Expected amount"), unit="money", needs=_MONEY),
        ),
        grain="day",
        dimensions=("kind", "tier"),
        needs=("opportunities",),
        latest=True,
    ),
)
LISTS = (
    ListOf(
        "deals_returning",
        message("Deals that go back to the pool within 7 days"),
        ("contacts", "opportunities"),
        list_returning,
    ),
)
