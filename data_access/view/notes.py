"""Notes as a reader may see them: of institutions that he may view whole, and that lie in what he looks at.

Rights are asked at each look and each writing; nothing is remembered between readers.
"""

from collections.abc import Callable
from datetime import date

from data_access.errors import CallError
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import Note, Said, Subject, history, notes_of, write
from data_access.view.scope import Scope

ASKED = 500  # institutions that a query names; of more all notes are read, and cut here


def notes_here(scope: Scope, database: NotesDatabase, since: date) -> list[Note]:
    """Notes of the institution looked at and those below, as far as the reader may view them whole."""
    tree = scope.store.tree
    nodes = [node for first, last in scope.ranges for node in range(first, last + 1)]
    ids = [tree.ids[node] for node in nodes] if len(nodes) <= ASKED else None
    found, here = notes_of(database, ids, since), set(nodes)
    return [
        one for one in found if _may(scope, one.subject) and tree.node_of[one.subject.institution] in here
    ]


def own_notes(scope: Scope, database: NotesDatabase) -> list[Note]:
    """Notes of the institution looked at alone that are not done, for whoever may view it whole."""
    if not scope.grant.covers(scope.node):
        return []
    found = notes_of(database, [scope.store.tree.ids[scope.node]], None)
    return [one for one in found if _may(scope, one.subject)]


def versions(scope: Scope, database: NotesDatabase, subject: Subject) -> list[Note]:
    """How a note came to stand as it does, the newest version first."""
    return history(database, subject) if _may(scope, subject) else []


def write_note(
    scope: Scope,
    database: NotesDatabase,
    subject: Subject,
    said: Said,
    *,
    seen: int,
    author: str,
    recorded: Callable[[], object],
) -> Note:
    """Writes a note of an institution that the reader may view whole."""
    if not _may(scope, subject):
        raise CallError("Notes are written by who may view the institution. Your grant does not include it.")
    return write(database, subject, said, seen=seen, author=author, recorded=recorded)


def _may(scope: Scope, subject: Subject) -> bool:
    node = scope.store.tree.node_of.get(subject.institution)
    return node is not None and scope.grant.covers(node)
