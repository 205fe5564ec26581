"""What a look at a page costs the server: `make profile PAGE=overview`.

A first look is at an institution that nobody of its neighbourhood opened before, a neighbour's at the one
beside it, the look again at the same. Seconds of CPU are told beside what they are made of: files read,
frames worked out, expressions built, metrics computed.
"""

import cProfile
import os
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.testing.v1 import AppTest

from data_access.view import view
from data_access.view.store import Answers, Store
from ui.base.snapshot import live
from ui.menu import PAGES

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """One look: milliseconds of CPU, and how often each of the dear things was done."""

    ms: float
    reads: int
    frames: int
    computed: int

    def __str__(self) -> str:
        return f"{self.ms:7.0f} ms {self.reads:4} reads {self.frames:5} frames {self.computed:4} metrics"


class Looks:
    """A browser's session on a bank, without a browser."""

    def __init__(self, config: Path) -> None:
        os.environ["COCKPIT_CONFIG"] = str(config)
        self.app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=300)
        self.app.run()

    @property
    def store(self) -> Store:
        return live().store()

    def forget(self) -> None:
        """Nobody has opened anything yet."""
        kept = self.store.answers
        fresh = Answers(4096)
        kept.__dict__.update(fresh.__dict__)

    def at(self, page: str, node: int) -> Cost:
        """Opens a page at an institution."""
        [script] = [entry.script for entry in PAGES if entry.url == page]
        self.app.switch_page(str(ROOT / script))
        for name in list(self.app.query_params):
            del self.app.query_params[name]
        self.app.query_params["at"] = self.store.tree.ids[node]
        with counted() as found:
            start = time.process_time()
            self.app.run()
            seconds = time.process_time() - start
        assert not self.app.exception, self.app.exception
        return Cost(seconds * 1000, found["reads"], found["frames"], found["computed"])

    def neighbours(self, level: str) -> list[int]:
        """Two institutions that are worked out together; the top has none."""
        return self.store.tree.side_by_side[level][:2]


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


def main(config: str, page: str = "", say: Callable[[str], None] = print) -> None:
    looks = Looks(Path(config).resolve())
    pages = [entry.url for entry in PAGES if page in ("", entry.url)]
    if not pages:
        sys.exit(f"There is no page “{page}”. Known: {', '.join(entry.url for entry in PAGES)}.")
    for line in table(looks, pages):
        say(line)
    if page:
        looks.forget()
        with profiled() as profile:
            looks.at(page, 0)
        pstats.Stats(profile).sort_stats("cumulative").print_stats("data_access|metrics|ui|charts|pages", 40)


if __name__ == "__main__":
    main(*sys.argv[1:])
