"""What the customer book stores: stocks of each month end and the flows since the month before.

Grain: institution × month end × kind × tier. A customer counts where the month's row is booked.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import narwhals as nw

from data_access.banding import bin_code
from data_access.subject import Inputs, Mart

MONEY = ("aum", "aum_avg", "deposit", "loan", "wealth", "contribution", "fee_income")
FLOWS = ("joined", "left", "moved_in", "moved_out")
KEYS = ("month", "kind", "tier")


def _count(name: str) -> nw.Expr:
    return nw.len().cast(nw.Int64).alias(name)


def _stock(inputs: Inputs, tags: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """Customers and sums at the month end."""
    now = inputs.tables["now"]
    columns = inputs.columns["customer_months"]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in MONEY if name in columns]
    if "own_transactions" in columns:
        is_active = nw.when(nw.col("own_transactions") > 0).then(nw.lit(1, dtype=nw.Int64))
        now = now.with_columns(is_active=is_active.otherwise(nw.lit(0, dtype=nw.Int64)))
        sums.append(nw.col("is_active").sum().alias("active"))
    return now.group_by("institution_no", *KEYS, *tags).agg(_count("customers"), *sums)


def _steps(inputs: Inputs, tags: tuple[str, ...]) -> nw.LazyFrame[Any] | None:
    """One row per customer present now or the month before: where and in which tier, then and now.

    None for the first delivered month: nobody knows who was there before.
    """
    if "before" not in inputs.tables:
        return None
    parts = []
    for frame, is_now in ((inputs.tables["now"], 1), (inputs.tables["before"], 0)):
        rows = frame.select("customer_no", "institution_no", "kind", "tier", *tags)
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
        *tags,
    )
    names = ("to_no", "from_no", "tier_now", "tier_before", "kind_now", "kind_before", *tags)
    return flat.group_by("customer_no").agg(*[nw.col(name).max() for name in names])


def _booked(
    steps: nw.LazyFrame[Any], flow: str, side: str, month: date, tags: tuple[str, ...]
) -> nw.LazyFrame[Any]:
    """A flow counted at one side of the step."""
    number, tier, kind = ("to_no", "tier_now", "kind_now") if side == "now" else (
        "from_no", "tier_before", "kind_before"
    )  # fmt: skip
    return (
        steps.select(
            *tags,
            institution_no=nw.col(number),
            month=nw.lit(month, dtype=nw.Date),
            kind=nw.col(kind),
            tier=nw.col(tier),
        )
        .group_by("institution_no", *KEYS, *tags)
        .agg(_count(flow))
    )


def build_book(inputs: Inputs, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """Own rows of one month: stocks, and the flows since the month before."""
    parts, steps = [_stock(inputs, tags)], _steps(inputs, tags)
    if steps is not None and inputs.month is not None:
        here, there = nw.col("to_no").is_null(), nw.col("from_no").is_null()
        moved = steps.filter(~here & ~there & (nw.col("to_no") != nw.col("from_no")))
        parts += [
            _booked(steps.filter(there), "joined", "now", inputs.month, tags),
            _booked(steps.filter(here), "left", "before", inputs.month, tags),
            _booked(moved, "moved_in", "now", inputs.month, tags),
            _booked(moved, "moved_out", "before", inputs.month, tags),
        ]
    return nw.concat(parts, how="diagonal")


def book_movers(inputs: Inputs, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any] | None:
    """What is taken back where both ends of a move lie inside: −1 in, −1 out."""
    steps = _steps(inputs, tags)
    if steps is None or inputs.month is None:
        return None
    moved = steps.filter(
        ~nw.col("to_no").is_null() & ~nw.col("from_no").is_null() & (nw.col("to_no") != nw.col("from_no"))
    )
    parts = []
    for flow, tier, kind in (
        ("moved_in", "tier_now", "kind_now"),
        ("moved_out", "tier_before", "kind_before"),
    ):
        rows = moved.select(
            nw.col("from_no"),
            nw.col("to_no"),
            *tags,
            month=nw.lit(inputs.month, dtype=nw.Date),
            kind=nw.col(kind),
            tier=nw.col(tier),
        )
        counted = rows.group_by("from_no", "to_no", *KEYS, *tags).agg(_count(flow))
        parts.append(counted.with_columns((nw.col(flow) * -1).alias(flow)))
    return nw.concat(parts, how="diagonal")


def _tagged(inputs: Inputs) -> list[Inputs]:
    """The months once per own tag of the customers: `tag` is its number, `value` the customer's code."""
    found = []
    for number, tag in enumerate(inputs.dimensions["customers"]):
        months = {
            name: inputs.tables[name].with_columns(
                tag=nw.lit(number, dtype=nw.Int16), value=nw.col(f"tag_{tag}")
            )
            for name in ("now", "before")
            if name in inputs.tables
        }
        found.append(replace(inputs, tables={**inputs.tables, **months}))
    return found


def build_tags(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The book once more for each of the bank's own tags of customers."""
    return nw.concat([build_book(tagged, ("tag", "value")) for tagged in _tagged(inputs)], how="diagonal")


def tag_movers(inputs: Inputs) -> nw.LazyFrame[Any] | None:
    """The corrections of moves, for each tag."""
    found = [book_movers(tagged, ("tag", "value")) for tagged in _tagged(inputs)]
    known = [frame for frame in found if frame is not None]
    return nw.concat(known, how="diagonal") if known else None


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
    return now.group_by("institution_no", "month", "manager", "kind", "tier").agg(_count("customers"), *sums)


BOOK = Mart("book", KEYS, "month", ("customer_months",), build_book, "customer_months",
            movers=book_movers, counts=("customers", "active", *FLOWS))  # fmt: skip
HISTOGRAM = Mart("histogram", (*KEYS, "bin"), "month", ("customer_months.aum",), build_histogram,
                 "customer_months", counts=("customers",))  # fmt: skip
MANAGERS = Mart("managers", ("month", "manager", "kind", "tier"), "month",
                ("customer_months", "customers.manager_id", "managers"), build_managers,
                "customer_months", 25, counts=("customers",))  # fmt: skip
TAGS = Mart("book_tags", (*KEYS, "tag", "value"), "month", ("customer_months",), build_tags,
            "customer_months", movers=tag_movers, counts=("customers", "active", *FLOWS),
            tags_of="customers")  # fmt: skip
MARTS = (BOOK, HISTOGRAM, MANAGERS, TAGS)
