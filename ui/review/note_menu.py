"""The menu that writes a note: what it is on, how far it is, who has it, until when, a few words."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from data_access.access.audit import Act
from data_access.errors import CallError, CockpitError
from data_access.notes.notes import LONGEST, LONGEST_OWNER, Note, Outdated, Said, State, Subject
from data_access.subject import message
from data_access.view.notes import versions, write_note
from data_access.view.view import View
from ui.base.formats import plain
from ui.base.reader import reader
from ui.base.snapshot import live
from ui.base.trail import note as recorded
from ui.base.words import error_text, t
from ui.parts.model import BAD
from ui.parts.plans import ahead, standing, status_word
from ui.review.heat import PAGES
from ui.review.notes import (
    STATES,
    Notes,
    about_text,
    as_markdown,
    at_the_bank,
    in_words,
    measure_of,
    plan_subjects,
)
from ui.review.page import OVERVIEW

EARLIER = 5  # versions that the menu tells
SAVED = message("Saved.")
Subjects = Mapping[str, tuple[Subject, str]]  # by id, each with its words


def plan_gaps(view: View, notes: Notes) -> dict[str, tuple[Subject, str]]:
    """Plans that are behind, of the institution and those below, the farthest behind first; and those that
    have a note."""
    own = [".".join(pair) for pair in OVERVIEW.cards]
    below = [".".join(pair) for pair in PAGES]
    places = [plan_subjects(view, None, own)]
    if view.store.tree.children(view.node):
        places.append(plan_subjects(view, view.rows, below))
    found: dict[str, tuple[Subject, str]] = {}
    for planned in places:
        gaps = []
        for (_, full), (subject, row) in planned.items():
            measure = measure_of(view, full)
            if measure is None or not view.scope.grant.covers(view.store.tree.node_of[subject.institution]):
                continue
            if standing(row, measure) in BAD or notes.of(subject) is not None:
                gaps.append((ahead(row, measure) or 0.0, subject, status_word(row, measure)))
        gaps.sort(key=lambda gap: gap[0])
        found |= {subject.id: (subject, about_text(view, subject, word)) for _, subject, word in gaps}
    return found


def note_menu(view: View, notes: Notes, subjects: Callable[[], Subjects], *, label: str, key: str) -> None:
    """A menu for who may write here; what stands in it is worked out when it is opened."""
    if not notes.can_write:
        return
    with st.popover(label, type="tertiary", key=f"{key}_menu", on_change="rerun") as opened:
        if not opened.open:
            return
        offered = subjects()
        if not offered:
            st.caption(t("There is nothing here to write a note on."))
            return
        ids = list(offered)
        chosen = st.selectbox(t("About"), ids, format_func=lambda one: offered[one][1], key=f"{key}_about")
        _form(view, notes, offered[chosen][0], key)


def _form(view: View, notes: Notes, subject: Subject, key: str) -> None:
    """What stands so far, and the fields; they keep what was typed until it is saved."""
    now, fields = notes.found.get(subject.id), f"{key}_{subject.id[:16]}"
    _fill(fields, now)
    told = st.session_state.pop(f"{key}_told", None)
    if isinstance(told, CockpitError):
        st.error(plain(error_text(told)))
    elif told:
        st.success(t(SAVED))
    if now is not None:
        st.caption(
            f"{plain(now.author)}, {at_the_bank(now)}: {as_markdown(in_words(now, notes.today))}"
            + (f" · {as_markdown(now.said.note)}" if now.said.note else "")
        )
    words = {state: t(word) for state, word in STATES.items()}
    with st.form(f"{fields}_form", border=False):
        st.radio(
            t("State"),
            list(State),
            format_func=lambda state: words[state],
            horizontal=True,
            key=f"{fields}_state",
        )
        st.text_input(t("Who has it"), max_chars=LONGEST_OWNER, key=f"{fields}_owner")
        st.date_input(t("Due on"), value=None, format="YYYY-MM-DD", key=f"{fields}_due")
        st.text_area(t("Note"), max_chars=LONGEST, height=100, key=f"{fields}_note")
        st.form_submit_button(t("Save note"), on_click=_save, args=(view, subject, fields, key))
    st.caption(t("Everybody who may view this institution reads it. Write no names of customers."))
    if now is not None and now.version > 1:
        _earlier(view, notes, subject)


def _earlier(view: View, notes: Notes, subject: Subject) -> None:
    lines = [
        f"{at_the_bank(one)} {plain(one.author)}: {as_markdown(in_words(one, notes.today))}"
        for one in versions(view.scope, live().notes, subject)[1 : EARLIER + 1]
    ]
    st.caption("  \n".join([t("Before:"), *lines]))


def _fill(fields: str, now: Note | None) -> None:
    """The fields as the note stands, when they are shown anew."""
    if f"{fields}_state" in st.session_state:
        return
    said = now.said if now is not None else Said()
    st.session_state[f"{fields}_seen"] = now.version if now is not None else 0
    st.session_state[f"{fields}_state"] = said.state
    st.session_state[f"{fields}_owner"] = said.owner
    st.session_state[f"{fields}_due"] = said.due_on
    st.session_state[f"{fields}_note"] = said.note


def _save(view: View, subject: Subject, fields: str, key: str) -> None:
    """Before the next run. Rights are asked anew: they may have changed since the menu was drawn."""
    values = {
        name: st.session_state[f"{fields}_{name}"] for name in ("state", "owner", "due", "note", "seen")
    }
    said = Said(state=values["state"], owner=values["owner"], due_on=values["due"], note=values["note"])
    try:
        who = reader(view.store.tree)
        if who.by or view.store.id != live().store().id:
            raise CallError("Notes are written in one's own view of the newest snapshot alone.")
        scope = replace(view.scope, grant=who.grant)
        write_note(
            scope,
            live().notes,
            subject,
            said,
            seen=values["seen"],
            author=who.user,
            recorded=lambda: recorded(
                Act.note,
                view,
                institution=subject.institution,
                what=f"{subject.kind.value} {subject.metric}",
                window=f"{subject.first_day}..{subject.last_day}",
                state=said.state.value,
            ),
        )
    except Outdated as error:
        st.session_state[f"{fields}_seen"] = error.now.version if error.now else 0
        st.session_state[f"{key}_told"] = error
    except CockpitError as error:
        st.session_state[f"{key}_told"] = error
    else:
        st.session_state[f"{key}_told"] = SAVED
        for name in values:
            del st.session_state[f"{fields}_{name}"]
