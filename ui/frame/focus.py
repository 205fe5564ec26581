"""Leads the keyboard into a menu that it opened; Streamlit leaves the focus on the button."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "cockpit_focus", html="<span></span>", js=(Path(__file__).parent / "focus.js").read_text("utf-8")
)


def lead_in(key: str) -> None:
    """Called last inside a popover: its first control gets the focus, if a key opened it."""
    _mount(key=f"focus_{key}", data=[{}])
