"""An institution's numbers are the same whether they are worked out with its neighbours' or alone."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_access import periods
from data_access.errors import CockpitError
from data_access.intake.config import read_config
from data_access.tree import build_tree
from data_access.view.answers import Answers
from data_access.view.grants import everything, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, METRICS, SUBJECTS
from metrics.alerts import watched
from tests.quick import one_in


@pytest.fixture(scope="module")
def store(pages_bank: Path) -> Store:
    """A bank that is watched closely, so that there are alerts to compare."""
    found = open_store(read_config(pages_bank, CONTRACT))
    close = [replace(alert, sigmas=0.5, floor=1) for alert in watched(METRICS)]
    return replace(found, policy=replace(found.policy, alerts=tuple(close)))


def view_of(store: Store, node: int, period: str, grant: str = "", **filters: str) -> View:
    tree = store.tree
    held = grant_of(tree, [tree.node_of[grant]], frozenset()) if grant else everything(tree)
    scope = Scope(store=store, grant=held, node=node, filters=filters)
    return View(scope=scope, subjects=SUBJECTS, period=periods.parse(period))


def nodes_of(store: Store, every: int) -> list[int]:
    """Institutions of each level below the top: the second, and on from it."""
    levels = [nodes for nodes in store.tree.side_by_side.values() if len(nodes) > 1]
    return [node for nodes in levels for node in nodes[1::every]]


def both(view: View, name: str, by: str | None) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """A metric's rows with its neighbours' and alone; None where it says that it has none."""
    metric = METRICS[name]
    here = view.suited(metric)
    told = []
    for one in (metric, replace(metric, alone=True)):
        try:
            told.append(here.by_group(one, by, (), {})[1])
        except CockpitError as error:
            told.append(str(error))
    if isinstance(told[0], str):
        assert told[0] == told[1]
        return None
    return told[0], told[1]


def check_together(store: Store, name: str, asked: tuple[str, ...], every: int) -> None:
    compared = 0
    for by in (None, "children"):
        for node in nodes_of(store, every):
            for period in asked:
                found = both(view_of(store, node, period), name, by)
                if found is not None:
                    assert_frame_equal(*found, check_dtypes=False, rel_tol=1e-9, abs_tol=1e-12)
                    compared += found[0].height
    assert compared, "there was nothing to compare"


TOGETHER = [name for name, metric in METRICS.items() if not metric.alone]


@pytest.mark.parametrize("name", one_in(2, TOGETHER))
def test_together_is_as_alone(store: Store, name: str) -> None:
    check_together(store, name, ("2026-10",), 9)


@pytest.mark.slow
@pytest.mark.parametrize("name", TOGETHER)
def test_together_is_as_alone_everywhere(store: Store, name: str) -> None:
    check_together(store, name, ("2026-Q3", "2026-10"), 3)


def test_who_sees_a_part_is_not_answered_with_the_whole(store: Store) -> None:
    """A reader of one child opens the parent after somebody who may see it whole."""
    tree = store.tree
    parent = next(node for node in range(1, len(tree)) if len(tree.children(node)) > 1)
    child = tree.children(parent)[0]
    whole = view_of(store, parent, "2026-10")
    part = view_of(store, parent, "2026-10", tree.ids[child])
    own = view_of(store, child, "2026-10")
    for by in (None, "children"):
        assert whole.metric("book.summary", by)["customers"].sum() > 0
    told = part.metric("book.summary")["customers"].item()
    assert told == own.metric("book.summary")["customers"].item()
    assert told < whole.metric("book.summary")["customers"].item()
    assert part.metric("book.summary", "children")["institution"].to_list() == [tree.ids[child]]
    assert not part.scope.beside(None) and not part.scope.beside("children")


def test_a_neighbour_costs_no_reading(store: Store) -> None:
    """What was worked out for one institution is there for the one beside it, whoever reads."""
    tree = store.tree
    fresh = replace(store, answers=Answers())
    one, other = tree.side_by_side[tree.levels[-1]][:2]
    first = view_of(fresh, one, "2026-10").metric("funnel.outcomes")
    asked = []
    kept = fresh.answers.get

    def get(key: tuple[object, ...], compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        def counted() -> pl.DataFrame:
            asked.append(key)
            return compute()

        return kept(key, counted)

    fresh.answers.get = get  # type: ignore[method-assign]
    second = view_of(fresh, other, "2026-10", tree.ids[other]).metric("funnel.outcomes")
    assert len(asked) == 1 and "together" not in asked[0]  # its own words only
    assert first.columns == second.columns


def test_one_below_another_of_its_level_stands_alone() -> None:
    """As an institution does that was merged into another: its rows would be taken for one of the two."""
    rows = """
        institution_id,parent_id,level
        H,,a
        A,H,b
        A1,A,b
        A2,A1,b
        B,H,b
        B1,B,c
    """
    frame = pl.read_csv(io.StringIO("\n".join(line.strip() for line in rows.strip().splitlines())))
    tree = build_tree(frame.with_columns(institution_no=pl.int_range(pl.len())))
    assert {key: [tree.ids[n] for n in nodes] for key, nodes in tree.side_by_side.items()} == {
        "a": ["H"],
        "b": ["A", "B"],
        "c": ["B1"],
    }
