"""The sentence on how well the outlook foretold."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import streamlit as st

from ui.migration.outlook import record


@pytest.mark.parametrize(("actual", "said"), [([90, 110], False), ([100, 100], True), ([95, 105], False)])
def test_it_says_where_nothing_changes_foretold_better(actual: list[int], said: bool) -> None:
    st.session_state["lang"] = "en"
    told = {"opening": [100, 100], "forecast": [90.0, 110.0], "low": [85.0, 105.0], "high": [95.0, 115.0]}
    view: Any = SimpleNamespace(metric=lambda _name: pl.DataFrame({**told, "actual": actual}))
    assert ("“Nothing changes” foretold better" in record(view)) is said
