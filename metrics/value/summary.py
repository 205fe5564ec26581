"""Customer value (客户价值): tiers, net increase, and how unequally customers' money is spread.

Corporate customers have no tiers of these edges and are left out unless the kind is chosen, so kinds are
never mixed. What is stored: `metrics/book/marts.py` and `metrics/value/marts.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from data_access.codes.banding import FIRST_TIER, UNKNOWN_TIER, UNTIERED
from data_access.errors import CallError, NotDelivered
from data_access.policy import Policy
from data_access.subject import Ask, ListOf, Metric, Parameter, Period, message
from data_access.windows import at_month_end, month_end_before, stock_month
from metrics.book.summary import untiered, why_untiered
from metrics.months import Windows, in_one_pass
from metrics.value import dimensions as value_dimensions
from metrics.value import largest as value_largest
from metrics.value.edges import PARTS, at_end, people, why_few
from metrics.value.marts import list_near
from metrics.value.measures import NET, SUMMARY, TIERS
from metrics.value.spread import SPREAD, spread

HELD = ("aum", "aum_avg", "contribution")


def year_start(period: Period) -> date:
    """The last 31 December before the period's month end."""
    return month_end_before(stock_month(period).replace(month=1))


def _ends(period: Period) -> frozenset[date]:
    return frozenset((stock_month(period), year_start(period)))


def middle_tier(policy: Policy, named: str = "") -> int:
    """The code of the lowest tier that counts as middle or above; of a bank's own tiers the upper half."""
    keys = [tier.key for tier in policy.tiers]
    if named and named not in keys:
        raise CallError(
            "{name} = “{value}” does not exist. Known: {known}.",
            name="tier_from",
            value=named,
            known=", ".join(keys),
        )
    wanted = named or "middle"
    return FIRST_TIER + (keys.index(wanted) if wanted in keys else len(keys) // 2)


def tiers(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers, their AUM and contribution by tier at the last month end of the period.

    One row per group and tier, lowest first; every tier of the policy is there. The tier is that of the
    daily average of the month (of AUM where no average is delivered). share_customers and share_aum: of the
    group's total, null where there is none. Corporate customers are left out unless the kind is chosen;
    then they are the one row untiered, for no edges are set for them. unknown: customers without an amount.
    """
    book = people(rows["book"], ask).filter(pl.col("month") == stock_month(ask.period))
    here = [name for name in ("customers", "aum", "contribution") if name in book.columns]
    sums = book.group_by("group", "tier").agg(pl.col(name).sum() for name in here)
    codes = [*range(FIRST_TIER, FIRST_TIER + len(ask.policy.tiers)), UNTIERED, UNKNOWN_TIER]
    every = ask.groups.join(pl.DataFrame({"code": codes}, schema={"code": pl.Int16}), how="cross")
    frame = every.join(
        sums, left_on=["group", "code"], right_on=["group", "tier"], how="left", maintain_order="left"
    ).with_columns(pl.col(here).fill_null(0))
    has_tiers = ~pl.col("group").is_in(untiered(ask))
    frame = frame.filter(((pl.col("code") >= FIRST_TIER) & has_tiers) | (pl.col("customers") > 0))
    for name in [name for name in ("customers", "aum") if name in here]:
        whole = pl.col(name).sum().over("group")
        frame = frame.with_columns(pl.when(whole > 0).then(pl.col(name) / whole).alias(f"share_{name}"))
    names = dict(enumerate(ask.codes["tier"]))
    frame = frame.with_columns(tier=pl.col("code").replace_strict(names, return_dtype=pl.String))
    order = [measure.name for measure in TIERS if measure.name in frame.columns]
    return frame.select("group", *order)


def net_increase(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Net increase since the start of the year of the customers in the middle tier and above.

    One row per group. tier_from: the lowest tier counted (parameter; none: middle, or of the bank's own
    tiers the upper half). start: customers in these tiers on the last 31 December; end: at the last month
    end of the period; increase = end − start, null where 31 December is not delivered. Whoever came, went,
    moved between institutions or changed the tier is in it. Of corporate customers, who
    have no tiers, it is null. Plans name value.summary.increase, which is the same figure.
    """
    lowest = middle_tier(ask.policy, ask.parameters["tier_from"])
    counted = people(rows["book"], ask).filter(pl.col("tier") >= lowest)
    last, first = stock_month(ask.period), year_start(ask.period)
    end = ask.sums(counted.filter(pl.col("month") == last), "customers").rename({"customers": "end"})
    start = ask.sums(counted.filter(pl.col("month") == first), "customers").rename({"customers": "start"})
    has_tiers = ~pl.col("group").is_in(untiered(ask))
    known = pl.lit(first in ask.months) & has_tiers
    both = end.join(start, on="group", how="left", maintain_order="left")
    return both.select(
        "group",
        tier_from=pl.when(has_tiers).then(pl.lit(ask.codes["tier"][lowest])),
        start=pl.when(known).then("start"),
        end=pl.when(has_tiers).then("end"),
        increase=pl.when(known).then(pl.col("end") - pl.col("start")),
    )


def summary(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customer value in one row: net increase of middle-and-above customers, customers, what they hold and
    how unequally.

    One row per group, at the last month end of the period. increase: since the start of the year, as in
    value.net_increase. Median, Gini and the share of the top 20 % are read from a histogram with 16 bins a
    decade; value.concentration has their bounds. Corporate customers are not counted unless the kind is
    chosen; they have no tiers, so no increase.
    """
    asked = replace(ask, parameters={"tier_from": ""})
    frame = net_increase(rows, asked).drop("tier_from").rename({"end": "middle_above"})
    book = people(rows["book"], ask).filter(pl.col("month") == stock_month(ask.period))
    stock = ask.sums(book, "customers", *HELD)
    frame = frame.join(stock, on="group", how="left", maintain_order="left")
    if "aum" in frame.columns:
        mean = pl.when(pl.col("customers") > 0).then(pl.col("aum") / pl.col("customers"))
        frame = frame.with_columns(mean=mean)
        read = ("median", "gini", "top20_share")
        if ask.wants(*read) and "histogram" in rows:
            found = spread(at_end(rows["histogram"], ask), ask, "aum").select("group", *read)
            frame = frame.join(found, on="group", how="left", maintain_order="left")
    if "contribution" in frame.columns:
        each = pl.when(pl.col("customers") > 0).then(pl.col("contribution") / pl.col("customers"))
        frame = frame.with_columns(contribution_mean=each)
    order = [measure.name for measure in SUMMARY if measure.name in frame.columns]
    return frame.select("group", *order)


def summary_by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """The summary of many month ends in one pass."""
    if not asks[0].columns:
        return None

    def unknown(ask: Ask) -> tuple[str, ...]:
        return () if year_start(ask.period) in ask.months else ("increase", "start")

    windows: Windows = {"book": ("month", _ends), "histogram": ("month", at_month_end)}
    return in_one_pass(summary, rows, asks, windows, asks[0].columns, unknown)


def tiers_by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """Tiers at many month ends in one pass."""
    windows: Windows = {"book": ("month", at_month_end)}
    return in_one_pass(tiers, rows, asks, windows, asks[0].columns) if asks[0].columns else None


def _why_missing(ask: Ask) -> NotDelivered | None:
    """Why a number of the summary is null: no tiers, or too few customers for a Gini."""
    few = message("Among fewer than {n} customers gini and top20_share are not told.")
    return why_untiered(ask) or why_few(ask, few)


_TIER_FROM = message("Lowest tier counted; empty: middle, or of the bank's own tiers the upper half.")

METRICS = (
    Metric(
        name="value.summary",
        label=message("Customer value"),
        compute=summary,
        marts={"book": _ends, "histogram": at_month_end},
        columns=SUMMARY,
        grain="month",
        dimensions=("kind", "tier"),
        needs=("customer_months",),
        why_missing=_why_missing,
        by_month=summary_by_month,
    ),
    Metric(
        name="value.tiers",
        label=message("Tiers"),
        compute=tiers,
        marts={"book": at_month_end},
        columns=TIERS,
        grain="month",
        dimensions=("kind",),
        why_missing=why_untiered,
        by_month=tiers_by_month,
    ),
    Metric(
        name="value.net_increase",
        label=message("Net increase of middle-and-above customers"),
        compute=net_increase,
        marts={"book": _ends},
        columns=NET,
        grain="month",
        dimensions=("kind",),
        parameters=(Parameter("tier_from", "", _TIER_FROM),),
        why_missing=why_untiered,
    ),
    *SPREAD,
    *PARTS,
    *value_dimensions.METRICS,
    *value_largest.METRICS,
)
LISTS = (
    ListOf(
        "customers_near_edge",
        message("Customers near an edge of their tier"),
        ("customer_months.aum",),
        list_near,
    ),
)
