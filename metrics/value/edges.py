"""Customers near an edge of their tier, and the four quadrants of loyalty and value."""

from collections.abc import Iterator, Mapping

import polars as pl

from data_access.codes.banding import CORPORATE, FIRST_TIER
from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, message
from data_access.windows import at_month_end, stock_month
from metrics.book.summary import untiered, why_untiered
from metrics.value.marts import LOYAL, RECENT, SIDES
from metrics.value.settings import FLOOR_GINI

NOT_KEPT = "not kept"  # why a row of an earlier month has no number
HIDDEN = Measure(name="hidden", label=message("Why there is no number"), unit="text")
QUADRANTS = {(1, 1): "A", (1, 0): "B", (0, 1): "C", (0, 0): "D"}  # value, loyalty


def people(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Without corporate customers, unless the kind is chosen or told apart: kinds are never mixed."""
    return rows if "kind" in ask.cut else rows.filter(pl.col("kind") != CORPORATE)


def at_end(rows: pl.DataFrame, ask: Ask, *, recent: bool = False) -> pl.DataFrame:
    """The rows of the month end looked at; `recent`: of a mart that keeps the last months only."""
    at = stock_month(ask.period)
    if recent and at in ask.months[:-RECENT]:
        raise NotDelivered("This is kept for the last {n} months only.", n=RECENT)
    return people(rows, ask).filter(pl.col("month") == at)


FEW = message("Among fewer than {n} customers this is not told.")


def why_few(ask: Ask, what: str = FEW) -> NotDelivered | None:
    """Why a curve or a share is missing: so few customers that it would tell of single ones."""
    assert ask.more is not None
    floor, counts = ask.policy.of(FLOOR_GINI), ask.more.metric("value.summary", ("customers",), ask.period)
    is_few = counts["customers"].is_between(1, floor - 1).any()
    return NotDelivered(what, n=floor) if is_few else None


def by_group(rows: pl.DataFrame, ask: Ask) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each group, none for a group without any."""
    parts = rows.partition_by("group", as_dict=True)
    for group in ask.groups["group"]:
        yield group, parts.get((group,), rows.clear())


def near_edge(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers close to an edge of their tier at the last month end of the period: who can be lifted, who
    must be held.

    Two rows per group and tier. side below: within 10 % (policy near_edge_share) of the next tier's edge;
    gap is the money that lifts them. side above: less than 10 % above the lower edge of their tier; gap is
    the money whose loss takes them below it. aum: what these customers hold at the month end. The amount
    compared with the edge is the one that decides the tier: the daily average of the month where delivered,
    else AUM. The lowest tier has no side above, the highest no side below. No row
    of corporate customers, who have no tiers.
    """
    edges = at_end(rows["value_edges"], ask, recent=True)
    here = ("customers", "aum", "gap")
    sums = edges.group_by("group", "tier", "side").agg(pl.col(*here).sum())
    last = FIRST_TIER + len(ask.policy.tiers) - 1
    cells = [
        (code, side)
        for code in range(FIRST_TIER, last + 1)
        for side in range(2)
        if (code, side) not in ((last, 0), (FIRST_TIER, 1))
    ]
    every = pl.DataFrame(cells, schema={"tier": pl.Int16, "side": pl.Int16}, orient="row")
    tiered = ask.groups.filter(~pl.col("group").is_in(untiered(ask)))
    frame = tiered.join(every, how="cross").join(
        sums, on=["group", "tier", "side"], how="left", maintain_order="left"
    )
    names = dict(enumerate(ask.codes["tier"]))
    return frame.select(
        "group",
        tier=pl.col("tier").replace_strict(names, return_dtype=pl.String),
        side=pl.col("side").replace_strict(dict(enumerate(SIDES)), return_dtype=pl.String),
        **{name: pl.col(name).fill_null(0) for name in here},
    )


def quadrants(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers by loyalty and value at the last month end of the period, with their AUM and contribution.

    Four rows per group. value high: AUM of 200,000 (policy value_edge) or more. loyalty high: 3 products
    and 4 own transactions in the month (policy loyal_products, loyal_transactions) or more; of these only
    what is delivered counts, and a customer without the number is not loyal. Quadrant A: both high, B: value
    alone, C: loyalty alone, D: neither. Customers without AUM delivered are left out; corporate ones unless
    the kind is chosen.
    """
    if not any(ask.has("customer_months", name) for name in LOYAL):
        raise NotDelivered("Loyalty is told when customer_months.products or own_transactions is delivered.")
    found = at_end(rows["value_quadrants"], ask, recent=True)
    here = [name for name in ("customers", "aum", "contribution") if name in found.columns]
    sums = found.group_by("group", "value", "loyal").agg(pl.col(*here).sum())
    cells = [(*key, letter) for key, letter in QUADRANTS.items()]
    schema = {"value": pl.Int16, "loyal": pl.Int16, "quadrant": pl.String}
    every = ask.groups.join(pl.DataFrame(cells, schema=schema, orient="row"), how="cross")
    frame = every.join(sums, on=["group", "value", "loyal"], how="left", maintain_order="left")
    words = {0: "low", 1: "high"}
    return frame.select(
        "group",
        "quadrant",
        value=pl.col("value").replace_strict(words, return_dtype=pl.String),
        loyalty=pl.col("loyal").replace_strict(words, return_dtype=pl.String),
        **{name: pl.col(name).fill_null(0) for name in here},
    )


_CUSTOMERS = Measure(name="customers", label=message("Customers"), unit="customers")
_AUM = Measure(name="aum", label=message("AUM at period end"), unit="money")
PARTS = (
    Metric(
        name="value.near_edge",
        label=message("Customers near an edge of their tier"),
        compute=near_edge,
        marts={"value_edges": at_month_end},
        columns=(
            Measure(name="tier", label=message("Tier"), unit="text"),
            Measure(name="side", label=message("Side"), unit="text"),
            _CUSTOMERS,
            _AUM,
            Measure(
                name="gap",
                label=message("Distance to the edge"),
                unit="money",
                definition=message("Money that lifts these customers, or whose loss takes them down."),
            ),
        ),
        grain="month",
        dimensions=("kind",),
        why_missing=why_untiered,
    ),
    Metric(
        name="value.quadrants",
        label=message("Loyalty and value"),
        compute=quadrants,
        marts={"value_quadrants": at_month_end},
        columns=(
            Measure(name="quadrant", label=message("Quadrant"), unit="text"),
            Measure(name="value", label=message("Value"), unit="text"),
            Measure(name="loyalty", label=message("Loyalty"), unit="text"),
            _CUSTOMERS,
            _AUM,
            Measure(
                name="contribution",
                label=message("Contribution"),
                unit="money",
                needs=("customer_months", "contribution"),
            ),
        ),
        grain="month",
        dimensions=("kind", "tier"),
    ),
)
