"""One table of the delivery checked by itself, between two builds."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from data_access.codes.coding import Codes
from data_access.intake.check import Door, check_rows
from data_access.intake.config import Config
from data_access.intake.connections import connections
from data_access.intake.landing import land
from data_access.intake.parts import id_readings, typed_parts
from data_access.intake.report import Report


def table_alone(
    config: Config, name: str, institutions: Sequence[str], today: date
) -> tuple[pl.DataFrame, Report]:
    """The rows of a table that pass its contract, and what became of the others.

    `institutions`: the ids that it may name. Raises DataError or OSError where it cannot be read.
    """
    table, source, report = config.contract.tables[name], config.tables[name], Report(name)
    codes = Codes()
    codes.assign("institutions", pl.Series(institutions, dtype=pl.String))
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder, connections(config) as connect:
        parts = land(config, source, Path(folder), lambda *_: None, connect, report.notes.append)
        typed = typed_parts(parts, table, source, config, None, report)
        frame = pl.concat(typed).with_columns(id_readings(typed, table, codes, report))
        rows, _ = check_rows(frame, table, report.columns, Door(config, codes, today, None), source, report)
    return rows, report


def without_live(config: Config) -> Config:
    """The configuration without the tables that are read again without a build."""
    kept = {name: one for name, one in config.tables.items() if not config.contract.tables[name].live}
    return replace(config, tables=kept)
