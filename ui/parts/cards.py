"""The row of key figures on top of a page: a small component of our own.

`st.metric` shows one change only and is cut on a phone; here a figure has its unit, several changes, a
word of judgement, a definition and a sparkline. Texts arrive translated and are only ever set as text.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ui.parts.model import BAD, GOOD, Card, Change, Place, Plan, Verdict, verdict_word

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "cockpit_cards",
    html='<div class="root"></div>',
    css=(_HERE / "definition.css").read_text("utf-8") + (_HERE / "cards.css").read_text("utf-8"),
    js=(_HERE / "definition.js").read_text("utf-8") + (_HERE / "cards.js").read_text("utf-8"),
)

RED_UP = {"up": "#c8322b", "down": "#1e7f4f"}


def cards(items: Sequence[Card], *, key: str, colours: dict[str, str] = RED_UP, language: str = "zh") -> None:
    """Draw the cards, four in a row (five where that leaves no gap), two on a phone.

    The direction of a change colours it, its verdict judges it with a word and a mark. A plan has a bar of
    what is done and a notch at the time elapsed.
    """
    drawn = [_card(item) for item in items]
    # In a list, because Streamlit searches a dict for frames, and loads pandas to do so.
    _mount(key=key, data=[{"items": drawn, "colours": colours, "language": language}])


def _card(card: Card) -> dict[str, Any]:
    """A card as the browser reads it."""
    return {
        "id": card.id,
        "label": card.label,
        "value": card.text or None,
        "raw": card.value,
        "unit": card.unit,
        "missing": card.missing,
        "changes": [_change(change) for change in card.changes],
        "lines": [_line(line) for line in (card.plan, card.place) if line is not None],
        "note": card.note or None,
        "window": card.window or None,
        "definition": card.definition or None,
        "spark": list(card.spark) or None,
        "spark_alt": card.spark_alt,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "basis": change.basis,
        "text": change.text,
        "direction": change.direction,
        "verdict": _mark(change.verdict) or None,
        "word": verdict_word(change.verdict),
    }


def _line(line: Plan | Place) -> dict[str, Any]:
    told = {"text": line.text, "more": line.more, "title": line.title}
    if isinstance(line, Place):
        return told | {"kind": "place", "left": ""}
    return told | {
        "kind": "plan",
        "so_far": line.so_far,
        "left": line.left,
        "done": line.done,
        "elapsed": line.elapsed,
        "verdict": _mark(line.verdict),
        "word": verdict_word(line.verdict),
    }


def _mark(verdict: Verdict) -> str:
    return "good" if verdict in GOOD else "bad" if verdict in BAD else ""
