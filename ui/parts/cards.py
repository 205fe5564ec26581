"""The row of key figures on top of a page: a small component of our own.

`st.metric` shows one change only and is cut on a phone; here a figure has its unit, several changes, a
word of judgement, a definition and a sparkline. Texts arrive translated and are only ever set as text.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from ui.base.components import component, filled
from ui.base.words import t
from ui.parts.model import Card, Change, Place, Plan, mark_of, verdict_word

_mount = component("cards", '<div class="root"></div>')

FIRST = 6  # cards that a reader takes in at once; the others are opened
RED_UP = {"up": "#c8322b", "down": "#1e7f4f"}


def cards(
    items: Sequence[Card],
    *,
    key: str,
    colours: dict[str, str] = RED_UP,
    language: str = "zh",
    opens: Collection[str] = (),
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Draw the first six cards in a row, two on a phone; the others, where asked for, beneath.

    The direction of a change colours it, its verdict judges it with a word and a mark. A plan has a bar of
    what is done and a notch at the time elapsed. `on_open` is called with the id of a card of those that it
    `opens`, before the next run.
    """
    doors = {item.id for item in items if item.id in opens} if on_open is not None else set()
    drawn = [_card(item, opens=item.id in doors) for item in items]
    more = t("All {n} figures", n=len(drawn)) if len(drawn) > FIRST else None
    data = {"items": drawn, "colours": colours, "language": language, "first": FIRST, "more": more}
    if on_open is None or not doors:
        _mount(key=key, data=data)
        return

    def opened() -> None:
        chosen = st.session_state[key].get("opened")
        if chosen in doors:  # the browser may only choose what it was shown
            on_open(chosen)

    _mount(key=key, data=data, on_opened_change=opened)


def _card(card: Card, *, opens: bool) -> dict[str, Any]:
    """A card as the browser reads it."""
    told = {
        "id": card.id,
        "opens": opens,
        "label": card.label,
        "value": card.text,
        "raw": card.value,
        "unit": card.unit,
        "missing": card.missing,
        "changes": [_change(change) for change in card.changes],
        "lines": [_line(line) for line in (card.plan, card.place) if line is not None],
        "note": card.note,
        "window": card.window,
        "definition": card.definition,
        "spark": list(card.spark),
        "spark_alt": card.spark_alt,
    }
    return filled(told)


def _change(change: Change) -> dict[str, Any]:
    told = {
        "basis": change.basis,
        "text": change.text,
        "direction": change.direction,
        "verdict": mark_of(change.verdict),
        "word": verdict_word(change.verdict),
    }
    return filled(told)


def _line(line: Plan | Place) -> dict[str, Any]:
    told = {"text": line.text, "more": line.more, "title": line.title}
    if isinstance(line, Place):
        return filled(told | {"kind": "place"})
    more = {
        "kind": "plan",
        "so_far": line.so_far,
        "left": line.left,
        "done": line.done,
        "elapsed": line.elapsed,
        "verdict": mark_of(line.verdict),
        "word": line.word,
    }
    return filled(told | more)
