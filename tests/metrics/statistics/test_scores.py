"""Published truths of satisfaction, and how often the interval of an NPS covers it."""

from math import sqrt

import numpy as np
import polars as pl
import pytest

from metrics.statistics.intervals import wilson
from metrics.statistics.scores import apart, nps_interval, nps_of, spread

SEED, SETS = 20_261_125, 2_000  # written down before the first run


def nps(p: int, d: int, n: int) -> tuple[float, float, float, float]:
    frame = pl.DataFrame({"p": [p], "d": [d], "n": [n]})
    counts = pl.col("p"), pl.col("d"), pl.col("n")
    return frame.select(*nps_of(*counts), *nps_interval(*counts)).row(0)


def test_variance_of_an_nps() -> None:
    """p = 1/2, d = 1/6: NPS 33.3, variance of one answer 5/9; of 324 answers an error of 4.141 points."""
    score, error, *_ = nps(162 * 10**6, 54 * 10**6, 324 * 10**6)
    assert round(score, 1) == 33.3
    assert (error / 100) ** 2 * 324e6 == pytest.approx(5 / 9, rel=1e-6)
    assert round(error * 1000, 0) / 1000 == pytest.approx(4.141 / 1000, abs=1e-3)
    assert round(error * sqrt(1e6), 3) == 4.141


def test_adjusted_wald_adds_three_answers() -> None:
    """10 answers, 6 promoters, 1 detractor: 6.75 and 1.75 of 13."""
    _, error, low, high = nps(6, 1, 10)
    p, d = 6.75 / 13, 1.75 / 13
    variance = p + d - (p - d) ** 2
    assert error == pytest.approx(100 * sqrt(variance / 10)), "of the score of ten answers"
    half = 1.959963984540054 * 100 * sqrt(variance / 13)
    assert ((low + high) / 2, high - low) == pytest.approx((100 * (p - d), 2 * half))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (23, 60, 0.2709, 0.5098),
        (0, 10, 0, 0.2775),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson_intervals(part: int, whole: int, low: float, high: float) -> None:
    ends = wilson(pl.col("x"), pl.col("n"))
    found = pl.DataFrame({"x": [part], "n": [whole]}).select(low=ends[0], high=ends[1]).row(0)
    assert found == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("p", "d", "n"), [(0.5, 0.2, 10), (0.45, 0.25, 20), (0.6, 0.1, 30), (0.3, 0.4, 100)])
def test_the_interval_covers_the_true_score(p: float, d: float, n: int) -> None:
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(n, [p, d, 1 - p - d], SETS)
    frame = pl.DataFrame({"p": drawn[:, 0], "d": drawn[:, 1], "n": [n] * SETS})
    low, high = nps_interval(pl.col("p"), pl.col("d"), pl.col("n"))
    true = 100 * (p - d)
    share = frame.select(((low <= true) & (high >= true)).mean()).item()
    assert 0.93 <= share <= 0.98


@pytest.mark.parametrize(("n", "other"), [(30, 30), (30, 1_000), (300, 300)])
def test_equal_scores_differ_in_one_of_twenty(n: int, other: int) -> None:
    rng, found = np.random.default_rng([SEED, n, other]), []
    for size in (n, other):
        p, d, _rest = rng.multinomial(size, [0.5, 0.2, 0.3], 5 * SETS).T
        found.append(pl.DataFrame({"p": p, "d": d}).select(*nps_of(pl.col("p"), pl.col("d"), pl.lit(size))))
    called = [apart(*mine, *theirs) for mine, theirs in zip(found[0].rows(), found[1].rows(), strict=True)]
    assert 0.035 <= np.mean(called) <= 0.07


def test_spread_by_hand() -> None:
    """Five institutions 0, 0, 0, 0, 20 around 4 with errors of 2: z = −2 four times and 8.

    Winsorised at 10 %: the quantile between the last two is −2 + 0.6 · 10 = 4, so phi = (4 · 4 + 16) / 5.
    """
    scores, errors = np.array([0.0, 0, 0, 0, 20]), np.full(5, 2.0)
    found = spread(scores, errors, 4.0)
    assert found.phi == pytest.approx((4 * 4 + 16) / 5)
    weights = 5 * 0.25
    assert found.tau2 == pytest.approx((5 * found.phi - 4) / (weights - 5 * 0.0625 / weights))
