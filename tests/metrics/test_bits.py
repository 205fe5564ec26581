"""The same question gives the same bits: sums of fractions do not depend on the order of rows or threads."""

import random
from dataclasses import replace

import polars as pl

from data_access import periods
from data_access.errors import CockpitError
from data_access.sums import sum_of
from data_access.view.answers import Answers
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import View
from metrics import METRICS, SUBJECTS


def test_a_sum_does_not_depend_on_the_order_of_rows() -> None:
    rng = random.Random(20_261_204)
    values = [rng.uniform(-1, 1) * 10 ** rng.randint(-8, 8) for _ in range(5_000)]
    found = set()
    for _ in range(5):
        rng.shuffle(values)
        rows = pl.DataFrame({"x": values, "group": 1})
        found.add(rows.group_by("group").agg(sum_of("x"))["x"][0])
    assert len(found) == 1


def fractions(store: Store) -> dict[tuple[str, str | None, str], str]:
    """Every fraction that a metric says of the head office, to the last bit."""
    store = replace(store, answers=Answers(1))
    scope = Scope(store=store, grant=everything(store.tree), node=0)
    view = View(scope=scope, subjects=SUBJECTS, period=periods.parse("2026-10"))
    found = {}
    for name in METRICS:
        for by in (None, "children"):
            try:
                frame = view.metric(name, by)
            except CockpitError:
                continue
            floats = [column for column, kind in frame.schema.items() if kind.is_float()]
            found |= {(name, by, column): repr(frame[column].to_list()) for column in floats}
    return found


def test_asked_again_a_metric_says_the_same_bits(two_years: Store) -> None:
    first = fractions(two_years)
    assert len(first) > 100
    for _ in range(2):
        again = fractions(two_years)
        assert [key for key in first if first[key] != again[key]] == []
