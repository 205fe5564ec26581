"""Observation: customers who hold a tier that their average no longer reaches, and who fall next."""

from collections.abc import Mapping

import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.subject import Ask, ListOf, Measure, Metric, message
from data_access.windows import at_month_end, stock_month
from metrics.migration.availability import why_not_observed
from metrics.migration.observation_marts import first_private, list_observed
from metrics.migration.settings import MISSED_MONTHS, MISSED_MONTHS_PRIVATE


def observation(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers in observation at the last month end: they hold a tier that the month's average no longer
    reaches, and lose it after policy's missed_months (three), private banking after six.

    One row per group. held: customers with a tier; by tier, the one they hold. observed: of them those in
    observation, observed_aum: what they have with the bank. due: those who fall next month unless they reach
    their tier again; due_aum: what these have. A tier is held from the month end at which it is reached. The
    lowest tier has no observation. Null where one of the five months before is not delivered, and in months
    more than two years older than the newest.
    """
    at = stock_month(ask.period)
    frame = rows["observation"].filter(pl.col("month") == at)
    is_private, policy = pl.col("tier") >= first_private(ask.policy), ask.policy
    last = pl.when(is_private).then(policy.of(MISSED_MONTHS_PRIVATE)).otherwise(policy.of(MISSED_MONTHS)) - 1
    lowest = pl.col("tier") == FIRST_TIER
    kinds = {"observed": (pl.col("missed") > 0) & ~lowest, "due": (pl.col("missed") == last) & ~lowest}
    parts = [
        pl.when(which).then(pl.col(source)).otherwise(0).alias(name + suffix)
        for name, which in kinds.items()
        for source, suffix in (("customers", ""), ("aum", "_aum"))
    ]
    names = ("held", "observed", "observed_aum", "due", "due_aum")
    sums = ask.sums(frame.with_columns(*parts, held="customers"), *names)
    known = pl.lit(why_not_observed(ask) is None)
    return sums.select("group", *[pl.when(known).then(pl.col(name)).alias(name) for name in names])


_AUM = ("customer_months", "aum")
METRICS = (
    Metric(
        name="migration.observation",
        label=message("Customers in observation"),
        compute=observation,
        marts={"observation": at_month_end},
        columns=(
            Measure(name="held", label=message("Customers with a tier"), unit="customers", good=1),
            Measure(
                name="observed",
                label=message("In observation"),
                unit="customers",
                definition=message("Hold a tier that the month's average no longer reaches."),
                good=-1,
            ),
            Measure(
                name="observed_aum",
                label=message("AUM in observation"),
                unit="money",
                good=-1,
                needs=_AUM,
            ),
            Measure(
                name="due",
                label=message("Downgrade due next month"),
                unit="customers",
                definition=message(
                    "In the last month of their observation: down next month unless they reach "
                    "their tier again."
                ),
                good=-1,
            ),
            Measure(name="due_aum", label=message("AUM of those"), unit="money", good=-1, needs=_AUM),
        ),
        grain="month",
        dimensions=("kind", "tier"),
        needs=("customer_months",),
        why_missing=why_not_observed,
    ),
)
LISTS = (
    ListOf("customers_observed", message("Customers in observation"), ("customer_months",), list_observed),
)
