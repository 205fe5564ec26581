"""Which months of a database's table changed since the last snapshot: only those are fetched again.

Each month has a mark: its rows, counted by day or month as the table has them, and what the bank says of
them, the newest of a column (`changed = "updated_at"`) or a checksum of its own query. Months whose mark is
the former one are taken from the checked files of the former snapshot and held against the contract again
(`kept.py`).
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy
from sqlalchemy.sql import ColumnElement, Select, Subquery

from data_access.errors import DataError, Note
from data_access.intake.casting import typed
from data_access.intake.config import Config
from data_access.intake.connections import Say, is_lost
from data_access.intake.numbers import folded
from data_access.intake.source import Source

MOST = 500  # values of the day or month that a query names; with more of them a table is fetched whole
COUNTED = 20_000  # days of fifty years; a table with more values, such as moments, is fetched whole
Rows = list[Any]
Ask = Callable[[Select[Any]], tuple[list[str], Rows]]  # the names and rows of a small query


@dataclass(frozen=True)
class Former:
    """Months as they were fetched for the former snapshot: columns, marks, and the checked files."""

    columns: list[str]
    marks: Mapping[str, str]  # month end → mark
    form: Mapping[str, str]
    file: Callable[[date], Path | None]  # None where it is not whole


@dataclass
class Changes:
    """What this build fetches of the table; `kept` are the former files, `marks` those of today."""

    config: Config
    source: Source
    former: Former | None
    say: Say
    columns: list[str] = field(default_factory=list)
    marks: dict[date, str] = field(default_factory=dict)
    kept: dict[date, Path] = field(default_factory=dict)
    expected: int | None = None  # rows of the months that are fetched; None: of all, not counted
    months: int = 0
    is_whole: bool = False  # the rows did not agree with the marks

    def statement(self, ask: Ask) -> Select[Any]:
        """The query of the months to fetch; the marks are asked first, so that a later change is seen."""
        inner = subquery(self.source)
        self.columns, _ = ask(_all(inner).where(sqlalchemy.false()))
        self.marks, self.kept, self.expected = {}, {}, None
        if self.is_whole:
            return _all(inner)
        counted = self._counted(ask, inner)
        if len(counted) > COUNTED:
            return self._whole(inner, COUNTED)
        by_month: defaultdict[date | None, list[Any]] = defaultdict(list)
        for row, month in zip(counted, self._days([row[0] for row in counted]), strict=True):
            by_month[month].append(row)
        checksums = self._checksums(ask)
        for month, rows in by_month.items():
            if month is not None and (mark := _mark(rows, checksums, month)) is not None:
                self.marks[month] = mark
        self._keep()
        fetched = [row for month, rows in by_month.items() if month not in self.kept for row in rows]
        self.months = len(by_month)
        if not self.kept:
            return _all(inner)
        if len(fetched) > MOST:
            return self._whole(inner, MOST)
        self.expected = sum(row[-1] for row in fetched)
        return _all(inner).where(_of_months(self._month(), [row[0] for row in fetched]))

    def agrees(self, rows: int) -> bool:
        """Whether as many rows came as were counted; where not, the whole table is to be fetched."""
        if self.expected is None:
            return True
        if rows == self.expected:
            self.say(
                Note(
                    "changed: {n} of {months} months were fetched; the others are as they were for the last "
                    "snapshot",
                    n=self.months - len(self.kept),
                    months=self.months,
                )
            )
            return True
        self.is_whole = True
        self.say(
            Note(
                "changed: {rows:,} rows came of months that counted {expected:,}; the whole table was "
                "fetched",
                rows=rows,
                expected=self.expected,
            )
        )
        return False

    def form(self, found: dict[str, str]) -> dict[str, str]:
        """The bank's columns and their types, of what came and of what is kept."""
        if self.former is None or not self.kept:
            return found
        if not self.expected:
            return dict(self.former.form)
        both = {
            name: {*kinds.split(" or "), *self.former.form[name].split(" or ")}
            for name, kinds in found.items()
        }
        return {name: " or ".join(sorted(kinds - {"nothing"}) or ["nothing"]) for name, kinds in both.items()}

    def _whole(self, inner: Subquery, most: int) -> Select[Any]:
        self.kept = {}
        told = Note(
            "changed: {column} has more than {n:,} values to ask for; the whole table was fetched",
            column=self._month(),
            n=most,
        )
        self.say(told)
        return _all(inner)

    @property
    def _day(self) -> str:
        return self.config.contract.tables[self.source.name].dated or ""

    def _month(self) -> str:
        """The bank's column of the day or month."""
        return self.source.columns.get(self._day, self._day)

    def _keep(self) -> None:
        if self.former is None or self.columns != self.former.columns:
            return
        for month, mark in self.marks.items():
            file = self.former.file(month) if self.former.marks.get(month.isoformat()) == mark else None
            if file is not None:
                self.kept[month] = file

    def _counted(self, ask: Ask, inner: Subquery) -> Rows:
        """Each day or month with its newest change, how many rows tell one, and all of its rows."""
        month, rows = _column(self._month()), sqlalchemy.func.count()
        if is_query(self.source):
            asked = sqlalchemy.select(month, sqlalchemy.null(), rows, rows)
        else:
            column = _column(self.source.changed or "")
            asked = sqlalchemy.select(month, sqlalchemy.func.max(column), sqlalchemy.func.count(column), rows)
        return self._asked(ask, asked.select_from(inner).group_by(month).limit(COUNTED + 1))[1]

    def _checksums(self, ask: Ask) -> dict[date | None, list[str]] | None:
        """The bank's own checksums by month; None where a column tells of changes."""
        if not is_query(self.source):
            return None
        inner = subquery(self.source, self.source.changed)
        names, rows = self._asked(ask, sqlalchemy.select(sqlalchemy.literal_column("*")).select_from(inner))
        if [name.lower() for name in names] != ["month", "checksum"]:
            raise DataError(
                "{table}: the query under changed gives the columns {found}; expected month and checksum. "
                "Name them so (select … as month, … as checksum).",
                table=self.source.name,
                found=", ".join(names),
            )
        told: defaultdict[date | None, list[str]] = defaultdict(list)
        for month, (_, checksum) in zip(self._days([row[0] for row in rows]), rows, strict=True):
            told[month].append(str(checksum))
        return told

    def _asked(self, ask: Ask, statement: Select[Any]) -> tuple[list[str], Rows]:
        try:
            return ask(statement)
        except sqlalchemy.exc.SQLAlchemyError as error:
            if is_lost(error):
                raise
            said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
            raise DataError(
                "{table}: database “{database}” does not say which months changed: {error}. Correct "
                "changed under [tables.{table}], or take it out: the whole table is then fetched.",
                table=self.source.name,
                database=self.source.database,
                error=said[0],
            ) from error

    def _days(self, values: list[Any]) -> list[date | None]:
        """The month ends of values of the day or month, read as the table's rows are."""
        name = self._day
        try:
            days = pl.Series(name, values, strict=True)
        except (TypeError, pl.exceptions.PolarsError):
            days = pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
        frame = days.to_frame().lazy()
        if self.source.fold_width and days.dtype == pl.String:
            frame = frame.with_columns(folded(pl.col(name)))
        told = frame.with_columns(_row=pl.lit(0, dtype=pl.Int64), _source=pl.lit(""))
        table = self.config.contract.tables[self.source.name]
        return list(typed(told, table, self.source, self.config).collect()[name].dt.month_end())


def is_query(source: Source) -> bool:
    """Whether `changed` is a query of the bank's; else it names a column."""
    return len((source.changed or "").split()) > 1


def subquery(source: Source, sql: str | None = None) -> Subquery:
    """The table's query, or another of the bank's, as one that others ask; its signs are what they are."""
    text = (sql or source.sql or "").strip().rstrip(";").replace(":", "\\:")
    return sqlalchemy.text(f"{text}\n").columns().subquery("q")


def _all(inner: Subquery) -> Select[Any]:
    return sqlalchemy.select(sqlalchemy.literal_column("*")).select_from(inner)


def _column(name: str) -> ColumnElement[Any]:
    return sqlalchemy.column(name)


def _of_months(name: str, values: list[Any]) -> ColumnElement[bool]:
    """Rows of these values of the month, bound; none, where all are kept."""
    month, filled = _column(name), [value for value in values if value is not None]
    there = month.in_(filled) if filled else sqlalchemy.false()
    return there | month.is_(None) if None in values else there


def _mark(rows: Rows, checksums: Mapping[date | None, list[str]] | None, month: date) -> str | None:
    """What tells a month apart from how it was; None where nothing tells of each of its rows."""
    if any(told < n for _, _, told, n in rows) or (checksums is not None and month not in checksums):
        return None
    said = sorted([str(value), str(newest), int(n)] for value, newest, _, n in rows)
    return json.dumps([said, sorted(checksums[month]) if checksums is not None else []])
