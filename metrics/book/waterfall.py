"""Why AUM changed: new customers, the money of those who stayed, the market, lost customers, transfers."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Period, message
from data_access.windows import stock_month
from metrics.book.marts import CAUSES, FLOWS, TIER_MOVES

STEPS = ("opening", "joined", "kept", "market_value", "left", "transferred", "tier_change", "closing")


def _months(period: Period) -> tuple[date | None, date | None]:
    return None, stock_month(period)


def waterfall(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Why AUM changed between the month end before the period and its last month end, by cause.

    One row per group and step: opening, joined (what new customers hold at the end of their first month),
    kept (net inflow of customers who stayed: what they have more than the month before, the market's part
    taken off), market_value (where it is delivered), left (what lost customers held the month before, with
    a minus), transferred (customers from other institutions less those who went there), closing. Under a
    breakdown or filter by tier there is also tier_change: customers who came from another tier less those
    who went. The steps add up to the closing exactly, months of the period summed one after the other.
    customers: counted where customers come or go, null for kept and market_value. Null where the period
    reaches back to the first delivered month, before which nobody knows who was there, and where its last
    month is not delivered.
    """
    if not ask.has("customer_months", "aum"):
        raise NotDelivered(
            "“{label}” needs {needs}, which this bank has not delivered. "
            "Add it to cockpit.toml and build again.",
            label=METRICS[0].label,
            needs="customer_months.aum",
        )
    book, at = rows["book"], stock_month(ask.period)
    months = ask.months
    earlier = [month for month in months if month < ask.period.first]
    before = max(earlier, default=None)
    opening = ask.sums(book.filter(pl.col("month") == pl.lit(before, dtype=pl.Date)), "customers", "aum")
    closing = ask.sums(book.filter(pl.col("month") == at), "customers", "aum")
    flows = book.filter(pl.col("month").is_between(ask.period.first, ask.period.last))
    sums = ask.sums(flows, *FLOWS, *TIER_MOVES, *CAUSES)
    sums = sums.with_columns(
        pl.lit(0, dtype=pl.Int64).alias(name)
        for name in (*FLOWS, *TIER_MOVES, *CAUSES)
        if name not in sums.columns
    )
    by_tier = "tier" in ask.cut
    changed = pl.col("tier_in_aum") - pl.col("tier_out_aum")
    steps: dict[str, tuple[pl.DataFrame, pl.Expr | None, pl.Expr]] = {
        "opening": (opening, pl.col("customers"), pl.col("aum")),
        "joined": (sums, pl.col("joined"), pl.col("joined_aum")),
        "kept": (sums, None, pl.col("kept_aum") + (0 if by_tier else changed)),
        "market_value": (sums, None, pl.col("market_value")),
        "left": (sums, -pl.col("left"), -pl.col("left_aum")),
        "transferred": (
            sums,
            pl.col("moved_in") - pl.col("moved_out"),
            pl.col("moved_in_aum") - pl.col("moved_out_aum"),
        ),
        "tier_change": (sums, pl.col("tier_in") - pl.col("tier_out"), changed),
        "closing": (closing, pl.col("customers"), pl.col("aum")),
    }
    wanted = [
        step
        for step in STEPS
        if (step != "tier_change" or by_tier)
        and (step != "market_value" or ask.has("customer_months", "market_value"))
    ]
    known = pl.lit(before is not None and at in months)
    parts = []
    for number, step in enumerate(wanted):
        frame, customers, amount = steps[step]
        count = pl.lit(None, dtype=pl.Int64) if customers is None else customers.cast(pl.Int64)
        parts.append(
            frame.select(
                "group",
                number=pl.lit(number),
                step=pl.lit(step),
                customers=pl.when(known).then(count),
                amount=pl.when(known).then(amount.cast(pl.Int64)),
            )
        )
    order = ask.groups.with_row_index("_at")
    rows_of = pl.concat(parts).join(order, on="group").sort("_at", "number")
    return rows_of.select("group", "step", "customers", "amount")


METRICS = (
    Metric(
        name="book.waterfall",
        label=message("AUM by cause"),
        compute=waterfall,
        marts={"book": _months},
        columns=(
            Measure(name="step", label=message("Cause"), unit="text"),
            Measure(name="customers", label=message("Customers"), unit="customers"),
            Measure(name="amount", label=message("AUM"), unit="money", needs=("customer_months", "aum")),
        ),
        grain="month",
        dimensions=("kind", "tier"),
        tags_of="customers",
    ),
)
