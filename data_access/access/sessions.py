"""Who is signed in: one row a session in a small SQLite file beside the snapshots, shared by all processes.

The browser holds a random token and nothing else; the file holds the token's hash. So a session ends where
it is kept, and a copied cookie ends with it. Where the file cannot be read, nobody is signed in.
"""

import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from data_access.access.settings import Auth

SEEN = 20  # seconds: a session's last click is written this often at most
_TABLE = (
    "create table if not exists sessions "
    "(token text primary key, user text not null, since real not null, seen real not null)"
)


@dataclass(frozen=True)
class Session:
    """A sign-in that holds."""

    token: str
    user: str
    since: float


class Sessions:
    """The sessions of one cockpit; `now` is a clock in seconds."""

    def __init__(self, folder: Path, auth: Auth) -> None:
        self.file, self.auth = folder / "sessions.sqlite", auth
        self.now = time.time

    def begin(self, user: str) -> str:
        """Signs a user in; returns the token that the browser is given."""
        token, now = secrets.token_urlsafe(32), self.now()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._file() as rows:
            rows.execute("delete from sessions where since < ?", (now - self.auth.hours * 3600,))
            rows.execute("insert into sessions values (?, ?, ?, ?)", (_hash(token), user, now, now))
        return token

    def find(self, token: str | None, *, click: bool = True) -> Session | None:
        """The session of a token if it still holds; a click is its newest sign of life."""
        if not token or not self.file.exists():
            return None
        now = self.now()
        try:
            with self._file() as rows:
                found = rows.execute(
                    "select user, since, seen from sessions where token = ?", (_hash(token),)
                ).fetchone()
                if found is None:
                    return None
                user, since, seen = found
                if not 0 <= now - since < self.auth.hours * 3600 or now - seen >= self.auth.idle_minutes * 60:
                    rows.execute("delete from sessions where token = ?", (_hash(token),))
                    return None
                if click and now - seen > SEEN:
                    rows.execute("update sessions set seen = ? where token = ?", (now, _hash(token)))
        except sqlite3.Error:
            return None
        return Session(token, user, since)

    def end(self, token: str | None) -> None:
        """Signs out: in every tab, and for whoever holds a copy of the token."""
        if token and self.file.exists():
            with self._file() as rows:
                rows.execute("delete from sessions where token = ?", (_hash(token),))

    def end_all(self, user: str) -> int:
        """Signs a user out everywhere; returns how many sessions that were."""
        if not self.file.exists():
            return 0
        with self._file() as rows:
            return rows.execute("delete from sessions where user = ?", (user,)).rowcount

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(self.file, timeout=2, isolation_level=None)) as rows:
            rows.execute(_TABLE)
            yield rows


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
