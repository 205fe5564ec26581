"""Who the customers of a list are: their ids and names where that is granted, and texts without either."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_access.access.masking import without_names, without_numbers
from data_access.errors import CallError, DataError
from data_access.tree import Ranges
from data_access.view.rows import in_ranges
from data_access.view.store import Store

MOST = 200  # rows that are shown, and unmasked, at a time


@dataclass(frozen=True)
class Customer:
    """A customer as the bank writes him; without a delivered name the id alone."""

    id: str
    name: str | None


def names(store: Store, frame: pl.DataFrame, ranges: Ranges) -> dict[int, Customer]:
    """The customers of the rows of a list that lie in the ranges of nodes, by number."""
    if not ranges:
        raise CallError("Your grant does not include the names and ids of customers.")
    if frame.height > MOST:
        raise CallError("Names are shown for {n} rows at most.", n=MOST)
    rows = frame.filter(in_ranges(ranges))["customer_no"].drop_nulls().unique().to_list()
    return _read(store, rows)


def _read(store: Store, numbers: Sequence[int]) -> dict[int, Customer]:
    """Customers by number, from the delivered table or, without one, the ids alone."""
    for name in ("tables/customers.parquet", "ids/customers.parquet"):
        if store.snapshot.has(name):
            if not store.is_whole(name):
                raise DataError(
                    "Snapshot {id} is damaged: {file} is not what was published. Build again.",
                    id=store.id,
                    file=name,
                )
            found = pl.scan_parquet(store.file(name)).filter(pl.col("customer_no").is_in(numbers))
            columns = found.collect_schema().names()
            if {"customer_no", "customer_id"} <= set(columns):
                named = pl.col("name") if "name" in columns else pl.lit(None, dtype=pl.String)
                rows = found.select("customer_no", "customer_id", named.alias("name")).collect()
                return {number: Customer(key, name) for number, key, name in rows.iter_rows()}
    return {}


def without_identities(store: Store, frame: pl.DataFrame, shown: Ranges) -> pl.DataFrame:
    """A list whose free texts name nobody, but in the ranges of nodes; ids of cases and deals stay."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and not name.endswith("_id")]
    if not texts or frame.is_empty():
        return frame
    numbers = frame["customer_no"] if "customer_no" in frame.columns else pl.Series([None] * frame.height)
    known = _read(store, numbers.drop_nulls().unique().to_list())
    free = frame.select("node").with_columns(free=in_ranges(shown))["free"]

    def cleaned(column: str) -> pl.Series:
        hidden = {text: without_numbers(text) for text in frame[column].unique().drop_nulls()}  # few differ
        said = [
            text
            if open_ or text is None
            else without_names(
                hidden[text], [known[number].name, known[number].id] if number in known else ()
            )
            for text, number, open_ in zip(frame[column], numbers, free, strict=True)
        ]
        return pl.Series(column, said, dtype=pl.String)

    return frame.with_columns(map(cleaned, texts))
