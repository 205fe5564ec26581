"""Notes on a plan gap or an alert: how far it is in hand, who has it, until when, and a few words.

A note is of a kind, a figure, an institution and a window of days, and there is one of each. Who changes it
names the version that he saw: of two who write at once the second is told, and nothing is lost. Every
version is kept with who wrote it and when. An identity in a text is masked before it is kept.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import StrEnum

import sqlalchemy
from sqlalchemy import Row, column, table
from sqlalchemy.exc import IntegrityError

from data_access.access.masking import masked
from data_access.errors import CallError
from data_access.notes.database import NotesDatabase
from data_access.subject import message

LONGEST, LONGEST_OWNER = 500, 100  # characters
WHO = ("version", "author", "changed_at")


class Kind(StrEnum):
    """What a note is on."""

    plan = "plan"
    alert = "alert"


class State(StrEnum):
    """How far it is."""

    open = "open"
    in_hand = "in_hand"
    done = "done"


@dataclass(frozen=True)
class Subject:
    """What a note is of: a figure (metric.column) of an institution, in the window of a plan or the month of
    an alert."""

    kind: Kind
    metric: str
    institution: str
    first_day: date
    last_day: date

    @property
    def id(self) -> str:
        """The same for the same subject, and letter by letter, whatever a database holds to be equal."""
        words = (self.kind, self.metric, self.institution, self.first_day, self.last_day)
        return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a reader writes."""

    state: State = State.open
    owner: str = ""
    note: str = ""
    due_on: date | None = None

    def cleaned(self) -> "Said":
        """As it is kept: without control characters, within its length, identities masked."""
        return Said(
            state=self.state,
            owner=_cleaned(self.owner, LONGEST_OWNER),
            note=_cleaned(self.note, LONGEST),
            due_on=self.due_on,
        )


@dataclass(frozen=True)
class Note:
    """A note as it stands, with who changed it last and when (UTC)."""

    subject: Subject
    said: Said
    version: int
    author: str
    changed_at: datetime

    def is_overdue(self, today: date) -> bool:
        due = self.said.due_on
        return self.said.state is not State.done and due is not None and due < today


OUTDATED = message(
    "{author} has changed this note meanwhile. What you wrote is not saved: read the note as it is now, then "
    "save again."
)


class Outdated(CallError):
    """Somebody else has changed a note since it was read; `now` is how it stands."""

    def __init__(self, now: Note | None) -> None:
        super().__init__(OUTDATED, author=now.author if now else "?")
        self.now = now


_NOTES = table(
    "cockpit_notes",
    column("id"),
    column("kind"),
    column("metric"),
    column("institution"),
    column("first_day", sqlalchemy.Date),
    column("last_day", sqlalchemy.Date),
    column("state"),
    column("owner"),
    column("note"),
    column("due_on", sqlalchemy.Date),
    *map(column, WHO),
)
_CHANGES = table(
    "cockpit_note_changes",
    column("id"),
    column("state"),
    column("owner"),
    column("note"),
    column("due_on", sqlalchemy.Date),
    *map(column, WHO),
)


def notes_of(
    database: NotesDatabase, institutions: Collection[str] | None, done_since: date | None
) -> list[Note]:
    """The notes of some institutions (None: of all) by one query: those that are not done, and with
    `done_since` also those that are and whose window ends on that day or later."""
    if database.is_new:
        return []
    wanted = _NOTES.c.state != State.done.value
    if done_since is not None:
        wanted = sqlalchemy.or_(wanted, _NOTES.c.last_day >= done_since)
    asked = sqlalchemy.select(_NOTES).where(wanted)
    if institutions is not None:
        asked = asked.where(_NOTES.c.institution.in_(list(institutions)))
    with database.reading() as connection:
        return [_note(row) for row in connection.execute(asked.order_by(_NOTES.c.id))]


def history(database: NotesDatabase, subject: Subject) -> list[Note]:
    """Every version of a note, the newest first."""
    if database.is_new:
        return []
    asked = sqlalchemy.select(_CHANGES).where(_CHANGES.c.id == subject.id)
    with database.reading() as connection:
        rows = connection.execute(asked.order_by(_CHANGES.c.version.desc())).all()
    return [_version(subject, row) for row in rows]


def write(
    database: NotesDatabase,
    subject: Subject,
    said: Said,
    *,
    seen: int,
    author: str,
    recorded: Callable[[], object],
) -> Note:
    """Writes a note, where it still stands as the author has `seen` it (0: there was none); else `Outdated`.

    `recorded` is called before it is final: what it raises undoes the writing.
    """
    said, now = said.cleaned(), datetime.now(UTC).replace(microsecond=0)
    told = {
        "state": said.state.value,
        "owner": said.owner,
        "note": said.note,
        "due_on": said.due_on,
        "version": seen + 1,
        "author": author,
        "changed_at": now.isoformat(),
    }
    try:
        with database.writing() as connection:
            _put(connection, subject, told, seen)
            connection.execute(_CHANGES.insert().values(id=subject.id, **told))
            recorded()
    except Outdated:
        raise Outdated(_now(database, subject)) from None
    return Note(subject, said, seen + 1, author, now)


def _put(connection: sqlalchemy.Connection, subject: Subject, told: Mapping[str, object], seen: int) -> None:
    """The new version in the place of the one that was seen."""
    if seen:
        here = sqlalchemy.and_(_NOTES.c.id == subject.id, _NOTES.c.version == seen)
        if connection.execute(_NOTES.update().where(here).values(**told)).rowcount != 1:
            raise Outdated(None)
        return
    about = {one.name: getattr(subject, one.name) for one in fields(Subject)}
    about["kind"] = subject.kind.value
    try:
        connection.execute(_NOTES.insert().values(id=subject.id, **about, **told))
    except IntegrityError:
        raise Outdated(None) from None


def _now(database: NotesDatabase, subject: Subject) -> Note | None:
    with database.reading() as connection:
        row = connection.execute(sqlalchemy.select(_NOTES).where(_NOTES.c.id == subject.id)).one_or_none()
    return _note(row) if row is not None else None


def counts(database: NotesDatabase) -> dict[str, int]:
    """How many notes there are by state."""
    asked = sqlalchemy.select(_NOTES.c.state, sqlalchemy.func.count()).group_by(_NOTES.c.state)
    with database.reading() as connection:
        found = {str(state): int(n) for state, n in connection.execute(asked)}
    return {state.value: found.get(state.value, 0) for state in State}


def _note(row: "Row[tuple[object, ...]]") -> Note:
    told = row._mapping
    subject = Subject(
        Kind(told["kind"]), told["metric"], told["institution"], told["first_day"], told["last_day"]
    )
    return _version(subject, row)


def _version(subject: Subject, row: "Row[tuple[object, ...]]") -> Note:
    told = row._mapping
    said = Said(state=State(told["state"]), owner=told["owner"], note=told["note"], due_on=told["due_on"])
    when = datetime.fromisoformat(told["changed_at"])
    return Note(subject, said, told["version"], told["author"], when)


def _cleaned(text: str, longest: int) -> str:
    """
    >>> _cleaned("  call\\r\\n13800138000\\x00 ", 20)
    'call\\n138****8000'
    """
    kept = "".join(sign for sign in text if sign.isprintable() or sign == "\n")
    return masked(kept.strip())[:longest].strip()
