"""Parts of a page that have nothing to draw: their headings go, and one line at its end says why."""

import streamlit as st

from data_access.errors import CockpitError, NotDelivered
from ui.base.formats import plain
from ui.base.words import error_text, t

ABSENT = "absent"  # in the session: why parts of the page are not there, and the titles of those parts
HEADED = "headed"  # in the session: the place of a heading under which nothing was drawn yet, title and text


def heading(title: str, note: str = "") -> None:
    """The title of a part of the page, and a quieter word beside it; both are text, whatever they hold.

    It is drawn with what comes under it, so that a part that has nothing never shows one.
    """
    drawn()
    more = f" :small[:gray[{plain(note)}]]" if note else ""
    st.session_state[HEADED] = st.container(), title, f"#### {plain(title)}{more}"


def drawn() -> None:
    """The part has something: its heading is drawn."""
    place, _, text = st.session_state.pop(HEADED, (None, "", ""))
    if place is not None:
        place.markdown(text)


def nothing(why: str) -> None:
    """The part has nothing to draw; where it has drawn something before, the reason stands below that."""
    place, title, _ = st.session_state.pop(HEADED, (None, "", ""))
    if place is None:
        st.info(plain(why))
    else:
        absent(why, title)


def notice(error: CockpitError) -> None:
    """Why there is nothing to show, as text; what is not delivered is told at the end of the page."""
    if isinstance(error, NotDelivered) and "needs" in error.values:
        st.session_state.pop(HEADED, None)
        absent(error_text(error))
    else:
        drawn()
        st.info(plain(error_text(error)))


def absent(why: str, title: str = "") -> None:
    """Remembers why a part of the page is not there; one quiet line at its end tells of all of them."""
    parts = st.session_state.setdefault(ABSENT, {}).setdefault(why, [])
    if title and title not in parts:
        parts.append(title)


def absences() -> None:
    """The line at the end of the page: each reason once, after the parts that it holds for."""
    drawn()
    said = [
        t("{parts}: {why}", parts=t(", ").join(parts), why=why) if parts else why
        for why, parts in st.session_state.pop(ABSENT, {}).items()
    ]
    if said:
        st.caption(plain(" ".join(said)))
