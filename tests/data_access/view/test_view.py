"""The view: what a reader sees of two disjoint subtrees, of nothing, and month by month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_access.build.build import build
from data_access.errors import CallError
from data_access.intake.config import read_config
from data_access.subject import Mart, Period
from data_access.view.grants import CUSTOMERS, NOTHING, Grant, everything, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.small_bank import MONEY, Bank, make, write

SUMS = ("customers", "active", *MONEY, "joined", "left", "moved_in", "moved_out")


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Fourteen institutions, with rollups above two."""
    bank = make(seed=11, nodes=14, customers=60, months=4, deals=40)
    bank.rollup_above = 2
    return bank


@pytest.fixture(scope="module")
def store(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    config = read_config(write(bank, tmp_path_factory.mktemp("view")), CONTRACT)
    build(config, SUBJECTS, date(2028, 1, 1), lambda _step, _share: None)
    yield open_store(config)


def disjoint(bank: Bank) -> list[tuple[str, str]]:
    """Pairs of institutions of which neither holds the other."""
    keys = list(bank.parent)
    return [
        (a, b)
        for i, a in enumerate(keys)
        for b in keys[i:]
        if a not in bank.path(b) and b not in bank.path(a)
    ]


def period(bank: Bank) -> Period:
    return Period(bank.months[1].replace(day=1), bank.months[-1])


def look(store: Store, grant: Grant, when: Period, node: int | None = None) -> View:
    return View(
        scope=Scope(store=store, grant=grant, node=grant.home if node is None else node),
        subjects=SUBJECTS,
        period=when,
    )


def stored(store: Store) -> list[Mart]:
    """The marts that this bank's tables gave rise to."""
    every = [mart for subject in SUBJECTS for mart in subject.marts]
    return [mart for mart in every if store.snapshot.has("marts", f"{mart.name}.own.parquet")]


def test_everybody_sees_the_whole_tree_until_there_is_a_sign_in(store: Store) -> None:
    grant = everything(store.tree)
    assert grant.ranges == ((0, 13),)
    assert grant.home == 0
    assert grant.may(CUSTOMERS, store.tree, 0)


def test_two_granted_subtrees_are_exactly_their_rows(bank: Bank, store: Store) -> None:
    """Book and funnel at the reader's home, and child by child; what is not granted is not there."""
    book = Book(bank)
    funnel = Funnel(bank, book)
    when = period(bank)
    pairs = disjoint(bank)
    assert len(pairs) > 20
    for a, b in pairs[::4]:
        grant = grant_of(store.tree, [store.find(a), store.find(b)], frozenset({CUSTOMERS}))
        home = next(key for key in bank.path(a) if key in bank.path(b))
        assert store.tree.ids[grant.home] == home
        seen = bank.subtree(a) | bank.subtree(b)
        view = look(store, grant, when)
        [row] = view.metric("book.summary").to_dicts()
        expected = book.summary(seen, True, when.first, when.last)
        assert {name: row[name] for name in SUMS} == {name: expected[name] for name in SUMS}
        assert row["aum_mean"] == expected["aum_mean"]
        [row] = view.metric("funnel.outcomes").to_dicts()
        expected = funnel.outcomes(seen, when.first, min(when.last, funnel.as_of))
        if when.last <= funnel.as_of:
            assert row["won"] == expected["won"]
            assert row["cycle_days_median"] == expected["cycle_days_median"]
        assert view.metric("funnel.overdue").to_dicts() == [funnel.overdue(seen)]
        managers = {row.pop("manager"): row for row in view.metric("book.managers", "manager").to_dicts()}
        assert managers == book.by_manager(seen, when.last)

        children = {row["institution"]: row for row in view.metric("book.summary", "children").to_dicts()}
        assert children.keys() == {a, b}
        for child, row in children.items():
            expected = book.summary(bank.subtree(child) & seen, True, when.first, when.last)
            assert {name: row[name] for name in SUMS} == {name: expected[name] for name in SUMS}


def test_an_institution_that_is_not_granted_shows_nothing(bank: Bank, store: Store) -> None:
    a, b = disjoint(bank)[0]
    grant = grant_of(store.tree, [store.find(a)], frozenset({CUSTOMERS}))
    view = look(store, grant, period(bank), store.find(b))
    assert view.scope.ranges == ()
    for mart in stored(store):
        assert view.mart(mart, (None, None)).height == 0
        assert view.mart(mart, (None, None), "children").height == 0
    assert view.list("deals_overdue").height == 0
    [row] = view.metric("book.summary").to_dicts()
    assert not row["customers"]


def test_no_grant_no_rows(store: Store, bank: Bank) -> None:
    grant = grant_of(store.tree, [], frozenset({CUSTOMERS}))
    assert grant == NOTHING
    assert not any(grant.covers(node) for node in range(-1, len(store.tree)))
    for node in (-1, 0, 5):
        view = look(store, grant, period(bank), node)
        assert view.scope.ranges == ()
        for mart in stored(store):
            assert view.mart(mart, (None, None)).height == 0
            assert view.mart(mart, (None, None), "kind" if "kind" in mart.keys else None).height == 0
        with pytest.raises(CallError):
            view.list("deals_overdue")


def test_a_list_needs_the_permission_and_holds_the_scope_only(bank: Bank, store: Store) -> None:
    everything = pl.read_parquet(store.file("lists", "deals_overdue.parquet"))
    assert everything.height > 3
    for a, b in disjoint(bank)[::5]:
        nodes = [store.find(a), store.find(b)]
        view = look(store, grant_of(store.tree, nodes, frozenset({CUSTOMERS})), period(bank))
        seen = bank.subtree(a) | bank.subtree(b)
        funnel = Funnel(bank, Book(bank))
        late = {
            deal["opportunity_id"]
            for deal in funnel.deals
            if deal["institution_id"] in seen
            and deal["outcome"] == "open"
            and (deal["expected_close_on"] or funnel.as_of) < funnel.as_of
        }
        assert set(view.list("deals_overdue")["opportunity_id"]) == late
        with pytest.raises(CallError, match="grant"):
            look(store, grant_of(store.tree, nodes, frozenset()), period(bank)).list("deals_overdue")


def test_a_grant_inside_another_adds_nothing(store: Store) -> None:
    both = grant_of(store.tree, [0, 3], frozenset())
    assert (both.ranges, both.home) == (grant_of(store.tree, [0], frozenset()).ranges, 0)


def test_a_series_is_the_metric_month_by_month(bank: Bank, store: Store) -> None:
    """Read at once, equal to each month asked for alone."""
    grant = everything(store.tree)
    last = Period(bank.months[-1].replace(day=1), bank.months[-1])
    columns = ("customers", "aum", "fee_income", "joined", "moved_in", "aum_median")
    for node in (0, 1, 6):
        view = look(store, grant, last, node)
        found = view.series("book.summary", *columns)
        assert found["month"].to_list() == bank.months
        for month in bank.months:
            [alone] = view.during(Period(month.replace(day=1), month)).metric("book.summary").to_dicts()
            [row] = found.filter(pl.col("month") == month).to_dicts()
            assert {name: row[name] for name in columns} == {name: alone[name] for name in columns}


def test_a_series_of_events_is_the_metric_month_by_month(bank: Bank, store: Store) -> None:
    grant = everything(store.tree)
    last = Period(bank.months[-1].replace(day=1), bank.months[-1])
    columns = ("won", "lost", "open", "won_amount", "win_rate")
    view = look(store, grant, last)
    found = view.series("funnel.outcomes", *columns, months=3)
    assert found.height == 3
    for row in found.to_dicts():
        month = row.pop("month")
        [alone] = view.during(Period(month.replace(day=1), month)).metric("funnel.outcomes").to_dicts()
        assert row == {name: alone[name] for name in columns}


def test_a_memo_is_not_shared_between_scopes_and_filters(bank: Bank, store: Store) -> None:
    """The same object asked for another period, then for the first again."""
    grant = everything(store.tree)
    when = period(bank)
    view = look(store, grant, when)
    first = view.metric("book.summary")
    other = view.during(Period(bank.months[0].replace(day=1), bank.months[0])).metric("book.summary")
    assert view.metric("book.summary").equals(first)
    assert not other.equals(first)
    book = Book(bank)
    [row] = view.within(replace(view.scope, filters={"kind": "personal"})).metric("book.summary").to_dicts()
    expected = book.summary(
        set(bank.parent), True, when.first, when.last, lambda row: bool(row["kind"] == "personal")
    )
    assert {name: row[name] for name in SUMS} == {name: expected[name] for name in SUMS}
    leaf = next(key for key in bank.parent if not bank.children(key))
    narrow = grant_of(store.tree, [store.find(leaf)], frozenset())
    [row] = view.within(replace(view.scope, grant=narrow)).metric("book.summary").to_dicts()
    expected = book.summary({leaf}, True, when.first, when.last)
    assert {name: row[name] for name in SUMS} == {name: expected[name] for name in SUMS}


def test_files_lie_in_the_folder_of_the_snapshot(store: Store) -> None:
    assert Path(store.file("marts", "book.own.parquet")).is_file()
