"""Where customers who entered a tier stand twelve months later."""

from collections.abc import Mapping

import polars as pl

from data_access.codes.banding import FIRST_TIER
from data_access.subject import Ask, Measure, Metric, message
from data_access.windows import at_month_end, months_later, stock_month
from metrics.migration.availability import why_no_cohort
from metrics.migration.cohort_marts import AFTER, SIDES
from metrics.migration.marts import ELSEWHERE, OUTSIDE
from metrics.statistics.intervals import share, wilson
from metrics.value.edges import HIDDEN

WAYS = ("kept", "fallen", "left", "transferred_out", "without_tier")
SHARES = {"kept": "kept_share", "fallen": "fallen_share", "left": "left_share"}


def cohort(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Of the customers who entered a tier in the month twelve months before the last month end, where they
    stand now: still in it or above, below it, or gone from the bank.

    One row per group and tier entered, lowest first. month: the month end at which they had entered.
    customers: those who had the tier then and a lower one (from_below), a higher one (from_above) or no
    account (new) at the month end before; who came with the tier from another institution did not enter
    it. customers = kept + fallen + left + transferred_out + without_tier; transferred_out: at another
    institution now. kept_share, fallen_share and left_share of customers, each with Wilson's 95 % interval
    in …_low and …_high, null below policy's floor_rank customers; hidden then says so. Later entrants are
    not told: their twelve months are not over. Nothing where one of the three month ends is not delivered.
    """
    at = stock_month(ask.period)
    known = pl.lit(why_no_cohort(ask) is None)
    now, entered = pl.col("to_tier"), pl.col("entered_tier")
    kinds = {
        **{name: pl.col("side") == number for number, name in enumerate(SIDES)},
        "kept": now >= entered,
        "fallen": (now >= FIRST_TIER) & (now < entered),
        "left": now == OUTSIDE,
        "transferred_out": now == ELSEWHERE,
        "without_tier": (now >= 0) & (now < FIRST_TIER),
    }
    frame = (
        rows["migration_cohort"]
        .filter(pl.col("month") == at)
        .with_columns(
            pl.when(which).then(pl.col("customers")).otherwise(0).alias(name) for name, which in kinds.items()
        )
    )
    sums = frame.group_by("group", "entered_tier").agg(pl.col(n).sum() for n in ("customers", *kinds))
    tiers = pl.DataFrame(
        [(code, tier.key) for code, tier in enumerate(ask.policy.tiers, FIRST_TIER)],
        schema={"entered_tier": pl.Int16, "tier": pl.String},
        orient="row",
    )
    grid = ask.groups.join(tiers, how="cross").filter(known)
    found = grid.join(sums, on=["group", "entered_tier"], how="left", maintain_order="left").with_columns(
        pl.col(name).fill_null(0) for name in ("customers", *kinds)
    )
    whole = pl.when(pl.col("customers") >= ask.policy.floor_rank).then(pl.col("customers"))
    shares: dict[str, pl.Expr] = {}
    for name, key in SHARES.items():
        low, high = wilson(pl.col(name), whole)
        shares |= {key: share(pl.col(name), whole), f"{name}_low": low, f"{name}_high": high}
    month = pl.lit(months_later(at, -AFTER), dtype=pl.Date)
    floor = ask.policy.floor_rank
    few = pl.when(pl.col("customers").is_between(1, floor - 1)).then(pl.lit(f"n<{floor}"))
    return found.select("group", "tier", "customers", *kinds, month=month, **shares, hidden=few)


def _share(name: str, label: str, good: int) -> tuple[Measure, ...]:
    return (
        Measure(name=SHARES[name], label=label, unit="rate", good=good, part=name, cases=("customers",)),
        Measure(name=f"{name}_low", label=message("Lower bound"), unit="rate"),
        Measure(name=f"{name}_high", label=message("Upper bound"), unit="rate"),
    )


COHORT = Metric(
    name="migration.cohort",
    label=message("Where who entered a tier stands 12 months later"),
    compute=cohort,
    marts={"migration_cohort": at_month_end},
    columns=(
        Measure(name="tier", label=message("Tier entered"), unit="text"),
        Measure(
            name="customers",
            label=message("Customers who entered"),
            unit="customers",
            definition=message(
                "Came into the tier in that month from a lower or higher one, or new to the bank."
            ),
        ),
        Measure(name="from_below", label=message("From below"), unit="customers"),
        Measure(name="from_above", label=message("From above"), unit="customers"),
        Measure(name="new", label=message("New customers"), unit="customers"),
        Measure(name="kept", label=message("Still there or above"), unit="customers", good=1),
        Measure(name="fallen", label=message("Fallen below"), unit="customers", good=-1),
        Measure(name="left", label=message("Lost customers"), unit="customers", good=-1),
        Measure(
            name="transferred_out",
            label=message("Transferred out"),
            unit="customers",
            definition=message("At another institution of the bank now."),
        ),
        Measure(name="without_tier", label=message("Without a tier"), unit="customers"),
        Measure(name="month", label=message("Month"), unit="text"),
        *_share("kept", message("Share still there or above"), 1),
        *_share("fallen", message("Share fallen below"), -1),
        *_share("left", message("Share lost"), -1),
        HIDDEN,
    ),
    grain="month",
    dimensions=("kind",),
    filters=("kind",),
    needs=("customer_months",),
    why_missing=why_no_cohort,
)
