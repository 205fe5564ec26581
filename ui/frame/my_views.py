"""My views: a reader's own links under names of his own; nobody else sees them."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from data_access.access.audit import Act
from data_access.errors import CallError, CockpitError
from data_access.notes.database import read_only
from data_access.notes.views import LONGEST_NAME, SavedView, delete, rename, save, views_of
from ui.base.formats import plain
from ui.base.link import LIVE, OPEN
from ui.base.reader import reader
from ui.base.snapshot import live
from ui.base.trail import note
from ui.base.words import error_text, language, t
from ui.frame.focus import lead_in
from ui.frame.look import Look
from ui.menu import PAGES


def my_views(look: Look, where: str) -> None:
    """A menu: open a saved view, save this one, rename or delete one. In the view of another user it is not
    there, for his are his alone."""
    if look.reader.by:
        return
    with st.popover(t("My views"), type="tertiary", key=f"views_{where}", on_change="rerun") as opened:
        if not opened.open:
            return
        told = st.session_state.pop(f"views_{where}_told", None)
        if told is not None:
            st.error(plain(error_text(told)))
        try:
            found = views_of(live().notes, look.reader.user)
            writable = live().notes.may_write
        except CockpitError as error:
            st.caption(plain(error_text(error)))
            return
        for number, view in enumerate(found):
            st.button(
                plain(view.name),
                key=f"view_{number}_{where}",
                type="tertiary",
                on_click=_open,
                args=(view, where),
            )
        if not found:
            st.caption(t("No view is saved yet. A saved view opens with the latest data."))
        if not writable:
            st.caption(plain(error_text(read_only())))
            return
        _keeping(look, found, where)
        lead_in(f"views_{where}")


def _keeping(look: Look, found: list[SavedView], where: str) -> None:
    st.text_input(t("Name of this view"), key=f"view_name_{where}", max_chars=LONGEST_NAME)
    st.button(t("Save this view"), key=f"view_save_{where}", on_click=_save, args=(look, where))
    if not found:
        return
    with st.expander(t("Rename or delete"), key=f"view_more_{where}"):
        names = [view.name for view in found]
        st.selectbox(t("Saved view"), names, key=f"view_old_{where}")
        st.text_input(t("New name"), key=f"view_new_{where}", max_chars=LONGEST_NAME)
        with st.container(horizontal=True, gap="small"):
            st.button(t("Rename"), key=f"view_rename_{where}", on_click=_rename, args=(look, where))
            st.button(t("Delete"), key=f"view_delete_{where}", on_click=_delete, args=(look, where))


def _open(view: SavedView, where: str) -> None:
    """The page of the view, in the language of now and with the latest data."""
    if view.page not in {page.url for page in PAGES}:
        st.session_state[f"views_{where}_told"] = CallError(
            "The page of this view is no more. Delete the view."
        )
        return
    values = dict(parse_qsl(view.query, keep_blank_values=True))
    st.session_state[OPEN] = view.page, values | {"snapshot": LIVE, "lang": language()}


def _save(look: Look, where: str) -> None:
    query = urlencode({key: value for key, value in look.values.items() if key != "snapshot"})
    name = str(st.session_state[f"view_name_{where}"])
    view = SavedView(name, look.page.url, query)
    if _done(look, where, "save", lambda user: save(live().notes, user, view)):
        st.session_state[f"view_name_{where}"] = ""


def _rename(look: Look, where: str) -> None:
    old, new = (str(st.session_state[f"view_{key}_{where}"]) for key in ("old", "new"))
    if _done(look, where, "rename", lambda user: rename(live().notes, user, old, new)):
        st.session_state[f"view_new_{where}"] = ""
        st.session_state.pop(f"view_old_{where}")


def _delete(look: Look, where: str) -> None:
    name = str(st.session_state[f"view_old_{where}"])
    if _done(look, where, "delete", lambda user: delete(live().notes, user, name)):
        st.session_state.pop(f"view_old_{where}")


def _done(look: Look, where: str, what: str, work: Callable[[str], None]) -> bool:
    """Does it for the reader who is signed in now, and records it."""
    try:
        who = reader(look.store.tree)
        if not who.user or who.by:
            raise CallError("Your session has ended.")
        work(who.user)
    except CockpitError as error:
        st.session_state[f"views_{where}_told"] = error
        return False
    note(Act.my_view, look.view(), what=what)
    return True
