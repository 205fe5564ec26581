"""The bridge of every institution equals a replay of the raw deals and their changes, day by day."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.book import subject as book
from metrics.funnel import subject as funnel
from metrics.funnel.bridge import STEPS
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.complaints.bank import add_changes, bank_with_deals, ordered
from tests.metrics.event_bank import Delivery
from tests.metrics.random_banks import banks
from tests.metrics.small_bank import Row

SUBJECTS = (book.SUBJECT, funnel.SUBJECT)
Steps = dict[str, tuple[int, int]]
State = tuple[str, int, date | None]  # institution, expected amount, expected closing day
MINOR = 100


class Replay:
    """Every deal at the end of every day, straight from the rows."""

    def __init__(self, made: Delivery) -> None:
        self.as_of = made.bank.deals_as_of()
        self.deals = Funnel(made.bank, Book(made.bank)).deals
        known = [row for row in made.changes if row["changed_on"] <= self.as_of]
        self.changes: dict[str, dict[str, list[Row]]] = {deal["opportunity_id"]: {} for deal in self.deals}
        for deal, fields in self.changes.items():
            for field in ("expected_amount", "expected_close_on", "institution_id"):
                fields[field] = ordered([row for row in known if row["opportunity_id"] == deal], field)

    def value(self, deal: Row, field: str, on: date) -> Any:
        """What a field held at the end of a day: what the first change after it calls old, else today's."""
        later = [row for row in self.changes[deal["opportunity_id"]][field] if row["changed_on"] > on]
        if not later:
            return deal[field]
        old = later[0]["old"]
        if old is None or field == "institution_id":
            return old
        return date.fromisoformat(old) if field == "expected_close_on" else round(float(old) * MINOR)

    def state(self, deal: Row, on: date) -> State:
        place, amount, closing = (
            self.value(deal, field, on)
            for field in ("institution_id", "expected_amount", "expected_close_on")
        )
        return place, amount or 0, closing

    def begun(self, deal: Row) -> date | None:
        found: date | None = deal["first_on"] or deal["created_on"]
        return found

    def lives(self, deal: Row) -> bool:
        """Whether the deal was ever open, as far as anybody knows."""
        begun, closed = self.begun(deal), deal["closed_on"]
        return closed is None or (begun is not None and begun <= closed)

    def is_open(self, deal: Row, on: date) -> bool:
        begun, closed = self.begun(deal), deal["closed_on"]
        return (begun is None or begun <= on) and (closed is None or closed > on)

    def steps(
        self, booked: set[str], first: date, last: date, end: date | None, keep: Callable[[Row], bool]
    ) -> Steps:
        """Deals and amount of every step at these institutions; `end`: expected to close by then."""
        sums = {step: [0, 0] for step in STEPS}

        def inside(closing: date | None) -> bool:
            return end is None or (closing is not None and closing <= end)

        def add(step: str, place: str, closing: date | None, deals: int, amount: int) -> None:
            if place in booked and inside(closing):
                sums[step][0] += deals
                sums[step][1] += amount

        for deal in (deal for deal in self.deals if self.lives(deal) and keep(deal)):
            for step, day in (("opening", first - timedelta(1)), ("closing", last)):
                if self.is_open(deal, day):
                    place, amount, closing = self.state(deal, day)
                    add(step, place, closing, 1, amount)
            for day in (first + timedelta(n) for n in range((last - first).days + 1)):
                before, (place, amount, closing) = self.state(deal, day - timedelta(1)), self.state(deal, day)
                was_open = self.is_open(deal, day - timedelta(1))
                if self.begun(deal) == day:
                    add("new", place, closing, 1, amount)
                elif was_open:
                    there, had, expected = before
                    add("increased" if amount > had else "decreased", there, expected, 0, amount - had)
                    if inside(closing) != inside(expected):
                        sign = 1 if inside(closing) else -1
                        nearer = min(filter(None, (closing, expected)))  # one of the two lies inside
                        step = "pulled_in" if sign > 0 else "pushed_out"
                        add(step, there, nearer, sign, sign * amount)
                    if place != there:
                        add("transferred", there, closing, -1, -amount)
                        add("transferred", place, closing, 1, amount)
                if deal["closed_on"] == day and (was_open or self.begun(deal) == day):
                    add(deal["outcome"], place, closing, -1, -amount)
        return {step: (deals, amount) for step, (deals, amount) in sums.items()}


def ends(last: date) -> Iterator[tuple[str, date | None]]:
    """The windows and their last days, from a calendar of our own."""
    quarters = ((3, 31), (6, 30), (9, 30), (12, 31))
    yield "all", None
    yield "quarter", min(day for month, number in quarters if (day := date(last.year, month, number)) >= last)
    yield "year", date(last.year, 12, 31)


def read(rows: list[Row]) -> Steps:
    return {row["step"]: (row["deals"], row["amount"]) for row in rows}


@pytest.mark.slow
@banks(6)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 10),
    months=st.integers(1, 4),
    deals=st.integers(1, 30),
)
def test_the_bridge_of_every_institution(seed: int, nodes: int, months: int, deals: int) -> None:
    made = bank_with_deals(seed, nodes, 8, months, deals)
    add_changes(made, seed)
    rng, replay = random.Random(seed), Replay(made)
    as_of = replay.as_of
    with built(made, *SUBJECTS, shuffle=seed % 3) as store:
        start = store.first_days["opportunities"]
        cut = start + timedelta((as_of - start).days // 2)
        spans = [(start, as_of), (as_of.replace(day=1), as_of), (cut, as_of), (start, cut), (cut, cut)]
        changed = bool(made.changes)
        for key in made.bank.parent:
            first, last = rng.choice(spans)
            for closing, end in ends(last):
                view, where = look(store, SUBJECTS, key, first, last), (key, first, last, closing)
                rows = view.metric("funnel.bridge", closing=closing).to_dicts()
                booked = made.bank.subtree(key)
                _same(read(rows), replay.steps(booked, first, last, end, lambda _: True), changed, where)
                _adds_up(read(rows), where)
                _children(view, made, replay, key, (first, last, end), closing, changed)
                by = rng.choice(["kind", "tier", "product", "deal_size"])
                _labels(view, replay, booked, (first, last, end), closing, by, changed)
            [stood] = look(store, SUBJECTS, key, as_of, as_of).metric("funnel.outcomes").to_dicts()
            now = read(look(store, SUBJECTS, key, first, as_of).metric("funnel.bridge").to_dicts())
            assert now["closing"] == (stood["open"], stood["open_amount"]), key


def _same(found: Steps, expected: Steps, changed: bool, where: Any) -> None:
    if not changed:
        assert not {"increased", "decreased", "pulled_in", "pushed_out", "transferred"} & found.keys(), where
    for step, numbers in found.items():
        assert numbers == expected[step], (step, where)


def _adds_up(found: Steps, where: Any) -> None:
    for number in (0, 1):
        moved = sum(numbers[number] for step, numbers in found.items() if step != "closing")
        assert moved == found["closing"][number], where


def _children(
    view: Any,
    made: Delivery,
    replay: Replay,
    key: str,
    when: tuple[date, date, date | None],
    closing: str,
    changed: bool,
) -> None:
    """Children and what is booked at the institution itself: each right, all adding up step by step."""
    parts = {child: made.bank.subtree(child) for child in made.bank.children(key)} | {"own": {key}}
    rows = view.metric("funnel.bridge", "children", closing=closing).to_dicts()
    whole = read(view.metric("funnel.bridge", closing=closing).to_dicts())
    for part, booked in parts.items():
        found = read([row for row in rows if row["institution"] == part])
        expected = replay.steps(booked, *when, lambda _: True)
        if found:
            _same(found, expected, changed, (part, key, when))
        else:
            assert not any(deals or amount for deals, amount in expected.values()), (part, key, when)
    for step, numbers in whole.items():
        here = [row for row in rows if row["step"] == step]
        assert (sum(row["deals"] for row in here), sum(row["amount"] for row in here)) == numbers, (step, key)


def _labels(
    view: Any,
    replay: Replay,
    booked: set[str],
    when: tuple[date, date, date | None],
    closing: str,
    by: str,
    changed: bool,
) -> None:
    """A label of the deal, and the customer's tier at its beginning: the steps of each add up too."""
    name = "tier_first" if by == "tier" else by
    rows = view.metric("funnel.bridge", by, closing=closing).to_dicts()
    for value in {deal[name] for deal in replay.deals}:
        found = read([row for row in rows if row[by] == value])
        expected = replay.steps(booked, *when, lambda deal, value=value: deal[name] == value)
        if found:
            _same(found, expected, changed, (by, value, when))
            _adds_up(found, (by, value, when))
        else:
            assert not any(deals or amount for deals, amount in expected.values()), (by, value, when)
