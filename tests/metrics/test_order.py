"""Tiers, stages and the values of labels stand in the order of the policy and of the bank's codes."""

from collections.abc import Iterator

import polars as pl
import pytest

from data_access.errors import CockpitError
from data_access.subject import Metric
from data_access.view.store import Store
from metrics import METRICS
from tests.number_hashes import breakdowns, look

OF_TIERS = ("tier", "tier_from", "from_tier", "to_tier")


def orders(store: Store) -> dict[str, list[str]]:
    """Column → the order of its values: the policy's, else the codes'."""
    policy = store.policy
    tiers = [tier.key for tier in policy.tiers]
    labels = {name: [value for value in values if value != "unknown"] for name, values in store.codes.items()}
    return {**labels, **dict.fromkeys(OF_TIERS, tiers), "stage": [stage.key for stage in policy.stages]}


def in_order(values: list[str], order: list[str]) -> bool:
    """Whether the values that have a place stand in it, from the first to the last or the other way."""
    places = [order.index(value) for value in values if value in order]
    return places in (sorted(places), sorted(places, reverse=True))


def answers(store: Store, metric: Metric) -> Iterator[tuple[str | None, pl.DataFrame]]:
    """What it says at the head office, by nothing and by each of its labels."""
    view = look(store, 0, "2026-10")
    for by in breakdowns(store, metric):
        try:
            yield by, view.metric(metric.name, by)
        except CockpitError:
            continue  # not every breakdown is delivered


def test_every_metric_keeps_the_order_of_ranks_and_labels(two_years: Store) -> None:
    known, seen, faults = orders(two_years), set(), []
    for metric in METRICS.values():
        for by, frame in answers(two_years, metric):
            for name in set(frame.columns) & known.keys():
                if frame.schema[name] != pl.String:
                    continue
                values = frame[name].unique(maintain_order=True).to_list()
                seen.add(name)
                if not in_order(values, known[name]):
                    faults.append((metric.name, by, name, values))
    assert not faults
    assert {"tier", "from_tier", "to_tier", "stage", "product", "kind", "product_kind"} <= seen


@pytest.mark.parametrize(("values", "is_so"), [("abc", True), ("cxa", True), ("acb", False)])
def test_an_order_is_told_from_none(values: str, is_so: bool) -> None:
    assert in_order(list(values), ["a", "b", "c"]) is is_so
