"""One bank of two years, and looks at it as the pages and the reports take them."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from data_access import periods
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS

Look = Callable[..., View]


@pytest.fixture(scope="session")
def bank(two_years_bank: Path) -> Path:
    return two_years_bank


@pytest.fixture(scope="session")
def store(two_years: Store) -> Store:
    return two_years


@pytest.fixture(scope="session")
def look(store: Store) -> Look:
    """A look at an institution; the texts of the moment are then in its language."""

    def at(
        node: int,
        period: str = "2026-10",
        compare: str = periods.YEAR_START,
        also: str = periods.LAST_YEAR,
        lang: str = "zh",
        filters: dict[str, str] | None = None,
        without: tuple[int, ...] = (),
        **more: Any,
    ) -> View:
        st.session_state["lang"] = lang
        return View(
            scope=Scope(
                store=store,
                grant=everything(store.tree),
                node=node,
                filters=filters or {},
                without=without,
            ),
            subjects=SUBJECTS,
            period=periods.parse(period),
            comparison=compare,
            language=lang,
            also=also,
            **more,
        )

    return at


@pytest.fixture(autouse=True, scope="session")
def quiet() -> Iterator[None]:
    """Streamlit remarks at every text that there is no page."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    yield
    logging.disable(before)
