"""Customer value of every institution equals plain Python on the raw rows, on random banks."""

from datetime import date, timedelta
from statistics import median
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.view import View
from metrics.book import subject as book
from metrics.value import subject as value
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book
from tests.metrics.event_bank import make
from tests.metrics.random_banks import banks
from tests.metrics.sameness import same
from tests.metrics.value.force import Value, exact_gini, exact_top

POLICY = "floor_gini = 1\nloyal_transactions = 7\nfloor_tenths = {}"
SUBJECTS = (book.SUBJECT, value.SUBJECT)


@pytest.mark.slow
@banks(4)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 9),
    customers=st.integers(4, 60),
    months=st.integers(2, 4),
)
def test_value_of_every_institution(seed: int, nodes: int, customers: int, months: int) -> None:
    made = make(seed, nodes, customers, months)
    records = Book(made.bank)
    assume(len(records.delivered) > 1)
    last = records.delivered[-1]
    start = date(last.year - 1, 12, 31)
    with built(made, *SUBJECTS, policy=POLICY.format(1 if seed % 2 else 5_000)) as store:
        for key in made.bank.parent:
            booked = made.bank.subtree(key)
            view = look(store, SUBJECTS, key, last.replace(day=1), last)
            check_same_value(view, Value(records, booked, last), key)
            before = Value(records, booked, start) if start in records.delivered else None
            check_net_increase(view, Value(records, booked, last), before, key)
            check_adds_up(view, key)
        kinds = look(store, SUBJECTS, 0, last.replace(day=1), last, kind="corporate")
        every = made.bank.subtree(store.tree.ids[0])
        check_same_value(kinds, Value(records, every, last, "corporate"), "corporate")


def check_same_value(view: View, own: Value, where: Any) -> None:
    tiers = {row.pop("tier"): row for row in view.metric("value.tiers").to_dicts()}
    expected = own.tiers()
    assert tiers.keys() == expected.keys(), where
    for tier, row in tiers.items():
        for name, number in expected[tier].items():
            same(row[name], number, (tier, name), where)
    near = view.metric("value.near_edge").to_dicts()
    assert {(r.pop("tier"), r.pop("side")): r for r in near} == own.near_edge(), where
    quadrants = view.metric("value.quadrants").select("quadrant", "customers", "aum", "contribution")
    assert {r.pop("quadrant"): r for r in quadrants.to_dicts()} == own.quadrants(200_000_00, 7), where
    for measure in ("aum", "contribution"):
        _concentration(view, own, measure, where)
    _curves(view, own, where)
    _deciles(view, own, where)


def _concentration(view: View, own: Value, measure: str, where: Any) -> None:
    [row] = view.metric("value.concentration", measure=measure).to_dicts()
    held = own.amounts(measure)
    assert (row["customers"], row["total"]) == (len(held), sum(held)), where
    if not held:
        assert row["mean"] is row["median"] is row["gini"] is row["top20_share"] is None, where
        return
    same(row["mean"], sum(held) / len(held), "mean", where)
    assert row["median_low"] <= median(held) <= row["median_high"], where
    assert row["median_low"] <= row["median"] <= row["median_high"], where
    shared = [max(x, 0) for x in held] if measure == "aum" else held
    why = "total≤0" if sum(shared) <= 0 else "negative" if min(shared) < 0 else None
    assert row["hidden"] == why, where
    if sum(shared) <= 0:
        assert row["gini"] is row["top20_share"] is None, where
        return
    if min(shared) < 0:
        assert row["gini"] is row["gini_low"] is row["gini_high"] is None, where
    else:
        assert row["gini_low"] - 1e-12 <= exact_gini(shared) <= row["gini_high"] + 1e-12, where
    for k in (1, 5, 10, 20):
        exact = exact_top(shared, len(shared) * k / 100) / sum(shared)
        bounds = [row[f"top{k}_share{end}"] for end in ("_low", "", "_high")]
        tolerance = 1e-9 * max(1, abs(exact))
        assert bounds[0] - tolerance <= exact <= bounds[2] + tolerance, (k, measure, where)
        assert bounds == pytest.approx(sorted(bounds)), (k, measure, where)


def _curves(view: View, own: Value, where: Any) -> None:
    """Every point lies on the exact curve; both end at (1, 1)."""
    held = sorted(max(x, 0) for x in own.amounts("aum"))
    earned = sorted(own.amounts("contribution"), reverse=True)
    for name, column, values in (("lorenz", "share_aum", held), ("whale", "share_contribution", earned)):
        points = view.metric(f"value.{name}").rows()
        if sum(values) <= 0:
            assert points == [], where
            continue
        assert (points[0], points[-1]) == ((0, 0), (1, 1)), (column, where)
        for x, y in points:
            exact = sum(values[: round(x * len(values))]) / sum(values)
            assert y == pytest.approx(exact, rel=1e-9, abs=1e-9), (name, where)
    bands = view.metric("value.histogram", bands="4").to_dicts()
    amounts = own.amounts("aum")
    assert sum(band["customers"] for band in bands) == len(amounts), where
    for band in bands:
        low, high = band["low_edge"], band["high_edge"]
        inside = [x for x in amounts if (low is None or x >= low) and (high is None or x < high)]
        assert (band["customers"], band["aum"]) == (len(inside), sum(inside)), (band, where)


def _deciles(view: View, own: Value, where: Any) -> None:
    frame = view.metric("value.deciles")
    ordered = sorted((row for row in own.rows if row["aum"] is not None), key=lambda row: -row["aum"])
    n = len(ordered)
    assert frame["decile"].to_list() == list(range(1, 11)), where
    assert frame["customers"].to_list() == [(k + 1) * n // 10 - k * n // 10 for k in range(10)], where
    assert frame["aum"].sum() == sum(row["aum"] for row in ordered), where
    told = frame["contribution"].to_list()
    if frame["note"].null_count() == frame.height:
        assert sum(told) == sum(row["contribution"] or 0 for row in ordered), where
    elif None in told:  # the floor holds: what is told all the same is exact
        for number, value in enumerate(told):
            exact = sum(
                row["contribution"] or 0 for row in ordered[number * n // 10 : (number + 1) * n // 10]
            )
            assert value in (None, exact), (number, where)
            assert value is not None or frame["note"][number] == "n<5000", (number, where)
    # the first tenth holds what the top customers hold, as far as the bins say
    shared = max(n // 10, 0)
    exact = sum(row["aum"] for row in ordered[:shared])
    if shared and ordered[shared - 1]["aum"] > 0:
        assert frame["aum"][0] == pytest.approx(exact, rel=0.155), where  # a bin is 15.5 % wide


def check_net_increase(view: View, now: Value, before: Value | None, where: Any) -> None:
    [row] = view.metric("value.net_increase").to_dicts()
    start = before.middle_above() if before else None
    end = now.middle_above()
    increase = None if start is None else end - start
    expected = {"tier_from": "middle", "start": start, "end": end, "increase": increase}
    assert row == expected, where
    [row] = view.metric("value.net_increase", tier_from="private").to_dicts()
    assert row["end"] == now.middle_above("private"), where
    [row] = view.metric("value.summary").to_dicts()
    assert (row["increase"], row["middle_above"], row["customers"]) == (increase, end, len(now.rows)), where
    assert row["aum"] == sum(r["aum"] or 0 for r in now.rows), where


def check_adds_up(view: View, where: Any) -> None:
    """Children, own and transfers sum to the whole."""
    columns = ("increase", "middle_above", "customers", "aum")
    whole = view.metric("value.summary", columns=columns).row(0, named=True)
    parts = view.metric("value.summary", "children", columns=columns)
    for name in columns:
        if whole[name] is None:
            assert parts[name].drop_nulls().is_empty(), (name, where)
        else:
            assert parts[name].sum() == whole[name], (name, where)


def test_the_first_month_of_the_data_has_no_increase() -> None:
    made = make(7, 3, 30, 3)
    with built(made, *SUBJECTS) as store:
        first = made.bank.months[0]
        row = look(store, SUBJECTS, 0, first.replace(day=1), first).metric("value.net_increase").row(0)
        assert row[1] is row[3] is None
        assert store.has("customer_months")
        assert first + timedelta(1) <= made.bank.months[-1]


def test_the_list_is_the_last_month_and_counts_as_the_metric() -> None:
    """The same customers as counted by tier and side; the most money × nearness first."""
    made = make(11, 4, 120, 2)
    with built(made, *SUBJECTS) as store:
        last = Book(made.bank).delivered[-1]
        view = look(store, SUBJECTS, 0, last.replace(day=1), last)
        rows = view.list("customers_near_edge")
        counted = view.metric("value.near_edge")
        assert rows.height == counted["customers"].sum() > 5
        assert rows["gap"].sum() == counted["gap"].sum()
        assert rows["weight"].min() >= 0  # type: ignore[operator]
        ordered = rows.filter(pl.col("node") == rows["node"][0])["weight"].to_list()
        assert ordered == sorted(ordered, reverse=True)
