"""The table of grants, read again without a build as soon as it changes. Where it cannot be read, nobody
has any right."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from data_access.errors import CockpitError
from data_access.intake.alone import table_alone
from data_access.intake.config import Config
from data_access.intake.landing import files_of
from data_access.tree import Tree
from data_access.view.grants import PERMISSIONS, VIEW, Grant, Right, counting, held

GRANTS = "grants"
SECONDS = 10  # after so long a database is asked again; a file is looked at on every click
Told = Callable[[str], None]


def _mark(file: Path) -> tuple[str, int, int, int]:
    """What changes when a file does."""
    stat = file.stat()
    return str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino


class Register:
    """The rights as last read. `tell` is given each sentence of what is wrong with the table, once."""

    def __init__(self, config: Config, tell: Told | None = None) -> None:
        self.config = config
        self._tell = tell or logging.getLogger(__name__).warning
        self._lock = threading.Lock()
        self._mark: object = None
        self._rights: tuple[Right, ...] = ()
        self._day: date | None = None
        self._by_user: dict[str, list[Right]] = {}

    def rights(self, tree: Tree) -> tuple[Right, ...]:
        """Every right that the table holds."""
        with self._lock:
            mark = (self._state(), id(tree))
            if mark != self._mark:
                self._rights, self._mark, self._day = self._read(tree), mark, None
            return self._rights

    def granted(self, tree: Tree, user: str) -> Grant:
        """What a user may today."""
        rights, today = self.rights(tree), self.today()
        with self._lock:
            if self._day != today:
                self._by_user = {}
                for right in counting(tree, rights, today):
                    self._by_user.setdefault(right.user, []).append(right)
                self._day = today
            return held(tree, self._by_user.get(user, []))

    def today(self) -> date:
        """The bank's day: a right ends with it."""
        return datetime.now(ZoneInfo(self.config.timezone)).date()

    def _state(self) -> object:
        """What changes when the table does: its files' times and sizes, or for a database the time."""
        source = self.config.tables.get(GRANTS)
        if source is None or source.sql is not None:
            return int(time.monotonic() / SECONDS) if source else None
        with contextlib.suppress(OSError):  # gone between two looks: the next one tells
            return tuple(_mark(file) for file in files_of(self.config, source))
        return None

    def _read(self, tree: Tree) -> tuple[Right, ...]:
        if GRANTS not in self.config.tables:
            return ()
        try:
            rows, report = table_alone(self.config, GRANTS, tree.ids, self.today())
        except (CockpitError, pl.exceptions.PolarsError, OSError) as error:
            self._tell(f"The table of grants cannot be read, nobody has any right: {error}")
            return ()
        for rule in report.rules.values():
            first = rule["first"][0]
            self._tell(
                f"grants: {rule['rows']} rows count for nothing: {rule['column']}, {rule['found']} "
                f"(first: {first['source']} row {first['row']})."
            )
        return tuple(filter(None, map(self._right, rows.iter_rows(named=True))))

    def _right(self, row: dict[str, object]) -> Right | None:
        words = frozenset(str(row.get("permissions") or "").replace(",", " ").replace(";", " ").split())
        if unknown := words - set(PERMISSIONS):
            self._tell(
                f"grants: row {row['_row']} counts for nothing: “{min(unknown)}” is no permission. "
                f"Known: {', '.join(PERMISSIONS)}."
            )
            return None
        return Right(
            user=str(row["user"]),
            institution=str(row["institution_id"]),
            permissions=words | {VIEW},
            valid_from=row.get("valid_from"),  # type: ignore[arg-type]
            valid_to=row.get("valid_to"),  # type: ignore[arg-type]
            granted_by=row.get("granted_by"),  # type: ignore[arg-type]
            address=str(row.get("address") or "").strip() or None,
        )
