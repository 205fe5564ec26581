"""Who is signed in, the way out, and what stands instead of a page for who may see nothing."""

from html import escape
from urllib.parse import quote

import streamlit as st

from data_access.access.audit import Act, record
from data_access.access.settings import SignIn
from data_access.view.grants import ADMIN, NOTHING
from ui.base.formats import plain
from ui.base.reader import Reader, look_as
from ui.base.snapshot import live
from ui.base.words import t
from ui.frame.look import Look

TOLD = "told_nothing"  # in the session: whose refusal is on record


def let_in(reader: Reader) -> None:
    """Ends the run where there is no session, or nothing that its user may see."""
    if not reader.user:
        st.info(t("Your session has ended."))
        _link("login", t("Sign in"), f"?next={quote(st.context.url or '', safe='')}")
        st.stop()
    if reader.grant == NOTHING:
        if st.session_state.get(TOLD) != reader.user:
            st.session_state[TOLD] = reader.user
            record(live().config, Act.refused, reader.user, by=reader.by, what="no grant")
        st.info(
            t("No institution is granted to you ({user}). Ask your administrator.", user=plain(reader.user))
        )
        _link("logout", t("Sign out"))
        if reader.by:
            _stop_looking(reader)
        st.stop()


def signed_in_menu(look: Look, where: str) -> None:
    """The reader's name with the way out; for administrators also the cockpit as another user sees it."""
    if live().auth.sign_in is SignIn.none:
        return
    reader = look.reader
    with st.popover(plain(reader.by or reader.user), type="tertiary", key=f"reader_{where}"):
        _link("logout", t("Sign out"))
        if reader.by or reader.grant.of(ADMIN):
            st.text_input(t("View as (user id)"), key=f"as_{where}", max_chars=200)
            st.button(
                t("View as this user"),
                key=f"look_as_{where}",
                on_click=lambda: look_as(
                    str(st.session_state[f"as_{where}"]).strip() or None, reader.by or reader.user
                ),
            )


def viewed_as(look: Look) -> None:
    """The mark on a page that is seen as another user sees it."""
    if look.reader.by:
        st.warning(plain(mark_of(look.reader)))
        _stop_looking(look.reader)


def mark_of(reader: Reader) -> str:
    """The same in words, for pages and files."""
    return t("As {user} sees it; looked at by {admin}", user=reader.user, admin=reader.by)


def _stop_looking(reader: Reader) -> None:
    st.button(t("Back to my own view"), key="look_as_self", on_click=look_as, args=(None, reader.by))


def _link(where: str, label: str, query: str = "") -> None:
    """A link of the same tab; Streamlit's own open another one."""
    address = live().config.address
    base = address.path if address else ""
    to = escape(f"{base}/auth/{where}{query}")
    st.html(f'<a href="{to}" target="_self" style="color: inherit">{escape(label)}</a>')
