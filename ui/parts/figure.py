"""A chart on the page."""

from collections.abc import Callable
from functools import cache
from typing import Any

import plotly.io
import streamlit as st
from plotly.basedatatypes import BaseFigure

from charts.theme import CONFIG
from ui.base.words import language, own
from ui.parts.quiet import drawn

NESTED = (list, dict)


class _Checked(BaseFigure):  # type: ignore[misc]
    """A figure of ours as Streamlit takes it. Plotly would look at every property of a dict at each look;
    the tests have it look at each figure once."""

    def __init__(self, fig: dict[str, Any]) -> None:
        self._fig = fig

    def to_dict(self) -> dict[str, Any]:
        traces = _said(_rounded(self._fig["data"]))
        template = _template(frozenset(trace["type"] for trace in traces))
        return {"data": traces, "layout": {"template": template} | _said(self._fig["layout"])}


def _rounded(value: Any) -> Any:
    """Ten digits of each number, more than any label shows; all seventeen would be a third of a figure."""
    if type(value) is float:
        return float(f"{value:.10g}")
    if type(value) is list:  # most of a figure: without a call for each number and word
        return [
            float(f"{one:.10g}") if type(one) is float else _rounded(one) if type(one) in NESTED else one
            for one in value
        ]
    return {key: _rounded(one) for key, one in value.items()} if type(value) is dict else value


def _said(value: Any) -> Any:
    """The bank's own words in the reader's language; in Chinese they stay as they are."""
    if language() == "zh":
        return value
    if type(value) is dict:
        return {key: _said(one) for key, one in value.items()}
    if type(value) is list:
        return [own(one) if type(one) is str else _said(one) if type(one) in NESTED else one for one in value]
    return own(value) if type(value) is str else value


@cache
def _template(kinds: frozenset[str]) -> dict[str, Any]:
    """Streamlit's for these kinds of traces, with the marks that its browser side swaps for the colours of
    the theme in force. Scales of colours are a figure's own."""
    theme = plotly.io.templates[plotly.io.templates.default].to_plotly_json()
    return {
        "data": {kind: how for kind, how in theme["data"].items() if kind in kinds},
        "layout": {"colorway": theme["layout"]["colorway"]},
    }


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
