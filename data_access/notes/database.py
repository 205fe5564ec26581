"""The database of notes and saved views: a small SQLite file beside the snapshots, or the bank's own.

Nothing of it is kept in memory between two looks. What is wrong with it is one sentence, and pages go on
without notes.
"""

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from data_access.errors import CallError, CockpitError, DataError, is_full
from data_access.intake.config import Config, Database, resolved_url
from data_access.intake.connections import driver_limits
from data_access.notes import steps

FILE = "notes.sqlite"
LIMITS = Database("", connect_seconds=5, silent_seconds=15)  # a reader waits for it
TRIES, PAUSE = 6, 0.1  # several processes may bring it up at once, and some servers end each step by itself


class NotesDatabase:
    """Where notes and saved views of one cockpit are kept; it is made by the first who writes."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @cached_property
    def url(self) -> sqlalchemy.URL:
        """Where it is; never shown, for it may hold a password."""
        if not self.config.notes.url:
            return sqlalchemy.URL.create("sqlite", database=str(self.config.snapshots / FILE))
        try:
            return sqlalchemy.make_url(resolved_url(self.config.notes.url, "notes", self.config.folder))
        except SQLAlchemyError as error:
            raise _unreadable(error) from None

    @property
    def file(self) -> Path | None:
        """The file, where it is SQLite."""
        if self.url.get_backend_name() != "sqlite":
            return None
        return Path(self.url.database or "")

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written: there is no file yet."""
        return self.file is not None and not self.file.exists()

    @property
    def may_write(self) -> bool:
        """Whether its folder can be written to; of a server the server tells."""
        if self.file is None:
            return True
        there = [path for path in (self.file, self.file.parent) if path.exists()]
        return bool(there) and all(os.access(path, os.W_OK) for path in there)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read by; whoever reads has looked that it `is_new` no more."""
        with self._opened(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: what is written is there whole when it ends, or not at all."""
        if not self.may_write:
            raise read_only()
        with self._opened(writes=True) as connection:
            yield connection

    @contextmanager
    def _opened(self, *, writes: bool) -> Iterator[Connection]:
        try:
            if writes and self.file is not None:  # nobody but the server's user reads it
                os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))
            with self._engine.connect() as connection:
                self._brought_up(connection)
                connection.execution_options(writes=writes)
                with connection.begin():
                    yield connection
        except (SQLAlchemyError, ImportError, OSError, ValueError, TypeError) as error:
            raise _unreadable(error) from error

    def _brought_up(self, connection: Connection) -> None:
        """Looks once in the life of a connection whether all steps are done."""
        if connection.info.get("brought_up"):
            return
        for attempt in range(1, TRIES + 1):
            with connection.begin():
                before = steps.done(connection)
            steps.refuse_newer(before)
            if before == len(steps.STEPS):
                break
            if not self.may_write:
                raise read_only()
            try:
                connection.execution_options(writes=True)
                with connection.begin():
                    steps.bring_up(connection)
            except SQLAlchemyError:
                if attempt == TRIES:
                    raise
                time.sleep(PAUSE)
        connection.info["brought_up"] = True

    @cached_property
    def _engine(self) -> Engine:
        limits = driver_limits(self.url, LIMITS)
        if self.file is None:
            return sqlalchemy.create_engine(
                self.url, connect_args=limits, pool_pre_ping=True, pool_timeout=LIMITS.connect_seconds
            )
        engine = sqlalchemy.create_engine(self.url, connect_args=limits, poolclass=NullPool)
        event.listen(engine, "connect", _by_hand)
        event.listen(engine, "begin", _begin)
        return engine

    def step(self) -> int:
        """The last step that was done."""
        with self.reading() as connection:
            return steps.done(connection)

    def back_up(self, to: Path) -> None:
        """A whole copy while others write, by SQLite's own means; `to` is there whole or not at all."""
        if self.file is None:
            raise CallError(
                "The notes are in the bank's own database, which is backed up with that database's own "
                "means. --backup copies the file that is used without [notes] url."
            )
        if not self.file.exists():
            raise DataError("There are no notes yet: nobody has written one. There is nothing to back up.")
        part = to.with_name(f".{to.name}.{os.getpid()}")
        try:
            self.step()  # what is damaged is no backup
            os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
            with closing(sqlite3.connect(self.file)) as here, closing(sqlite3.connect(part)) as there:
                here.backup(there)
                [told] = there.execute("pragma integrity_check").fetchone()
            if told != "ok":
                raise sqlite3.DatabaseError
            part.replace(to)
        except sqlite3.Error as error:
            raise _unreadable(error) from error
        except OSError as error:
            raise CallError(
                "The backup cannot be written to {path}: {error}. Name a file in a folder that exists and "
                "can be written to.",
                path=to,
                error=error.strerror,
            ) from error
        finally:
            part.unlink(missing_ok=True)


def _by_hand(connection: Any, _: Any) -> None:
    """The driver begins no transaction by itself: it would begin none before a table is made."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Who is to write asks for the file first: two who read and then write would wait for each other."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("begin immediate" if writes else "begin")


def read_only() -> DataError:
    return DataError(
        "Notes and saved views cannot be written, for the folder of the snapshots cannot be written to. "
        "Tell the administrator."
    )


def _unreadable(error: Exception) -> CockpitError:
    """What readers are told; the driver's own words may hold names and are left out."""
    raw = getattr(error, "orig", None) or error
    if isinstance(raw, sqlite3.OperationalError) and "readonly" in str(raw):
        return read_only()
    if is_full(raw) or (isinstance(raw, sqlite3.OperationalError) and "full" in str(raw)):
        return DataError("This was not written, for the disk is full. Tell the administrator.")
    kind = type(raw).__name__
    logging.getLogger("cockpit").error("notes cannot be read", extra={"failure": kind})
    return DataError(
        "Notes and saved views cannot be read or written now ({kind}). The numbers do not depend on them. "
        "Tell the administrator: `cockpit.py notes` says more, docs/operations.md how a backup is restored.",
        kind=kind,
    )
