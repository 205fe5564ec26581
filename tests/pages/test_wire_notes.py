"""Notes on the wire: of no institution that is not the reader's, on pages, in menus, in files."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bench.servers import free_port, served
from data_access.intake.config import read_config
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import Kind, Said, State, Subject, notes_of, write
from data_access.notes.views import SavedView, save
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.conftest import Shared
from tests.pages.test_wire import Served, _marked, foreign, grant, sign_in, taken, unpacked

MENU = "Write a note on a plan gap"


@pytest.fixture(scope="module")
def bank(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The bank of canaries with a note of each institution, by the institution's own word, and a saved view
    of somebody else's."""
    folder = tmp_path_factory.mktemp("noted") / "own"
    config = shutil.copytree(shared("canaries", _marked), folder) / "cockpit.toml"
    database = notes_at(config)
    with served(config, free_port()) as url:
        found = Served(url, config, open_store(read_config(config, CONTRACT)))
        for key in found.store.tree.ids:
            for kind, state in ((Kind.plan, State.open), (Kind.alert, State.done)):
                subject = Subject(kind, "balance.lines.deposit", key, date(2026, 1, 1), date(2026, 12, 31))
                said = Said(state=state, owner=f"ZQ{key}xQZ", note=f"noted ZQ{key}xQZ")
                write(database, subject, said, seen=0, author=f"ZQ{key}xQZ", recorded=lambda: None)
        save(database, "somebody", SavedView("ZQviewQZ", "overview", "at=ZQlinkQZ"))
        yield found


def notes_at(config: Path) -> NotesDatabase:
    return NotesDatabase(read_config(config, CONTRACT))


def branches(bank: Served) -> list[str]:
    tree = bank.store.tree
    return [tree.ids[node] for node in tree.children(0) if tree.children(node)]


@pytest.mark.parametrize("many", [pytest.param(False, marks=pytest.mark.slow), True])
def test_no_byte_of_a_foreign_note_reaches_a_reader(many: bool, bank: Served) -> None:
    """Of one branch, and of two that he sees together at an institution which he may not view whole."""
    own = branches(bank)[: 2 if many else 1]
    grant(bank, {"noted": own}, "customers export")
    tree, wire = bank.store.tree, sign_in(bank, "noted")
    for at in (*own, tree.ids[tree.children(tree.node_of[own[0]])[0]], tree.ids[0]):
        content = wire.open("overview", at=at, lang="en")
        assert b"data-page-end" in content and b"noted ZQ" in content
        assert not foreign(bank, own, content), at
        assert b"ZQviewQZ" not in content and b"ZQlinkQZ" not in content
        for menu in (MENU, "My views"):
            content = wire.click("", menu)
            assert b"data-page-end" in content
            assert not foreign(bank, own, content), (at, menu)
    wire.open("overview", at=own[0], lang="en")
    content = taken(bank, wire, "noted")
    assert f"noted ZQ{own[0]}xQZ".encode() in unpacked(content), "the text tells the own note"
    assert not foreign(bank, own, content)


@pytest.mark.slow
def test_notes_of_those_below_reach_who_may_view_them(bank: Served) -> None:
    [own] = branches(bank)[:1]
    grant(bank, {"noted": [own]}, "view")
    content = sign_in(bank, "noted").open("overview", at=own, lang="en")
    tree = bank.store.tree
    for node in range(tree.node_of[own], tree.last[tree.node_of[own]] + 1):
        assert f"noted ZQ{tree.ids[node]}xQZ".encode() in content, tree.ids[node]


def test_what_a_page_still_open_sends_is_refused_after_the_right_is_gone(bank: Served) -> None:
    [own, other] = branches(bank)[:2]
    grant(bank, {"noted": [own]}, "view")
    wire = sign_in(bank, "noted")
    wire.open("overview", at=own, lang="en")
    wire.click("", MENU)
    before = notes_of(notes_at(bank.config), None, date(2026, 1, 1))
    grant(bank, {"noted": [other]}, "view")
    content = wire.click("Save note", MENU)
    assert not foreign(bank, [other], content)
    assert notes_of(notes_at(bank.config), None, date(2026, 1, 1)) == before
