"""Saved views are a reader's alone, letter by letter."""

import pytest

from data_access.errors import CallError
from data_access.notes.database import NotesDatabase
from data_access.notes.views import LONGEST_NAME, MOST, SavedView, count, delete, rename, save, views_of

VIEW = SavedView("East", "overview", "at=00&period=2026-10")


def test_saved_renamed_deleted(database: NotesDatabase) -> None:
    assert views_of(database, "li") == []
    save(database, "li", VIEW)
    save(database, "li", SavedView(" a\nview ", "churn", ""))
    assert [one.name for one in views_of(database, "li")] == ["a view", "East"]
    rename(database, "li", "East", "West")
    assert views_of(database, "li")[1] == SavedView("West", VIEW.page, VIEW.query)
    rename(database, "li", "West", "West")
    delete(database, "li", "West")
    assert [one.name for one in views_of(database, "li")] == ["a view"]


def test_nobody_reads_or_changes_those_of_another(database: NotesDatabase) -> None:
    save(database, "li", VIEW)
    save(database, "wang", VIEW)  # the same name is another view
    for other in ("Li", "li ", "", "l", "%"):
        assert views_of(database, other) == []
        with pytest.raises(CallError, match="no view named"):
            rename(database, other, "East", "West")
        with pytest.raises(CallError, match="no view named"):
            delete(database, other, "East")
    delete(database, "wang", "East")
    assert views_of(database, "li") == [VIEW] and count(database) == 1


def test_a_name_is_given_once(database: NotesDatabase) -> None:
    save(database, "li", VIEW)
    save(database, "li", SavedView("West", "churn", ""))
    with pytest.raises(CallError, match="“East” already"):
        save(database, "li", SavedView("East", "churn", "x"))
    with pytest.raises(CallError, match="“East” already"):
        rename(database, "li", "West", "East")
    assert views_of(database, "li") == [VIEW, SavedView("West", "churn", "")]


@pytest.mark.parametrize("name", ["", " \n\t", "x" * (LONGEST_NAME + 1)])
def test_a_bad_name_is_one_sentence(name: str, database: NotesDatabase) -> None:
    with pytest.raises(CallError):
        save(database, "li", SavedView(name, "overview", ""))
    assert database.is_new


def test_no_more_than_a_list_holds(database: NotesDatabase) -> None:
    for number in range(MOST):
        save(database, "li", SavedView(str(number), "overview", ""))
    with pytest.raises(CallError, match="100 saved views"):
        save(database, "li", VIEW)
    with pytest.raises(CallError, match="longer than 4000"):
        save(database, "wang", SavedView("long", "overview", "x" * 4001))
