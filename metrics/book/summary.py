"""The customer book: how many customers, how much they hold, who came, left and moved.

Stocks are those of the month end, flows compare with the delivered month before. What is stored:
`metrics/book/marts.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from data_access.codes.banding import CORPORATE, bin_edges
from data_access.codes.coding import KINDS
from data_access.errors import NotDelivered
from data_access.subject import Ask, Metric, Parameter, message
from data_access.windows import at_month_end, stock_month, to_month_end
from metrics.book.marts import FLOWS, MONEY
from metrics.book.measures import SUMMARY


def untiered(ask: Ask) -> list[int]:
    """The groups of corporate customers, who have no tiers: all where the kind is chosen, one by kind."""
    if ask.filters.get("kind") == KINDS[CORPORATE]:
        return ask.groups["group"].to_list()
    return [CORPORATE] if "kind" in ask.cut and "kind" not in ask.filters else []


def why_untiered(ask: Ask) -> NotDelivered | None:
    """Why what rests on tiers is not told of corporate customers; None where nobody asks of them."""
    if "kind" not in ask.cut or ask.filters.get("kind", KINDS[CORPORATE]) != KINDS[CORPORATE]:
        return None
    return NotDelivered(
        "No tier edges are set for corporate customers: what rests on tiers is not told of them."
    )


def summary(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers and what they hold with the bank at the last month end of the period, and who joined,
    left or moved between institutions during it.

    One row per group. A customer is present in a month that has a row for it; joined: present now
    and not the month before; left: the reverse; a customer who changed the institution is neither.
    The flows of the first delivered month are not known. customers(end) = customers(start) + joined −
    left + moved_in − moved_out; under a filter by tier customers also come and go by changing their
    tier. Not counted: rows in quarantine. The median is read from a histogram with 16 bins a decade;
    it lies between aum_median_low and aum_median_high.
    """
    book = rows["book"]
    at = stock_month(ask.period)
    stock = ask.sums(book.filter(pl.col("month") == at), "customers", "active", *MONEY[:-1])
    flows = ask.sums(
        book.filter(pl.col("month").is_between(ask.period.first, ask.period.last)), *FLOWS, "fee_income"
    )
    frame = stock.join(flows, on="group", how="left", maintain_order="left")
    known = not ask.months or ask.period.last > ask.months[0]
    frame = frame.with_columns(  # nobody knows who came in the first delivered month
        pl.when(pl.lit(known)).then(pl.col(name) if name in frame.columns else 0).cast(pl.Int64).alias(name)
        for name in FLOWS
    )
    if "aum" in frame.columns:
        mean = pl.when(pl.col("customers") > 0).then(pl.col("aum") / pl.col("customers"))
        frame = frame.with_columns(aum_mean=mean)
        wanted = ask.wants("aum_median", "aum_median_low", "aum_median_high")
        if wanted and "histogram" in rows:  # there is none by the bank's own tags
            medians = _medians(rows["histogram"].filter(pl.col("month") == at), ask)
            frame = frame.join(medians, on="group", how="left", maintain_order="left")
    order = [measure.name for measure in SUMMARY if measure.name in frame.columns]
    return frame.select("group", *order)


def by_month(rows: Mapping[str, pl.DataFrame], asks: Sequence[Ask]) -> pl.DataFrame | None:
    """Additive columns of the summary for many months in one pass; medians and means month by month."""
    ask, book = asks[0], rows["book"]
    wanted = list(ask.columns)
    if not wanted or not set(wanted) <= {"customers", "active", *MONEY, *FLOWS}:
        return None
    months = pl.DataFrame({"month": [each.period.last for each in asks]}, schema={"month": pl.Date})
    here = [name for name in wanted if name in book.columns]
    sums = book.group_by("group", "month").agg(pl.col(name).sum() for name in here)
    frame = months.join(ask.groups, how="cross").join(
        sums, on=["group", "month"], how="left", maintain_order="left"
    )
    first = ask.months[0] if ask.months else date.min
    counted = {
        name: pl.col(name).fill_null(0) if name in here else pl.lit(0, dtype=pl.Int64) for name in wanted
    }
    return frame.select(
        "group",
        "month",
        **{
            name: pl.when(pl.col("month") > first).then(value) if name in FLOWS else value
            for name, value in counted.items()
        },
    )


def _medians(histogram: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Median AUM per group with the bounds that contain the exact one."""
    minor = ask.minor_units
    edges = bin_edges(minor)
    found: list[tuple[object, float, float, float]] = []
    bins = histogram.group_by("group", "bin").agg(pl.col("customers", "aum").sum()).sort("group", "bin")
    for (group,), part in bins.group_by("group", maintain_order=True):
        low, value, high = _median(part, edges)
        found.append((group, value, low, high))
    names = ("aum_median", "aum_median_low", "aum_median_high")
    schema = pl.Schema({"group": ask.groups.schema["group"], **dict.fromkeys(names, pl.Float64())})
    return pl.DataFrame(found, schema=schema, orient="row")


def _median(bins: pl.DataFrame, edges: tuple[int, ...]) -> tuple[float, float, float]:
    """Low, estimate and high of the two middle customers' mean."""
    counts, totals, codes = bins["customers"].to_list(), bins["aum"].to_list(), bins["bin"].to_list()
    n = sum(counts)
    middle = [_ranked(rank, counts, totals, codes, edges) for rank in ((n + 1) // 2, n // 2 + 1)]
    low, value, high = (sum(parts) / 2 for parts in zip(*middle, strict=True))
    return low, value, high


def _ranked(
    rank: int, counts: list[int], totals: list[int], codes: list[int], edges: tuple[int, ...]
) -> tuple[float, float, float]:
    """Bounds of the customer at a rank and an estimate between them."""
    below = 0
    at = 0
    while rank > below + counts[at]:
        below += counts[at]
        at += 1
    count, total, code = counts[at], totals[at], codes[at]
    if count == 1:
        return total, total, total
    if code == 0:  # up to zero: nobody is below the bin's sum, for all of them are at most 0
        return total, total / count, 0
    low = edges[code - 1]
    high = edges[code] - 1 if code < len(edges) else total
    if high <= low:
        return low, low, low
    share = (rank - below - 0.5) / count
    return low, low * (high / low) ** share, high


def managers(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers and what they hold at the last month end of the period, by relationship manager.

    One row per relationship manager who held customers of the institution then, where months name their
    manager; else months before are counted under today's manager too. Customers without a manager are the
    row “unassigned”. customers = people: without corporate ones, unless the kind is chosen.
    """
    at = stock_month(ask.period)
    book = rows["managers"].filter(pl.col("month") == at)
    if ask.parameters.get("customers") == "people" and "kind" not in ask.cut:
        book = book.filter(pl.col("kind") != CORPORATE)
    return ask.sums(book, "customers", *MONEY)


METRICS = (
    Metric(
        name="book.summary",
        label=message("Customer book"),
        compute=summary,
        marts={"book": to_month_end, "histogram": at_month_end},
        columns=SUMMARY,
        grain="month",
        dimensions=("kind", "tier"),
        tags_of="customers",
        by_month=by_month,
    ),
    Metric(
        name="book.managers",
        label=message("Relationship managers"),
        compute=managers,
        marts={"managers": at_month_end},
        columns=tuple(
            replace(m, ranked=False, watched=None) for m in SUMMARY if m.name in ("customers", *MONEY)
        ),
        grain="month",
        dimensions=("manager",),
        parameters=(
            Parameter("customers", "all", message("Which customers are counted."), ("all", "people")),
        ),
    ),
)
