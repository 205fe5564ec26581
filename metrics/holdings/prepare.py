"""Holdings as the builders get them: positions that mature, and what became of those that did.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.intake.intake import Intake
from metrics.book.customers import managed, numbered, with_customer
from metrics.holdings.settings import RENEWAL_DAYS


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """What matures (`due`), and what became of it (`renewals`)."""
    if "holdings" not in intake.tables:
        return {}
    due, renewals = prepare_holdings(
        intake.tables["holdings"],
        intake.tables.get("customers"),
        intake.scans(),
        intake.as_of("holdings"),
        intake.config.policy.of(RENEWAL_DAYS),
        intake.codes,
    )
    return {"due": due, "renewals": renewals}


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
    [holdings] = numbered(holdings)
    for name, dtype in (
        ("product_kind", pl.String),
        ("product", pl.String),
        ("opened_on", pl.Date),
        ("matures_on", pl.Date),
    ):
        if name not in holdings.columns:
            holdings = holdings.with_columns(pl.lit(None, dtype=dtype).alias(name))
    holdings = managed(holdings)
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
