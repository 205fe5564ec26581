"""The rules of the funnel, times and what becomes of deals, against plain Python on random banks."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.view import View
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.funnel import force as deal_force
from tests.metrics.random_banks import banks
from tests.metrics.sameness import same
from tests.metrics.small_bank import STAGES, Row, make
from tests.metrics.test_brute_force import built, days_of, look


@pytest.mark.slow
@banks(10)
@given(seed=st.integers(0, 10**6), nodes=st.integers(1, 9), deals=st.integers(5, 40))
def test_every_rule_at_every_institution(seed: int, nodes: int, deals: int) -> None:
    bank = make(seed, nodes, 8, 4, deals)
    book = Book(bank)
    assume(book.delivered)
    funnel = Funnel(bank, book)
    dated = sorted(funnel.dated, key=STAGES.index)
    with built(bank) as store:
        usual = usual_days(funnel, dated)
        for key in bank.parent:
            inside = [deal for deal in funnel.deals if deal["institution_id"] in bank.subtree(key)]
            for first, last in days_of(bank):
                view = look(store, store.find(key), first, last)
                check_cohorts(view, funnel, inside, dated)
                check_throughput(view, inside, dated)
                check_snapshot(view)
                check_times(view, funnel, bank.subtree(key), inside, usual)
                check_cohort_outcomes(view, funnel, inside)
                for stage in (*dated, "cycle"):
                    check_incidence(view, funnel, bank.subtree(key), inside, stage)


def _rows(view: View, **settings: str) -> dict[str, Row]:
    return {row["stage"]: row for row in view.metric("funnel.stages", **settings).to_dicts()}


def check_cohorts(view: View, funnel: Funnel, inside: list[Row], dated: list[str]) -> None:
    first, last = view.period.first, view.period.last
    for window in (None, 5, 30):
        for strict in (False, True):
            found = _rows(view, window=str(window or ""), order="strict" if strict else "credited")
            wanted = deal_force.cohort(inside, first, last, funnel.as_of, dated, window, strict=strict)
            for stage in STAGES:
                names = ("entered", "reached_next", "immature")
                expected = wanted.get(stage, dict.fromkeys(names))
                assert {name: found[stage][name] for name in names} == expected, (stage, window, strict)
            entered = [found[stage]["entered"] for stage in dated]
            assert all(a >= b for a, b in pairwise(entered)), "a cohort only shrinks"


def check_throughput(view: View, inside: list[Row], dated: list[str]) -> None:
    found = _rows(view, rule="throughput")
    for stage in STAGES:
        row = found[stage]
        ends = ("reached_next", "lost", "lapsed", "moved_back", "still_here")
        if stage not in dated:
            assert row["entered"] is None
            continue
        assert row["entered"] == sum(row[name] for name in ends)
        wanted = deal_force.throughput(inside, view.period.first, view.period.last, stage)
        assert {name: row[name] for name in wanted} == wanted, stage


def check_snapshot(view: View) -> None:
    """Only the stock: the same as under every other rule, and nothing beside it."""
    found, other = _rows(view, rule="snapshot"), _rows(view)
    for stage, row in found.items():
        assert row["entered"] is None and row["conversion"] is None
        assert row["open_count"] == other[stage]["open_count"]
    [outcomes] = view.metric("funnel.outcomes", rule="snapshot").to_dicts()
    assert outcomes["open"] == sum(row["open_count"] for row in found.values())
    assert outcomes["won"] is None and outcomes["win_rate"] is None


def usual_days(funnel: Funnel, dated: list[str]) -> dict[tuple[str, str], int | None]:
    """Medians of stage and product over all stays of the bank; below 30 stays that of the stage."""
    found: dict[tuple[str, str], int | None] = {}
    ever = date(1990, 1, 1)
    for stage in dated:
        every = deal_force.stay_times(funnel.deals, stage, ever, funnel.as_of)
        for product in {deal["product"] for deal in funnel.deals}:
            own = deal_force.stay_times(
                [deal for deal in funnel.deals if deal["product"] == product], stage, ever, funnel.as_of
            )
            median = deal_force.product_limit(own) if len(own) >= 30 else None
            found[stage, product] = deal_force.product_limit(every) if median is None else median
    return found


def check_times(
    view: View, funnel: Funnel, booked: set[str], inside: list[Row], usual: dict[Any, Any]
) -> None:
    first, last = view.period.first, view.period.last
    found = {row["stage"]: row for row in view.metric("funnel.stage_time").to_dicts()}
    stays = {row["stage"]: row["stays"] for row in view.metric("funnel.stages").to_dicts()}
    total = [0, 0]
    for stage in funnel.dated:
        cases = deal_force.stay_times(inside, stage, first, last)
        row = found[stage]
        assert row["n"] == stays[stage] == len(cases)
        same(row["median_days"], deal_force.product_limit(cases), "median_days", stage)
        same(row["p75_days"], deal_force.product_limit(cases, 0.75), "p75_days", stage)
        stuck = [
            deal
            for deal in inside
            for stay in deal["stays"]
            if stay["stage"] == stage
            and stay["entered_on"] <= last
            and (stay["left_on"] is None or stay["left_on"] > last)
            and usual[stage, deal["product"]] is not None
            and (last - stay["entered_on"]).days > 2 * usual[stage, deal["product"]]
        ]
        amount = sum(deal["expected_amount"] or 0 for deal in stuck)
        assert (row["stalled"], row["stalled_amount"]) == (len(stuck), amount), stage
        total = [total[0] + len(stuck), total[1] + amount]
    cycle = found["cycle"]
    assert [cycle["stalled"], cycle["stalled_amount"]] == total
    cases = funnel.cycles(booked, first, last)
    same(cycle["median_days"], deal_force.product_limit(cases), "median_days", "cycle")
    same(cycle["p75_days"], deal_force.product_limit(cases, 0.75), "p75_days", "cycle")


def check_cohort_outcomes(view: View, funnel: Funnel, inside: list[Row]) -> None:
    first, last = view.period.first, view.period.last
    for window in (None, 20):
        [row] = view.metric("funnel.outcomes", rule="cohort", window=str(window or "")).to_dicts()
        wanted = dict.fromkeys(("won", "lost", "lapsed", "open"), 0)
        for deal in inside:
            begun, closed = deal["first_on"], deal["closed_on"]
            if begun is None or not first <= begun <= last or (closed and closed < begun):
                continue
            if window is not None and (funnel.as_of - begun).days < window:
                continue
            limit = funnel.as_of if window is None else begun.fromordinal(begun.toordinal() + window)
            wanted[deal["outcome"] if closed and closed <= limit else "open"] += 1
        assert {name: row[name] for name in wanted} == wanted
        n = sum(wanted.values())
        same(row["win_rate"], wanted["won"] / n if n else None, "win_rate", window)


def check_incidence(view: View, funnel: Funnel, booked: set[str], inside: list[Row], stage: str) -> None:
    first, last = view.period.first, view.period.last
    if stage == "cycle":
        cases = []
        for deal in inside:
            begun, closed = deal["first_on"], deal["closed_on"]
            if begun is None or begun > last or (closed and closed < max(first, begun)):
                continue
            gone = closed is not None and closed <= last
            fate = deal_force.FATES[deal["outcome"]] if gone else ""
            cases.append((max(0, (first - begun).days), ((closed if gone else last) - begun).days, fate))
    else:
        cases = deal_force.stay_cases(inside, stage, first, last)
    wanted = deal_force.aalen_johansen(cases)
    found = view.metric("funnel.incidence", stage=stage).to_dicts()
    assert [row["days"] for row in found] == [row["days"] for row in wanted]
    for row, expected in zip(found, wanted, strict=True):
        assert row["at_risk"] == expected["at_risk"]
        shares = ("advanced", "lost", "lapsed", "moved_back", "still_open")
        assert abs(sum(row[name] for name in shares) - 1) < 1e-9
        assert all(abs(row[name] - expected[name]) < 1e-9 for name in shares), (stage, row, expected)
