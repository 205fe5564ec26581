"""What a delivery of another form meets: it is taken and said, left out, or stopped (`mode` of a table).

The form is the columns as the bank delivers them, each with its type; those of the former snapshot are
what was agreed. Texts (CSV) have one type: what cannot be read of them is a broken row.
"""

from collections.abc import Mapping

import polars as pl

from data_access.errors import Note
from data_access.intake.config import Config
from data_access.intake.report import Report
from data_access.intake.source import DISCARD, EVOLVE, FREEZE, Source

SHARES = {FREEZE: 0.0, DISCARD: 1.0}


def quarantine_share(config: Config, table: str) -> float:
    """More of the table in quarantine stops the delivery: its own share, its mode's, or the policy's."""
    source = config.tables.get(table)
    if source is None:
        return config.policy.quarantine_share
    if source.quarantine_share is not None:
        return source.quarantine_share
    return SHARES.get(source.mode, config.policy.quarantine_share)


def form_of(schemas: list[Mapping[str, pl.DataType]]) -> dict[str, str]:
    """The columns of all parts with their types.

    >>> form_of([{"a": pl.Int32()}, {"a": pl.String(), "b": pl.Date()}])
    {'a': 'number or text', 'b': 'date'}
    """
    kinds: dict[str, set[str]] = {}
    for schema in schemas:
        for name, dtype in schema.items():
            kinds.setdefault(name, set()).add(_kind(dtype))
    return {name: " or ".join(sorted(found)) for name, found in kinds.items()}


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "number"
    if dtype == pl.String:
        return "text"
    if dtype.is_temporal():
        return "date"
    return "nothing" if dtype == pl.Null else str(dtype).lower()


def look(report: Report, source: Source, before: Mapping[str, str] | None) -> None:
    """Says in the report what the table's mode makes of a form that changed, and of a table that is lost."""
    if source.mode == DISCARD and report.failure is None and report.rows_in and not report.loaded:
        report.failure = (
            f"{report.table}: not one of {report.rows_in:,} rows is as the contract has it. "
            f"Look at the rules below, and at the mapping under [tables.{report.table}]."
        )
    if not before or not report.form:
        return
    gone = [name for name in before if name not in report.form]
    if source.mode == EVOLVE and gone:
        report.notes.append(
            Note(
                "before there were the columns {columns}; they are no longer delivered",
                columns=", ".join(gone),
            )
        )
    if source.mode == FREEZE:
        report.doubts += _changes(before, report.form)


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, a sentence each."""
    said = [f"the column “{name}” is no longer delivered" for name in before if name not in now]
    said += [f"the column “{name}” is new" for name in now if name not in before]
    said += [
        f"the column “{name}” is {now[name]}, it was {before[name]}"
        for name in before
        if name in now and now[name] != before[name]
    ]
    return [f'{one}; mode = "freeze" lets no column change.' for one in said]
