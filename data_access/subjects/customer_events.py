"""What happens to a customer on a day: large moves and maturities, with the customer's kind and tier.

This is reading work and always Polars, as `prepare.py` is; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.codes.banding import UNKNOWN_TIER
from data_access.codes.coding import KINDS, Codes

DIRECTIONS = ("out", "in")


def tiers_at(asked: pl.DataFrame, months: Mapping[date, pl.LazyFrame]) -> pl.DataFrame:
    """Tiers of the customers at the months asked for."""
    found = [pl.DataFrame(schema={"customer_no": pl.Int64, "month": pl.Date, "tier": pl.Int16})]
    for (month,), rows in asked.unique().group_by("month"):
        if isinstance(month, date) and month in months:
            held = months[month].select("customer_no", "tier")
            here = rows.lazy().join(held, on="customer_no").select("customer_no", "month", "tier")
            found.append(here.collect())
    return pl.concat(found)


def with_customer(
    frame: pl.DataFrame, day: pl.Expr, customers: pl.DataFrame | None, months: Mapping[date, pl.LazyFrame]
) -> pl.DataFrame:
    """The customer's kind, and the tier at the last month end before a day.

    What lies ahead of the customer months, such as a maturity, has the tier of the last one there is.
    """
    kinds = {kind: code for code, kind in enumerate(KINDS)}
    if customers is not None and "kind" in customers.columns:
        kind = pl.col("kind").replace_strict(kinds, default=0, return_dtype=pl.Int16)
        frame = frame.join(customers.select("customer_no", kind=kind), on="customer_no", how="left")
    else:
        frame = frame.with_columns(kind=pl.lit(0, dtype=pl.Int16))
    newest = pl.lit(max(months, default=None), dtype=pl.Date)
    frame = frame.with_columns(month=pl.min_horizontal(day.dt.month_start().dt.offset_by("-1d"), newest))
    tiers = tiers_at(frame.select("customer_no", "month").drop_nulls(), months)
    frame = frame.join(tiers, on=["customer_no", "month"], how="left", maintain_order="left")
    return frame.with_columns(pl.col("kind").fill_null(0), pl.col("tier").fill_null(UNKNOWN_TIER)).drop(
        "month"
    )


def prepare_moves(
    moves: pl.DataFrame,
    contacts: pl.DataFrame | None,
    customers: pl.DataFrame | None,
    months: Mapping[date, pl.LazyFrame],
    within: int,
) -> pl.DataFrame:
    """Large moves, each with whether a contact followed within so many days (null: none delivered).

    What a customer moves in one direction on one day at one institution is one move.
    """
    if contacts is not None and "customer_id" not in contacts.columns:
        contacts = None  # they do not say with whom
    if contacts is None:
        [moves] = _numbered(moves)
    else:
        moves, contacts = _numbered(moves, contacts)
    key = ["customer_no", "day", "direction", "institution_no"]
    grouped = _managed(moves).rename({"date": "day"}).group_by(key)
    moves = grouped.agg(pl.col("amount").sum(), pl.col("manager_no").max()).sort(key)
    moves = moves.with_row_index("move_no")
    moves = moves.with_columns(
        direction=pl.col("direction").replace_strict(
            dict(zip(DIRECTIONS, (0, 1), strict=True)), return_dtype=pl.Int16
        )
    )
    moves = with_customer(moves, pl.col("day"), customers, months)
    until = pl.col("day").dt.offset_by(f"{within}d")
    followed = _followed(moves.select("move_no", "customer_no", "day", until=until), contacts)
    return moves.join(followed, on="move_no", how="left").sort("move_no").drop("move_no")


def _followed(moves: pl.DataFrame, contacts: pl.DataFrame | None) -> pl.DataFrame:
    """Which moves a contact with the customer followed between their day and `until`."""
    if contacts is None:
        return moves.select("move_no", contacted=pl.lit(None, dtype=pl.Int64))
    met = contacts.select("customer_no", "contacted_on").drop_nulls()
    hits = moves.join(met, on="customer_no").filter(pl.col("contacted_on").is_between("day", "until"))
    return moves.select(
        "move_no", contacted=pl.col("move_no").is_in(hits["move_no"].unique().implode()).cast(pl.Int64)
    )


def _numbered(*frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The same frames; where neither customers nor their months are delivered, numbered by their ids."""
    if "customer_no" in frames[0].columns:
        return list(frames)
    ids = pl.concat([frame.select("customer_id") for frame in frames]).drop_nulls().unique()
    numbers = ids.sort("customer_id").with_row_index("customer_no").cast({"customer_no": pl.Int64})
    return [frame.join(numbers, on="customer_id", how="left", maintain_order="left") for frame in frames]


def _managed(frame: pl.DataFrame) -> pl.DataFrame:
    if "manager_no" in frame.columns:
        return frame
    return frame.with_columns(manager_no=pl.lit(None, dtype=pl.Int64))


def prepare_holdings(
    holdings: pl.DataFrame,
    customers: pl.DataFrame | None,
    months: Mapping[date, pl.LazyFrame],
    as_of: date,
    within: int,
    codes: Codes,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Positions that mature, and what became of those that did.

    A customer's maturities of one day are looked at together. Money placed anew by the same customer
    within so many days after (each new position counts for the last maturity before it) was kept: up to
    what matured, first in the kinds that matured; where it does not do for all, kind by kind and institution
    by institution in the order of their numbers. A maturity whose days are not over yet is open.
    """
    [holdings] = _numbered(holdings)
    for name, dtype in (
        ("product_kind", pl.String),
        ("product", pl.String),
        ("opened_on", pl.Date),
        ("matures_on", pl.Date),
    ):
        if name not in holdings.columns:
            holdings = holdings.with_columns(pl.lit(None, dtype=dtype).alias(name))
    holdings = _managed(holdings)
    holdings = holdings.with_columns(product_kind=codes.coded(holdings, "product_kind"))
    due = with_customer(
        holdings.filter(pl.col("matures_on").is_not_null()), pl.col("matures_on"), customers, months
    )
    matured = due.filter(pl.col("matures_on") <= as_of)
    old = matured.group_by("customer_no", "matures_on", "product_kind", "institution_no").agg(
        pl.col("amount").sum(), pl.col("kind", "tier").first()
    )
    days = matured.select("customer_no", due=pl.col("matures_on"), matured="matures_on").unique().sort("due")
    new = holdings.filter(pl.col("opened_on").is_not_null()).sort("opened_on")
    new = new.join_asof(
        days,
        left_on="opened_on",
        right_on="due",
        by="customer_no",
        tolerance=f"{within}d",
        check_sortedness=False,
    )
    new = new.filter(pl.col("matured").is_not_null())
    new = new.select("customer_no", "product_kind", "amount", matures_on="matured")
    return due, _kept(old, new).with_columns(
        settled=(pl.col("matures_on").dt.offset_by(f"{within}d") <= as_of).cast(pl.Int16)
    )


def _kept(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Of each maturity what stayed in its kind, what went into others, what was not placed anew."""
    key = ["customer_no", "matures_on"]
    of_kind = [*key, "product_kind"]

    def allotted(due: str, money: pl.Expr, over: list[str]) -> pl.Expr:
        """Row by row, what is due or what the rows before it have left of the money."""
        before = pl.col(due).cum_sum().over(over) - pl.col(due)
        return pl.min_horizontal(due, pl.max_horizontal(money - before, 0))

    same = new.group_by(of_kind).agg(placed=pl.col("amount").sum())
    whole = new.group_by(key).agg(total=pl.col("amount").sum())
    rows = old.join(same, on=of_kind, how="left").join(whole, on=key, how="left")
    rows = rows.with_columns(pl.col("placed", "total").fill_null(0)).sort(*of_kind, "institution_no")
    rows = rows.with_columns(to_same=allotted("amount", pl.col("placed"), of_kind))
    spare = pl.col("total") - pl.col("to_same").sum().over(key)  # money for the kinds that fell short
    rows = rows.with_columns(spare=spare, short=pl.col("amount") - pl.col("to_same"))
    rows = rows.with_columns(to_other=allotted("short", pl.col("spare"), key))
    return rows.drop("placed", "total", "spare", "short")
