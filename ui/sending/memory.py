"""What was sent of which snapshot to whom, in a small SQLite file beside the snapshots: nothing goes twice.

A message is noted before it is handed over. The note is taken back where it was not taken; where a process is
killed, or nobody knows, it stays and says so.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from data_access.errors import DataError

SENT, OPEN = "sent", "open"
KEPT = 400 * 86_400  # seconds; snapshots that old are not sent any more
_TABLE = (
    "create table if not exists sent (snapshot text, institution text, address text, state text, at real, "
    "primary key (snapshot, institution, address))"
)
Key = tuple[str, str, str]  # snapshot, institution, address


@dataclass(frozen=True)
class Memory:
    """The notes of one cockpit."""

    file: Path

    def state(self, key: Key) -> str | None:
        """Whether this was sent, or whether nobody knows; None where it was not."""
        if not self.file.exists():
            return None
        with self._rows() as rows:
            found = rows.execute(
                "select state from sent where snapshot = ? and institution = ? and address = ?", key
            ).fetchone()
        return str(found[0]) if found else None

    def note(self, key: Key, state: str | None) -> None:
        """Notes what became of it; None takes the note back."""
        with self._rows() as rows:
            if state is None:
                rows.execute("delete from sent where snapshot = ? and institution = ? and address = ?", key)
            else:
                rows.execute("insert or replace into sent values (?, ?, ?, ?, ?)", (*key, state, time.time()))
                rows.execute("delete from sent where at < ?", (time.time() - KEPT,))

    @contextmanager
    def _rows(self) -> Iterator[sqlite3.Connection]:
        try:
            os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(self.file, timeout=5, isolation_level=None)) as rows:
                rows.execute(_TABLE)
                yield rows
        except (sqlite3.Error, OSError) as error:
            raise DataError(
                "{path}, which says what was sent, cannot be read or written. Make it writable for the "
                "cockpit's user; without it nothing is sent.",
                path=self.file,
            ) from error


def sent_file(snapshots: Path) -> Path:
    return snapshots / "sent.sqlite"


@contextmanager
def alone(snapshots: Path) -> Iterator[Memory]:
    """The notes, for one run at a time."""
    try:
        with FileLock(snapshots / "send.lock", timeout=0, mode=0o600):
            yield Memory(sent_file(snapshots))
    except Timeout as error:
        raise DataError("Another run is sending. Wait for its end, and send again.") from error
