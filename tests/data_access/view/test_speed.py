"""A click costs what the institutions cost, not what the customers cost."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.periods import parse
from data_access.view.answers import Answers, Lasting
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from sample_data.bank import write


def opened(folder: Path, customers: int) -> Store:
    write(folder, customers=customers, months=6, outlets=60)
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    return open_store(config)


def seconds(store: Store) -> float:
    """The best of several looks at the head office, none of them remembered."""
    grant = everything(store.tree)
    best = float("inf")
    for _ in range(7):
        fresh = replace(store, answers=Answers())
        start = time.perf_counter()
        view = View(
            scope=Scope(store=fresh, grant=grant, node=grant.home), subjects=SUBJECTS, period=parse("2026-10")
        )
        view.metric("book.summary", "children")
        view.metric("book.summary")
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.slow
def test_twenty_times_the_customers_take_about_the_same_time(tmp_path: Path) -> None:
    few, many = (opened(tmp_path / str(n), n) for n in (1_500, 30_000))
    assert seconds(many) < 3 * seconds(few)  # measured: 1.1 to 1.4 times


def test_remembered_answers_are_bounded_and_copies() -> None:
    one = Answers()
    one.get(("n",), lambda: pl.DataFrame({"n": [1]}))
    answers = Answers(2 * one.bytes)
    asked: list[int] = []

    def ask(n: int) -> pl.DataFrame:
        def compute() -> pl.DataFrame:
            asked.append(n)
            return pl.DataFrame({"n": [n]})

        return answers.get((n,), compute)

    first = ask(1)
    first.insert_column(0, pl.Series("mine", [0]))  # a reader's change stays the reader's own
    assert ask(1).columns == ["n"]
    for n in (2, 3, 1):  # three keys in two places: the oldest was dropped and is asked again
        ask(n)
    assert asked == [1, 2, 3, 1]
    assert answers.bytes == 2 * one.bytes


def test_of_what_is_made_ahead_the_part_is_kept_and_not_what_it_is_put_together_from() -> None:
    kept = Answers()
    ahead = Lasting(kept)
    asked: list[str] = []

    def ask(answers: Answers, *key: str, of: tuple[tuple[str, ...], ...] = ()) -> str:
        def compute() -> str:
            asked.append(key[-1])
            return "".join([key[-1], *(ask(answers, *one) for one in of)])

        return answers.get(key, compute)

    for _ in range(2):
        assert ask(ahead, "part", "p", of=(("here", "h"), ("together", "t"))) == "pht"
    assert ask(ahead, "here", "h") == "h"  # now asked for itself, and known
    assert ask(ahead, "here", "alone") == "alone"
    assert asked == ["p", "h", "t", "alone"]
    part = ("part", "q"), (("here", "inside"),)
    ask(ahead, *part[0], of=part[1])
    ahead.forget()
    for key in (("part", "p"), ("together", "t"), ("here", "h"), ("here", "alone"), ("part", "q")):
        ask(kept, *key)
    assert asked == ["p", "h", "t", "alone", "q", "inside"]
    ask(kept, "here", "inside")
    assert asked[-1] == "inside" and len(asked) == 7
