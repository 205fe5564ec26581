"""A page of few cases opens at the quarter, for who has chosen nothing."""

from dataclasses import replace

import polars as pl
import streamlit as st

from data_access import periods
from data_access.view.grants import grant_of
from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS
from tests.ui.frame.test_look import fresh, opened, whole
from ui.frame.look import settle
from ui.menu import PAGES

__all__ = ["fresh"]  # a reader who has just come, before each test


def with_floor(store: Store, cases: int) -> Store:
    return replace(store, policy=replace(store.policy, floor_rank=cases))


def test_a_page_of_few_cases_opens_at_the_quarter(store: Store) -> None:
    """By what was lost in the month at the very institution that the reader may view."""
    number = next(place for place, page in enumerate(PAGES) if page.url == "reasons")
    view = View(scope=whole(store), subjects=SUBJECTS, period=periods.parse("2026-10"))
    lost = view.metric("funnel.outcomes", "children").select("institution", "lost")
    top = view.metric("funnel.outcomes")["lost"][0]
    assert opened(with_floor(store, top), number).values["period"] == "2026-10"
    assert opened(with_floor(store, top + 1), number).values["period"] == "2026-Q3"
    most = lost.filter(pl.col("lost") > 0).row(0, named=True)
    node, floor = store.tree.node_of[most["institution"]], most["lost"] + 1
    assert floor <= top
    own = grant_of(store.tree, [node], frozenset())
    assert opened(with_floor(store, floor), number).values["period"] == "2026-10"
    look = opened(with_floor(store, floor), number, grant=own)
    assert (look.node, look.values["period"], look.values["compare"]) == (node, "2026-Q3", "year_start")
    st.query_params.clear()
    assert settle(store, PAGES[number + 1], look.reader).values["period"] == "2026-10"  # nobody chose it


def test_a_chosen_month_stays_however_few_its_cases(store: Store) -> None:
    number = next(place for place, page in enumerate(PAGES) if page.url == "reasons")
    assert opened(with_floor(store, 10_000), number, period="2026-10").values["period"] == "2026-10"
    assert opened(with_floor(store, 10_000), number - 1).values["period"] == "2026-10"  # of another page
