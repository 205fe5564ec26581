"""What runs at each click: language, menu, frame, page."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import polars as pl
import streamlit as st

from data_access.access.audit import Act
from data_access.errors import CockpitError, DataError, NotDelivered
from ui.base.failures import regret, traced
from ui.base.formats import plain
from ui.base.link import LIVE, OPEN
from ui.base.reader import reader
from ui.base.snapshot import building_step, live
from ui.base.style import page_style
from ui.base.trail import PAGE, note_once, unwritten
from ui.base.words import error_text, language, own, t
from ui.frame.doors import let_in
from ui.frame.frame import frame, has_ended
from ui.frame.look import asked_snapshot, asked_tree, settle, settle_language
from ui.frame.take_along import hand_over
from ui.menu import PAGES, shown
from ui.parts.customers import NAMES
from ui.parts.quiet import ABSENT, absences
from ui.parts.table import DRAWN

ROOT = Path(__file__).parent.parent
START = time.perf_counter()  # of this run
ICON = "📊"  # a text, for a picture by name would be fetched from outside

st.set_page_config(page_title="CRM Cockpit", page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
page_style()
settle_language("zh")
try:
    config = live().config
    settle_language(config.language, config.english)
    store = live().store()
    if (asked := asked_snapshot()) not in (LIVE, store.id):
        store = live().earlier(asked) or store
    who = reader(store.tree)
    if asked_tree(store) is not store:
        who, store = who.in_tree(store.tree, asked_tree(store).tree), asked_tree(store)
except CockpitError as error:
    step = building_step() if isinstance(error, DataError) else None
    if step is not None:
        st.info(
            t(
                "The first snapshot is being built: {step}. This page needs it; load it again later.",
                step=step.get("step", ""),
            )
        )
    else:
        st.error(plain(error_text(error)))
    st.stop()

let_in(who)
sections: dict[str, list[st.Page]] = {}
entries = {}
told = shown(store)
for entry in PAGES:  # one without data is not in the menu; a link to it still opens, and it says why
    visibility: Literal["visible", "hidden"] = "visible" if entry in told else "hidden"
    page = st.Page(ROOT / entry.script, title=t(entry.title), url_path=entry.url, visibility=visibility)
    sections.setdefault(t(entry.section), []).append(page)
    entries[entry.url] = (entry, page)
# Streamlit serves its default page at “/” only: it leads on to the first page, which has a name of its own.
start = st.Page(st.stop, title=t(told[0].title), default=True, visibility="hidden")
page = st.navigation({"": [start], **sections}, position="top")
if page == start:
    st.switch_page(entries[told[0].url][1], query_params=st.query_params.to_dict())
if (wanted := st.session_state.pop(OPEN, None)) is not None:
    st.switch_page(entries[wanted[0]][1], query_params=wanted[1])
entry = entries[page.url_path][0]

st.set_page_config(page_title=f"{t(entry.title)} · {own(config.title)}")


def guarded(draw: Callable[[], None]) -> None:
    """Draws a part; what fails is one sentence, and the rest of the page is there."""
    try:
        draw()
    except NotDelivered as error:
        st.info(plain(error_text(error)))
    except CockpitError as error:
        st.error(plain(error_text(error)))
    except (Exception, pl.exceptions.PanicException) as error:
        # A panic is no Exception: Streamlit would leave the page blank.
        logging.getLogger("cockpit").error("page failed", extra={"page": entry.url, "failure": traced(error)})
        regret()


def draw() -> None:
    """Frame and page, then what the reader takes along of them."""
    look = settle(store, entry, who)
    view = st.session_state["view"] = look.view()
    st.session_state[PAGE] = entry.url
    note_once(
        Act.page if store.id == live().store().id else Act.snapshot,
        view,
        "page",
        filters=sorted(view.filters),
    )
    wish = frame(look)
    if not has_ended(look):
        guarded(page.run)
        absences()
    unwritten()
    if wish is not None:
        tables = st.session_state.get(DRAWN, [])
        hand_over(look, wish, tables, names=st.session_state.get(NAMES, False))


def forget() -> None:
    """What belongs to one run alone; one that was broken off may have left some."""
    for of_one_run in (ABSENT, DRAWN, NAMES, "view"):
        st.session_state.pop(of_one_run, None)


forget()
with live().visit():
    guarded(draw)
forget()
st.html(f'<span data-page-end="{entry.url}" lang="{language()}"></span>')
logging.getLogger("cockpit").info(
    "page",
    extra={
        "page": entry.url,
        "ms": round((time.perf_counter() - START) * 1000, 1),
        "user": who.by or who.user,
    },
)
