"""What observation stores: customers by the tier they hold and how many months they have missed it.

Grain: institution × month end × tier held × missed months × kind. The rule: `observation_rule.py`.
"""

from functools import reduce
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.codes.literals import code
from data_access.policy import Policy
from data_access.subject import Inputs, Mart
from data_access.windows import months_later
from metrics.book.marts import with_managers
from metrics.migration.observation_rule import MOST
from metrics.migration.settings import MISSED_MONTHS, MISSED_MONTHS_PRIVATE

KEPT = 25  # months
BACK = tuple(range(1, MOST))
KEYS = ("month", "tier", "missed", "kind")


def first_private(policy: Policy) -> int:
    """The code of the lowest private tier; without one it lies above all. Private tiers are the highest."""
    private = [code for code, tier in enumerate(policy.tiers, FIRST_TIER) if tier.private]
    return min(private, default=FIRST_TIER + len(policy.tiers))


def month_table(back: int) -> str:
    """The month so many months back, among a mart's inputs."""
    return f"before_{back}" if back else "now"


def held(inputs: Inputs, end: int = 0) -> nw.LazyFrame[Any]:
    """Each customer with a tier at the month end: the tier held, and how many months it has been missed.

    `end`: so many months before the mart's own. Without all months to look back at there is no row.
    """
    aum = "aum" if inputs.has("customer_months", "aum") else None
    amount = nw.col("aum").fill_null(0) if aum else nw.lit(0, dtype=nw.Int64)
    now = inputs.tables[month_table(end)].filter(nw.col("tier") >= code(FIRST_TIER))
    here = now.select("customer_no", "institution_no", "month", "kind", amount=amount.cast(nw.Int64))
    return here.join(tiers_held(inputs, end), on="customer_no", how="inner")


def tiers_held(inputs: Inputs, end: int) -> nw.LazyFrame[Any]:
    """customer_no, tier and missed of each customer with a tier at the month end; half a dozen marts ask."""
    if inputs.once is None or inputs.month is None:
        return _tiers_held(inputs, end)
    return inputs.once(f"held-{months_later(inputs.month, -end)}", lambda: _tiers_held(inputs, end))


def _tiers_held(inputs: Inputs, end: int) -> nw.LazyFrame[Any]:
    private = first_private(inputs.policy)
    now = inputs.tables[month_table(end)].filter(nw.col("tier") >= code(FIRST_TIER))
    past = [inputs.tables.get(month_table(end + number)) for number in BACK]
    known = [frame for frame in past if frame is not None]
    if len(known) < len(past):
        now = now.filter(nw.col("customer_no") < nw.lit(0, dtype=nw.Int64))
        known = [now] * len(past)
    ages, plain_ages = (range(inputs.policy.of(s)) for s in (MISSED_MONTHS_PRIVATE, MISSED_MONTHS))
    plain = now.select("customer_no", tier_0=nw.col("tier"))
    for age in ages[1:]:  # of months that only private tiers look back at only those matter
        rows = known[age - 1].filter(nw.col("tier") >= code(FIRST_TIER if age in plain_ages else private))
        rows = rows.select("customer_no", nw.col("tier").alias(f"tier_{age}"))
        plain = plain.join(rows, on="customer_no", how="left")
    best = nw.max_horizontal(*[nw.col(f"tier_{age}") for age in ages])
    recent = nw.max_horizontal(*[nw.col(f"tier_{age}") for age in plain_ages])
    found = plain.with_columns(held=nw.when(best >= code(private)).then(best).otherwise(recent))
    missed = reduce(
        lambda later, age: nw.when(nw.col(f"tier_{age}") >= nw.col("held")).then(code(age)).otherwise(later),
        reversed(ages[:-1]),
        code(ages[-1]),
    )
    return found.select("customer_no", tier=nw.col("held"), missed=missed)


def build_observation(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers by the tier they hold and the months they have missed it."""
    return (
        held(inputs)
        .group_by("institution_no", *KEYS)
        .agg(nw.len().cast(nw.Int64).alias("customers"), nw.col("amount").sum().alias("aum"))
    )


def list_observed(inputs: Inputs) -> pl.DataFrame:
    """Customers in observation at the last month end, the most money and the fewest months left first."""
    if "now" not in inputs.tables:
        return pl.DataFrame(schema={"institution_no": pl.Int64, "manager_no": pl.Int64})
    frame: pl.DataFrame = held(inputs).collect().to_native()
    policy = inputs.policy
    is_private = pl.col("tier") >= first_private(policy)
    allowed = pl.when(is_private).then(policy.of(MISSED_MONTHS_PRIVATE)).otherwise(policy.of(MISSED_MONTHS))
    frame = frame.filter((pl.col("missed") > 0) & (pl.col("tier") > FIRST_TIER))
    frame = frame.with_columns(months_left=(allowed - pl.col("missed")).cast(pl.Int64))
    frame = with_managers(frame, inputs)
    return frame.with_columns(weight=pl.col("amount") / pl.col("months_left")).sort(
        "weight", "customer_no", descending=[True, False]
    )


RESTS_ON = ("tiers", MISSED_MONTHS.name, MISSED_MONTHS_PRIVATE.name)
MARTS = (
    Mart(
        name="observation",
        keys=KEYS,
        time="month",
        needs=("customer_months",),
        build=build_observation,
        settings=RESTS_ON,
        monthly="customer_months",
        recent=KEPT,
        counts=("customers",),
        back=BACK,
    ),
)
