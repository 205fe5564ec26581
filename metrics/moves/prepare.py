"""Large moves as the builders get them: what a customer moved on a day, and whether a contact followed.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data_access.intake.intake import Intake
from metrics.book.customers import managed, numbered, with_customer
from metrics.moves.settings import CONTACT_DAYS

DIRECTIONS = ("out", "in")


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """Large moves with what followed them."""
    tables = intake.tables
    if "large_moves" not in tables:
        return {}
    within = intake.config.policy.of(CONTACT_DAYS)
    moves, contacts, customers = tables["large_moves"], tables.get("contacts"), tables.get("customers")
    return {"large_moves": prepare_moves(moves, contacts, customers, intake.scans(), within)}


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
        [moves] = numbered(moves)
    else:
        moves, contacts = numbered(moves, contacts)
    key = ["customer_no", "day", "direction", "institution_no"]
    grouped = managed(moves).rename({"date": "day"}).group_by(key)
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
