"""What a look at a page costs the server: `make profile PAGE=overview`.

A first look is at an institution that nobody of its neighbourhood opened before, a neighbour's at the one
beside it, the look again at the same; last comes the first look at one after the server has opened all
pages ahead. Seconds of CPU are told beside what they are made of: files read,
frames worked out, expressions built, metrics computed.
"""

import cProfile
import os
import pstats
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import typer
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from bench.resources import Say, clocked
from data_access.view import view
from data_access.view.store import Store
from ui.base.snapshot import live
from ui.menu import PAGES, shown

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """One look: milliseconds of CPU and by the clock, and how often each of the dear things was done."""

    ms: float
    wall: float
    reads: int
    frames: int
    computed: int

    def __str__(self) -> str:
        return f"{self.ms:7.0f} ms {self.reads:4} reads {self.frames:5} frames {self.computed:4} metrics"


class Looks:
    """A browser's session on a bank, without a browser."""

    def __init__(self, config: Path) -> None:
        os.environ["COCKPIT_CONFIG"] = str(config)
        self._scripts = ScriptCache()
        self.app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=300)
        self.app.run()

    @property
    def store(self) -> Store:
        return live().store()

    def forget(self) -> None:
        """Nobody has opened anything yet."""
        self.store.answers.forget()
        self.store.files.forget()

    def open_ahead(self) -> int:
        """What the server opens before the first visitor; in a run, for there is no server beside it."""
        app = AppTest.from_function(_ahead, default_timeout=3600)
        app.run()
        assert not app.exception, app.exception
        return int(app.session_state["opened"])

    def at(self, page: str, node: int) -> Cost:
        """Opens a page at an institution."""
        [script] = [entry.script for entry in PAGES if entry.url == page]
        self.app.switch_page(str(ROOT / script))
        for name in list(self.app.query_params):
            del self.app.query_params[name]
        self.app.query_params["at"] = self.store.tree.ids[node]
        with self._compiled_once(), counted() as found, clocked() as spent:
            self.app.run()
        assert not self.app.exception, self.app.exception
        counts = (found[name] for name in ("reads", "frames", "computed"))
        return Cost(spent["cpu"] * 1000, spent["wall"] * 1000, *counts)

    @contextmanager
    def _compiled_once(self) -> Iterator[None]:
        """A server compiles a page's script once, AppTest at each run."""
        with ExitStack() as stack:
            for owner in (app_test, local_script_runner):
                stack.enter_context(mock.patch.object(owner, "ScriptCache", lambda: self._scripts))
            yield

    def neighbours(self, level: str) -> list[int]:
        """Two institutions that are worked out together; the top has none."""
        return self.store.tree.side_by_side[level][:2]


def _ahead() -> None:
    from concurrent.futures import ThreadPoolExecutor

    import streamlit as st

    from ui.base.snapshot import live
    from ui.server.ahead import Ahead

    with ThreadPoolExecutor(1) as other:  # a thread has one run, and this one has AppTest's
        st.session_state["opened"] = other.submit(Ahead(live()).open_all, live().store()).result()


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often files are read, frames worked out and metrics computed meanwhile."""
    found: Counter[str] = Counter()

    def watch(stack: ExitStack, owner: Any, name: str, key: str) -> None:
        kept = getattr(owner, name)

        def called(*arguments: Any, **named: Any) -> Any:
            found[key] += 1
            return kept(*arguments, **named)

        stack.enter_context(mock.patch.object(owner, name, called))

    with ExitStack() as stack:
        watch(stack, pl, "scan_parquet", "reads")
        watch(stack, pl, "read_parquet", "reads")
        watch(stack, pl.LazyFrame, "collect", "frames")
        watch(stack, view, "rows_for", "computed")
        yield found


@contextmanager
def profiled() -> Iterator[cProfile.Profile]:
    """The profile of the page's own thread."""
    profile, run = cProfile.Profile(), ScriptRunner._run_script

    def timed(*arguments: Any) -> Any:
        return profile.runcall(run, *arguments)

    with mock.patch.object(ScriptRunner, "_run_script", timed):
        yield profile


def table(looks: Looks, pages: list[str]) -> Iterator[str]:
    """A line for each page and level."""
    levels = list(looks.store.tree.side_by_side)
    yield f"{'page':14} {'level':14} {'':9}"
    for page in pages:
        for level in levels:
            nodes = looks.neighbours(level)
            looks.forget()
            told = {"first": looks.at(page, nodes[0]), "again": looks.at(page, nodes[0])}
            if len(nodes) > 1:
                told["neighbour"] = looks.at(page, nodes[1])
            for word, cost in told.items():
                yield f"{page:14} {level:14} {word:9} {cost}"
    looks.forget()
    yield f"{looks.open_ahead()} pages opened ahead, {looks.store.answers.bytes / 1e6:.0f} MB of answers"
    for page in pages:
        for level in levels:
            node = looks.store.tree.side_by_side[level][-1]
            yield f"{page:14} {level:14} {'ahead':9} {looks.at(page, node)}"


def measured(config: Path, pages: list[str], samples: int, say: Say) -> list[dict[str, Any]]:
    """First looks and looks again: a row per page, level and kind, over institutions spread over the level.

    Pages that the bank delivers nothing for are left out. Seconds are milliseconds; counts are the most.
    """
    looks = Looks(config)
    shown_here = [page.url for page in shown(looks.store) if not pages or page.url in pages]
    found = []
    for done, page in enumerate(shown_here):
        looks.at(page, 0)  # what is loaded on first use is nobody's look
        for level, nodes in looks.store.tree.side_by_side.items():
            say(f"looks at {page}", done / len(shown_here))
            first, again = list[Cost](), list[Cost]()
            for sample in range(samples):
                node = nodes[sample * len(nodes) // samples]
                looks.forget()
                first.append(looks.at(page, node))
                again.append(looks.at(page, node))
            for kind, costs in (("first", first), ("again", again)):
                found.append({"page": page, "level": level, "kind": kind} | _summary(costs))
    return found


def _summary(costs: list[Cost]) -> dict[str, float]:
    cpu, wall = pl.Series([cost.ms for cost in costs]), pl.Series([cost.wall for cost in costs])
    spent = {
        f"{name}_{share}": float(series.quantile(share / 100, "nearest") or 0.0)
        for name, series in (("cpu", cpu), ("wall", wall))
        for share in (50, 95)
    }
    counts = {name: max(getattr(cost, name) for cost in costs) for name in ("reads", "frames", "computed")}
    return {"looks": len(costs), **spent, **counts}


def main(config: str, page: str = "") -> None:
    looks = Looks(Path(config).resolve())
    pages = [entry.url for entry in PAGES if page in ("", entry.url)]
    if not pages:
        sys.exit(f"There is no page “{page}”. Known: {', '.join(entry.url for entry in PAGES)}.")
    for line in table(looks, pages):
        typer.echo(line)
    if page:
        looks.forget()
        with profiled() as profile:
            looks.at(page, 0)
        pstats.Stats(profile).sort_stats("cumulative").print_stats("data_access|metrics|ui|charts|pages", 40)


if __name__ == "__main__":
    main(*sys.argv[1:])
