"""A chart on the page."""

from typing import Any

import streamlit as st

from charts.theme import CONFIG


def figure(fig: dict[str, Any], *, key: str) -> None:
    """Draw a figure dict; its alternative text becomes the chart's accessible name."""
    st.plotly_chart(fig, theme="streamlit", config=CONFIG, key=key, alt=fig["layout"]["meta"]["alt"])
