"""The causes of a change of AUM: every step equals plain Python on the raw rows, and they add up."""

import random
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.errors import NotDelivered
from data_access.view.store import Store
from metrics.book import subject as book
from tests.metrics.asking import built, by_hand, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.cause_force import Causes
from tests.metrics.event_bank import Delivery, make
from tests.metrics.random_banks import banks
from tests.metrics.small_bank import Row

SUBJECTS = (book.SUBJECT,)
Steps = Mapping[str, tuple[int | None, int | None]]


def told(rows: list[Row], part: str | None = None) -> Steps:
    """Customers and amount by step, of the whole or of one part of a breakdown."""
    names = ("institution", "tier", "kind")
    own = [row for row in rows if part is None or part in [row.get(name) for name in names]]
    return {row["step"]: (row["customers"], row["amount"]) for row in own}


def adds_up(steps: Steps, where: Any) -> None:
    """The steps between opening and closing are what changed."""
    for at in (0, 1):
        numbers = {step: values[at] or 0 for step, values in steps.items()}
        between = sum(number for step, number in numbers.items() if step not in ("opening", "closing"))
        assert numbers["opening"] + between == numbers["closing"], (at, where)


def same_steps(rows: list[Row], part: str | None, expected: Steps, where: Any) -> None:
    """The same steps; a part without a row has nothing in any of them."""
    found = told(rows, part)
    if found or part is None:
        assert found == expected, (part, where)
    else:
        assert not any(number for values in expected.values() for number in values), (part, where)


@banks(4)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 12),
    customers=st.integers(4, 40),
    months=st.integers(2, 5),
)
def test_causes_of_every_institution(seed: int, nodes: int, customers: int, months: int) -> None:
    made = make(seed, nodes, customers, months)
    records, rng = Book(made.bank), random.Random(seed)
    assume(len(records.delivered) > 1)
    causes, ends = Causes(made, records), made.bank.months
    spans = [(a.replace(day=1), b) for i, a in enumerate(ends) for b in ends[i:]]
    with built(made, *SUBJECTS) as store:
        for key in made.bank.parent:
            for first, last in rng.sample(spans, min(len(spans), 3)):
                where, booked = (key, first, last), made.bank.subtree(key)
                rows = look(store, SUBJECTS, key, first, last).metric("book.waterfall").to_dicts()
                expected = causes.steps(booked, True, first, last)
                assert told(rows) == expected, where
                assert [row["step"] for row in rows] == list(expected)  # in the order of the story
                adds_up(told(rows), where)
            _parts(store, made, causes, key, rng.choice(spans))
            _tags(store, made, causes, key, rng.choice(spans), rng)


def _parts(store: Store, made: Delivery, causes: Causes, key: str, when: tuple[date, date]) -> None:
    """Children with own and between, and every level with its rest: right, and summing to the whole."""
    bank, view = made.bank, look(store, SUBJECTS, key, *when)
    whole = causes.steps(bank.subtree(key), True, *when)
    rows = view.metric("book.waterfall", "children").to_dicts()
    parts = {child: causes.steps(bank.subtree(child), True, *when) for child in bank.children(key)}
    parts["own"] = causes.steps({key}, False, *when)
    if whole["opening"][1] is not None:
        parts["between"] = {
            step: tuple(
                None if total is None else total - sum(part[step][at] or 0 for part in parts.values())
                for at, total in enumerate(values)
            )
            for step, values in whole.items()
        }  # type: ignore[assignment]
        assert parts["between"]["opening"] == parts["between"]["closing"] == (0, 0)
        assert parts["between"]["joined"] == parts["between"]["left"] == (0, 0)
    assert {row["institution"] for row in rows} <= parts.keys()
    for part, expected in parts.items():
        same_steps(rows, part, expected, (key, when))
        adds_up(expected, (part, key, when))
    for level in {bank.level[inner] for inner in bank.subtree(key) - {key}}:
        named = {inner for inner in bank.subtree(key) if bank.level[inner] == level}
        inside = {inner: bank.path(inner)[1 : bank.path(inner).index(key) + 1] for inner in named}
        tops = [inner for inner in named if named.isdisjoint(inside[inner])]
        rest = bank.subtree(key).difference(*map(bank.subtree, tops))
        rows = view.metric("book.waterfall", f"level:{level}").to_dicts()
        for part, booked in {top: bank.subtree(top) for top in tops}.items():
            same_steps(rows, part, causes.steps(booked, True, *when), (level, key, when))
        same_steps(rows, "rest", causes.steps(rest, True, *when), (level, key, when))
        for step, values in whole.items():
            each = [row for row in rows if row["step"] == step]
            if values[1] is not None:
                assert sum(row["amount"] for row in each) == values[1], (step, level, key, when)


def _tags(
    store: Store, made: Delivery, causes: Causes, key: str, when: tuple[date, date], rng: random.Random
) -> None:
    """By kind and by tier, and under a filter; only tiers have changes of tier."""
    booked = made.bank.subtree(key)
    ways = {"kind": ("unknown", "personal", "corporate"), "tier": ("unknown", "untiered", *TIERS)}
    for tag, values in ways.items():
        rows = look(store, SUBJECTS, key, *when).metric("book.waterfall", tag).to_dicts()
        asked = rng.choice([value for value in values if value in store.codes[tag]])
        for value in values:

            def keep(row: Row, tag: str = tag, value: str = value) -> bool:
                return bool(row[tag] == value)

            expected = causes.steps(booked, True, *when, keep, tag == "tier")
            same_steps(rows, value, expected, (tag, key, when))
            adds_up(expected, (tag, value, key, when))
            if value == asked:
                view = look(store, SUBJECTS, key, *when, **{tag: value})
                assert told(view.metric("book.waterfall").to_dicts()) == expected, (tag, value, key, when)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two branches with an outlet each below one; the market's part is delivered. Amounts in CNY."""
    return by_hand(
        tmp_path_factory.mktemp("causes"),
        SUBJECTS,
        {
            "institutions": """
                institution_id,parent_id,level
                H,,head_office
                A,H,branch_1
                A1,A,outlet
                A2,A,outlet
                B,H,branch_1
            """,
            "customer_months": """
                month,customer_id,institution_id,aum,aum_avg,market_value
                2026-01-31,stays,A1,100,100,0
                2026-02-28,stays,A1,130,100,10          # 20 of its own, 10 from the market
                2026-03-31,stays,A1,120,100,
                2026-01-31,moves near,A1,50,50,0
                2026-02-28,moves near,A2,70,50,5        # between outlets: in A it stayed, +15 and 5
                2026-03-31,moves near,A2,70,50,0
                2026-01-31,moves far,A1,1000,1000,0
                2026-02-28,moves far,B,1100,1000,40     # A loses what it had, B gets all it has now
                2026-03-31,moves far,A1,900,1000,0      # and back: over both months A has 900 in, 1000 out
                2026-01-31,leaves,B,8,8,0               # lost with what it held the month before
                2026-02-28,joins,B,,9,0                 # new without an amount: a customer, no money
                2026-03-31,joins,B,30,9,0
                2026-01-31,skips,B,5,5,0                # lost in February, new in March
                2026-03-31,skips,B,6,5,0
                2026-01-31,climbs,A2,1000,40000,0
                2026-02-28,climbs,A2,2000,60000,100     # from mass to emerging
                2026-03-31,climbs,A2,2500,60000,0
            """,
        },
        settings="[policy]\nrollup_above = 2\n",
    )


FEBRUARY, MARCH = (date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 3, 1), date(2026, 3, 31))
BOTH = (date(2026, 2, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("node", "when", "step", "customers", "amount"),
    [
        ("H", FEBRUARY, "opening", 6, 2163),
        ("H", FEBRUARY, "joined", 1, 0),
        ("H", FEBRUARY, "left", -2, -13),  # leaves and skips
        ("H", FEBRUARY, "transferred", 0, 0),  # every move lies inside the bank
        ("H", FEBRUARY, "market_value", None, 155),
        ("H", FEBRUARY, "kept", None, 20 + 15 + 60 + 900),
        ("H", FEBRUARY, "closing", 5, 3300),
        ("A", FEBRUARY, "transferred", -1, -1000),
        ("A", FEBRUARY, "kept", None, 20 + 15 + 900),
        ("A", FEBRUARY, "market_value", None, 115),
        ("A1", FEBRUARY, "transferred", -2, -1050),
        ("A2", FEBRUARY, "transferred", 1, 70),  # the market's 5 came along
        ("A2", FEBRUARY, "market_value", None, 100),
        ("B", FEBRUARY, "transferred", 1, 1100),
        ("H", MARCH, "joined", 1, 6),
        ("H", MARCH, "market_value", None, 0),
        ("H", MARCH, "kept", None, -10 + 0 - 200 + 30 + 500),
        ("H", BOTH, "joined", 2, 6),
        ("A", BOTH, "transferred", 0, -100),
        ("H", BOTH, "kept", None, 995 + 320),
        ("H", (date(2026, 1, 1), date(2026, 1, 31)), "closing", None, None),  # nobody knows who was there
        ("H", (date(2026, 1, 1), date(2026, 3, 31)), "opening", None, None),
    ],
)
def test_a_step_by_hand(
    store: Store, node: str, when: tuple[date, date], step: str, customers: int | None, amount: int | None
) -> None:
    rows = look(store, SUBJECTS, node, *when).metric("book.waterfall").to_dicts()
    adds_up(told(rows), (node, when))
    assert told(rows)[step] == (customers, None if amount is None else amount * 100)


def test_changes_of_tier_by_hand(store: Store) -> None:
    """climbs brings what it holds without the market's part, and takes along what it held."""
    rows = look(store, SUBJECTS, "H", *FEBRUARY).metric("book.waterfall", "tier").to_dicts()
    assert told(rows, "emerging")["tier_change"] == (1, 1900_00)
    assert told(rows, "emerging")["market_value"] == (None, 100_00)
    assert told(rows, "mass")["tier_change"] == (-1, -1000_00)
    assert told(rows, "mass")["kept"] == (None, 95_00)


def test_a_month_that_was_not_delivered_has_no_causes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The month between two others is missing: nothing is known of it, the next one explains both."""
    store = by_hand(
        tmp_path_factory.mktemp("gap"),
        SUBJECTS,
        {
            "customer_months": """
            month,customer_id,institution_id,aum
            2026-01-31,1,head_office,10
            2026-03-31,1,head_office,15
         """
        },
    )
    rows = look(store, SUBJECTS, 0, *FEBRUARY).metric("book.waterfall").to_dicts()
    assert {row["amount"] for row in rows} == {None}
    rows = look(store, SUBJECTS, 0, *MARCH).metric("book.waterfall").to_dicts()
    assert told(rows) == {
        "opening": (1, 1000),
        "joined": (0, 0),
        "kept": (None, 500),
        "left": (0, 0),
        "transferred": (0, 0),
        "closing": (1, 1500),
    }


def test_without_aum_it_says_what_is_missing(tmp_path: Path) -> None:
    rows = "month,customer_id,institution_id\n2026-02-28,a,H\n2026-03-31,a,H\n2026-03-31,b,H"
    tree = "institution_id,parent_id,level\nH,,head_office"
    store = by_hand(tmp_path, SUBJECTS, {"institutions": tree, "customer_months": rows})
    view = look(store, SUBJECTS, "H", date(2026, 3, 1), date(2026, 3, 31))
    assert view.metric("book.summary")["joined"].to_list() == [1]
    for by in (None, "children", "kind"):
        with pytest.raises(NotDelivered, match=re.escape("customer_months.aum")):
            view.metric("book.waterfall", by)
