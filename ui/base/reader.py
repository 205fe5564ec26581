"""Who reads: the user of this run and what he may see, asked anew at every click."""

from dataclasses import dataclass, replace

import streamlit as st

from data_access.access.audit import Act, record
from data_access.access.settings import SignIn
from data_access.tree import Tree
from data_access.view.grants import ADMIN, NOTHING, Grant, as_seen_by, everything, in_tree
from ui.base.snapshot import live

LOCAL = "local"  # the one person at a machine of his own
SESSION_HEADER, USER_HEADER = "X-Cockpit-Session", "X-Cockpit-User"  # set by the server alone
VIEW_AS = "view_as"


@dataclass(frozen=True)
class Reader:
    """A user and his grant; `by`: the administrator who looks at the cockpit as this user sees it."""

    user: str
    grant: Grant
    by: str | None = None

    def in_tree(self, now: Tree, then: Tree) -> "Reader":
        """The same reader where institutions hang as then."""
        return replace(self, grant=in_tree(self.grant, now, then))


def signed_in() -> str | None:
    """The user whose session holds; None where nobody is signed in, or not any more."""
    if live().auth.sign_in is SignIn.none:
        return LOCAL
    session = live().sessions.find(st.context.headers.get(SESSION_HEADER))
    return session.user if session else None


def reader(tree: Tree) -> Reader:
    """The reader of this run; without a session or a right he sees nothing."""
    user = signed_in()
    if user is None:
        return Reader("", NOTHING)
    own = everything(tree) if live().auth.sign_in is SignIn.none else live().register.granted(tree, user)
    other = st.session_state.get(VIEW_AS)
    if other and own.of(ADMIN):
        return Reader(other, as_seen_by(tree, live().register.granted(tree, other), own), by=user)
    return Reader(user, own)


def look_as(user: str | None, by: str) -> None:
    """From now on this session shows what another user sees, or again its own."""
    record(live().config, Act.view_as, user or by, by=by)
    st.session_state.pop("look", None)  # what was looked at may not be his; his pages open at his home
    st.query_params.from_dict({"lang": st.session_state["lang"]})
    if user:
        st.session_state[VIEW_AS] = user
    else:
        st.session_state.pop(VIEW_AS, None)
