"""Every metric of every institution equals plain Python on the raw rows, on random banks."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.exceptions import StatError

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.subject import Period
from data_access.view.grants import CUSTOMERS, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from tests.metrics.brute_force import Book, Funnel
from tests.metrics.random_banks import banks
from tests.metrics.sameness import BOOK_SUMS, same, same_row, same_summary
from tests.metrics.small_bank import MONEY, STAGES, Bank, make, write

TODAY = date(2028, 1, 1)
OUTCOME_SUMS = ("won", "lost", "lapsed", "open", "open_amount", "won_amount")
KINDS = ("unknown", "personal", "corporate")
TIERS = ("unknown", "untiered", "mass", "emerging", "middle", "affluent", "high_end", "private")


@contextmanager
def built(bank: Bank) -> Iterator[Store]:
    """The bank's snapshot, opened."""
    with tempfile.TemporaryDirectory() as folder:
        config = read_config(write(bank, Path(folder)), CONTRACT)
        build(config, SUBJECTS, TODAY, lambda _step, _share: None)
        yield open_store(config)


def look(store: Store, node: int, first: date, last: date, **filters: str) -> View:
    grant = grant_of(store.tree, [0], frozenset({CUSTOMERS}))
    return View(
        scope=Scope(store=store, grant=grant, node=node, filters=filters),
        subjects=SUBJECTS,
        period=Period(first, last),
    )


def periods_of(bank: Bank) -> list[tuple[date, date]]:
    """The last month, the first one, and all of them."""
    first, last = bank.months[0], bank.months[-1]
    return list(
        dict.fromkeys(
            [(last.replace(day=1), last), (first.replace(day=1), first), (first.replace(day=1), last)]
        )
    )


def days_of(bank: Bank) -> list[tuple[date, date]]:
    """All days of the deals, and a stretch that cuts months at both ends and ends amid decisions."""
    end = bank.deals_as_of()
    days = sorted(deal["created_on"] for deal in bank.deals if deal["created_on"])
    middle = days[len(days) // 2]
    closed = sorted(deal["closed_on"] for deal in bank.deals if deal["closed_on"]) or [end]
    cut = max(middle, closed[len(closed) // 2])
    return list(dict.fromkeys([(days[0].replace(day=1), end), (middle, cut)]))


@pytest.mark.slow
@banks(10)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(1, 14),
    customers=st.integers(2, 25),
    months=st.integers(1, 5),
    deals=st.integers(1, 20),
)
def test_every_metric_of_every_institution(
    seed: int, nodes: int, customers: int, months: int, deals: int
) -> None:
    bank = make(seed, nodes, customers, months, deals)
    book = Book(bank)
    funnel = Funnel(bank, book)
    assume(book.delivered)
    with built(bank) as store:
        assert sorted(store.tree.ids) == sorted(bank.parent)
        _rollups_are_sums_of_own_rows(store, bank)
        for key in bank.parent:
            for first, last in periods_of(bank):
                _book(look(store, store.find(key), first, last), bank, book, (key, first, last))
            _flows_explain_the_change(store, store.find(key), book)
            for first, last in days_of(bank):
                _funnel(look(store, store.find(key), first, last), funnel, bank, (key, first, last))
        for key in {store.tree.ids[0], store.tree.ids[len(store.tree) // 2]}:
            first, last = periods_of(bank)[-1]
            view = look(store, store.find(key), first, last)
            _levels(view, bank, book, (key, first, last))
            _tags(store, bank, book, (key, first, last))
            for first, last in days_of(bank):
                view = look(store, store.find(key), first, last)
                _parts_of_the_funnel(view, bank, funnel, (key, first, last))


Where = tuple[str, date, date]


def _book(view: View, bank: Bank, book: Book, where: Where) -> None:
    """The institution; each child is right, own and between are right, and sums add up."""
    key, first, last = where
    [whole] = view.metric("book.summary").to_dicts()
    same_summary(whole, book.summary(bank.subtree(key), True, first, last), where)
    found = {row.pop("manager"): row for row in view.metric("book.managers", "manager").to_dicts()}
    assert found == book.by_manager(bank.subtree(key), last), where

    rows = {row["institution"]: row for row in view.metric("book.summary", "children").to_dicts()}
    assert set(bank.children(key)) == rows.keys() - {"own", "between"}, where
    for name in BOOK_SUMS:
        parts = [row[name] for row in rows.values()]
        unknown = whole[name] is None  # flows of the first month: unknown for every part too
        assert (set(parts) <= {None}) if unknown else sum(parts) == whole[name], (name, where)
    for child in bank.children(key):
        same_summary(rows[child], book.summary(bank.subtree(child), True, first, last), (child, where))
    own = book.summary({key}, False, first, last)
    if "own" in rows:
        same_summary(rows["own"], own, ("own", where))
    else:
        assert not any(own[name] for name in BOOK_SUMS), ("own", where)
    between, found = book.between(key, first, last), rows.get("between", {})
    for name in BOOK_SUMS:
        assert (found.get(name) or 0) == (between.get(name) or 0), ("between", name, where)


def _flows_explain_the_change(store: Store, node: int, book: Book) -> None:
    """customers(end) = customers(start) + joined − left + moved_in − moved_out."""
    months = book.delivered
    for at in range(1, len(months)):
        [then] = look(store, node, months[0].replace(day=1), months[0]).metric("book.summary").to_dicts()
        [now] = look(store, node, months[1].replace(day=1), months[at]).metric("book.summary").to_dicts()
        change = now["joined"] - now["left"] + now["moved_in"] - now["moved_out"]
        assert now["customers"] == then["customers"] + change, (node, months[at])


def _levels(view: View, bank: Bank, book: Book, where: Where) -> None:
    """The institutions of a level, and the rest: right, and summing to the institution."""
    key, first, last = where
    [whole] = view.metric("book.summary").to_dicts()
    for level in {bank.level[inner] for inner in bank.subtree(key) - {key}}:
        found = view.metric("book.summary", f"level:{level}").to_dicts()
        rows = {row["institution"]: row for row in found}
        named = {inner for inner in bank.subtree(key) if bank.level[inner] == level}
        tops = {inner for inner in named if named.isdisjoint(_above(bank, key, inner))}
        assert rows.keys() - {"rest"} == tops, (level, where)
        parts = {top: bank.subtree(top) for top in tops}
        parts["rest"] = bank.subtree(key).difference(*parts.values())
        for name in BOOK_SUMS:
            each = [row[name] for row in rows.values()]
            unknown = whole[name] is None
            assert (set(each) <= {None}) if unknown else sum(each) == whole[name], (name, level, where)
        for part, booked in parts.items():
            expected = book.summary(booked, True, first, last)
            if part in rows:
                same_summary(rows[part], expected, (part, level, where))
            else:
                assert not any(expected[name] for name in BOOK_SUMS), (part, level, where)


def _above(bank: Bank, top: str, inner: str) -> list[str]:
    """The institutions from `top` down to the one above `inner`."""
    path = bank.path(inner)
    return path[1 : path.index(top) + 1]


def _tags(store: Store, bank: Bank, book: Book, where: Where) -> None:
    """Kinds, tiers and the bank's own tag, as a breakdown and as a filter."""
    key, first, last = where
    for tag, values in (("kind", KINDS), ("tier", TIERS), ("segment", ("unknown", "X", "Y"))):
        view = look(store, store.find(key), first, last)
        rows = {row[tag]: row for row in view.metric("book.summary", tag).to_dicts()}
        for value in values:

            def is_here(row: dict[str, Any], tag: str = tag, value: str = value) -> bool:
                return bool(row[tag] == value)

            expected = book.summary(bank.subtree(key), True, first, last, is_here)
            if value in rows:
                same_summary(rows[value], expected, (tag, value, where), median=tag != "segment")
            else:
                assert not any(expected[name] for name in BOOK_SUMS), (tag, value, where)
            if value not in store.codes["tag_segment" if tag == "segment" else tag]:
                continue  # nobody in the bank has this value: it cannot be asked for
            filtered = look(store, store.find(key), first, last, **{tag: value})
            [row] = filtered.metric("book.summary").to_dicts()
            same_summary(row, expected, ("filter", tag, value, where), median=tag != "segment")
            if tag == "segment":
                continue  # managers and medians are stored without the bank's own tags
            [held] = filtered.metric("book.managers").to_dicts()
            for name in ("customers", *MONEY):
                if name != "fee_income":  # of the last month there, of the whole period here
                    assert held[name] == expected[name], ("filter", name, tag, value, where)


def _funnel(view: View, funnel: Funnel, bank: Bank, where: Where) -> None:
    key, first, last = where
    booked = bank.subtree(key)
    stages = funnel.stages(booked, first, last)
    found = {row.pop("stage"): row for row in view.metric("funnel.stages").to_dicts()}
    assert list(found)[: len(STAGES)] == list(STAGES)
    for stage, row in stages.items():
        if stage in found:
            for name, value in row.items():
                same(found[stage][name], value, name, (stage, where))
        else:
            assert stage == "unknown", where
            assert not row["open_count"], where
    [outcomes] = view.metric("funnel.outcomes").to_dicts()
    for name, value in funnel.outcomes(booked, first, last).items():
        same(outcomes[name], value, name, where)
    assert view.metric("funnel.overdue").to_dicts() == [funnel.overdue(booked)], where
    _lifelines_agrees(outcomes["cycle_days_median"], funnel.cycles(booked, first, last), where)


def _lifelines_agrees(found: int | None, cases: list[tuple[int, int, bool]], where: Where) -> None:
    if not any(event for _, _, event in cases):
        assert found is None, where
        return
    # here both ends of a stay are under observation; lifelines leaves the moment of entry out
    enter, leave, event = zip(*cases, strict=True)
    begins = [day + 0.5 if day else 0 for day in enter]
    try:
        fitter = KaplanMeierFitter().fit([day + 1 for day in leave], event, entry=begins)
    except StatError:  # it refuses very small samples with late entry; the product limit was compared
        return
    survival = fitter.survival_function_["KM_estimate"]
    reached = survival.index[survival <= 0.5 + 1e-9]  # its own median misses one half by a rounding
    assert found == (int(reached[0]) - 1 if len(reached) else None), where


def _parts_of_the_funnel(view: View, bank: Bank, funnel: Funnel, where: Where) -> None:
    """Children and own; products, channels, kinds, tiers, the bank's own tag: each right, all adding up."""
    key, first, last = where
    inside = {child: bank.subtree(child) for child in bank.children(key)}
    ways: dict[str, dict[str, dict[str, Any]]] = {
        "children": {part: {"booked": booked} for part, booked in {"own": {key}, **inside}.items()}
    }
    values = {"product": ("unknown", "Loan", "Fund"), "channel": ("Branch", "Phone")}
    values |= {"deal_size": ("unknown", "S", "L"), "kind": KINDS, "tier": TIERS}
    for by, known in values.items():
        ways[by] = {value: {by: value} for value in known}
    [whole] = view.metric("funnel.outcomes").to_dicts()
    nothing = {"deals": 0, "amount": 0, "days_late": None}
    for by, parts in ways.items():
        column = "institution" if by == "children" else by
        outcomes = {row[column]: row for row in view.metric("funnel.outcomes", by).to_dicts()}
        overdue = {row[column]: row for row in view.metric("funnel.overdue", by).to_dicts()}
        stages = {(row[column], row["stage"]): row for row in view.metric("funnel.stages", by).to_dicts()}
        assert outcomes.keys() | overdue.keys() | {value for value, _ in stages} <= parts.keys(), (by, where)
        for name in OUTCOME_SUMS:
            assert sum(row[name] for row in outcomes.values()) == whole[name], (name, by, where)
        for value, only in parts.items():
            asked = {"booked": bank.subtree(key)} | only
            here = (by, value, where)
            same_row(outcomes.get(value), funnel.outcomes(first=first, last=last, **asked), here)
            late = overdue.get(value, nothing)
            assert {name: late[name] for name in nothing} == funnel.overdue(**asked), here
            for stage, numbers in funnel.stages(first=first, last=last, **asked).items():
                same_row(stages.get((value, stage)), numbers, (stage, *here))


def _rollups_are_sums_of_own_rows(store: Store, bank: Bank) -> None:
    large = {key for key in bank.parent if len(bank.subtree(key)) > bank.rollup_above}
    assert {store.tree.ids[node] for node in store.rolled} == large
    for mart in (mart for subject in SUBJECTS for mart in subject.marts):
        if not store.snapshot.has("marts", f"{mart.name}.own.parquet"):
            continue  # this bank delivers nothing for it
        own = pl.read_parquet(store.file("marts", f"{mart.name}.own.parquet"))
        stored = pl.read_parquet(store.file("marts", f"{mart.name}.rollup.parquet"))
        tags = {name for name, dtype in own.schema.items() if dtype == pl.Int16}
        keys = [name for name in own.columns if name in tags.union(mart.keys) - {"part"}]
        names = [name for name in own.columns if name not in (*keys, "node", "part")]
        floats = [name for name in names if own.schema[name].is_float()]
        sums = [pl.col(name).cast(pl.Int64) for name in names if name not in floats]
        assert set(stored["node"]) <= store.rolled
        for node in store.rolled:
            inside = own.filter(pl.col("node").is_between(*store.tree.subtree(node)))
            total = inside.group_by(keys).agg(column.sum() for column in sums).sort(keys)
            here = stored.filter(pl.col("node") == node).select(*keys, *sums).sort(keys)
            assert here.equals(total), (mart.name, node)
            for name in floats:  # squares: the same but for the order in which they were added
                rolled = stored.filter(pl.col("node") == node)[name].sum()
                assert rolled == pytest.approx(inside[name].sum(), rel=1e-9), (mart.name, node)
