"""The door: one table's landed parts against the contract, split into loaded, quarantined, duplicate.

`rows in = loaded + quarantined + duplicate`, always. A row that repeats another word for word is a
duplicate; rows that share a key but not their content are quarantined, all of them, because
nothing says which of them is true.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.coding import NUMBERED, Codes, with_number
from data_access.contract.rules import Facts, Rule, Table, mask, rules_of
from data_access.errors import DataError
from data_access.intake.casting import typed
from data_access.intake.config import Config, Source
from data_access.intake.landing import Part
from data_access.intake.mapping import mapped

OFFENDERS = 5


@dataclass
class Report:
    """What became of one table's rows."""

    table: str
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicate: int = 0
    as_of: date | None = None
    columns: list[str] = field(default_factory=list)
    rules: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failure: str | None = None

    def passed(self, share: float) -> bool:
        return self.failure is None and self.quarantined <= share * self.rows_in

    def as_row(self, share: float) -> dict[str, Any]:
        """One row of `check --format json`."""
        return {
            "table": self.table,
            "passed": self.passed(share),
            "rows_in": self.rows_in,
            "loaded": self.loaded,
            "quarantined": self.quarantined,
            "duplicate": self.duplicate,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "failure": self.failure,
            "rules": list(self.rules.values()),
            "notes": self.notes,
        }

    def broke(self, rule: Rule, rows: int, first: list[dict[str, Any]]) -> None:
        """Adds rows that broke a rule, keeping the first offenders."""
        entry = self.rules.setdefault(
            (rule.name, rule.column),
            {
                "rule": rule.name,
                "column": rule.column,
                "rows": 0,
                "found": rule.found,
                "remedy": rule.remedy,
                "first": [],
            },
        )
        entry["rows"] += rows
        entry["first"] = (entry["first"] + first)[:OFFENDERS]


@dataclass(frozen=True)
class Door:
    """What every table is checked with."""

    config: Config
    codes: Codes
    today: date
    single: str | None  # the id of the only institution, where none are delivered


def read_parts(parts: list[Part], table: Table, source: Source, door: Door) -> list[pl.LazyFrame]:
    """Each landed part, mapped and typed; its rows numbered from 1.

    An optional column that only some parts have is empty in the others.
    """
    frames = []
    for part in parts:
        raw = pl.scan_parquet(part.path).with_row_index("_row", 1)
        raw = raw.with_columns(pl.col("_row").cast(pl.Int64), _source=pl.lit(part.source))
        frame = mapped(raw, table, source)
        if door.single is not None and any(c.name == "institution_id" for c in table.columns):
            frame = frame.with_columns(institution_id=pl.lit(door.single))
        frames.append(frame)
    found = [frame.collect_schema().names() for frame in frames]
    every = dict.fromkeys(name for names in found for name in names)
    whole = []
    for frame, names, part in zip(frames, found, parts, strict=True):
        absent = [name for name in every if name not in names]
        for column in table.columns:
            if column.required and column.name in absent:
                raise _missing(table, column.name, source, part.source)
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        whole.append(typed(frame, table, source, door.config))
    return whole


def _missing(table: Table, column: str, source: Source, where: str) -> DataError:
    return DataError(
        "{table}: the column “{column}” is missing in {where}. Every row needs it; deliver it, or name "
        "the bank's own column under [tables.{table}.columns].",
        table=table.name,
        column=source.columns.get(column, column),
        where=where,
    )


def columns_of(frames: list[pl.LazyFrame], table: Table, source: Source) -> list[str]:
    """The delivered columns of the contract; a needed one that is missing is named."""
    found = {name for frame in frames for name in frame.collect_schema().names()}
    for column in table.columns:
        if column.required and column.name not in found:
            raise _missing(table, column.name, source, source.parquet or source.csv or "the query")
    return [column.name for column in table.columns if column.name in found] + [
        name for name in source.tags if name in found
    ]


def check_rows(
    frame: pl.LazyFrame, table: Table, columns: list[str], door: Door, source: Source, report: Report
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Checks one batch: the rows that pass and the quarantine rows; adds to the report."""
    facts = Facts(source.as_of or door.today, door.config.policy)
    for column in table.columns:
        if column.refers in door.codes.delivered and column.name in columns:
            frame = with_number(frame, column.name, column.refers or "", door.codes)
        elif column.refers and column.name in columns:
            frame = frame.with_columns(pl.lit(False).alias(f"{column.name}_unknown"))
    rules = rules_of(table, columns, facts)
    masked = nw.from_native(frame).with_columns(broken=mask(rules, facts)).to_native().collect()
    report.rows_in += masked.height
    bad = masked.filter(pl.col("broken") != 0)
    good = masked.filter(pl.col("broken") == 0) if bad.height else masked
    quarantine = [
        _quarantined(bad.filter((pl.col("broken") & (1 << bit)) != 0), rule, report)
        for bit, rule in enumerate(rules)
        if bad.height
    ]
    good, conflicts = _keys(good, table, columns, report)
    quarantine.append(conflicts)
    report.quarantined += bad.height + conflicts.height
    good = _empty_soft(good, table, columns, report)
    report.loaded += good.height
    keep = [*columns, *[number for _, number in NUMBERED.values() if number in good.columns]]
    return good.select("_row", *dict.fromkeys(keep)), pl.concat(quarantine)


_QUARANTINE = {
    "source": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "rule": pl.String,
    "value": pl.String,
}


def _quarantined(rows: pl.DataFrame, rule: Rule, report: Report) -> pl.DataFrame:
    shown = f"raw_{rule.column}" if f"raw_{rule.column}" in rows.columns else rule.column
    value = pl.col(shown).cast(pl.String)
    if report.table == "customers" and rule.name.startswith("not "):
        # a row that has slipped by a column may show a name or a phone: its shape is enough
        value = value.str.replace_all(r"\d", "9").str.replace_all(r"[^\d\s.,:/\-9]", "x")
    listed = rows.select(
        source=pl.col("_source"),
        row=pl.col("_row"),
        column=pl.lit(rule.column),
        rule=pl.lit(rule.name),
        value=value,
    )
    if rows.height:
        report.broke(rule, rows.height, listed.head(OFFENDERS).select("source", "row", "value").to_dicts())
    return listed


def _keys(
    good: pl.DataFrame, table: Table, columns: list[str], report: Report
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes out repeated rows (duplicates) and rows that share a key but not their content."""
    key = [name for name in table.key if name in columns]
    none = pl.DataFrame(schema=_QUARANTINE)
    repeated = good.select(pl.struct(key).is_duplicated()).to_series()
    if not repeated.any():
        return good, none
    suspects = good.filter(repeated)
    distinct = suspects.unique(columns, keep="first", maintain_order=True)
    report.duplicate += suspects.height - distinct.height
    clash = distinct.select(pl.struct(key).is_duplicated()).to_series()
    rule = Rule(
        "key delivered again with other content",
        key[0],
        "one key with two contents",
        f"deliver one row per {table.grain}; the key is {', '.join(key)}",
        lambda _: nw.lit(False),
    )
    conflicts = _quarantined(distinct.filter(clash), rule, report)
    return pl.concat([good.filter(~repeated), distinct.filter(~clash)]).sort("_row"), conflicts


def _empty_soft(good: pl.DataFrame, table: Table, columns: list[str], report: Report) -> pl.DataFrame:
    """Unknown ids of soft references are emptied: the deal counts, its customer is unknown."""
    for column in table.columns:
        if column.soft and column.name in columns and f"{column.name}_unknown" in good.columns:
            unknown = good[f"{column.name}_unknown"]
            if n := int(unknown.sum()):
                first = good.filter(unknown)
                report.notes.append(
                    f"{n} rows name a {column.name} that is not in {column.refers} "
                    f"(first: row {first['_row'][0]}, “{first[column.name][0]}”); loaded without it"
                )
                good = good.with_columns(pl.when(~unknown).then(pl.col(column.name)).alias(column.name))
    return good


def months_of(frames: list[pl.LazyFrame]) -> Iterator[tuple[date | None, pl.LazyFrame]]:
    """One lazy batch per month, oldest first; parts that do not hold the month are not opened."""
    found = [frame.select(pl.col("month").unique()).collect()["month"].to_list() for frame in frames]
    months = sorted({month for part in found for month in part if month is not None})
    for month in months:
        here = [frame for frame, part in zip(frames, found, strict=True) if month in part]
        yield month, pl.concat(here, how="diagonal").filter(pl.col("month") == month)
    without = [frame for frame, part in zip(frames, found, strict=True) if None in part]
    if without:
        yield None, pl.concat(without, how="diagonal").filter(pl.col("month").is_null())


def reach(frame: pl.DataFrame, table: Table, source: Source, so_far: date | None) -> date | None:
    """The day up to which the table's facts reach."""
    if source.as_of:
        return source.as_of
    days = [frame[name].max() for name in table.events if name in frame.columns]
    dates = [day for day in [*days, so_far] if isinstance(day, date)]
    return max(dates, default=None)
