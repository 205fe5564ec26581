"""Rates in a table of institutions: each one's own, with its interval; of few cases a word in its place."""

import pytest

import ui.parts.children
from data_access.view.store import Store
from tests.ui.conftest import Look
from tests.ui.parts.test_children import table
from ui.base.words import t
from ui.parts.child_rows import NAME, WORDS
from ui.parts.contents import of
from ui.parts.model import Cell


def test_rates_are_each_institutions_own_and_of_few_cases_a_word(look: Look, store: Store) -> None:
    """What stands in a row and in the total is what the institution's own card tells."""
    floor, told, few = store.policy.floor_cases, 0, 0
    wanted = of("complaints.summary", "opened", "per_10k", "on_time")
    for period, by in (("2026-10", "children"), ("2025", "children"), ("2025", "level:outlet")):
        view = look(0, period, lang="en")
        for row in table(view, wanted, by).table.rows:
            if row.role == "own":
                continue
            node = 0 if row.id is None else store.tree.node_of[row.id]
            own = look(node, period, lang="en").metric("complaints.summary").row(0, named=True)
            for name, cases in (("per_10k", "opened"), ("on_time", "promised")):
                cell = row.cells[f"complaints.summary.{name}"]
                if own[cases] < floor:
                    assert (cell.value, cell.text) == (None, f"too few cases (n = {own[cases]})")
                    few += 1
                else:
                    assert cell.value == own[name]
                    told += 1
            rate = row.cells["complaints.summary.on_time"]
            if rate.value is None:
                assert not rate.title
            else:
                ends = f"{own['low'] * 100:.1f}–{own['high'] * 100:.1f}"
                assert rate.title == f"95 % interval {ends} %, n = {own['promised']}"
    assert told > 5 and few > 10
    heads = [head.key for head in table(look(0), wanted).table.columns]
    assert "complaints.summary.promised" not in heads  # asked for the rate's sake alone


def test_smaller_institutions_together_have_no_rate(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.parts.children, "MOST", 2)
    made = table(look(0, "2025", lang="en"), of("complaints.summary", "opened", "on_time"))
    [row] = [row for row in made.table.rows if row.cells[NAME].text == t(WORDS["smaller"])]
    assert row.cells["complaints.summary.on_time"] == Cell("", None)
