"""Large moves and maturities of every institution equal plain Python on the raw rows."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.store import Store
from metrics.book import subject as book
from metrics.holdings import subject as holdings
from metrics.moves import subject as moves
from tests.metrics.asking import built, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.cause_force import Events, everything
from tests.metrics.event_bank import Delivery, add_events, make
from tests.metrics.random_banks import banks
from tests.metrics.sameness import same
from tests.metrics.small_bank import Row

SUBJECTS = (book.SUBJECT, moves.SUBJECT, holdings.SUBJECT)
SUMS = {
    "moves.large": ("customers", "amount", "contacted"),
    "holdings.maturing": ("positions", "amount"),
    "holdings.kept": ("matured", "kept", "to_same", "to_other", "gone", "pending"),
}
NAMED = {"moves.large": "direction", "holdings.maturing": "product_kind", "holdings.kept": "product_kind"}


def same_parts(rows: list[Row], metric: str, expected: Mapping[str, Row], where: Any) -> None:
    """Every direction or product kind is right; one that has no row has nothing to count, nor the reverse."""
    found = {row[NAMED[metric]]: row for row in rows}
    for name in found.keys() | expected.keys():
        for column, number in expected.get(name, dict.fromkeys(SUMS[metric], 0)).items():
            if name in found:
                same(found[name][column], number, column, (metric, name, where))
            else:
                assert not number, (metric, name, column, where)


def expected_of(events: Events, metric: str, booked: set[str], when: tuple[date, date], keep: Any) -> Any:
    if metric == "moves.large":
        return events.large(booked, *when, keep)
    if metric == "holdings.maturing":
        return events.maturing(booked, when[1], 90, keep)
    return events.kept(booked, *when, keep)


@pytest.mark.slow
@banks(4)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 10),
    customers=st.integers(6, 30),
    months=st.integers(2, 4),
)
def test_moves_and_maturities_of_every_institution(
    seed: int, nodes: int, customers: int, months: int
) -> None:
    made = make(seed, nodes, customers, months)
    add_events(made, seed)
    records, rng = Book(made.bank), random.Random(seed)
    assume(len(records.delivered) == months and made.holdings)
    if rng.random() < 0.3:
        made = replace(made, moves=[])  # the changes between month ends take their place
    events, last = Events(made, records), made.bank.months[-1]
    first = made.bank.months[0] - timedelta(40)
    spans = [(first, last), (last.replace(day=1), last), (last, last)]
    if made.moves:
        cut = first + timedelta((last - first).days // 2)
        spans += [(cut, last - timedelta(9)), (first, cut)]  # cut months at both ends
    with built(made, *SUBJECTS, shuffle=seed % 3) as store:
        for key in made.bank.parent:
            for metric in SUMS:
                asked = {"days": "90"} if metric == "holdings.maturing" else {}
                for when in rng.sample(spans, 2):
                    view = look(store, SUBJECTS, key, *when)
                    expected = expected_of(events, metric, made.bank.subtree(key), when, everything)
                    where = (key, when)
                    rows = view.metric(metric, **asked).to_dicts()
                    same_parts(rows, metric, expected, where)
                    _parts(
                        made, events, view.metric(metric, "children", **asked).to_dicts(), metric, when, key
                    )
                _tags(store, made, events, metric, key, rng.choice(spans), rng, asked)
        top = store.tree.ids[0]
        for days in (7, 30):
            rows = (
                look(store, SUBJECTS, top, *spans[-1]).metric("holdings.maturing", days=str(days)).to_dicts()
            )
            due = events.maturing(made.bank.subtree(top), spans[-1][1], days)
            same_parts(rows, "holdings.maturing", due, (top, spans[-1], days))


def _parts(
    made: Delivery, events: Events, rows: list[Row], metric: str, when: tuple[date, date], key: str
) -> None:
    """The children and what is booked at the institution itself."""
    parts = {child: made.bank.subtree(child) for child in made.bank.children(key)} | {"own": {key}}
    assert {row["institution"] for row in rows} <= parts.keys()
    whole = expected_of(events, metric, made.bank.subtree(key), when, everything)
    for part, booked in parts.items():
        own = [row for row in rows if row["institution"] == part]
        same_parts(own, metric, expected_of(events, metric, booked, when, everything), (part, key, when))
    for name, row in whole.items():
        here = [found for found in rows if found[NAMED[metric]] == name]
        for column in SUMS[metric]:
            if row[column] is not None:
                assert sum(found[column] for found in here) == row[column], (metric, name, column, key, when)


def _tags(
    store: Store,
    made: Delivery,
    events: Events,
    metric: str,
    key: str,
    when: tuple[date, date],
    rng: random.Random,
    asked: dict[str, str],
) -> None:
    """By kind and tier, and filtered: the tier is that of the last month end before the day."""
    tag = rng.choice(["kind", "tier"])
    known = ("unknown", "personal", "corporate") if tag == "kind" else ("unknown", "untiered", *TIERS)
    rows = look(store, SUBJECTS, key, *when).metric(metric, tag, **asked).to_dicts()
    chosen = rng.choice(known)
    for value in known:

        def keep(row: Row, value: str = value) -> bool:
            return bool(row[tag] == value)

        expected = expected_of(events, metric, made.bank.subtree(key), when, keep)
        own = [row for row in rows if row[tag] == value]
        same_parts(own, metric, expected, (tag, value, key, when))
        if value == chosen:
            view = look(store, SUBJECTS, key, *when, **{tag: value})
            same_parts(view.metric(metric, **asked).to_dicts(), metric, expected, ("filter", tag, value, key))
