"""Does it agree with the ledger? The bank's own totals (`controls`) beside what was loaded.

A row of `controls` names a table, what is added up of it, a day and an institution, and the total that the
ledger has. What is further off than its tolerance stops a build, as every doubt does.
"""

from collections.abc import Mapping
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from data_access.contract.rules import Table
from data_access.errors import DataError, Note, nearest
from data_access.intake.intake import Intake
from data_access.ledger import Control

CONTROLS = "controls"
SUMMED = ("money", "count", "number")
PART = "="  # between a column and its value, where a total is of a part of the table


def reconcile(intake: Intake) -> list[Control]:
    """Each total of the ledger beside what was loaded; what is off becomes a doubt, what cannot be added up
    a failure of the table `controls`."""
    rows, report = intake.tables.get(CONTROLS), intake.reports.get(CONTROLS)
    if rows is None or report is None or report.failure or intake.tree is None:
        return []
    try:
        found = [_control(intake, row) for row in rows.to_dicts() if not _is_absent(intake, row["table"])]
    except DataError as error:
        report.failure = str(error)
        return []
    report.doubts += [control.sentence() for control in found if not control.agrees]
    report.notes.append(f"{sum(c.agrees for c in found)} of {len(found)} totals agree with the ledger")
    if len(found) < rows.height:
        absent = sorted({name for name in rows["table"] if _is_absent(intake, name)})
        report.notes.append(
            Note(
                "{n:,} totals are of tables that are not delivered: {tables}",
                n=rows.height - len(found),
                tables=", ".join(absent),
            )
        )
    return found


def _is_absent(intake: Intake, table: str) -> bool:
    """A table that the bank does not deliver has no total; one that did not get in has said so already."""
    report = intake.reports.get(table)
    return table in intake.config.contract.tables and (report is None or report.failure is not None)


def _control(intake: Intake, row: Mapping[str, Any]) -> Control:
    name, column = row["table"], row.get("column")
    _check(intake, name, column, row.get("part"))
    tolerance = row.get("tolerance")
    units = intake.config.minor_units if column and _kind(intake, name, column) == "money" else 1
    total = _total(intake, row)
    return Control(
        table=name,
        column=column,
        part=row.get("part"),
        from_on=row.get("from_on"),
        date=row["date"],
        institution=row.get("institution_id"),
        expected=row["expected"],
        found=None if total is None else total / units,
        tolerance=intake.config.policy.control_tolerance if tolerance is None else tolerance,
    )


def _check(intake: Intake, name: str, column: str | None, part: str | None) -> None:
    """Refuses by name what cannot be added up."""
    frames = [*intake.tables, *(["customer_months"] if intake.months else [])]
    if name not in frames:
        raise DataError(
            "controls: there is no table “{table}”. Delivered: {known}.",
            table=name,
            known=", ".join(frames),
        )
    if part is not None and PART not in part:
        raise DataError(
            "controls: part “{part}” of {table}: write column=value, such as business_line=deposit.",
            part=part,
            table=name,
        )
    columns = intake.reports[name].columns
    for wanted in (column, part.partition(PART)[0] if part else None):
        if wanted is not None and wanted not in columns:
            raise DataError(
                "controls: {table} is delivered without a column “{column}”. Nearest: {near}. "
                "Delivered: {known}.",
                table=name,
                column=wanted,
                near=nearest(wanted, columns),
                known=", ".join(columns),
            )
    if column is not None and _kind(intake, name, column) not in SUMMED:
        sums = [each for each in columns if _kind(intake, name, each) in SUMMED]
        raise DataError(
            "controls: {table}.{column} is no amount and no count. What adds up: {known}; "
            "without a column, rows are counted.",
            table=name,
            column=column,
            known=", ".join(sums) or "nothing",
        )


def _kind(intake: Intake, name: str, column: str) -> str:
    columns = intake.config.contract.tables[name].columns
    return next((each.kind for each in columns if each.name == column), "text")


def _total(intake: Intake, row: Mapping[str, Any]) -> float | None:
    """What was loaded; None where there is no row of those days at all, at whatever institution."""
    table = intake.config.contract.tables[row["table"]]
    rows = _of_days(intake, table, row["date"], row.get("from_on"))
    if rows is None:
        return None
    if row.get("institution_no") is not None and intake.tree is not None:
        rows = rows.filter(pl.col("institution_no").is_in(_numbers_below(intake, row["institution_id"])))
    if row.get("part"):
        column, _, value = row["part"].partition(PART)
        rows = rows.filter(pl.col(column).cast(pl.String) == value)
    total = pl.len() if row.get("column") is None else pl.col(row["column"]).sum()
    return float(rows.select(total.cast(pl.Float64)).collect().item())


def _of_days(intake: Intake, table: Table, last: date, first: date | None) -> pl.LazyFrame | None:
    """The rows of the days: of one day where the table holds a state by day or month, else all up to it.

    None where there is none."""
    if table.name == "customer_months":
        months = [path for month, path in intake.months.items() if (first or last) <= month <= last]
        return reduce(_below, map(pl.scan_parquet, months)) if months else None
    rows = intake.tables[table.name].lazy()
    for event in table.events[:1]:
        days = pl.col(event).is_between(first or last, last)
        rows = rows.filter(days if first or table.by_day else pl.col(event) <= last)
    return rows if rows.select(pl.len()).collect().item() else None


def _below(above: pl.LazyFrame, below: pl.LazyFrame) -> pl.LazyFrame:
    return pl.concat([above, below], how="diagonal")


def _numbers_below(intake: Intake, institution: str) -> list[int]:
    """The numbers of an institution and of all below it."""
    assert intake.tree is not None
    first, last = intake.tree.subtree(intake.tree.node_of[institution])
    return list(intake.tree.numbers[first : last + 1])
