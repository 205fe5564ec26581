"""A chart on the page."""

from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.io
import streamlit as st
from plotly.basedatatypes import BaseFigure

from charts.theme import CONFIG
from ui.parts.quiet import drawn


class _Checked(BaseFigure):  # type: ignore[misc]
    """A figure of ours as Streamlit takes it. Plotly would look at every property of a dict at each look;
    the tests have it look at each figure once."""

    def __init__(self, fig: dict[str, Any]) -> None:
        self._fig = fig

    def to_dict(self) -> dict[str, Any]:
        return self._fig | {"layout": {"template": _template()} | self._fig["layout"]}


@cache
def _template() -> dict[str, Any]:
    """Streamlit's, with the marks that its browser side swaps for the colours of the theme in force."""
    theme: dict[str, Any] = plotly.io.templates[plotly.io.templates.default].to_plotly_json()
    return theme


def figure(fig: dict[str, Any], *, key: str, on_select: Callable[[list[Any]], None] | None = None) -> None:
    """Draw a figure dict; its alternative text becomes the chart's accessible name.

    `on_select` is called with the `customdata` of a point that is clicked, before the next run, so it may set
    `st.query_params`. What is chosen stays chosen in the browser: a figure whose choice can also be made
    elsewhere takes a key of its own per choice, so that the same point can be clicked again.
    """
    drawn()
    how: dict[str, Any] = {"theme": "streamlit", "config": CONFIG, "alt": fig["layout"]["meta"]["alt"]}
    if on_select is None:
        st.plotly_chart(_Checked(fig), key=key, **how)
        return

    def selected() -> None:
        points = st.session_state[key].selection.points
        if points:
            on_select(points[0]["customdata"])

    st.plotly_chart(_Checked(fig), key=key, on_select=selected, selection_mode="points", **how)
