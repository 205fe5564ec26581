"""Notes and saved views on the page: written in the menu, shown beside what they are of, for who may."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data_access.access import audit
from data_access.access.audit import Act
from data_access.notes import steps
from data_access.notes.notes import Kind, Said, State, Subject, history, notes_of, write
from data_access.notes.views import views_of
from data_access.tree import Tree
from data_access.view.grants import grant_of
from data_access.view.store import Store
from tests.number_hashes import look
from tests.pages import leaving
from tests.pages.reading import data_of, texts
from tests.pages.test_apptest import ended
from tests.pages.test_apptest import run as opened
from ui.base import snapshot
from ui.base.reader import Reader
from ui.frame import my_views
from ui.menu import PAGES
from ui.parts.child_rows import NAME
from ui.review import note_menu
from ui.review.note_menu import plan_gaps
from ui.review.notes import Notes

own_bank, config, store, signed_in = leaving.own_bank, leaving.config, leaving.store, leaving.signed_in
OVERVIEW = PAGES[0].script
Open = Callable[..., AppTest]


@pytest.fixture
def page(own_bank: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """The overview of a bank in which nobody has written anything yet."""
    yield lambda **query: opened(own_bank, OVERVIEW, monkeypatch, lang="en", **query)
    for file in (own_bank.parent / ".cockpit").glob("notes.sqlite*"):
        file.unlink()


@pytest.fixture
def sign(signed_in: leaving.Sign, monkeypatch: pytest.MonkeyPatch) -> leaving.Sign:
    """Also where the menus ask who reads."""

    def signed(user: str, nodes: list[int], *permissions: str, by: str | None = None) -> Reader:
        def found(tree: Tree) -> Reader:
            return Reader(user, grant_of(tree, nodes, frozenset(permissions)), by)

        for module in (note_menu, my_views):
            monkeypatch.setattr(module, "reader", found)
        return signed_in(user, nodes, *permissions, by=by)

    return signed


def gaps(store: Store, node: int = 0) -> list[Subject]:
    return [one for one, _ in plan_gaps(look(store, node, "2026-W43"), Notes({}, date.today())).values()]


def put(subject: Subject, seen: int = 0, **said: object) -> None:
    told = Said(**said)  # type: ignore[arg-type]
    write(snapshot.live().notes, subject, told, seen=seen, author="wang", recorded=lambda: None)


def said(at: AppTest) -> str:
    """Everything that cards, tables, captions and menus say."""
    words = [*texts(data_of(at)), *(one.value for kind in (at.caption, at.markdown) for one in kind)]
    return "\n".join([*words, *(one.label for one in at.expander)])


def menu(at: AppTest, key: str = "gaps_menu") -> AppTest:
    at.session_state[key] = True
    return at.run()


def field(at: AppTest, kind: str, name: str) -> object:
    return next(one for one in getattr(at, kind) if (one.key or "").endswith(f"_{name}"))


def save(at: AppTest) -> AppTest:
    return next(one for one in at.button if one.label == "Save note").click().run()


def test_without_a_note_nothing_more_is_said(page: Open) -> None:
    at = page()
    assert ended(at) and "Notes:" not in said(at) and "Note:" not in said(at)
    assert not any(column["key"] == "note" for column in data_of(at).get("alerts", {}).get("columns", []))
    assert snapshot.live().notes.is_new  # nobody who only looks makes a file


def test_a_note_is_written_in_the_menu_and_stands_on_its_card(page: Open, store: Store) -> None:
    subject = gaps(store)[0]
    assert subject.institution == store.tree.ids[0]
    at = menu(page())
    field(at, "radio", "state").set_value(State.in_hand)  # type: ignore[attr-defined]
    field(at, "text_input", "owner").set_value("Wang Min")  # type: ignore[attr-defined]
    field(at, "date_input", "due").set_value(date(2020, 11, 15))  # type: ignore[attr-defined]
    field(at, "text_area", "note").set_value("visit *the* largest")  # type: ignore[attr-defined]
    at = save(at)
    assert not at.exception and not at.error and at.success[0].value == "Saved."
    [note] = notes_of(snapshot.live().notes, None, None)
    assert note.subject == subject and note.author == "local"
    assert note.said == Said(
        state=State.in_hand, owner="Wang Min", due_on=date(2020, 11, 15), note="visit *the* largest"
    )
    card = next(one for one in data_of(at)["cards"]["items"] if one["id"] == subject.metric)
    assert card["note"].endswith("Note: in hand · Wang Min · due 2020-11-15 · overdue")
    assert "Notes: 1 not done, 1 overdue" in [one.label for one in at.expander]
    [entry] = audit.search(snapshot.live().config, act=Act.note.value)[-1:]
    assert entry["institution"] == subject.institution and entry["state"] == "in_hand"
    assert "largest" not in str(entry) and "Wang" not in str(entry)


@pytest.mark.slow
def test_of_two_pages_that_save_at_once_the_second_is_told_and_keeps_what_it_typed(page: Open) -> None:
    first, second = menu(page()), menu(page())
    field(first, "text_input", "owner").set_value("Hers")  # type: ignore[attr-defined]
    field(second, "text_input", "owner").set_value("His")  # type: ignore[attr-defined]
    save(first)
    second = save(second)
    assert "has changed this note meanwhile" in second.error[0].value
    assert any("Hers" in one.value for one in second.caption)
    assert field(second, "text_input", "owner").value == "His"  # type: ignore[attr-defined]
    second = save(second)
    assert not second.error
    [note] = notes_of(snapshot.live().notes, None, None)
    found = [(one.version, one.said.owner) for one in history(snapshot.live().notes, note.subject)]
    assert found == [(2, "His"), (1, "Hers")]
    assert any("Before:" in one.value and "Hers" in one.value for one in second.caption)


@pytest.mark.slow
def test_a_note_of_one_below_stands_in_its_cell_and_in_the_list(page: Open, store: Store) -> None:
    tree = store.tree
    subject = next(one for one in gaps(store) if one.institution != tree.ids[0])
    deep = next(n for n in range(len(tree)) if tree.last[n] == n and tree.parent[tree.parent[n]] > 0)
    late = Subject(Kind.alert, "book.summary.aum", tree.ids[deep], date(2026, 9, 1), date(2026, 9, 30))
    page()
    put(subject, owner="Zhao")
    put(late, due_on=date(2020, 1, 1), note="long ago")
    at = page()
    [row] = [one for one in data_of(at)["heat"]["rows"] if one["id"] == subject.institution]
    assert row["cells"][subject.metric]["note"].endswith("note: not begun")
    rows = data_of(at)["notes"]["rows"]
    assert [one["id"] for one in rows] == [late.institution, subject.institution]  # the overdue one first
    assert rows[0]["cells"]["state"]["text"] == "overdue" and rows[0]["cells"]["state"]["mark"] == "bad"
    assert rows[0]["cells"][NAME]["note"] == tree.names_en[tree.parent[deep]]
    assert rows[1]["cells"]["state"]["note"] == "Zhao"


def test_who_may_view_one_branch_never_sees_the_note_of_another(
    page: Open, store: Store, sign: leaving.Sign
) -> None:
    one, other = (node for node in store.tree.children(0)[:2])
    page()
    for node, word in ((0, "headword"), (one, "ownword"), (other, "foreignword")):
        put(
            Subject(
                Kind.plan, "book.summary.aum", store.tree.ids[node], date(2026, 1, 1), date(2026, 12, 31)
            ),
            note=word,
        )
    sign("li", [one])
    at = page()
    assert "ownword" in said(at) and "foreignword" not in said(at) and "headword" not in said(at)
    sign("li", [one, other])  # of the head office he sees a part alone
    at = page()
    assert "ownword" in said(at) and "foreignword" in said(at) and "headword" not in said(at)


@pytest.mark.slow
def test_a_right_that_is_gone_holds_at_the_click(page: Open, store: Store, sign: leaving.Sign) -> None:
    """What the menu was drawn with decides nothing."""
    subject = gaps(store)[0]
    assert subject.institution == store.tree.ids[0]
    sign("li", [0])
    at = menu(page())
    assert any(one.label == "Save note" for one in at.button)
    sign("li", [store.tree.children(0)[0]])
    save(at)
    assert notes_of(snapshot.live().notes, None, None) == []
    sign("li", [0])
    save(menu(page()))
    assert [one.subject for one in notes_of(snapshot.live().notes, None, None)] == [subject]


@pytest.mark.slow
def test_in_the_view_of_another_nothing_is_written(page: Open, store: Store, sign: leaving.Sign) -> None:
    sign("li", [0])
    at = menu(page())
    sign("li", [0], by="admin")
    save(at)
    assert notes_of(snapshot.live().notes, None, None) == []
    at.session_state["view_as"] = "li"
    at.run()
    assert not any(one.label == "Save note" for one in at.button)
    assert not any("My views" in str(one.proto) for one in at.get("popover"))


@pytest.mark.slow
def test_an_earlier_snapshot_shows_notes_and_takes_none(
    page: Open, store: Store, own_bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page()
    put(gaps(store)[0], owner="Zhao")
    folder = own_bank.parent / ".cockpit" / "snapshots"
    before, earlier = folder / store.id, folder / "260101-1"
    shutil.copytree(before, earlier, ignore=shutil.ignore_patterns("used_by"))
    at = menu(page(snapshot=earlier.name))
    shutil.rmtree(earlier)
    assert any("Earlier snapshot" in one.value for one in at.warning)
    assert "Zhao" in said(at)
    assert not any(one.label == "Save note" for one in at.button)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["broken", "newer", "read-only"])
def test_what_is_wrong_with_the_notes_is_one_line_and_the_page_is_there(
    what: str, page: Open, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page()
    put(gaps(store)[0], owner="Zhao")
    file = snapshot.live().notes.file
    assert file is not None
    if what == "broken":
        file.write_bytes(b"no database" * 500)
    elif what == "newer":
        monkeypatch.setattr(steps, "STEPS", steps.STEPS[:1])
    else:
        monkeypatch.setattr("data_access.notes.database.os.access", lambda *_: False)
    at = menu(page())
    assert ended(at) and not at.error and not at.exception
    assert ("Zhao" in said(at)) is (what == "read-only")
    words = {"broken": "cannot be read or written now", "newer": "newer version", "read-only": "read-only"}
    assert words[what] in at.caption[-1].value
    assert not any(one.label == "Save note" for one in at.button)
    assert data_of(at)["cards"]["items"]


# ------------------------------------------------------------ my views


def test_a_view_is_saved_opened_renamed_deleted(page: Open, store: Store) -> None:
    branch = store.tree.ids[store.tree.children(0)[0]]
    at = menu(page(at=branch, period="2026-09", snapshot=store.id), "views_top")
    at.text_input(key="view_name_top").set_value("East")
    at = at.button(key="view_save_top").click().run()
    [view] = views_of(snapshot.live().notes, "local")
    assert view.page == "overview" and f"at={branch}" in view.query and "snapshot" not in view.query
    at.query_params.update({"at": store.tree.ids[0], "period": "2026-10"})
    at.run()
    at = at.button(key="view_0_top").click().run()
    asked = {"at": branch, "period": "2026-09", "snapshot": "live", "lang": "en"}
    assert {key: at.query_params[key] for key in asked} == asked
    at.text_input(key="view_new_top").set_value("West")
    at = at.button(key="view_rename_top").click().run()
    assert [one.name for one in views_of(snapshot.live().notes, "local")] == ["West"]
    at.button(key="view_delete_top").click().run()
    assert views_of(snapshot.live().notes, "local") == []
    done = [one["what"] for one in audit.search(snapshot.live().config, act=Act.my_view.value)]
    assert done[-3:] == ["save", "rename", "delete"]


@pytest.mark.slow
def test_saved_views_are_a_readers_own(page: Open, sign: leaving.Sign) -> None:
    sign("li", [0])
    at = menu(page(), "views_top")
    at.text_input(key="view_name_top").set_value("Secret plan")
    at.button(key="view_save_top").click().run()
    assert [one.name for one in views_of(snapshot.live().notes, "li")] == ["Secret plan"]
    assert any(one.label == "Secret plan" for one in at.button)
    sign("wang", [0])
    at = menu(page(), "views_top")
    assert not any("Secret" in one.label for one in at.button)
