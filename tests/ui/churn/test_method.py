"""What the method drawer says of the interval."""

from types import SimpleNamespace
from typing import Any

import streamlit as st

from metrics.churn.learning import Frailty
from ui.churn.method import coverage_said


def look(common: dict[str, dict[str, dict[str, float]]]) -> Any:
    def learned(kind: type) -> Any:
        assert kind is Frailty
        return Frailty(common=common)

    return SimpleNamespace(store=SimpleNamespace(learned=learned, months=(), models={}), settings={})


def test_it_tells_how_many_past_forecasts_lay_within() -> None:
    st.session_state["lang"] = "en"
    spread = {"phi": 0.01, "df": 2.0, "inside": 6.0, "of": 8.0}
    said = coverage_said(look({"closed": dict.fromkeys(("3", "6", "12"), spread)}))
    assert "of 8 forecasts" in said and "months 6 lay within" in said
    assert coverage_said(look({})) == ""
