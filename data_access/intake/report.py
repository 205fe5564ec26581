"""What became of a table's rows at the door, and what is to be said of them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_access.contract.rules import Rule
from data_access.errors import Note

OFFENDERS = 5


def place(offender: dict[str, Any]) -> str:
    """Where a row came from; rows of a cluster have no number.

    >>> place({"source": "a.csv", "row": 7}), place({"source": "bank.months", "row": None})
    ('a.csv row 7', 'bank.months')
    """
    row = offender["row"]
    return str(offender["source"]) if row is None else f"{offender['source']} row {row}"


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
    form: dict[str, str] = field(default_factory=dict)  # the bank's columns and their types
    rules: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    understood: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    lacking: dict[str, list[date]] = field(default_factory=dict)  # column → months without a value of it
    before: dict[str, Any] | None = None  # rows and reach in the former snapshot
    doubts: list[str] = field(default_factory=list)  # what cannot be right beside it
    failure: str | None = None

    @property
    def said(self) -> tuple[int, int, int, int]:
        """How much was to be said of its rows so far."""
        understood = sum(rows for rows, _ in self.understood.values())
        return self.quarantined, self.duplicate, len(self.notes), understood

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
            "before": self.before,
            "doubts": self.doubts,
            "failure": self.failure,
            "rules": list(self.rules.values()),
            "notes": [*self.notes, *self._said()],
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

    def understands(self, column: str, reading: str, rows: int, first: str) -> None:
        """Counts rows whose value was read as another than it was written; `reading` is said once."""
        so_far, earliest = self.understood.get((column, reading), (0, first))
        self.understood[column, reading] = (so_far + rows, earliest)

    def _said(self) -> list[str]:
        return [
            Note(reading, column=column, first=first, rows=rows)
            for (column, reading), (rows, first) in self.understood.items()
        ]

    def told(self) -> list[list[Any]]:
        """What is to be said of the table in any language: each text with what stands in its places."""
        notes = (*self.notes, *self._said())
        return [[note.message, note.values] for note in notes if isinstance(note, Note)]
