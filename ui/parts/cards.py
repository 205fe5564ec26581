"""The row of key figures on top of a page: a small component of our own.

`st.metric` shows one change only and is cut on a phone; here a figure has its unit, several changes, a
word of judgement, a definition and a sparkline. Texts arrive translated and are only ever set as text.
"""

from collections.abc import Sequence
from typing import Any

from ui.base.components import component, filled
from ui.parts.model import Card, Change, Place, Plan, mark_of, verdict_word

_mount = component("cards", '<div class="root"></div>')

RED_UP = {"up": "#c8322b", "down": "#1e7f4f"}


def cards(items: Sequence[Card], *, key: str, colours: dict[str, str] = RED_UP, language: str = "zh") -> None:
    """Draw the cards, four in a row (five where that leaves no gap), two on a phone.

    The direction of a change colours it, its verdict judges it with a word and a mark. A plan has a bar of
    what is done and a notch at the time elapsed.
    """
    drawn = [_card(item) for item in items]
    _mount(key=key, data={"items": drawn, "colours": colours, "language": language})


def _card(card: Card) -> dict[str, Any]:
    """A card as the browser reads it."""
    told = {
        "id": card.id,
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
