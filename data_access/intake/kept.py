"""Checked months of a database's table, kept beside the snapshot's own for the build after it.

The snapshot has a subject's tables as they were prepared; what is held against the contract again are the
rows as they came through the door. Customer months are files of their own already.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from data_access.codes.coding import NUMBERED, Codes
from data_access.contract.rules import Table

MONTHLY = "customer_months"


def checked_file(table: str, month: date) -> str:
    """Where a snapshot has a month's checked rows."""
    folder = "tables" if table == MONTHLY else "checked"
    return f"{folder}/{table}/{month:%Y-%m}.parquet"


def kept_rows(path: Path, table: Table, columns: list[str], like: pl.Schema, codes: Codes) -> pl.LazyFrame:
    """A checked month as it was when it was read (with the columns of `like`), ids by their numbers."""
    rows, named = pl.scan_parquet(path), pl.scan_parquet(path).collect_schema().names()
    for column in table.columns:
        if column.kind == "id" and column.name in columns and column.name not in named:
            identifier, number = NUMBERED[column.refers or ""]
            held = number if column.name == identifier else column.name.replace("_id", "_no")
            if held in named:
                ids = codes.ids[column.refers or ""].lazy().rename({number: held, identifier: column.name})
                rows = rows.join(ids, on=held, how="left", maintain_order="left")
            else:  # its table is not delivered, so that nothing is asked of it
                rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(column.name))
    exprs: list[pl.Expr] = []
    for name, dtype in like.items():
        if name.startswith(("nothing_", "unreadable_")):
            exprs.append(pl.lit(False).alias(name))
        elif name.startswith("raw_"):
            exprs.append(pl.col(name.removeprefix("raw_")).cast(pl.String).alias(name))
        elif name == "_source":
            exprs.append(pl.lit("the last snapshot").alias(name))
        else:
            exprs.append((pl.lit(None) if name == "_row" else pl.col(name)).cast(dtype).alias(name))
    return rows.select(exprs)


def beside_kept(
    typed: list[pl.LazyFrame], kept: Iterable[Path], table: Table, columns: list[str], codes: Codes
) -> list[pl.LazyFrame]:
    """What was fetched and the months that were kept, alike: what stood there as text."""
    fetched = [frame.with_columns(pl.col("^raw_.*$").cast(pl.String)) for frame in typed]
    like = fetched[0].collect_schema()
    return [*fetched, *[kept_rows(path, table, columns, like, codes) for path in kept]]


def clean_months(came: pl.LazyFrame, rows: pl.DataFrame, table: Table, readings: list[pl.Expr]) -> list[date]:
    """Months of which nothing was to be said: each row passed, and as it was delivered.

    `came`: what was held against the contract; `rows`: what passed; `readings`: how ids are read.
    """
    names = came.collect_schema().names()
    soft = [pl.col(c.name).count() for c in table.columns if c.soft and c.name in rows.columns]
    odd = [pl.col(name) for name in names if name.startswith("nothing_")]
    odd += [one.ne_missing(pl.col(one.meta.output_name())) for one in readings]
    by, counts = pl.col(table.dated or "").dt.month_end().alias("_month"), [pl.len().alias("_rows"), *soft]
    passed = rows.lazy().group_by(by).agg(counts)
    told = (
        came.with_columns(pl.any_horizontal(odd).alias("_odd"))
        .group_by(by)
        .agg(*counts, pl.col("_odd").any())
    )
    both = told.filter(~pl.col("_odd")).join(passed, on=passed.collect_schema().names(), how="semi")
    return sorted(both.collect()["_month"])


def write_months(rows: pl.DataFrame, table: Table, months: Iterable[date], staging: Path) -> None:
    """Writes these months' checked rows."""
    ids = [name for name, number in NUMBERED.values() if {name, number} <= set(rows.columns)]
    month = pl.col(table.dated or "").dt.month_end()
    by_month = rows.drop("_row", *ids).with_columns(_month=month).partition_by("_month", as_dict=True)
    for day in months:
        path = staging / checked_file(table.name, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        by_month[(day,)].drop("_month").write_parquet(path, compression_level=1)
