"""Daily balances of every institution equal plain Python on the raw rows, at every awkward day."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.store import Store
from metrics.balance import subject as balance
from tests.metrics.asking import built, by_hand, look
from tests.metrics.balance.force import AVERAGES, CHANGES, FLOW, Balances, is_month_end
from tests.metrics.event_bank import add_balances, make
from tests.metrics.random_banks import banks
from tests.metrics.sameness import same

SUBJECTS = (balance.SUBJECT,)
ADDITIVE = ("balance", *AVERAGES, *CHANGES)
STOCKS = ("deposit", "loan", "contingent", "wealth", "fee_income")
LINE_SUMS = (*STOCKS, *(f"{line}_{mean}" for line in STOCKS[:-1] for mean in ("avg", "avg_year")))
Span = tuple[date, date]


def awkward_days(first: date, last: date) -> list[date]:
    """Where periods begin and end: years, quarters, months, ISO weeks, 29 February, the data themselves."""
    every = [first + timedelta(n) for n in range((last - first).days + 1)]
    edges = [day for day in every if is_month_end(day) or day.day == 1 or (day.month, day.day) == (2, 29)]
    turns = [day for day in every if (day.month, day.day) in ((12, 31), (1, 1), (1, 2), (2, 28))]
    mondays = [day for day in every if day.isoweekday() in (1, 7)]
    return sorted({*edges, *turns, *mondays[:2], *mondays[-2:], *every[:3], *every[-3:]})


def periods_to(day: date) -> list[Span]:
    """One day, the month, the week, the year to date, and a stretch that cuts months."""
    monday = day - timedelta(day.weekday())
    return [
        (day, day),
        (day.replace(day=1), day),
        (monday, day),
        (date(day.year, 1, 1), day),
        (day - timedelta(47), day),
    ]


def same_rows(
    rows: Iterable[dict[str, Any]], force: Balances, booked: set[str], when: Span, where: Any, detail: str
) -> None:
    """Every line and product is right; one that has no row has nothing to tell."""
    found = {(row["business_line"], row["product"]): row for row in rows}
    kinds = {(line, product if detail == "product" else None) for line, product in force.kinds}
    assert found.keys() <= kinds, where
    for line, product in kinds:
        of = [kind for kind in force.kinds if kind[0] == line and product in (kind[1], None)]
        expected = force.row(booked, of, *when)
        for name, number in expected.items():
            if (line, product) in found:
                same(found[line, product][name], number, name, (line, product, where))
            else:
                assert not number, (name, line, product, where)


@banks(4)
@given(seed=st.integers(0, 10**6), nodes=st.integers(1, 9))
def test_balances_of_every_institution(seed: int, nodes: int) -> None:
    made = make(seed, nodes, 8, 1)
    add_balances(made, seed)
    assume(any(row["business_line"] != FLOW for row in made.balances))
    force, bank, rng = Balances(made), made.bank, random.Random(seed)
    days = awkward_days(force.first, force.as_of)
    with built(made, *SUBJECTS) as store:
        top = store.tree.ids[0]
        for key in bank.parent:
            asked = days if key == top else rng.sample(days, min(len(days), 6))
            for day in asked:
                first, last = rng.choice(periods_to(day))
                view, where = look(store, SUBJECTS, key, first, last), (key, first, last)
                detail = rng.choice(["product", "line"])
                rows = view.metric("balance.summary", detail=detail).to_dicts()
                assert all(row["date"] == day for row in rows)
                same_rows(rows, force, bank.subtree(key), (first, last), where, detail)
                [lines] = view.metric("balance.lines").to_dicts()
                expected = force.lines(bank.subtree(key), first, last)
                assert lines.keys() == expected.keys()
                for name, number in expected.items():
                    same(lines[name], number, name, where)
            for day in rng.sample(days, 2):
                _parts(store, force, key, rng.choice(periods_to(day)))


def _parts(store: Store, force: Balances, key: str, when: Span) -> None:
    """By children and by every level below: each part is right, and they sum to the institution."""
    bank, view = force.bank, look(store, SUBJECTS, key, *when)
    [lines] = view.metric("balance.lines").to_dicts()
    whole = {(row["business_line"], row["product"]): row for row in view.metric("balance.summary").to_dicts()}
    ways = {"children": {child: bank.subtree(child) for child in bank.children(key)} | {"own": {key}}}
    for level in {bank.level[inner] for inner in bank.subtree(key) - {key}}:
        named = {inner for inner in bank.subtree(key) if bank.level[inner] == level}
        inside = {inner: bank.path(inner)[1 : bank.path(inner).index(key) + 1] for inner in named}
        tops = {inner: bank.subtree(inner) for inner in named if named.isdisjoint(inside[inner])}
        ways[f"level:{level}"] = tops | {"rest": bank.subtree(key).difference(*tops.values())}
    for by, parts in ways.items():
        rows = view.metric("balance.summary", by).to_dicts()
        told = view.metric("balance.lines", by).to_dicts()
        assert {row["institution"] for row in [*rows, *told]} <= parts.keys(), (by, key, when)
        for part, booked in parts.items():
            own = [row for row in rows if row["institution"] == part]
            same_rows(own, force, booked, when, (by, part, when), "product")
            expected = force.lines(booked, *when)
            here = next((row for row in told if row["institution"] == part), None)
            for name in LINE_SUMS:
                same(
                    here[name] if here else expected[name] or None,
                    expected[name] or None if not here else expected[name],
                    name,
                    (by, part, when),
                )
        for kind, row in whole.items():
            for name in ADDITIVE:
                each = [r[name] for r in rows if (r["business_line"], r["product"]) == kind]
                _sums_to(each, row[name], (name, by, kind, key, when))
        for name in LINE_SUMS:
            _sums_to([row[name] for row in told], lines[name], (name, by, key, when))


def _sums_to(parts: list[Any], whole: Any, where: Any) -> None:
    if whole is None:
        assert set(parts) <= {None}, where
    else:
        assert sum(parts) == pytest.approx(whole, rel=1e-12, abs=1e-6), where


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Five days by hand; the table stands at Monday the 8th."""
    return by_hand(
        tmp_path_factory.mktemp("balances"),
        SUBJECTS,
        {
            "institutions": """
                institution_id,parent_id,level
                H,,head_office
                A,H,branch_1
                B,H,branch_1
            """,
            "daily_balances": """
                date,institution_id,business_line,product,balance
                2026-06-03,A,deposit,demand,100
                2026-06-03,B,deposit,demand,7
                2026-06-04,A,deposit,demand,130   # B delivers nothing on this day: it holds nothing
                2026-06-05,A,deposit,demand,70    # a Friday; nothing comes on Saturday
                2026-06-05,B,deposit,demand,9
                2026-06-05,H,deposit,,1           # head office has a deposit of no product
                2026-06-07,A,intermediary,fees,5  # income of a Sunday is no delivery of balances
                2026-06-08,A,deposit,demand,60    # B closed over the weekend
            """,
        },
        as_of={"daily_balances": date(2026, 6, 9)},
    )


@pytest.mark.parametrize(
    ("node", "day", "deposit"),
    [
        ("H", date(2026, 6, 2), None),  # before the first day nobody knows
        ("H", date(2026, 6, 3), 107),
        ("H", date(2026, 6, 4), 130),  # B holds nothing where others were delivered
        ("B", date(2026, 6, 4), 0),
        ("H", date(2026, 6, 6), 80),  # Saturday has Friday's
        ("H", date(2026, 6, 7), 80),  # so has Sunday, though income was booked on it
        ("H", date(2026, 6, 8), 60),
        ("B", date(2026, 6, 8), 0),
        ("H", date(2026, 6, 9), 60),  # carried on to the day at which the table stands
    ],
)
def test_the_balance_of_a_day_by_hand(store: Store, node: str, day: date, deposit: int | None) -> None:
    [row] = look(store, SUBJECTS, node, day, day).metric("balance.lines").to_dicts()
    assert row["deposit"] == (None if deposit is None else deposit * 100)


def test_income_is_summed_and_never_carried_over(store: Store) -> None:
    week = look(store, SUBJECTS, "H", date(2026, 6, 3), date(2026, 6, 9))
    assert week.metric("balance.lines")["fee_income"].to_list() == [500]
    day = look(store, SUBJECTS, "H", date(2026, 6, 8), date(2026, 6, 8))
    assert day.metric("balance.lines")["fee_income"].to_list() == [0]
    rows = {row["business_line"]: row for row in week.metric("balance.summary", detail="line").to_dicts()}
    assert rows["intermediary"]["avg_month"] is None  # a flow has no average
    assert rows["intermediary"]["change_day"] is None
    assert rows["deposit"]["change_week"] == (60 - 80) * 100  # since Sunday, which has Friday's


def test_a_table_without_a_row_says_nothing(tmp_path: Path) -> None:
    store = by_hand(
        tmp_path,
        SUBJECTS,
        {
            "institutions": "institution_id,parent_id\nH,",
            "customer_months": "month,customer_id,institution_id,aum\n2026-05-31,1,H,10",
            "daily_balances": "date,institution_id,business_line,balance",
        },
    )
    view = look(store, SUBJECTS, "H", date(2026, 5, 1), date(2026, 5, 31))
    assert view.metric("balance.summary").height == 0
    [row] = view.metric("balance.lines").to_dicts()
    assert set(row.values()) == {None}
