"""Metrics as cards."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import streamlit as st

from data_access.view.view import View
from ui.base.link import go_to_page
from ui.base.words import language, t
from ui.parts.cards import cards
from ui.parts.contents import Wanted
from ui.parts.key_items import items

NOWHERE: Mapping[str, str] = MappingProxyType({})


def colours(view: View) -> dict[str, str]:
    """Which colour says up and which down; red is up in China."""
    red, green = "#c8322b", "#1e7f4f"
    up, down = (red, green) if view.store.policy.up_is_red else (green, red)
    return {"up": up, "down": down}


def key_figures(
    view: View,
    wanted: Wanted,
    *,
    key: str,
    opens: Mapping[str, str] = NOWHERE,
    notes: Mapping[str, str] = NOWHERE,
) -> None:
    """Cards for (metric, column) pairs; what the bank does not deliver is not drawn. `opens`: the page that a
    card opens, `notes`: what stands at its foot besides, by the full name of its measure."""
    found, unfiltered = items(view, wanted)
    none = not any(change.compared for card in found for change in card.changes)
    if none and any(card.changes for card in found):  # said once, not on every card
        found = [replace(card, changes=()) for card in found]
        st.caption(t("There is no earlier data to compare with."))
    if notes:
        found = [
            replace(card, note=" · ".join(filter(None, [card.note, notes.get(card.id, "")])))
            for card in found
        ]
    cards(
        found,
        key=key,
        colours=colours(view),
        language=language(),
        opens=opens,
        on_open=(lambda chosen: go_to_page(opens[chosen])) if opens else None,
    )
    if unfiltered:
        names = ", ".join(unfiltered)
        st.caption(t("Not shown, for the filter does not apply to them: {names}.", names=names))
