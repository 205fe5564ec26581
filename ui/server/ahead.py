"""Pages opened before anybody asks for them, so that nobody's first look is the one that works it all out.

It runs what a visitor's click runs, the page's own script at its usual period, and draws for nobody: so what
a page asks for stands in one place, and what it makes lies under the keys that readers look under. Whoever
opens an institution that he may view whole finds it; the view it is made with holds totals alone, no list of
customers, and nothing of it is recorded as somebody's act.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import polars as pl
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunContext, add_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner_utils.exceptions import ScriptControlException, StopException
from streamlit.runtime.state import SafeSessionState, SessionState

from data_access.errors import CockpitError
from data_access.view.answers import Lasting
from data_access.view.grants import grant_for_comparison
from data_access.view.scope import AT_ONCE
from data_access.view.store import Store
from ui.base.failures import traced
from ui.base.reader import Reader
from ui.base.snapshot import Live
from ui.frame.frame import has_ended
from ui.frame.look import settle, settle_language
from ui.menu import shown
from ui.parts.contents import Page

ROOT = Path(__file__).parents[2]
MAIN = str(ROOT / "ui" / "main.py")
SECONDS = 600  # of work on one snapshot, at most
ASKS_AGAIN = 5.0  # seconds between looks for a newer snapshot
PATIENCE = 1.0  # seconds that one drawn part waits for visitors; a part is a few milliseconds


@dataclass
class Ahead:
    """The work on the snapshots that a server shows, one after the other."""

    live: Live
    seconds: float = SECONDS
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until the server ends: each snapshot that is served, once."""
        opened = None
        while not self.ended.is_set():
            try:
                store = self.live.store()
            except CockpitError:  # there is none yet; readers are told so
                store = None
            if store is not None and store.id != opened:
                opened = store.id
                self.open_all(store)
            self.ended.wait(ASKS_AGAIN)

    def open_all(self, store: Store) -> int:
        """Every page of the snapshot, or as many as time and memory allow; how many were opened."""
        start, done, failed = time.thread_time(), 0, set[str]()
        last, working = -1, replace(store, answers=Lasting(store.answers))
        for page, node in in_turn(store):
            if node != last:
                working.answers.forget()
                gc.collect(1)  # runs hold themselves in circles, which the server's collector leaves for long
                last = node
            if self._is_enough(store, time.thread_time() - start):
                break
            if page.url not in failed:
                try:
                    self._open(working, page, node)
                    done += 1
                except (Exception, pl.exceptions.PanicException) as error:
                    failed.add(page.url)
                    words = {"page": page.url, "failure": traced(error)}
                    logging.getLogger("cockpit").error("page not opened ahead", extra=words)
        gc.collect()
        told = {"pages": done, "ms": round((time.thread_time() - start) * 1000), "bytes": store.answers.bytes}
        logging.getLogger("cockpit").info("opened ahead", extra=told)
        return done

    def _is_enough(self, store: Store, seconds: float) -> bool:
        return (
            self.ended.is_set()
            or seconds > self.seconds
            or store.answers.nearly_full
            or self.live.store() is not store
        )

    def _open(self, store: Store, page: Page, node: int) -> None:
        """One page at one institution, as who may view all totals and nothing else sees it."""
        whole = grant_for_comparison(store.tree, 0)
        _enter(self._drawn, f"at={store.tree.ids[node]}")
        settle_language(self.live.config.language, self.live.config.english)
        look = settle(store, page, Reader("", whole))
        if has_ended(look):
            return
        st.session_state["view"] = look.view()
        with suppress(CockpitError, ScriptControlException):  # the page says why there is no more of it
            exec(_scripts().get_bytecode(str(ROOT / page.script)), {"__name__": "__main__"})

    def _drawn(self, _: ForwardMsg) -> None:
        """Visitors come first."""
        if self.ended.is_set():
            raise StopException
        self.live.quiet.wait(PATIENCE)


def in_turn(store: Store) -> Iterator[tuple[Page, int]]:
    """Pages and institutions: first one of each neighbourhood, whose numbers serve all in it, then the
    others; levels of few institutions first, for those are opened by most."""
    levels = sorted(store.tree.side_by_side.values(), key=len)
    for first in (True, False):
        for nodes in levels:
            for place, node in enumerate(nodes):
                if (place % AT_ONCE == 0) is first:
                    yield from ((page, node) for page in shown(store) if page.metrics)


def _enter(drawn: Callable[[ForwardMsg], None], query: str) -> None:
    """A run of this thread's own, in a session that nobody has."""
    context = ScriptRunContext(
        session_id="ahead",
        _enqueue=drawn,
        query_string=query,
        session_state=SafeSessionState(SessionState(), lambda: None),
        uploaded_file_mgr=MemoryUploadedFileManager(""),
        main_script_path=MAIN,
        user_info={},
        fragment_storage=MemoryFragmentStorage(),
        pages_manager=PagesManager(MAIN, _scripts()),
    )
    add_script_run_ctx(threading.current_thread(), context)
    context.reset(query)


@cache
def _scripts() -> ScriptCache:
    return ScriptCache()
