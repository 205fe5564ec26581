"""Who the customers of a list are: their ids and names where that is granted, and texts without either."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_access.access.masking import without_names, without_numbers
from data_access.errors import CallError, DataError
from data_access.places import NOW
from data_access.tree import Ranges
from data_access.view.rows import in_ranges
from data_access.view.store import Store

MOST = 200  # rows that are shown, and unmasked, at a time
LOOKED_BACK = 13  # months of one customer: a year and the month before it
CONTACTS = 10  # the newest of one customer
MONTH = {"month": pl.Date, "tier": pl.Int16, "aum": pl.Int64}
CONTACT = {"contacted_on": pl.Date, "kind": pl.String, "effective": pl.String}


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
            found = _whole(store, name).filter(pl.col("customer_no").is_in(numbers))
            columns = found.collect_schema().names()
            if {"customer_no", "customer_id"} <= set(columns):
                named = pl.col("name") if "name" in columns else pl.lit(None, dtype=pl.String)
                rows = found.select("customer_no", "customer_id", named.alias("name")).collect()
                return {number: Customer(key, name) for number, key, name in rows.iter_rows()}
    return {}


@dataclass(frozen=True)
class History:
    """One customer's months (month, tier, aum) and contacts (contacted_on, kind, effective), newest first,
    as far as they were booked where the reader may see customers one by one."""

    months: pl.DataFrame
    contacts: pl.DataFrame


def history(store: Store, number: int, ranges: Ranges) -> History:
    """What was delivered of a customer at the institutions in the ranges of nodes, and nowhere else."""
    if not ranges:
        raise CallError("Your grant does not include lists of customers and deals.")
    if store.part != NOW:
        raise CallError("The history of a customer is told by the tree as now.")
    here = [store.tree.numbers[node] for first, last in ranges for node in range(first, last + 1)]
    his = (pl.col("customer_no") == number) & pl.col("institution_no").is_in(here)
    months = [f"tables/customer_months/{month:%Y-%m}.parquet" for month in store.months[-LOOKED_BACK:]]
    found = [_whole(store, name).filter(his) for name in months]
    kept = [_columns(rows, *MONTH) for rows in found]
    contacts = pl.LazyFrame(schema=CONTACT)
    if store.snapshot.has("tables/contacts.parquet"):
        said = _whole(store, "tables/contacts.parquet").filter(his)
        said = said.filter(pl.col("contacted_on").is_not_null())
        contacts = _columns(said, *CONTACT).sort("contacted_on", descending=True).head(CONTACTS)
    return History(
        pl.concat([pl.LazyFrame(schema=MONTH), *kept]).sort("month", descending=True).collect(),
        contacts.collect(),
    )


def _columns(rows: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    """Columns of a delivered table; those the bank does not deliver are unknown."""
    types = {**MONTH, **CONTACT}
    there = rows.collect_schema().names()
    return rows.select(
        (pl.col(name) if name in there else pl.lit(None)).cast(types[name]).alias(name) for name in names
    )


def _whole(store: Store, name: str) -> pl.LazyFrame:
    """A file that is read seldom and is what was published."""
    if not store.is_whole(name):
        raise DataError(
            "Snapshot {id} is damaged: {file} is not what was published. Build again.", id=store.id, file=name
        )
    return pl.scan_parquet(store.file(name))


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
