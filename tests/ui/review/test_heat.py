"""How plans stand in tables of institutions, and who is behind in what: as the own cards say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import streamlit as st

from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS
from tests.metrics.asking import by_hand
from tests.metrics.asking import look as looked
from tests.ui.conftest import Look
from ui.base.words import t
from ui.parts.child_rows import NAME, STATUS
from ui.parts.children import children
from ui.parts.contents import of
from ui.parts.key_items import items
from ui.parts.model import Cell, on_one_line, verdict_word
from ui.review.heat import PAGES, heat
from ui.review.page import BALANCES, OVERVIEW

TREE = """
    institution_id,parent_id,level,name,name_en
    H,,head_office,总行,Head
    A,H,branch_1,甲,A
    B,H,branch_1,乙,B
    C,H,branch_1,丙,C
    D,H,branch_1,丁,D
    E,H,branch_1,戊,E
    F,H,branch_1,己,F
"""
TARGETS = """
    institution_id,metric,basis,period_start,period_end,value
    A,balance.lines.deposit,increase,2026-01-01,2026-12-31,1000   # 300 of 1000 at 24.7 %: on course
    B,balance.lines.deposit,increase,2026-01-01,2026-12-31,1000   # 200 of 1000: 4.7 points behind
    C,balance.lines.deposit,increase,2026-01-01,2026-12-31,1000   # 10 less than at the start
    D,balance.lines.deposit,increase,2026-01-01,2026-12-31,100    # 300 of 100
    F,balance.lines.deposit,level,2026-01-01,2026-12-31,2000      # 1300 of 2000: time says nothing of it
    A,balance.lines.fee_income,flow,2026-01-01,2026-12-31,100     # 5 of 100
"""
ENDS = {"A": 1300, "B": 1200, "C": 990, "D": 1300, "E": 1300, "F": 1300}
BALANCES_CSV = "date,institution_id,business_line,balance\n" + "\n".join(
    [f"2025-12-31,{one},deposit,1000\n2026-03-31,{one},deposit,{end}" for one, end in ENDS.items()]
    + ["2026-03-31,A,intermediary,5", "2025-12-31,H,deposit,1", "2026-03-31,H,deposit,1"]
)
DEPOSIT, INCOME = "balance.lines.deposit", "balance.lines.fee_income"
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Store:
    tables = {"institutions": TREE, "targets": TARGETS, "daily_balances": BALANCES_CSV}
    return by_hand(tmp_path_factory.mktemp("red"), SUBJECTS, tables)


@pytest.fixture
def at(planned: Store) -> Callable[..., View]:
    def view(node: str, lang: str = "en", **more: Any) -> View:
        st.session_state["lang"] = lang
        return replace(looked(planned, SUBJECTS, node, *MARCH, **more), language=lang)

    return view


WORDS = {
    "A": ("on course", "达到序时", "good"),
    "B": ("behind by 4.7 pp", "落后 4.7 个百分点", "bad"),
    "C": ("net decrease", "净降", "bad"),
    "D": ("plan exceeded", "超额", "good"),
    "E": ("No plan set", "未下达", ""),
    "F": ("not reached yet", "尚未达到", ""),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_status_is_a_mark_and_a_word(at: Callable[..., View], lang: str) -> None:
    made = children(at("H", lang), BALANCES.below, "children")
    assert made is not None
    [head] = [column for column in made.table.columns if column.key == STATUS]
    assert head.phone and head.kind == "status", "a phone has room for it"
    found = {row.id: row.cells[STATUS] for row in made.table.rows if row.id}
    assert {one: (cell.text, cell.mark) for one, cell in found.items()} == {
        one: (words[lang == "zh"], words[2]) for one, words in WORDS.items()
    }
    known = {one: cell.value for one, cell in found.items() if isinstance(cell.value, float)}
    assert sorted(known, key=lambda one: known[one]) == ["F", "C", "B", "A", "D"], (
        "by how far behind, and who has no plan is known last"
    )
    assert found["E"].value is None


def test_the_worst_are_named_and_each_cell_is_judged_or_neutral(at: Callable[..., View]) -> None:
    found = heat(at("H"), OVERVIEW.below)
    assert found is not None
    assert found.said.startswith(
        "2 of 4 institutions are behind plan in Deposit balance: C (net decrease), B ("
    )
    assert "behind by 4.7 pp" in found.said
    assert found.said.endswith("Also behind: Fee income of intermediary business 1 of 1.")
    assert found.worst == DEPOSIT
    rows = {row.id: row.cells for row in found.table.rows}
    assert list(rows) == ["F", "C", "B", "A", "D", "E"], "in the order of the measure named"
    deposits = {
        one: (cells[DEPOSIT].text, cells[DEPOSIT].mark, cells[DEPOSIT].note) for one, cells in rows.items()
    }
    assert deposits == {
        "F": ("65.0%", "", "not reached yet"),
        "C": ("net decrease", "bad", ""),
        "B": ("20.0%", "bad", "behind by 4.7 pp"),
        "A": ("30.0%", "good", "on course"),
        "D": ("300.0%", "good", "plan exceeded"),
        "E": ("No plan set", "", ""),
    }
    assert rows["B"][INCOME].text == "No plan set"
    assert [column.key for column in found.table.columns] == [NAME, DEPOSIT, INCOME], "what is delivered"
    flat = on_one_line(found.table)
    assert [row.cells[DEPOSIT].text for row in flat.rows][2] == "20.0% · behind by 4.7 pp"


def test_an_outlet_and_a_hidden_plan_say_nothing(at: Callable[..., View], planned: Store) -> None:
    assert heat(at("A"), OVERVIEW.below) is None
    assert {"E", "F"} <= set(planned.tree.ids)
    left = heat(at("H", without=(planned.tree.node_of["E"],)), OVERVIEW.below)
    assert left is not None and "E" not in {row.id for row in left.table.rows}


def said_of(view: View, pair: tuple[str, str]) -> Any:
    found, _ = items(view, [pair], course=False)
    return found[0] if found else None


@pytest.mark.parametrize("page", [OVERVIEW, BALANCES], ids=["overview", "balances"])
def test_a_table_says_of_a_plan_what_the_institutions_own_card_says(
    page: Any, look: Look, store: Store
) -> None:
    """Every institution of the bank, in the table of the one above and among its level."""
    seen: dict[str, int] = {}
    for node, by in [*((n, "children") for n in range(len(store.tree))), (0, "level:outlet")]:
        if not store.tree.children(node):
            continue
        made = children(look(node, rows=by), page.below, by)
        assert made is not None
        lead = made.table.columns[1].key.rpartition(".")
        told = {row.id: row.cells[STATUS] for row in made.table.rows if row.id and STATUS in row.cells}
        for one, cell in told.items():
            card = said_of(look(store.tree.node_of[one or ""]), (lead[0], lead[2]))
            plan = card.plan
            own = "" if plan is None else plan.word or plan.text
            assert cell.text == own, (one, node)
            seen[cell.mark] = seen.get(cell.mark, 0) + 1
    assert min(seen.get("good", 0), seen.get("bad", 0)) > 5, seen


def test_a_cell_says_what_the_institutions_own_card_says(look: Look, store: Store) -> None:
    """Plan or change, with the same verdict, of every institution that stands below another."""
    plans = changes = 0
    for node in (node for node in range(len(store.tree)) if store.tree.children(node)):
        found = heat(look(node), OVERVIEW.below)
        if found is None:
            continue
        planned = {head.key: head.unit == t("Plan completion") for head in found.table.columns}
        for row in found.table.rows:
            view = look(store.tree.node_of[row.id or ""])
            for pair in PAGES:
                cell: Cell = row.cells.get(".".join(pair), Cell())
                card = said_of(view, pair)
                if not cell.text:
                    continue
                if planned[".".join(pair)]:
                    assert (cell.note or cell.text) == (card.plan.word or card.plan.text), (row.id, pair)
                    plans += 1
                else:
                    [told, *_] = card.changes
                    assert cell.note == verdict_word(told.verdict), (row.id, pair)
                    assert cell.title == told.text and cell.text in told.text, (row.id, pair)
                    changes += 1
    assert plans > 50 and changes > 50, (plans, changes)


def test_a_level_of_many_is_cut_to_the_worst(look: Look) -> None:
    found = heat(look(0, rows="level:outlet"), OVERVIEW.below)
    every = children(look(0, rows="level:outlet"), OVERVIEW.below, "level:outlet")
    assert found is not None and every is not None
    rows = [row for row in every.table.rows if row.id]
    assert len(found.table.rows) + found.left_out == len(rows) and len(found.table.rows) == min(20, len(rows))
    values = [row.cells[found.worst].value for row in found.table.rows]
    assert values == sorted(values, key=lambda value: (value is None, value or 0))


def test_no_cell_opens_a_page_that_is_not_there() -> None:
    from ui.menu import PAGES as MENU

    assert set(PAGES.values()) <= {page.url for page in MENU}
    assert of("balance.lines", "deposit")[0] in PAGES, "what leads the page stands first"
