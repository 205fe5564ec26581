"""Notes in a bank's own database, PostgreSQL and MariaDB: the same as in a file."""

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import CallError, CockpitError
from data_access.intake.config import read_config
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import Kind, Outdated, Said, State, Subject, history, notes_of, write
from data_access.notes.views import SavedView, delete, rename, save, views_of
from metrics import CONTRACT
from tests.databases import OWNER, PASSWORD, READER, Server, mariadb, postgresql, served

pytestmark = pytest.mark.slow
SUBJECT = Subject(Kind.plan, "book.summary.aum", "00", date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(scope="module", params=[postgresql, mariadb], ids=["postgresql", "mariadb"])
def server(request: Any) -> Iterator[Server]:
    with served(request.param) as found:
        yield found


Opened = Callable[..., NotesDatabase]


@pytest.fixture
def database(server: Server, tmp_path: Path) -> Iterator[Opened]:
    """Notes of the server, each with connections of its own; a server waits for those at its end."""
    made = []

    def opened(user: str = OWNER) -> NotesDatabase:
        file = tmp_path / f"{user}.toml"
        file.write_text(f'[notes]\nurl = "{server.url(user)}"\n', encoding="utf-8")
        made.append(NotesDatabase(read_config(file, CONTRACT)))
        return made[-1]

    yield opened
    for one in made:
        one._engine.dispose()


def put(at: NotesDatabase, said: Said, seen: int, author: str, subject: Subject = SUBJECT) -> None:
    write(at, subject, said, seen=seen, author=author, recorded=lambda: None)


def test_a_user_that_may_not_make_tables_is_one_sentence(database: Opened) -> None:
    with pytest.raises(CockpitError, match="cannot be read or written now") as told:
        put(database(READER), Said(), 0, "li")
    assert PASSWORD not in str(told.value)


def test_many_processes_bring_it_up_and_write_at_once(database: Opened) -> None:
    """Each with connections of its own, as servers have them."""
    ready, done, told, wrong = threading.Barrier(5), list[str](), list[str](), list[Exception]()

    def work(author: str, own: NotesDatabase) -> None:
        ready.wait()
        try:
            for _ in range(4):
                found = notes_of(own, ["00"], None)
                try:
                    put(
                        own,
                        Said(note=author, due_on=date(2026, 11, 15)),
                        found[0].version if found else 0,
                        author,
                    )
                    done.append(author)
                except Outdated:
                    told.append(author)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(f"u{n}", database())) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(done) + len(told) == 20
    versions = history(database(), SUBJECT)
    assert [one.version for one in versions] == list(range(len(done), 0, -1))
    assert versions[0].said.due_on == date(2026, 11, 15)


def test_what_a_database_takes_for_equal_is_not(database: Opened) -> None:
    """MariaDB finds `LI ` where `li` is asked for; users and institutions are named letter by letter."""
    at = database()
    save(at, "li", SavedView("东部", "overview", "at=00"))
    assert views_of(at, "LI") == views_of(at, "li ") == []
    save(at, "LI", SavedView("东部", "overview", "at=01"))
    with pytest.raises(CallError, match="already"):
        save(at, "li", SavedView("东部", "overview", ""))
    rename(at, "li", "东部", "西部")
    delete(at, "LI", "东部")
    assert [(one.name, one.query) for one in views_of(at, "li")] == [("西部", "at=00")]
    for key in ("b", "B"):
        subject = Subject(Kind.alert, "book.summary.aum", key, *(SUBJECT.first_day, SUBJECT.last_day))
        put(at, Said(note=f"of {key}", state=State.in_hand), 0, "li", subject)
    for key in ("b", "B"):
        assert {one.said.note for one in notes_of(at, [key], None)} >= {f"of {key}"}


def test_a_server_that_is_gone_and_comes_back(server: Server, database: Opened) -> None:
    at = database()
    before = notes_of(at, None, None)
    server.kill()
    with pytest.raises(CockpitError, match="cannot be read or written now"):
        notes_of(at, None, None)
    server.start()
    assert notes_of(at, None, None) == before
