"""Customer months on their way through the door: of landed files; of a cluster in `cluster_months.py`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

from data_access.codes.coding import Codes
from data_access.contract.rules import Table
from data_access.errors import Note
from data_access.intake.check import Door, check_rows
from data_access.intake.config import Config
from data_access.intake.kept import kept_rows
from data_access.intake.landing import Part
from data_access.intake.parts import id_readings, months_of, typed_parts
from data_access.intake.report import Report

NAME = "customer_months"
SUMMED = ("money", "count")
Rows = tuple[pl.DataFrame, pl.DataFrame]  # those that pass, the quarantine


@dataclass(frozen=True)
class Months:
    """Delivered months, oldest first, each checked when it is asked for; `customers`: every id in them."""

    days: list[date | None]
    customers: Callable[[], pl.Series]
    checked: Callable[[date | None, Door], Rows]


def landed_months(
    parts: list[Part],
    config: Config,
    single: str | None,
    codes: Codes,
    report: Report,
    kept: Mapping[date, Path],
) -> Months:
    """Those of landed files, and those that are kept as they were checked before (`kept`)."""
    table, source = config.contract.tables[NAME], config.tables[NAME]
    frames = typed_parts(parts, table, source, config, single, report, by="month")
    ids = id_readings(frames, table, codes, report)
    like = frames[0].collect_schema()
    former: dict[date | None, pl.LazyFrame] = {
        day: kept_rows(path, table, report.columns, like, codes) for day, path in kept.items()
    }
    batches = dict(months_of(frames)) | former
    days = sorted(batches, key=lambda day: (day is None, day))

    def customers() -> pl.Series:
        every = (*frames, *former.values())
        held = pl.concat(rows.with_columns(ids).select("customer_id") for rows in every)
        return held.unique().collect(engine="streaming")["customer_id"]

    def checked(month: date | None, door: Door) -> Rows:
        batch = batches[month].with_columns(ids)
        rows, quarantine = check_rows(batch, table, report.columns, door, source, report)
        return (summed(rows, table) if source.accounts else rows), quarantine

    return Months(days, customers, checked)


def summed(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Rows of accounts as one row per customer and month: amounts and counts are added up, institution and
    manager are those of the account with the largest amount."""
    added = [c.name for c in table.columns if c.kind in SUMMED and c.name in rows.columns]
    places = [name for name in rows.columns if name not in (*table.key, *added, "customer_no", "_row")]
    money = [c.name for c in table.columns if c.kind == "money" and c.name in rows.columns]
    weight = pl.sum_horizontal(pl.col(name).abs().fill_null(0) for name in money) if money else pl.lit(0)
    ordered = rows.sort(
        weight, *[pl.col(name) for name in ("institution_id", "_row")], descending=[True, False, False]
    )
    keys = [name for name in (*table.key, "customer_no") if name in rows.columns]
    found = ordered.group_by(keys, maintain_order=True).agg(
        pl.col("_row").min(),
        *[pl.col(name).first() for name in places],
        *[pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in added],
    )
    return found.select(rows.columns)


def say_lacking(months: Iterable[date], report: Report) -> None:
    """Months without any value of a column, and months that are not there at all."""
    for name, lacking in report.lacking.items():
        shown = ", ".join(f"{month:%Y-%m}" for month in lacking[:12])
        words = {"column": name, "months": shown}
        report.notes.append(Note("{column}: no value in {months}: it is not told of these months", **words))
    for before, after in pairwise(sorted(months)):
        if (after.year - before.year) * 12 + after.month - before.month > 1:
            note = Note(
                "no row between {before} and {after}: those months show no customers, and {after} is "
                "compared with {before}. Deliver them if they exist",
                before=f"{before}",
                after=f"{after}",
            )
            report.notes.append(note)
