"""Institutions by what they close and have to win: the own figures of each, judged beyond chance alone."""

import pytest

from data_access.view.store import Store
from metrics.target import shown
from tests.ui.conftest import Look
from ui.base.words import t
from ui.funnel.institutions import closing_rows, still_to_win, to_win_rows
from ui.parts.child_rows import NAME, STATUS
from ui.parts.model import Cell
from ui.parts.plans import plan_cell, plans

WON = "funnel.outcomes.won_amount"


@pytest.mark.parametrize("period", ["2026-10", "2025"])
def test_each_row_is_what_the_institution_itself_tells(period: str, look: Look, store: Store) -> None:
    view = look(0, period, lang="en")
    found = closing_rows(view)
    assert found is not None
    assert [head.key for head in found.columns][:5] == [NAME, "rate", "amount", STATUS, "coverage"]
    sides = {row["institution"]: row["differs"] for row in view.metric("funnel.peers", "children").to_dicts()}
    measure = view.catalogue()["funnel.outcomes"].measure("won_amount")
    judged, few = 0, 0
    for row in found.rows:
        if row.role == "own":
            continue
        node = 0 if row.id is None else store.tree.node_of[row.id]
        at = look(node, period, lang="en")
        own = at.metric("funnel.outcomes").row(0, named=True)
        decided = own["won"] + own["lost"]
        rate = row.cells["rate"]
        assert row.cells["decided"].value == decided
        assert row.cells["amount"].value == own["won_amount"]
        if decided < store.policy.floor_cases:
            assert (rate.value, rate.text) == (None, f"too few cases (n = {decided})")
            few += 1
        else:
            assert rate.value == own["win_rate"]
            assert rate.title.endswith(f"n = {decided}")
            assert rate.direction == (sides.get(row.id) or 0)
            assert (rate.note == t("few cases")) == (decided < store.policy.floor_rank and not rate.direction)
            judged += 1
        plan = shown(plans(at), WON)
        assert row.cells[STATUS] == (Cell(t("No plan set")) if plan is None else plan_cell(plan, measure))
        assert row.cells["coverage"].value == at.metric("funnel.coverage")["coverage"][0]
    assert judged and (few or period == "2025")
    amounts = [row.cells["amount"].value for row in found.rows]
    assert sum(amounts[:-1]) == amounts[-1] == found.rows[-1].cells["amount"].value


def test_what_must_still_be_won_is_the_gap_less_what_is_expected(look: Look, store: Store) -> None:
    found = to_win_rows(look(0, lang="en"))
    assert found is not None
    gaps = [row.cells["gap"].value for row in found.rows if row.role == "child"]
    assert len(gaps) > 1 and gaps == sorted(gaps, reverse=True)
    words = set()
    for row in found.rows:
        node = 0 if row.id is None else store.tree.node_of[row.id]
        own = look(node, lang="en").metric("funnel.coverage").row(0, named=True)
        missing = own["target"] - own["actual"]
        left = row.cells["left"]
        assert left.value == pytest.approx(max(0, missing - own["expected_amount"]))
        assert row.cells["coverage"].value == own["coverage"]
        if missing <= 0:
            words.add(left.text)
            assert left.text == row.cells["gap"].text == t("plan reached")
        elif not left.value:
            words.add(left.text)
            assert left.text == t("covered")
    assert words


def test_still_to_win_by_hand() -> None:
    assert still_to_win(100, 30) == 70
    assert still_to_win(100, 130) == 0  # covered
    assert still_to_win(-5, 0) == 0  # reached
    assert still_to_win(100, 0) == 100


def test_without_a_plan_there_is_nothing_to_win(look: Look) -> None:
    """Of some customers no plan is set: no column of plans, no table of gaps."""
    view = look(0, filters={"kind": "corporate"}, lang="en")
    assert to_win_rows(view) is None
    found = closing_rows(view)
    assert found is not None
    assert STATUS not in [head.key for head in found.columns]
