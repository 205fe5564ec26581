"""The small tables of a delivery as the builders get them: each subject prepares its own."""

from collections.abc import Iterable, Mapping

import polars as pl

from data_access.intake.intake import Intake
from data_access.subject import Subject


def prepared(intake: Intake, subjects: Iterable[Subject]) -> dict[str, pl.DataFrame]:
    """Every small table; a subject makes its own of the checked ones, never of what another made."""
    tables = dict(intake.tables)
    for subject in subjects:
        if subject.prepare is not None:
            tables |= subject.prepare(intake)
    return tables


def first_days(intake: Intake, tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The first day of each delivered table whose facts have days."""
    found: dict[str, object] = {"customer_months": min(intake.months, default=None)}
    for name in intake.tables:
        table, _, column = intake.config.contract.tables[name].first.rpartition(".")
        frame = tables.get(table or name)
        if column and frame is not None and column in frame.columns:
            found[name] = frame[column].min()
    return {name: str(day) for name, day in found.items() if day is not None}
