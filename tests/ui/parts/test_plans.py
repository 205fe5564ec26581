"""Plans in words: which way is good, what is passed, what would say nothing as a percentage."""

from datetime import date
from typing import Any

import pytest
import streamlit as st

from data_access.subject import Measure
from ui.base.formats import Scale
from ui.parts.model import BAD, GOOD, Verdict
from ui.parts.plans import done_cell, done_said, gap_cell, standing

MORE = Measure(name="x", label="x", unit="money", good=1)
LESS = Measure(name="x", label="x", unit="customers", flow=True, good=-1)
RATE = Measure(name="x", label="x", unit="rate", good=1)
MILLIONS = Scale(1e6, "M CNY", 2)


@pytest.fixture(autouse=True)
def english() -> None:
    st.session_state["lang"] = "en"


def row(target: float, actual: float, elapsed: float = 0.83, basis: str = "flow") -> dict[str, Any]:
    return {
        "basis": basis,
        "target": target,
        "actual": actual,
        "attainment": actual / target,
        "elapsed": elapsed,
        "gap": target - actual,
        "period_start": date(2026, 1, 1),
        "counted_to": date(2026, 10, 31),
    }


@pytest.mark.parametrize(
    ("target", "actual", "elapsed", "basis", "expected"),
    [
        (200, 99, 0.83, "flow", Verdict.WITHIN),  # half used with most of the year over
        (200, 180, 0.83, "flow", Verdict.TOO_FAST),
        (40, 40, 0.83, "flow", Verdict.USED_UP),
        (40, 40, 1.0, "flow", Verdict.WITHIN),  # the year is over, and the limit was kept
        (40, 41, 1.0, "flow", Verdict.OVER),
        (40, 39, 0.1, "level", Verdict.WITHIN),
        (40, 41, 0.1, "level", Verdict.OVER),
    ],
)
def test_where_less_is_better_a_plan_is_a_limit(
    target: float, actual: float, elapsed: float, basis: str, expected: Verdict
) -> None:
    found = standing(row(target, actual, elapsed, basis), LESS)
    assert found is expected and found in (GOOD if expected is Verdict.WITHIN else BAD)


def test_where_more_is_better() -> None:
    assert standing(row(200, 99), MORE) is Verdict.BEHIND
    assert standing(row(200, 180), MORE) is Verdict.ON_COURSE
    assert standing(row(200, 200, basis="level"), MORE) is Verdict.REACHED
    assert standing(row(200, 99, basis="level"), MORE) is Verdict.NONE, "time says nothing of a level"
    assert standing(row(200, 99), Measure(name="x", label="x", unit="money")) is Verdict.NONE


def test_a_decrease_and_a_multiple_are_said_in_words() -> None:
    assert done_said(row(10, -186.87, basis="increase"), MILLIONS, 1_000_000) == "net decrease 186.87 M CNY"
    assert done_said(row(10, 123.4), MILLIONS, 1_000_000) == "12.3 times"
    assert done_said(row(10, 9.98), MILLIONS, 1_000_000) == "99.8%"
    cell = done_cell(row(10, -186.87), MILLIONS, 1_000_000)
    assert (cell.text, cell.title) == ("net decrease", "net decrease 186.87 M CNY")


def test_a_gap_is_never_a_bare_nothing_and_never_below_it() -> None:
    assert gap_cell(0.02 * 1e6 / 10, MORE, MILLIONS).text == "<0.01", (
        "2 % are missing, which rounds to nothing"
    )
    assert gap_cell(0.0, MORE, MILLIONS).text == "0.00"
    assert gap_cell(-0.12e6, MORE, MILLIONS).text == "exceeded by 0.12"
    assert gap_cell(-3, LESS, Scale(1, "", 0)).text == "over by 3"
    assert gap_cell(0.031, RATE, Scale(0.01, "%", 1)).text == "3.1", "points, in a column of points"
