"""Whose an institution or a manager is stands under the name, and in files in a column of its own."""

from dataclasses import replace
from datetime import date

import pytest
import streamlit as st

from data_access.view.grants import grant_of
from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS
from tests.metrics.asking import by_hand, look
from ui.parts import parents
from ui.parts.child_rows import NAME
from ui.parts.children import children
from ui.parts.contents import of
from ui.parts.model import BELONGS, on_one_line
from ui.parts.parents import OTHERS, busiest, by_manager

TREE = """
    institution_id,parent_id,level,name
    H,,head_office,总行
    A,H,branch_1,甲分行
    B,H,branch_1,乙分行
    A1,A,outlet,城东
    A2,A,outlet,城西
    B1,B,outlet,城东
"""
BALANCES = "date,institution_id,business_line,balance\n" + "\n".join(
    f"2026-03-31,{key},deposit,{number}00" for number, key in enumerate(("A1", "A2", "B1"), 1)
)
MANAGERS = "manager_id,institution_id,name\nm1,A1,王\nm2,B1,王\nm3,B,李\nm4,,赵"
CASES = "case_id,institution_id,manager_id,opened_on,due_on,answered_on\n" + "\n".join(
    f"c{n},{key},m{n},2026-03-01,2026-03-05," for n, key in enumerate(("A1", "B1", "B1", "A2"), 1)
)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
LEAD = of("balance.lines", "deposit")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    st.session_state["lang"] = "zh"
    tables = {"institutions": TREE, "daily_balances": BALANCES, "managers": MANAGERS, "complaints": CASES}
    as_of = {"complaints": MARCH[1], "daily_balances": MARCH[1]}
    return by_hand(tmp_path_factory.mktemp("parents"), SUBJECTS, tables, as_of=as_of)


def told(view: View, by: str) -> dict[str, tuple[str, str]]:
    """The name of each institution below, and what stands under it."""
    found = children(replace(view, rows=by), LEAD, by)
    assert found is not None
    return {row.id: (row.cells[NAME].text, row.cells[NAME].note) for row in found.table.rows if row.id}


def test_outlets_of_several_branches_say_whose_they_are(store: Store) -> None:
    view = look(store, SUBJECTS, "H", *MARCH)
    assert told(view, "level:outlet") == {
        "A1": ("城东", "甲分行"),
        "A2": ("城西", "甲分行"),
        "B1": ("城东", "乙分行"),
    }
    assert {note for _, note in told(view, "children").values()} == {""}  # all hang below this page
    below = look(store, SUBJECTS, "A", *MARCH)
    assert {note for _, note in told(below, "level:outlet").values()} == {""}


def test_what_may_not_be_viewed_is_not_named(store: Store) -> None:
    tree = store.tree
    some = grant_of(tree, [store.find("A1"), store.find("B")], frozenset())
    rows = told(look(store, SUBJECTS, "H", *MARCH, grant=some), "level:outlet")
    assert rows == {"A1": ("城东", ""), "B1": ("城东", "乙分行")}


def test_in_files_it_is_a_column_of_its_own(store: Store) -> None:
    found = children(look(store, SUBJECTS, "H", *MARCH), LEAD, "level:outlet")
    assert found is not None
    paper = on_one_line(found.table)
    keys = [column.key for column in paper.columns]
    assert keys[:2] == [NAME, f"{NAME}{BELONGS}"] and paper.columns[1].label == "所属机构"
    assert [row.cells[keys[1]].text for row in paper.rows if row.id] == ["甲分行", "甲分行", "乙分行"]
    assert not any(row.cells[NAME].note for row in paper.rows)
    plain = children(look(store, SUBJECTS, "H", *MARCH), LEAD, "children")
    assert plain is not None and len(on_one_line(plain.table).columns) == len(plain.table.columns)


def test_managers_of_one_name_are_told_apart(store: Store) -> None:
    view = look(store, SUBJECTS, "H", *MARCH)
    rows = by_manager(view, "complaints.late").select("manager", "place", "cases").rows()
    assert sorted(rows) == [("李", "乙分行", 1), ("王", "城东", 1), ("王", "城东", 1), ("赵", "", 1)]
    numbers = by_manager(view, "complaints.late")["number"].to_list()
    assert [store.managers[number] for number in numbers] == by_manager(view, "complaints.late")[
        "manager"
    ].to_list()
    at_b = by_manager(look(store, SUBJECTS, "B", *MARCH), "complaints.late")
    assert dict(at_b.select("manager", "place").iter_rows()) == {"李": "", "王": "城东"}


def test_of_many_managers_those_with_most_are_told_and_all_others_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = by_manager(look(store, SUBJECTS, "H", *MARCH), "complaints.late")
    assert busiest(frame, "cases", "regulator").equals(frame) and frame.height > 2
    monkeypatch.setattr(parents, "MOST", 2)
    found = busiest(frame, "cases", "regulator")
    assert found.height == 3 and found["cases"].sum() == frame["cases"].sum()
    *told, rest = found.to_dicts()
    assert min(row["cases"] for row in told) >= frame["cases"].sort(descending=True)[2]
    assert not any(row[OTHERS] for row in told) and rest[OTHERS]
    assert rest["manager"] == f"其他 {frame.height - 2} 位客户经理" and rest["number"] == -1
