"""A total of the bank's ledger beside the one that was loaded: as the build finds it and a page shows it."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Control:
    """One total of the ledger beside the one that was loaded; amounts in currency units.

    `column`: what is added up, none: rows are counted. `part`: column=value, where only such rows are
    counted. `found` is None where the table has no row of that day. `tolerance`: share of the ledger's.
    """

    table: str
    column: str | None
    part: str | None
    from_on: date | None
    date: date
    institution: str | None  # None: the whole bank
    expected: float
    found: float | None
    tolerance: float

    @property
    def difference(self) -> float | None:
        """What was loaded less what the ledger has."""
        return None if self.found is None else self.found - self.expected

    @property
    def share(self) -> float | None:
        """The difference as a share of the ledger's total; None where that is 0."""
        return None if self.difference is None or not self.expected else self.difference / abs(self.expected)

    @property
    def agrees(self) -> bool:
        """Whether the difference is no larger than the tolerance; half a cent is none."""
        if self.difference is None:
            return False
        return abs(self.difference) <= max(self.tolerance * abs(self.expected), 0.005)

    def row(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        told = {name: getattr(self, name) for name in ("table", "column", "part", "institution")}
        days = {"from_on": self.from_on and self.from_on.isoformat(), "date": self.date.isoformat()}
        numbers = ("expected", "found", "tolerance", "difference", "share", "agrees")
        return told | days | {name: getattr(self, name) for name in numbers}

    def sentence(self) -> str:
        """How far it is off, for a data team."""
        what = f"{self.table}.{self.column}" if self.column else f"rows of {self.table}"
        what += f" where {self.part}" if self.part else ""
        days = f"{self.from_on} to {self.date}" if self.from_on else f"{self.date}"
        where = f"{what}, {days}, {self.institution or 'the whole bank'}"
        if self.found is None:
            return f"{where}: there is no row of that day, the ledger has {self.expected:,.2f}."
        share = "" if self.share is None else f" ({self.share:+.3%}; allowed: {self.tolerance:.3%})"
        return (
            f"{where}: {self.found:,.2f} loaded, {self.expected:,.2f} in the ledger, "
            f"{self.difference:+,.2f}{share}."
        )
