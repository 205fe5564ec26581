"""A button that puts a text on the clipboard, also where the browser keeps its own way for https only."""

from pathlib import Path

import streamlit as st

from ui.base.words import t

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "cockpit_copy",
    html='<button type="button" class="copy"></button><span class="done" role="status"></span>',
    css=(_HERE / "clipboard.css").read_text("utf-8"),
    js=(_HERE / "clipboard.js").read_text("utf-8"),
)


def copyable(label: str, text: str, *, key: str) -> None:
    """A button with a label; the text is copied as it stands."""
    _mount(key=key, data={"label": label, "text": text, "copied": t("Copied"), "failed": t("Copy this text")})
