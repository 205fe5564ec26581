"""The customer book: how many customers, how much they hold, who came, left and moved.

Grain of the mart: institution × month end × kind × tier. A customer counts where the month's row
is booked; stocks are those of the month end, flows compare with the delivered month before.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import polars as pl

from data_access.banding import bin_code, bin_edges
from data_access.subject import Ask, Inputs, Mart, Measure, Metric, Period, Subject, message


MONEY = ("aum", "aum_avg", "deposit", "loan", "wealth", "contribution", "fee_income")
FLOWS = ("joined", "left", "moved_in", "moved_out")
KEYS = ("month", "kind", "tier")


def _count(name: str) -> nw.Expr:
    return nw.len().cast(nw.Int64).alias(name)


def _stock(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and sums at the month end."""
    now = inputs.tables["now"]
    columns = inputs.columns["customer_months"]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in MONEY if name in columns]
    if "own_transactions" in columns:
        is_active = nw.when(nw.col("own_transactions") > 0).then(nw.lit(1, dtype=nw.Int64))
        now = now.with_columns(is_active=is_active.otherwise(nw.lit(0, dtype=nw.Int64)))
        sums.append(nw.col("is_active").sum().alias("active"))
    return now.group_by("institution_no", "month", "kind", "tier").agg(_count("customers"), *sums)


def _steps(inputs: Inputs) -> nw.LazyFrame[Any] | None:
    """One row per customer present now or the month before: where and in which tier, then and now.

    None for the first delivered month: nobody knows who was there before.
    """
    if "before" not in inputs.tables:
        return None
    parts = []
    for frame, is_now in ((inputs.tables["now"], 1), (inputs.tables["before"], 0)):
        rows = frame.select("customer_no", "institution_no", "kind", "tier")
        parts.append(rows.with_columns(is_now=nw.lit(is_now, dtype=nw.Int64)))
    both = nw.concat(parts, how="vertical")

    def at(column: str, is_now: int, name: str) -> nw.Expr:
        return nw.when(nw.col("is_now") == is_now).then(nw.col(column)).alias(name)

    flat = both.select(
        nw.col("customer_no"),
        at("institution_no", 1, "to_no"),
        at("institution_no", 0, "from_no"),
        at("tier", 1, "tier_now"),
        at("tier", 0, "tier_before"),
        at("kind", 1, "kind_now"),
        at("kind", 0, "kind_before"),
    )
    names = ("to_no", "from_no", "tier_now", "tier_before", "kind_now", "kind_before")
    return flat.group_by("customer_no").agg(*[nw.col(name).max() for name in names])


def _booked(steps: nw.LazyFrame[Any], flow: str, side: str, month: date) -> nw.LazyFrame[Any]:
    """A flow counted at one side of the step."""
    number, tier, kind = ("to_no", "tier_now", "kind_now") if side == "now" else (
        "from_no", "tier_before", "kind_before"
    )  # fmt: skip
    return (
        steps.select(
            institution_no=nw.col(number),
            month=nw.lit(month, dtype=nw.Date),
            kind=nw.col(kind),
            tier=nw.col(tier),
        )
        .group_by("institution_no", "month", "kind", "tier")
        .agg(_count(flow))
    )


def build_book(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Own rows of one month: stocks, and the flows since the month before."""
    parts, steps = [_stock(inputs)], _steps(inputs)
    if steps is not None and inputs.month is not None:
        here, there = nw.col("to_no").is_null(), nw.col("from_no").is_null()
        moved = steps.filter(~here & ~there & (nw.col("to_no") != nw.col("from_no")))
        parts += [
            _booked(steps.filter(there), "joined", "now", inputs.month),
            _booked(steps.filter(here), "left", "before", inputs.month),
            _booked(moved, "moved_in", "now", inputs.month),
            _booked(moved, "moved_out", "before", inputs.month),
        ]
    return nw.concat(parts, how="diagonal")


def book_movers(inputs: Inputs) -> nw.LazyFrame[Any] | None:
    """What is taken back where both ends of a move lie inside: −1 in, −1 out."""
    steps = _steps(inputs)
    if steps is None or inputs.month is None:
        return None
    moved = steps.filter(
        ~nw.col("to_no").is_null() & ~nw.col("from_no").is_null() & (nw.col("to_no") != nw.col("from_no"))
    )
    parts = []
    for flow, tier, kind in (("moved_in", "tier_now", "kind_now"), ("moved_out", "tier_before", "kind_before")):
        rows = moved.select(
            nw.col("from_no"),
            nw.col("to_no"),
            month=nw.lit(inputs.month, dtype=nw.Date),
            kind=nw.col(kind),
            tier=nw.col(tier),
        )
        counted = rows.group_by("from_no", "to_no", *KEYS).agg(_count(flow))
        parts.append(counted.with_columns((nw.col(flow) * -1).alias(flow)))
    return nw.concat(parts, how="diagonal")


def build_histogram(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and AUM per histogram bin of one month; customers without an amount are left out."""
    now = inputs.tables["now"].filter(~nw.col("aum").is_null())
    now = now.with_columns(bin=bin_code(nw.col("aum"), inputs.minor_units))
    return now.group_by("institution_no", "month", "kind", "tier", "bin").agg(
        _count("customers"), nw.col("aum").sum().alias("aum")
    )


def build_managers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and sums of one month by the customer's present relationship manager (-1: none)."""
    held = inputs.tables["customers"].select("customer_no", manager=nw.col("manager_no"))
    now = inputs.tables["now"].join(held, on="customer_no", how="left")
    now = now.with_columns(manager=nw.col("manager").fill_null(-1).cast(nw.Int64))
    columns = [name for name in MONEY if name in inputs.columns["customer_months"]]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in columns]
    return now.group_by("institution_no", "month", "manager", "kind").agg(_count("customers"), *sums)


def month_end_before(day: date) -> date:
    """The last month end before a day."""
    return day.replace(day=1) - timedelta(days=1)


def stock_month(period: Period) -> date:
    """The last month end at or before the period's last day."""
    after = period.last + timedelta(days=1)
    return period.last if after.day == 1 else month_end_before(period.last)


def _months(period: Period) -> tuple[date | None, date | None]:
    return min(period.first, stock_month(period)), period.last


def _stock_only(period: Period) -> tuple[date | None, date | None]:
    return stock_month(period), stock_month(period)


def summary(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Customers and what they hold with the bank at the last month end of the period, and who joined,
    left or moved between institutions during it.

    One row per group. A customer is present in a month that has a row for it; joined: present now
    and not the month before; left: the reverse; a customer who changed the institution is neither.
    The first delivered month has no flows. customers(end) = customers(start) + joined − left +
    moved_in − moved_out. Not counted: rows in quarantine. The median is read from a histogram with
    16 bins a decade; it lies between aum_median_low and aum_median_high.
    """
    book = rows["book"]
    at = stock_month(ask.period)
    stock = ask.sums(book.filter(pl.col("month") == at), "customers", "active", *MONEY[:-1])
    flows = ask.sums(book.filter(pl.col("month").is_between(ask.period.first, ask.period.last)), *FLOWS, "fee_income")
    frame = stock.join(flows, on="group", how="left", maintain_order="left")
    for name in FLOWS:  # one delivered month: nobody joined, left or moved as far as anyone can tell
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(0, dtype=pl.Int64).alias(name))
    if "aum" in frame.columns:
        mean = pl.when(pl.col("customers") > 0).then(pl.col("aum") / pl.col("customers"))
        frame = frame.with_columns(aum_mean=mean)
        if ask.wants("aum_median", "aum_median_low", "aum_median_high"):
            medians = _medians(rows["histogram"].filter(pl.col("month") == at), ask)
            frame = frame.join(medians, on="group", how="left", maintain_order="left")
    order = [measure.name for measure in SUMMARY if measure.name in frame.columns]
    return frame.select("group", *order)


def _medians(histogram: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Median AUM per group with the bounds that contain the exact one."""
    minor = ask.constants["minor_units"]
    edges = bin_edges(minor)
    found: list[tuple[int, float | None, float | None, float | None]] = []
    bins = histogram.group_by("group", "bin").agg(pl.col("customers", "aum").sum()).sort("group", "bin")
    for (group,), part in bins.group_by("group", maintain_order=True):
        low, value, high = _median(part, edges)
        found.append((group, value, low, high))  # type: ignore[arg-type]
    schema = {
        "group": ask.groups.schema["group"],
        **dict.fromkeys(("aum_median", "aum_median_low", "aum_median_high"), pl.Float64),
    }
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
    for count, total, code in zip(counts, totals, codes, strict=True):
        if rank <= below + count:
            break
        below += count
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

    One row per relationship manager who holds customers of the institution today; months before are
    counted under today's manager too. Customers without a manager are the row “unassigned”.
    """
    at = stock_month(ask.period)
    book = rows["managers"].filter(pl.col("month") == at)
    return ask.sums(book, "customers", *MONEY)


_MONTHS = "customer_months"
SUMMARY = (
    Measure("customers", message("Customers"), "customers", message("Customers with a row at the month end."), good=1),
    Measure("active", message("Active customers"), "customers",
            message("Customers with a transaction of their own in the month."), good=1, needs=(_MONTHS, "own_transactions")),
    Measure("aum", message("AUM at period end"), "money",
            message("Assets of the customers with the bank at the month end, overdrafts deducted."), good=1, needs=(_MONTHS, "aum")),
    Measure("aum_avg", message("AUM, monthly average"), "money",
            message("Daily average of the customers' assets over the last month of the period."), good=1, needs=(_MONTHS, "aum_avg")),
    Measure("deposit", message("Deposits"), "money", message("Deposits at the month end."), good=1, needs=(_MONTHS, "deposit")),
    Measure("loan", message("Loans"), "money", message("Loans at the month end."), good=1, needs=(_MONTHS, "loan")),
    Measure("wealth", message("Wealth products"), "money",
            message("Funds, insurance and wealth products at the month end."), good=1, needs=(_MONTHS, "wealth")),
    Measure("contribution", message("Contribution"), "money",
            message("Contribution of the customers in the last month of the period."), good=1, needs=(_MONTHS, "contribution")),
    Measure("fee_income", message("Fee income"), "money",
            message("Fee income, summed over the period's months."), flow=True, good=1, needs=(_MONTHS, "fee_income")),
    Measure("aum_mean", message("Mean AUM"), "money", message("AUM divided by customers."), good=1, needs=(_MONTHS, "aum")),
    Measure("aum_median", message("Median AUM"), "money",
            message("Half of the customers hold less; read from a histogram, exact within its bounds."), good=1, needs=(_MONTHS, "aum")),
    Measure("aum_median_low", message("Median AUM, lower bound"), "money", needs=(_MONTHS, "aum")),
    Measure("aum_median_high", message("Median AUM, upper bound"), "money", needs=(_MONTHS, "aum")),
    Measure("joined", message("New customers"), "customers",
            message("Present now and not the month before, summed over the period's months."), flow=True, good=1),
    Measure("left", message("Lost customers"), "customers",
            message("Present the month before and not now, summed over the period's months."), flow=True, good=-1),
    Measure("moved_in", message("Transferred in"), "customers",
            message("Came from another institution of the bank."), flow=True),
    Measure("moved_out", message("Transferred out"), "customers",
            message("Went to another institution of the bank."), flow=True),
)  # fmt: skip

BOOK = Mart("book", KEYS, "month", ("customer_months",), build_book, "customer_months",
            movers=book_movers, counts=("customers", "active", *FLOWS))  # fmt: skip
HISTOGRAM = Mart("histogram", (*KEYS, "bin"), "month", ("customer_months.aum",), build_histogram,
                 "customer_months", counts=("customers",))  # fmt: skip
MANAGERS = Mart("managers", ("month", "manager", "kind"), "month", ("customer_months", "customers.manager_id"),
                build_managers, "customer_months", 25, counts=("customers",))  # fmt: skip

SUBJECT = Subject(
    "book",
    marts=(BOOK, HISTOGRAM, MANAGERS),
    metrics=(
        Metric("book.summary", message("Customer book"), summary,
               {"book": _months, "histogram": _stock_only}, SUMMARY, "month", ("kind", "tier")),
        Metric("book.managers", message("Relationship managers"), managers, {"managers": _stock_only},
               tuple(m for m in SUMMARY if m.name in ("customers", *MONEY)), "month", ("manager",)),
    ),
)  # fmt: skip
