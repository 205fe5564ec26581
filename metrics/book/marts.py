"""What the customer book stores: stocks of each month end and the flows since the month before.

Grain: institution × month end × kind × tier. A customer counts where the month's row is booked.
"""

from dataclasses import replace
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.banding import with_bin
from data_access.codes.literals import stacked
from data_access.subject import Inputs, Mart
from metrics.ends import moved_of, steps_to

MONEY = ("aum", "aum_avg", "deposit", "loan", "wealth", "contribution", "fee_income")
FLOWS = ("joined", "left", "moved_in", "moved_out")
TIER_MOVES = ("tier_in", "tier_out")
CAUSES = (*(f"{flow}_aum" for flow in (*FLOWS, *TIER_MOVES)), "kept_aum", "market_value")
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
    """The steps from the delivered month before, counted; None for the first one: nobody knows who was there.

    With what a kept customer's assets changed by without the market's part.
    """
    if "before" not in inputs.tables:
        return None
    return steps_to(inputs, "before", tags).with_columns(
        kept_aum=nw.col("aum_to") - nw.col("aum_from") - nw.col("market_value"),
        tier_in_aum=nw.col("aum_to") - nw.col("market_value"),
    )


def _sum(name: str, of: str) -> nw.Expr:
    return nw.col(of).cast(nw.Int64).sum().alias(name)


SIDES = {
    "now": ("to_no", "to_tier", "to_kind"),
    "before": ("from_no", "from_tier", "from_kind"),
}
# Every flow of a step: at which end it is booked, and which amount goes with it.
BOOKED = {
    "joined": ("now", "aum_to"),
    "left": ("before", "aum_from"),
    "moved_in": ("now", "aum_to"),
    "moved_out": ("before", "aum_from"),
    "tier_in": ("now", "tier_in_aum"),
    "tier_out": ("before", "aum_from"),
}


def _booked(
    steps: nw.LazyFrame[Any], flow: str, keys: tuple[str, ...], month: date, tags: tuple[str, ...], sign: int
) -> nw.LazyFrame[Any]:
    """A flow, its customers and its amount, counted at the end of the step where it belongs."""
    side, amount = BOOKED[flow]
    _, tier, kind = SIDES[side]
    rows = steps.with_columns(month=nw.lit(month, dtype=nw.Date), kind=nw.col(kind), tier=nw.col(tier))
    counted = rows.group_by(*keys, *KEYS, *tags).agg(_sum(flow, "customers"), _sum(f"{flow}_aum", amount))
    return counted.with_columns((nw.col(name) * sign).alias(name) for name in (flow, f"{flow}_aum"))


def _kept(
    steps: nw.LazyFrame[Any], keys: tuple[str, ...], month: date, tags: tuple[str, ...]
) -> list[nw.LazyFrame[Any]]:
    """What those who stayed changed by: within their tier, and what left one tier and entered another."""
    changed = nw.col("to_tier") != nw.col("from_tier")
    rows = steps.with_columns(
        month=nw.lit(month, dtype=nw.Date), kind=nw.col("to_kind"), tier=nw.col("to_tier")
    )
    sums = (_sum("kept_aum", "kept_aum"), _sum("market_value", "market_value"))
    within = rows.filter(~changed).group_by(*keys, *KEYS, *tags).agg(*sums)
    market = rows.filter(changed).group_by(*keys, *KEYS, *tags).agg(sums[1])
    moved = steps.filter(changed)
    return [within, market, *[_booked(moved, flow, keys, month, tags, 1) for flow in TIER_MOVES]]


def build_book(inputs: Inputs, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any]:
    """Own rows of one month: stocks, and the flows since the month before."""
    parts, steps = [_stock(inputs, tags)], _steps(inputs, tags)
    if steps is not None and inputs.month is not None:
        gone, fresh = nw.col("to_no").is_null(), nw.col("from_no").is_null()
        both, moved = steps.filter(~gone & ~fresh), moved_of(steps)
        ways = {
            "joined": steps.filter(fresh),
            "left": steps.filter(gone),
            "moved_in": moved,
            "moved_out": moved,
        }
        for flow, rows in ways.items():
            at_home = rows.with_columns(institution_no=nw.col(SIDES[BOOKED[flow][0]][0]))
            parts.append(_booked(at_home, flow, _HOME, inputs.month, tags, 1))
        stayed = both.filter(nw.col("to_no") == nw.col("from_no")).with_columns(
            institution_no=nw.col("to_no")
        )
        parts += _kept(stayed, _HOME, inputs.month, tags)
    return stacked(parts)


_HOME, _ENDS = ("institution_no",), ("from_no", "to_no")


def book_movers(inputs: Inputs, tags: tuple[str, ...] = ()) -> nw.LazyFrame[Any] | None:
    """What holds where both ends of a move lie inside: no move in or out, but a customer who stayed."""
    steps = _steps(inputs, tags)
    if steps is None or inputs.month is None:
        return None
    moved = moved_of(steps)
    back = [_booked(moved, flow, _ENDS, inputs.month, tags, -1) for flow in ("moved_in", "moved_out")]
    return stacked([*back, *_kept(moved, _ENDS, inputs.month, tags)])


def _tagged(inputs: Inputs) -> list[Inputs]:
    """The months once per own tag of the customers: `tag` is its number, `value` the customer's code."""
    found = []
    for number, tag in enumerate(inputs.tags["customers"]):
        months = {
            name: inputs.tables[name].with_columns(tag=nw.lit(number, dtype=nw.Int16), value=nw.col(tag))
            for name in ("now", "before")
            if name in inputs.tables
        }
        found.append(replace(inputs, tables={**inputs.tables, **months}))
    return found


def build_tags(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The book once more for each of the bank's own tags of customers."""
    return stacked([build_book(tagged, ("tag", "value")) for tagged in _tagged(inputs)])


def tag_movers(inputs: Inputs) -> nw.LazyFrame[Any] | None:
    """The corrections of moves, for each tag."""
    found = [book_movers(tagged, ("tag", "value")) for tagged in _tagged(inputs)]
    known = [frame for frame in found if frame is not None]
    return stacked(known) if known else None


def build_histogram(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and AUM per histogram bin of one month; customers without an amount are left out."""
    now = inputs.tables["now"].filter(~nw.col("aum").is_null())
    now = with_bin(now, "aum", inputs.minor_units)
    return now.group_by("institution_no", "month", "kind", "tier", "bin").agg(
        _count("customers"), nw.col("aum").sum().alias("aum")
    )


def build_managers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers and sums of one month by relationship manager (-1: none): the one who held the customer then,
    where months name him, else the present one."""
    now = inputs.tables["now"]
    if inputs.has("customer_months", "manager_id"):
        now = now.with_columns(manager=nw.col("manager_no"))
    else:
        held = inputs.tables["customers"].select("customer_no", manager=nw.col("manager_no"))
        now = now.join(held, on="customer_no", how="left")
    now = now.with_columns(manager=nw.col("manager").fill_null(-1).cast(nw.Int64))
    columns = [name for name in MONEY if name in inputs.columns["customer_months"]]
    sums = [nw.col(name).fill_null(0).cast(nw.Int64).sum().alias(name) for name in columns]
    return now.group_by("institution_no", "month", "manager", "kind", "tier").agg(_count("customers"), *sums)


BOOK = Mart(
    name="book",
    keys=KEYS,
    time="month",
    needs=("customer_months",),
    build=build_book,
    monthly="customer_months",
    movers=book_movers,
    counts=("customers", "active", *FLOWS, *TIER_MOVES),
)
HISTOGRAM = Mart(
    name="histogram",
    keys=(*KEYS, "bin"),
    time="month",
    needs=("customer_months.aum",),
    build=build_histogram,
    monthly="customer_months",
    counts=("customers",),
)
MANAGERS = Mart(
    name="managers",
    keys=("month", "manager", "kind", "tier"),
    time="month",
    needs=("customer_months", "customers.manager_id|customer_months.manager_id", "managers"),
    build=build_managers,
    monthly="customer_months",
    recent=25,
    counts=("customers",),
)
TAGS = Mart(
    name="book_tags",
    keys=(*KEYS, "tag", "value"),
    time="month",
    needs=("customer_months",),
    build=build_tags,
    monthly="customer_months",
    movers=tag_movers,
    counts=("customers", "active", *FLOWS, *TIER_MOVES),
    tags_of="customers",
)


def with_managers(frame: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """Rows of customers with their relationship manager; nobody where managers are not delivered."""
    if not (inputs.has("customers", "manager_id") and inputs.has("managers")):
        return frame.with_columns(manager_no=pl.lit(None, dtype=pl.Int64))
    known = inputs.tables["customers"].select("customer_no", "manager_no").collect("polars").to_native()
    return frame.join(known, on="customer_no", how="left", maintain_order="left")


MARTS = (BOOK, HISTOGRAM, MANAGERS, TAGS)
