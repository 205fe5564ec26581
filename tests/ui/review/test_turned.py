"""Whose plans turned within a week, by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS
from tests.metrics.asking import by_hand
from tests.metrics.asking import look as looked
from ui.review.turned import turned

TREE = """
    institution_id,parent_id,level,name
    H,,head_office,Head
    A,H,branch_1,A
    B,H,branch_1,B
    C,H,branch_1,C
    A1,A,outlet,East
"""
# an increase of 1,000 in the year: on 24 March 83 days are over (227), on the 31st 90 (246)
TARGETS = "institution_id,metric,basis,period_start,period_end,value\n" + "\n".join(
    [f"{one},balance.lines.deposit,increase,2026-01-01,2026-12-31,1000" for one in ("A", "B", "C", "A1")]
    + ["C,book.summary.customers,level,2026-01-01,2026-12-31,1"]  # told by month: a week says nothing of it
)
BALANCES = """
    date,institution_id,business_line,balance
    2025-12-31,A1,deposit,1000
    2025-12-31,B,deposit,1000
    2025-12-31,C,deposit,1000
    2026-03-24,A1,deposit,1230      # 230 of 227: on course
    2026-03-24,B,deposit,1226       # a little behind
    2026-03-24,C,deposit,1300
    2026-03-31,A1,deposit,1240      # 240 of 246: behind
    2026-03-31,B,deposit,1247       # on course again
    2026-03-31,C,deposit,1300       # as before
"""
MONTHS = "month,customer_id,institution_id\n2026-02-28,1,A1\n2026-03-31,1,C"
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    tables = {"institutions": TREE, "targets": TARGETS, "daily_balances": BALANCES, "customer_months": MONTHS}
    return by_hand(tmp_path_factory.mktemp("turned"), SUBJECTS, tables)


@pytest.fixture
def at(store: Store) -> Callable[..., View]:
    def view(node: str, when: tuple[date, date] = MARCH, rows: str = "children", **more: Any) -> View:
        st.session_state["lang"] = "en"
        return replace(looked(store, SUBJECTS, node, *when, **more), language="en", rows=rows)

    return view


def test_who_fell_behind_and_who_came_back(at: Callable[..., View]) -> None:
    assert turned(at("H")) == (
        "Newly behind plan since 2026-03-24: A (Deposit balance). "
        "Back on course since 2026-03-24: B (Deposit balance)."
    )
    assert turned(at("H", rows="level:outlet")) == (
        "Newly behind plan since 2026-03-24: A1 · A (Deposit balance)."
    ).replace("A1", "East")
    assert turned(at("A")) == "Newly behind plan since 2026-03-24: East (Deposit balance)."


def test_where_nothing_turned_nothing_is_said(at: Callable[..., View]) -> None:
    assert turned(at("H", (date(2026, 2, 1), date(2026, 2, 28)))) == ""  # all were behind, and are
    assert turned(at("H", (date(2025, 12, 31), date(2025, 12, 31)))) == ""  # the first day of the data
    assert turned(at("B")) == ""


def test_a_bank_without_daily_balances_has_no_week(tmp_path: Path) -> None:
    tables = {"institutions": TREE, "targets": TARGETS.replace("balance.lines.deposit", "book.summary.aum")}
    store = by_hand(tmp_path, SUBJECTS, tables | {"customer_months": MONTHS})
    assert turned(looked(store, SUBJECTS, "H", *MARCH)) == ""
