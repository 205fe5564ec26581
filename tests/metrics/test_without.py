"""Institutions left out: what remains equals plain Python on the raw rows of what remains.

Transfers between institutions that remain are counted at both ends where an institution with excluded ones
below it stands between them; below an untouched institution they stayed, as ever.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_access.view.grants import CUSTOMERS, Grant, grant_of
from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS
from tests.metrics.asking import built, look
from tests.metrics.balance.force import Balances
from tests.metrics.balance.test_balance import STOCKS
from tests.metrics.brute_force import Book
from tests.metrics.cause_force import Causes, Events
from tests.metrics.event_bank import Delivery, add_balances, add_events, make
from tests.metrics.random_banks import banks
from tests.metrics.sameness import BOOK_SUMS, same
from tests.metrics.small_bank import Row

Part = tuple[set[str], bool]  # institutions, and whether moves between them did not happen
SIZES = {"seed": st.integers(0, 10**6), "nodes": st.integers(3, 13)}


@dataclass
class Everything:
    """A delivery with all that plain Python says of it."""

    made: Delivery
    store: Store
    book: Book
    causes: Causes
    events: Events
    balances: Balances

    @property
    def month(self) -> tuple[date, date]:
        last = self.made.bank.months[-1]
        return last.replace(day=1), last

    def remaining(self, key: str, out: set[str], seen: set[str]) -> list[Part]:
        """What is left of an institution: untouched subtrees, and what is booked above them."""
        bank = self.made.bank
        if out.intersection(bank.path(key)):
            return []
        if out.isdisjoint(bank.subtree(key)):
            return [(bank.subtree(key) & seen, True)]
        below = [part for child in bank.children(key) for part in self.remaining(child, out, seen)]
        return [({key} & seen, False), *below]

    def expected(self, parts: list[Part]) -> dict[str, Any]:
        """Sums of the parts, under the names of the metrics."""
        when = self.month
        booked = set().union(*(ids for ids, _ in parts))
        found: dict[str, Any] = {}
        rows = [self.book.summary(ids, whole, *when) for ids, whole in parts]
        for name in BOOK_SUMS:
            found[f"book {name}"] = sum(row[name] or 0 for row in rows)
        steps = [self.causes.steps(ids, whole, *when) for ids, whole in parts]
        for step, _ in steps[0].items() if steps else ():
            found[f"amount {step}"] = sum(each[step][1] or 0 for each in steps)
        for direction, row in self.events.large(booked, *when).items():
            found[f"moves {direction}"] = row["amount"]
        for name, number in self.balances.lines(booked, self.balances.as_of, self.balances.as_of).items():
            if name in STOCKS:
                found[name] = number
        return found


def told(view: View, when: tuple[date, date], by: str | None, part: str | None) -> dict[str, Any]:
    """The same sums as the metrics give them; what has no row is nothing."""

    def rows(metric: str, look: View = view) -> list[Row]:
        return [
            row for row in look.metric(metric, by).to_dicts() if part is None or row["institution"] == part
        ]

    found: dict[str, Any] = {}
    for row in rows("book.summary"):
        found |= {f"book {name}": row[name] for name in BOOK_SUMS}
    found |= {f"amount {row['step']}": row["amount"] for row in rows("book.waterfall")}
    found |= {f"moves {row['direction']}": row["amount"] for row in rows("moves.large")}
    day = view.store.as_of["daily_balances"]
    last = look(view.store, SUBJECTS, view.node, day, day, grant=view.scope.grant, without=view.scope.without)
    for row in rows("balance.lines", last):
        found |= {name: row[name] for name in STOCKS}
    return found


def same_sums(found: dict[str, Any], expected: dict[str, Any], where: Any) -> None:
    assert {name for name, number in found.items() if number} <= expected.keys(), where
    for name, number in expected.items():
        same(found.get(name) or 0, number or 0, name, where)


@contextmanager
def everything(seed: int, nodes: int) -> Iterator[Everything]:
    made = make(seed, nodes, 30, 3)
    add_events(made, seed)
    add_balances(made, seed)
    book = Book(made.bank)
    with built(made, *SUBJECTS) as store:
        yield Everything(made, store, book, Causes(made, book), Events(made, book), Balances(made))


def cuts(every: Everything, key: str, rng: random.Random) -> list[set[str]]:
    """One institution left out, several, one within another, one elsewhere in the bank; some of each."""
    below = sorted(every.made.bank.subtree(key) - {key})
    if not below:
        return []
    one, other = rng.choice(below), rng.choice(below)
    nested = {one, rng.choice(sorted(every.made.bank.subtree(one)))}
    elsewhere = {one, rng.choice(list(every.made.bank.parent))} - set(every.made.bank.path(key))
    return [
        rng.choice([{one}, {one, other}]),
        rng.choice([nested, elsewhere, set(every.made.bank.children(key))]),
    ]


def asked(every: Everything, key: str, out: set[str], grant: Grant | None = None) -> View:
    without = tuple(sorted(every.store.find(inner) for inner in out))
    return look(every.store, SUBJECTS, key, *every.month, without=without, grant=grant)


@pytest.mark.slow
@banks(2)
@given(**SIZES)
def test_what_remains(seed: int, nodes: int) -> None:
    """The institution and its children, for every institution that has any."""
    rng = random.Random(seed)
    with everything(seed, nodes) as every:
        bank, everybody = every.made.bank, set(every.made.bank.parent)
        for key in bank.parent:
            for out in cuts(every, key, rng):
                view, where = asked(every, key, out), (key, sorted(out))
                same_sums(
                    told(view, every.month, None, None),
                    every.expected(every.remaining(key, out, everybody)),
                    where,
                )
                for child in bank.children(key):
                    parts = every.remaining(child, out, everybody)
                    same_sums(
                        told(view, every.month, "children", child), every.expected(parts), (child, where)
                    )
                own = told(view, every.month, "children", "own")
                same_sums(own, every.expected([({key}, False)]), ("own", where))
                if out & bank.subtree(key):  # the correction does not say who moved where
                    assert told(view, every.month, "children", "between") == {}, where
                assert view.metric("target.attainment").is_empty() if every.store.has("targets") else True
                assert view.metric("rank.own").is_empty(), where


@pytest.mark.slow
@banks(2)
@example(seed=1420, nodes=9)
@given(**SIZES)
def test_what_remains_of_a_partial_grant(seed: int, nodes: int) -> None:
    """A reader of two institutions sees what remains of these two and nothing else."""
    rng = random.Random(seed)
    with everything(seed, nodes) as every:
        bank, tree = every.made.bank, every.store.tree
        for _ in range(4):
            granted = rng.sample(list(bank.parent), 2)
            grant = grant_of(tree, [tree.node_of[key] for key in granted], frozenset({CUSTOMERS}))
            seen = bank.subtree(granted[0]) | bank.subtree(granted[1])
            key = tree.ids[grant.home]
            below = bank.children(key) if key in seen else granted  # what he may see whole
            for out in cuts(every, key, rng):
                view, where = asked(every, key, out, grant), (key, granted, sorted(out))
                parts = every.remaining(key, out, seen)
                same_sums(told(view, every.month, None, None), every.expected(parts), where)
                for child in below:
                    parts = every.remaining(child, out, seen)
                    same_sums(
                        told(view, every.month, "children", child), every.expected(parts), (child, where)
                    )


@pytest.mark.slow
@banks(2)
@example(seed=2, nodes=9)
@given(**SIZES)
def test_levels_of_what_remains(seed: int, nodes: int) -> None:
    """Institutions of a level below an excluded one are gone; the rows of a level sum to the institution."""
    rng = random.Random(seed)
    with everything(seed, nodes) as every:
        bank, everybody = every.made.bank, set(every.made.bank.parent)
        for key in bank.parent:
            for out in cuts(every, key, rng):
                view = asked(every, key, out)
                whole = told(view, every.month, None, None)
                for level in sorted({bank.level[inner] for inner in bank.subtree(key) - {key}}):
                    by, where = f"level:{level}", (level, key, sorted(out))
                    named = {inner for inner in bank.subtree(key) if bank.level[inner] == level}
                    above = {inner: bank.path(inner)[1 : bank.path(inner).index(key) + 1] for inner in named}
                    tops = [inner for inner in named if named.isdisjoint(above[inner])]
                    sums = [told(view, every.month, by, "rest")]
                    for top in tops:
                        sums.append(told(view, every.month, by, top))
                        parts = every.remaining(top, out, everybody)
                        same_sums(sums[-1], every.expected(parts), (top, where))
                    for name in whole:
                        if whole[name] is not None:
                            assert sum(each.get(name) or 0 for each in sums) == whole[name], (name, where)


def test_nothing_remains_of_an_excluded_institution() -> None:
    """Asked for itself, or for something below it: nothing, by children and by level too."""
    with everything(seed=7, nodes=12) as every:
        bank = every.made.bank
        inner = [key for key in bank.parent if bank.children(key)]
        for key in inner:
            for out in {key, bank.path(key)[-1]}:
                view = asked(every, key, {out})
                assert view.scope.ranges == ()
                assert view.groups("children") == []
                for level in {bank.level[below] for below in bank.subtree(key) - {key}}:
                    assert view.groups(f"level:{level}") == []
                assert not any(told(view, every.month, None, None).values())
