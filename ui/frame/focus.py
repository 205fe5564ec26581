"""Leads the keyboard into a menu that it opened; Streamlit leaves the focus on the button."""

from ui.base.components import component

_mount = component("focus", "<span></span>")


def lead_in(key: str) -> None:
    """Called last inside a popover: its first control gets the focus, if a key opened it."""
    _mount(key=f"focus_{key}", data={})
