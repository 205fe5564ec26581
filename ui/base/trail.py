"""What of a run goes into the audit record: who looked at what. It says so where that cannot be written."""

from typing import Any

import streamlit as st

from data_access.access.audit import Act, record
from data_access.view.view import View
from ui.base.reader import reader
from ui.base.snapshot import live
from ui.base.words import t

PAGE = "page_name"  # in the session: the page of this run
_TOLD, _FAILED = "audited", "audit_failed"


def note(act: Act, view: View, *, most: int | None = None, **words: Any) -> bool:
    """Records an act of this run's reader, with the institution, page, period and snapshot he looks at;
    `words` may say otherwise."""
    who = reader(view.store.tree)
    where = {
        "institution": view.store.tree.ids[view.node],
        "page": st.session_state.get(PAGE, ""),
        "period": str(view.period),
        "snapshot": view.store.id,
    }
    return record(live().config, act, who.user, by=who.by, most=most, **where | words)


def note_once(act: Act, view: View, what: str, **words: Any) -> None:
    """Records it where it is not what was recorded last: a rerun of the same look is no new act.

    What could not be written is tried again at the next run, and the page says so.
    """
    who = reader(view.store.tree)
    said = (
        who.user,
        who.by,
        view.scope.key,
        str(view.period),
        view.store.id,
        st.session_state.get(PAGE),
        words,
    )
    told: dict[str, object] = st.session_state.setdefault(_TOLD, {})
    key = f"{act} {what}"
    if told.get(key) == said:
        return
    if note(act, view, what=what, **words):
        told[key] = said
    else:
        st.session_state[_FAILED] = True


def forget(act: Act, what: str) -> None:
    """It is over: when it begins again it is a new act."""
    st.session_state.get(_TOLD, {}).pop(f"{act} {what}", None)


def unwritten() -> None:
    """The quiet line of a page whose acts could not be recorded."""
    if st.session_state.pop(_FAILED, False):
        st.caption(t("This look could not be written into the audit record. Tell the administrator."))
