"""Scores and places of institutions by their NPS: how often intervals hold, and chance tells equals apart."""

import logging
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from data_access.policy import Policy
from data_access.subject import Ask, More, Period
from metrics.satisfaction.compare import BASE, ranking
from metrics.statistics.scores import nps_of

LOG = logging.getLogger(__name__)  # of the grids: --log-cli-level=INFO
SEED = 20_261_130  # written down before the first run
TRUTH = (0.45, 0.25, 0.3)  # promoters, detractors, passives


def ranked(promoters: Any, detractors: Any, n: Any) -> pl.DataFrame:
    """The ranking of institutions with these answers."""
    frame = pl.DataFrame({"group": range(len(n)), "n": n, "promoters": promoters, "detractors": detractors})
    told = {"passives": pl.lit(0), "hidden": pl.lit(None, pl.String)}

    def scored(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(*nps_of(pl.col("promoters"), pl.col("detractors"), pl.col("n")), **told)

    def metric(*_: Any, **__: Any) -> pl.DataFrame:
        return scored(frame).select("group", *BASE)

    def whole(*_: Any, **__: Any) -> pl.DataFrame:
        return scored(frame.sum()).select(BASE)

    def nothing(*_: Any, **__: Any) -> Any:
        raise AssertionError("not asked")

    ask = Ask(
        period=Period(date(2026, 10, 1), date(2026, 10, 31)),
        groups=frame.select("group"),
        policy=Policy(floor_rank=5),
        parameters={"survey": "transaction"},
        as_of=date(2026, 10, 31),
        minor_units=100,
        codes={},
        more=More(
            metric=metric,
            months=nothing,
            place=nothing,
            place_months=nothing,
            targets=nothing,
            declared={},
            whole=whole,
            reference=nothing,
        ),
    )
    return ranking({}, ask)


def coverage(institutions: int, n: int, spread: float, intervals: int) -> float:
    """How often intervals hold the true score: around 20 with a spread, of about n answers."""
    rng = np.random.default_rng([SEED, institutions, n, int(spread)])
    held = []
    for _ in range(-(-intervals // institutions)):
        counts = rng.integers(max(5, n // 2), n + n // 2 + 1, institutions)
        truth = rng.normal(20, spread, institutions).clip(-45, 45)
        passive = rng.uniform(0.2, 0.5, institutions)
        promoters = (1 - passive + truth / 100) / 2
        shares = np.column_stack([promoters, 1 - passive - promoters, passive])
        found_promoters, detractors, _rest = rng.multinomial(counts, shares).T
        found = ranked(found_promoters, detractors, counts)
        held += ((found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy())).tolist()
    share = float(np.mean(held))
    LOG.info("%d institutions, %d answers, spread %d: %.1f %%", institutions, n, spread, 100 * share)
    return share


def bounds(n: int, spread: float) -> tuple[float, float]:
    """Within which an interval of 95 % is to hold.

    Where the true spread is less than a third of a score's error nobody can tell how small it is: what holds
    a spread of that size holds everything when there is none.
    """
    return 0.92, 0.98 if spread > 87 / n**0.5 / 3 else 1.0


@pytest.mark.parametrize(("institutions", "n"), [(5, 30), (15, 60), (40, 150)])
@pytest.mark.parametrize("spread", [0, 4, 8])
def test_intervals_hold_the_truth(institutions: int, n: int, spread: float) -> None:
    low, high = bounds(n, spread)
    assert low <= coverage(institutions, n, spread, 800) <= min(1, high + 0.01)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_intervals_hold_the_truth_everywhere() -> None:
    """The grid of docs/statistics.md."""
    wrong = []
    for institutions in (5, 15, 40, 90):
        for n in (5, 15, 30, 60, 150):
            for spread in (0, 1, 2, 4, 8):
                share = coverage(institutions, n, spread, max(4_000, 150 * institutions))
                low, high = bounds(n, spread)
                if not low <= share <= high:
                    wrong.append((institutions, n, spread, share))
    assert not wrong


@pytest.mark.parametrize("institutions", [5, 20, 90])
@pytest.mark.parametrize("n", [30, 150])
def test_equals_are_not_told_apart(institutions: int, n: int) -> None:
    """In at most one table of ten anybody has a place, whatever the number of institutions."""
    rng, wrong, tables = np.random.default_rng([SEED, institutions, n]), 0, 40
    for _ in range(tables):
        promoters, detractors, _rest = rng.multinomial(n, TRUTH, institutions).T
        wrong += ranked(promoters, detractors, [n] * institutions)["rank"].is_not_null().any()
    assert wrong / tables <= 0.1


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_equals_are_not_told_apart_everywhere() -> None:
    """The grid of docs/statistics.md; answers of several kinds, as many as `n` to three times that."""
    tables, wrong = 1_000, []
    for institutions in (5, 10, 20, 40, 90):
        for n in (30, 60, 150):
            for truth in (TRUTH, (0.7, 0.1, 0.2)):
                rng, found = np.random.default_rng([SEED, institutions, n, int(100 * truth[0])]), 0
                for _ in range(tables):
                    counts = rng.integers(n, 3 * n, institutions)
                    promoters, detractors, _rest = rng.multinomial(counts, truth).T
                    found += bool(ranked(promoters, detractors, counts)["rank"].is_not_null().any())
                LOG.info("%d institutions, %d answers, %s: %d of %d", institutions, n, truth, found, tables)
                if found / tables > 0.1:
                    wrong.append((institutions, n, truth, found / tables))
    assert not wrong


def test_who_differs_has_a_place() -> None:
    promoters = np.where(np.arange(20) < 5, 300, 120)
    found = ranked(promoters, np.full(20, 60), np.full(20, 400))
    assert found["rank"].to_list() == [1] * 5 + [6] * 15
    assert found["rank_high"].to_list() == [5] * 5 + [20] * 15
