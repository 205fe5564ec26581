"""Plans for what no metric tells."""

from difflib import get_close_matches

import polars as pl

from data_access.errors import Note
from data_access.intake.config import Config
from data_access.intake.report import Report


def say_planless(rows: pl.DataFrame, config: Config, report: Report) -> None:
    """Plans for what is no metric: nothing will ever stand beside them."""
    known = config.contract.plans
    wrong = rows.filter(~pl.col("metric").is_in(known))
    for name, lines in wrong.group_by("metric", maintain_order=True).agg("_row").iter_rows():
        near = get_close_matches(name, known, 3, 0.5) or [each for each in known if name in each][:3]
        told = {"name": name, "n": len(lines), "row": lines[0]}
        note = Note(
            "“{name}” is no metric with a column: {n:,} plans are not told (first: row {row}). "
            "All: python cockpit.py metric --list",
            **told,
        )
        if near:
            note = Note(
                "“{name}” is no metric with a column: {n:,} plans are not told (first: row {row}). "
                "Meant: {near}? All: python cockpit.py metric --list",
                **told,
                near=", ".join(near),
            )
        report.notes.append(note)
    if wrong.height:
        subjects = dict.fromkeys(each.rpartition(".")[0] for each in known)
        report.notes.append(Note("plans may be set for columns of: {names}", names=", ".join(subjects)))
