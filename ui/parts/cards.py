"""The row of key figures on top of a page: a small component of our own.

`st.metric` shows one change only and is cut on a phone; here a figure has its unit, several changes, a
word of judgement, a definition and a sparkline. Texts arrive translated and are only ever set as text.
"""

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "cockpit_cards",
    html='<div class="root"></div>',
    css=(_HERE / "definition.css").read_text("utf-8") + (_HERE / "cards.css").read_text("utf-8"),
    js=(_HERE / "definition.js").read_text("utf-8") + (_HERE / "cards.js").read_text("utf-8"),
)

RED_UP = {"up": "#c8322b", "down": "#1e7f4f"}


def cards(
    items: list[dict[str, Any]], *, key: str, colours: dict[str, str] = RED_UP, language: str = "zh"
) -> None:
    """Draw the items as cards, four in a row (five where that leaves no gap), two on a phone.

    An item has `label`, `value` (None: the word in `missing` stands in its place), `unit`, `changes`
    (each `basis`, `text`, `direction` 1/0/-1, `verdict` good/bad/None, `word`), and where wanted
    `definition`, `spark` with `spark_alt`, `note`. `direction` colours a change, `verdict` and `word`
    judge it; a change that is not significant has direction 0. `lines` are plan (with a bar of
    what is done and a notch at the time elapsed) and place.
    """
    # In a list, because Streamlit searches a dict for frames, and loads pandas to do so.
    _mount(key=key, data=[{"items": items, "colours": colours, "language": language}])
