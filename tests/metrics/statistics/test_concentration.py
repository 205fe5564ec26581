"""Gini, Lorenz curve and shares of the top from bins: published figures, closed forms, exact values."""

import random
from itertools import pairwise
from math import exp, log
from statistics import NormalDist
from statistics import median as exact_median

import pytest

from data_access.codes.banding import bin_edges
from metrics.statistics.concentration import Bin, gini, median, top, vertices
from tests.metrics.value.force import exact_gini, exact_top

EDGES = bin_edges(100)


def singles(*values: float) -> list[Bin]:
    """Everybody a bin: nothing is lost."""
    return [Bin(1, x, x, x) for x in sorted(values)]


def binned(values: list[int]) -> list[Bin]:
    """Amounts from zero up in the bins of the histogram."""
    found = []
    lows = [0, *EDGES]
    for low, after in pairwise([*lows, 10**15]):
        inside = [x for x in values if low <= x < after]
        if inside:
            found.append(Bin(len(inside), sum(inside), low, after - 1))
    return found


# counts and incomes by group, USA 1968: a published grouped Gini and its Lorenz curve
COUNTS = (482, 825, 722, 690, 661, 760, 745, 2140, 1911, 1024)
LORENZ = (0.00323, 0.01818, 0.04005, 0.06944, 0.10578, 0.15663, 0.21562, 0.43578, 0.71760, 1.0)


def test_published_lorenz_curve_gives_its_grouped_gini() -> None:
    shares = [after - before for before, after in pairwise((0.0, *LORENZ))]
    bins = [Bin(n, share, share / n, share / n) for n, share in zip(COUNTS, shares, strict=True)]
    found = gini(bins)
    assert found is not None
    assert found[0] == found[1] == found[2]  # without edges the trapezoids are all there is
    assert found[0] == pytest.approx(0.3889257, abs=1e-5)  # the curve is printed with five digits
    assert [y for _, y in vertices(bins)] == pytest.approx([0.0, *LORENZ])


@pytest.mark.parametrize(
    ("values", "published"),
    [
        ((*[5_000] * 7, 150_000), 0.6858108108),
        ((1, 3, 4, 5, 6, 8, 8, 9, 11, 12, 14, 17, 19, 21, 23, 27, 29, 32, 33, 38), 0.38625),
        ((8.1, 11.5, 20, 22.8, 37.6), 0.2812),  # shares of fifths
    ],
)
def test_published_ginis(values: tuple[float, ...], published: float) -> None:
    found = gini(singles(*values))
    assert found is not None
    assert found == pytest.approx((published,) * 3, abs=6e-11)


@pytest.mark.parametrize(
    ("quantile", "expected"),
    [
        (lambda p: (1 - p) ** (-1 / 3), 1 / 5),  # Pareto, alpha 3: 1 / (2 alpha − 1)
        (lambda p: exp(NormalDist().inv_cdf(p)), 2 * NormalDist().cdf(1 / 2**0.5) - 1),  # lognormal, s = 1
        (lambda p: -log(1 - p), 1 / 2),  # exponential
        (lambda p: p, 1 / 3),  # uniform
    ],
)
def test_closed_forms(quantile: object, expected: float) -> None:
    n = 20_000
    values = [round(1_000_000 * quantile((i + 0.5) / n)) for i in range(n)]  # type: ignore[operator]
    low, value, high = gini(binned(values)) or (0, 0, 0)
    assert low <= exact_gini(values) <= high
    assert value == pytest.approx(expected, abs=2e-3)  # the tail of Pareto is cut at 1 / (2n)
    assert high - low < 8e-3  # of a narrow distribution few bins are filled


@pytest.mark.parametrize("seed", range(60))
def test_bounds_hold_the_exact_values(seed: int) -> None:
    """Few customers, many of them equal or on an edge, zeros among them."""
    rng = random.Random(seed)
    n = rng.choice([1, 2, 3, 7, 30, 200])
    values = [
        rng.choice([0, 1, 99, 100, rng.choice(EDGES[:90]), int(10 ** rng.uniform(0, 9))]) for _ in range(n)
    ]
    bins = binned(values)
    low, middle, high = median(bins)
    assert low <= exact_median(values) <= high
    assert low <= middle <= high
    if not sum(values):
        assert gini(bins) is None
        return
    found = gini(bins)
    assert found is not None
    assert found[0] - 1e-12 <= exact_gini(values) <= found[2] + 1e-12
    assert found[0] <= found[1] <= found[2]
    for share in (0.01, 0.05, 0.1, 0.2, 0.9, 1):
        exact = exact_top(values, share * n)
        low, middle, high = top(bins, share * n)
        assert low - 1e-6 <= exact <= high + 1e-6, share
        assert low - 1e-6 <= middle <= high + 1e-6, share


def test_losses_have_no_gini() -> None:
    assert gini(singles(-1, 5)) is None
    assert vertices(singles(-1, 5)) == [(0, 0), (0.5, -0.25), (1, 1)]


def test_bounds_are_tight_at_the_edges() -> None:
    """Two at the ends of a bin are as far apart as can be: the upper bound is reached."""
    found = gini([Bin(2, 110, 10, 100)])
    assert found is not None
    assert found[2] == pytest.approx(exact_gini([10, 100]))
    assert found[0] == 0
    assert top([Bin(2, 110, 10, 100)], 1) == (55, pytest.approx(77.5), 100)
