"""The snapshot in use: opened once, checked for a newer one, swapped only after it was verified.

This is the one cache. It is keyed by the configuration's path; what it holds is shared by all
sessions and never changed, only replaced.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import streamlit as st
from plotly.tools import return_figure_from_figure_or_data

from data_access import snapshot as life
from data_access.access.sessions import Sessions
from data_access.access.settings import Auth
from data_access.errors import CockpitError, DataError, NotDelivered
from data_access.intake.config import Config, read_config
from data_access.notes.database import NotesDatabase
from data_access.periods import last_months
from data_access.subject import Period
from data_access.view.grants import everything
from data_access.view.register import Register
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, METRICS, SUBJECTS


class Live:
    """The store that new runs of a page get. A run keeps the one it began with."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.auth = config.auth or Auth()
        self.register = Register(config)
        self.sessions = Sessions(config.snapshots, self.auth)
        self.notes = NotesDatabase(config)
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._refused: str | None = None
        self._earlier: dict[str, Store] = {}
        self._kept: tuple[int, tuple[str, ...]] = -1, ()
        self._visits, self._lock_of_visits = 0, threading.Lock()
        self.quiet = threading.Event()  # nobody is looking at this moment
        self.quiet.set()

    def store(self) -> Store:
        """The live store. The first is verified here, a newer one in the background."""
        if self._store is None:
            with self._lock:
                if self._store is None:
                    self._store = self._opened(None)
                    self._refused = self._store.instead_of
        newest = life.current_id(self.config.snapshots)
        if newest not in (None, self._store.id, self._refused) and self._lock.acquire(blocking=False):
            threading.Thread(target=self._switch, args=(newest,), daemon=True).start()
        return self._store

    @property
    def damaged(self) -> str | None:
        """The live snapshot, where it is damaged and an earlier one is shown."""
        return self._refused

    def earlier(self, snapshot_id: str) -> Store | None:
        """A former snapshot that is still kept, verified once; None where there is none of that name."""
        with self._lock:
            if snapshot_id not in self._earlier and snapshot_id in self.kept():
                try:
                    self._earlier[snapshot_id] = self._opened(snapshot_id)
                except CockpitError:
                    return None
            return self._earlier.get(snapshot_id)

    def kept(self) -> list[str]:
        """The snapshots that may be looked at, newest first; read anew when one came or went."""
        folder = self.config.snapshots / "snapshots"
        mark = folder.stat().st_mtime_ns if folder.exists() else 0
        if self._kept[0] != mark:
            self._kept = mark, tuple(life.ids(self.config.snapshots))
        return list(self._kept[1])

    @contextlib.contextmanager
    def visit(self) -> Iterator[None]:
        """A reader's look, for which what is worked out ahead of readers stands back."""
        with self._lock_of_visits:
            self._visits += 1
            self.quiet.clear()
        try:
            yield
        finally:
            with self._lock_of_visits:
                self._visits -= 1
                if not self._visits:
                    self.quiet.set()

    def _opened(self, snapshot_id: str | None) -> Store:
        store = open_store(self.config, snapshot_id)
        life.use(store.snapshot)
        return store

    def _switch(self, snapshot_id: str) -> None:
        try:
            former, self._store = self._store, self._opened(snapshot_id)
            self._refused = None
            if former is not None:
                life.release(former.snapshot)
        except CockpitError as error:
            logging.getLogger(__name__).warning("%s The former one serves on.", error)
            self._refused = snapshot_id  # a damaged snapshot is not tried again; the old one serves on
        finally:
            self._lock.release()


@st.cache_resource(show_spinner=False)
def _live(path: str) -> Live:
    return Live(read_config(Path(path), CONTRACT))


def live() -> Live:
    """The live snapshot of the configuration this server was started with."""
    path = os.environ.get("COCKPIT_CONFIG")
    if not path:
        raise DataError("No configuration is named. Start with: python cockpit.py serve --config FILE")
    return _live(path)


def building_step() -> dict[str, Any] | None:
    """What the running build says of itself."""
    return life.building(live().config.snapshots)


def warm_up() -> None:
    """One look at every metric and one figure, before the first visitor; without data it does nothing."""
    try:
        store = live().store()
        grant = everything(store.tree)
        for metric in METRICS.values():
            if store.months and metric.grain == "month":
                month = store.months[-1]
                view = View(
                    scope=Scope(store=store, grant=grant, node=grant.home),
                    subjects=SUBJECTS,
                    period=Period(month.replace(day=1), month),
                )
                with contextlib.suppress(NotDelivered):
                    view.metric(metric.name)
            elif metric.grain == "day":
                last = store.reach(metric)[1]
                period = last_months(Period(last, last), 1)[0]
                with contextlib.suppress(NotDelivered):
                    View(
                        scope=Scope(store=store, grant=grant, node=grant.home),
                        subjects=SUBJECTS,
                        period=period,
                    ).metric(metric.name)
    except CockpitError:
        return
    # Plotly loads its parts on first use and is not safe there from several threads.
    for kind in ("bar", "scatter", "heatmap", "sankey", "waterfall"):
        return_figure_from_figure_or_data({"data": [{"type": kind}], "layout": {}}, validate_figure=True)
