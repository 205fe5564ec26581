"""One bank of two years, and looks at it as the pages and the reports take them."""

import logging
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from data_access import periods
from data_access.build import build
from data_access.config import read_config
from data_access.grants import granted
from data_access.store import Store, open_store
from data_access.view import View
from metrics import SUBJECTS
from sample_data.bank import write

Look = Callable[..., View]


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a small bank that delivers every table, November 2024 to October 2026."""
    folder = tmp_path_factory.mktemp("two_years")
    write(folder, customers=600, months=24, outlets=24)
    build(read_config(folder / "cockpit.toml"), SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    return folder / "cockpit.toml"


@pytest.fixture(scope="session")
def store(bank: Path) -> Store:
    return open_store(read_config(bank))


@pytest.fixture(scope="session")
def look(store: Store) -> Look:
    """A look at an institution; the texts of the moment are then in its language."""

    def at(
        node: int, period: str = "2026-10", compare: str = periods.YEAR_START, also: str = periods.LAST_YEAR,
        lang: str = "zh", filters: dict[str, str] | None = None, **more: Any,
    ) -> View:  # fmt: skip
        st.session_state["lang"] = lang
        return View(store, SUBJECTS, granted(store.tree, None), node, periods.parse(period), compare,
                    filters or {}, lang, also=also, **more)  # fmt: skip

    return at


@pytest.fixture(autouse=True, scope="session")
def quiet() -> Iterator[None]:
    """Streamlit remarks at every text that there is no page."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    yield
    logging.disable(before)
