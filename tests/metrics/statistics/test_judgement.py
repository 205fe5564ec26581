"""Tests of chance: by hand, against scipy, and how often they cry where nothing changed."""

import numpy as np
import pytest
from scipy import stats

from metrics.statistics.judgement import counts_differ, intervals_differ, months_differ, steps_differ

SEED, DRAWS, MOST = 20261129, 4000, 0.06


def test_counts_are_those_of_the_exact_binomial_test() -> None:
    for now, before, share in [(1, 6, 0.5), (0, 6, 0.5), (9, 24, 0.5), (28, 40, 28 / 59), (3, 3, 0.5)]:
        low = stats.binom.cdf(now, now + before, share)
        high = stats.binom.sf(now - 1, now + before, share)
        assert counts_differ(now, before, share) == (2 * min(low, high) < 0.05)
    assert not counts_differ(0, 0)
    assert counts_differ(2800, 3100) and not counts_differ(2800, 3100, 28 / 59), "fewer days, not fewer a day"


def test_months_are_exchanged_as_scipy_does() -> None:
    rng = np.random.default_rng(SEED)

    def gap(a: np.ndarray, b: np.ndarray) -> float:
        return float(a.mean() - b.mean())

    for shift in (0, 0.5, 1.5, 3):
        months = [*rng.normal(10, 1, 9), *rng.normal(10 + shift, 1, 3)]
        expected = stats.permutation_test((months[9:], months[:9]), gap, n_resamples=np.inf)
        if abs(expected.pvalue - 0.05) > 0.02:
            assert months_differ(months, 3, slice(0, 9)) == bool(expected.pvalue < 0.05)


def test_the_largest_step_of_twenty_is_beyond_chance() -> None:
    level = [0.0, *np.cumsum([1.0, -1.0] * 9 + [0.5, 2.0])]
    assert steps_differ(level, 1) is True
    assert steps_differ([*level, level[-1] + 1], 1) is False
    assert steps_differ(level[:15], 1) is None, "of fewer nobody can say"


def test_too_little_to_know_what_is_usual() -> None:
    assert months_differ([1, 2, 3, 9], 1, slice(0, 1)) is None
    assert months_differ([None] * 9 + [5.0, 9.0], 1, slice(9, 10)) is None
    assert steps_differ([1, 2, 3, 9], 1) is None
    assert steps_differ([None] * 5 + [1.0] * 9, 9) is None
    assert steps_differ([5.0] * 22, 1) is False


def test_intervals_of_a_difference() -> None:
    assert not intervals_differ(114, (90, 140), 134, (107, 162))
    assert intervals_differ(10, (9, 11), 20, (18, 22))


@pytest.mark.parametrize("mean", [0.5, 2, 6, 20, 300])
@pytest.mark.parametrize("share", [0.5, 28 / 59])
def test_counts_cry_seldom_where_nothing_changed(mean: float, share: float) -> None:
    rng = np.random.default_rng(SEED)
    pairs = rng.poisson([mean * share * 2, mean * (1 - share) * 2], (DRAWS, 2))
    assert np.mean([counts_differ(int(a), int(b), share) for a, b in pairs]) <= MOST


def _sums(rng: np.random.Generator, deals: float) -> list[float]:
    """Months of money: few deals of very unequal size."""
    return [float(rng.lognormal(0, 1, rng.poisson(deals)).sum()) for _ in range(25)]


@pytest.mark.parametrize("deals", [1, 8, 60])
@pytest.mark.parametrize(("now", "before"), [(1, slice(12, 13)), (1, slice(23, 24)), (3, slice(10, 13))])
def test_flows_cry_seldom_where_nothing_changed(deals: float, now: int, before: slice) -> None:
    rng = np.random.default_rng(SEED)
    found = [months_differ(_sums(rng, deals), now, before) for _ in range(1500)]
    assert None not in found and np.mean(found) <= MOST


@pytest.mark.parametrize("noise", ["walk", "level", "jumps"])
@pytest.mark.parametrize("back", [1, 10, 12])
def test_stocks_cry_seldom_where_nothing_changed(noise: str, back: int) -> None:
    rng = np.random.default_rng(SEED)

    def months() -> list[float]:
        if noise == "level":
            return list(rng.normal(1000, 10, 23))
        steps = rng.normal(0, 10, 22) if noise == "walk" else rng.standard_t(3, 22)
        return [1000.0, *(1000 + np.cumsum(steps))]

    found = [steps_differ(months(), back) for _ in range(1500)]
    assert None not in found and np.mean(found) <= MOST


def test_what_changed_is_seen() -> None:
    rng = np.random.default_rng(SEED)
    assert np.mean([counts_differ(*rng.poisson([130, 200])) for _ in range(200)]) > 0.9
    grown = [[1000.0, *1000 + np.cumsum(rng.normal(10, 5, 22))] for _ in range(200)]
    assert np.mean([bool(steps_differ(one, 10)) for one in grown]) > 0.9
