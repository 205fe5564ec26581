"""A reader's saved views: links of his own under names of his own; they are his alone."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy
from sqlalchemy import column, table
from sqlalchemy.exc import IntegrityError

from data_access.errors import CallError
from data_access.notes.database import NotesDatabase

LONGEST_NAME, LONGEST_QUERY, MOST = 80, 4000, 100

_VIEWS = table(
    "cockpit_views",
    *map(column, ("id", "reader_id", "reader", "name", "page", "query", "changed_at")),
)


@dataclass(frozen=True)
class SavedView:
    """A page and what its link says."""

    name: str
    page: str
    query: str


def views_of(database: NotesDatabase, reader: str) -> list[SavedView]:
    """A reader's own views, by name."""
    if database.is_new:
        return []
    asked = sqlalchemy.select(_VIEWS).where(_VIEWS.c.reader_id == _hash(reader))
    with database.reading() as connection:
        found = [SavedView(row.name, row.page, row.query) for row in connection.execute(asked)]
    return sorted(found, key=lambda view: view.name.casefold())


def save(database: NotesDatabase, reader: str, view: SavedView) -> None:
    """Keeps a view under a name that the reader has not used yet."""
    name = _named(view.name)
    if len(view.query) > LONGEST_QUERY:
        raise CallError(
            "This view cannot be saved, for its link is longer than {most} signs. Exclude fewer "
            "institutions.",
            most=LONGEST_QUERY,
        )
    if len(views_of(database, reader)) >= MOST:
        raise CallError("You have {most} saved views, and no more are kept. Delete one first.", most=MOST)
    row = {
        "id": _id(reader, name),
        "reader_id": _hash(reader),
        "reader": reader,
        "name": name,
        "page": view.page,
        "query": view.query,
        "changed_at": _now(),
    }
    with database.writing() as connection:
        try:
            connection.execute(_VIEWS.insert().values(**row))
        except IntegrityError:
            raise _taken(name) from None


def rename(database: NotesDatabase, reader: str, old: str, new: str) -> None:
    """Gives a view of the reader's another name."""
    new = _named(new)
    if new == old:
        return
    told = {"id": _id(reader, new), "name": new, "changed_at": _now()}
    with database.writing() as connection:
        try:
            done = connection.execute(_VIEWS.update().where(_own(reader, old)).values(**told)).rowcount
        except IntegrityError:
            raise _taken(new) from None
        if not done:
            raise _gone(old)


def delete(database: NotesDatabase, reader: str, name: str) -> None:
    """Removes a view of the reader's."""
    with database.writing() as connection:
        if not connection.execute(_VIEWS.delete().where(_own(reader, name))).rowcount:
            raise _gone(name)


def count(database: NotesDatabase) -> int:
    """How many views all readers have."""
    with database.reading() as connection:
        return int(
            connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(_VIEWS)).scalar_one()
        )


def _own(reader: str, name: str) -> sqlalchemy.ColumnElement[bool]:
    return sqlalchemy.and_(_VIEWS.c.id == _id(reader, name), _VIEWS.c.reader_id == _hash(reader))


def _named(name: str) -> str:
    """A name on one line.

    >>> _named(" East\\ncoast ")
    'East coast'
    """
    found = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not found:
        raise CallError("Give the view a name.")
    if len(found) > LONGEST_NAME:
        raise CallError("The name is longer than {most} signs. Choose a shorter one.", most=LONGEST_NAME)
    return found


def _hash(text: str) -> str:
    """Compared letter by letter by every database, as users are."""
    return hashlib.sha256(text.encode()).hexdigest()


def _id(reader: str, name: str) -> str:
    return _hash(f"{reader}\0{name}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _taken(name: str) -> CallError:
    return CallError(
        "You have a view named “{name}” already. Choose another name, or delete that one.", name=name
    )


def _gone(name: str) -> CallError:
    return CallError("There is no view named “{name}” any more. Open the list again.", name=name)
