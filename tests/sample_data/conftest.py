"""One small bank for all tests of the synthetic data."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from sample_data.bank import write
from tests.conftest import Shared

SIZE: dict[str, Any] = {"customers": 1_500, "months": 14, "outlets": 40}


class Bank(NamedTuple):
    """The folder of a bank and its tables as written."""

    folder: Path
    institutions: pl.DataFrame
    managers: pl.DataFrame
    customers: pl.DataFrame
    customer_months: pl.DataFrame
    deals: pl.DataFrame
    deal_stages: pl.DataFrame
    contacts: pl.DataFrame
    deal_changes: pl.DataFrame
    daily_balances: pl.DataFrame
    large_moves: pl.DataFrame
    holdings: pl.DataFrame
    targets: pl.DataFrame
    annotations: pl.DataFrame
    complaints: pl.DataFrame
    surveys: pl.DataFrame


def read(folder: Path) -> Bank:
    """Every table of a bank; dates of the database become dates."""
    extracts = folder / "extracts"
    with closing(sqlite3.connect(extracts / "crm.sqlite")) as database:
        deals = pl.read_database("select * from deals", database, infer_schema_length=None)
        contacts = pl.read_database("select * from contacts", database, infer_schema_length=None)
        stages = pl.read_database("select * from deal_stages", database, infer_schema_length=None)
        changes = pl.read_database("select * from deal_changes", database, infer_schema_length=None)
    return Bank(
        folder,
        *(
            pl.read_parquet(extracts / f"{name}.parquet")
            for name in ("institutions", "managers", "customers")
        ),
        pl.read_parquet(extracts / "customer_months" / "*.parquet"),
        deals.with_columns(pl.col("CRT_DT", "EXP_CLS_DT", "CLS_DT").cast(pl.String).str.to_date()),
        stages.with_columns(pl.col("ENT_DT").cast(pl.String).str.to_date()),
        contacts.with_columns(pl.col("CNT_DT").cast(pl.String).str.to_date()),
        changes.with_columns(pl.col("CHG_DT").cast(pl.String).str.to_date()),
        pl.read_parquet(extracts / "daily_balances" / "*.parquet"),
        *(
            pl.read_parquet(extracts / f"{name}.parquet")
            for name in ("large_moves", "holdings", "targets", "annotations", "complaints", "surveys")
        ),
    )


@pytest.fixture(scope="session")
def bank(shared: Shared) -> Bank:
    """1,500 customers, 14 months, 40 outlets."""
    return read(shared("synthetic", lambda folder: _write(folder, **SIZE)))


@pytest.fixture(scope="session")
def larger_bank(shared: Shared) -> Bank:
    """The same bank with 6,000 customers, for shares that need many of them."""
    return read(shared("synthetic_larger", lambda folder: _write(folder, **{**SIZE, "customers": 6_000})))


def _write(folder: Path, **size: Any) -> None:
    write(folder, seed=1, **size)
