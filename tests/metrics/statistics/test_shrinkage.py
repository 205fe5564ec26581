"""Shrunken scores: the published eight schools, and what holds of any scores."""

import numpy as np
import pytest

from metrics.statistics.shrinkage import shrunken

EFFECTS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
# Gelman et al., Bayesian Data Analysis, table 5.3: 2.5 %, median and 97.5 % of 200 draws
PUBLISHED = [
    (-2, 10, 31),
    (-5, 8, 23),
    (-11, 7, 19),
    (-7, 8, 21),
    (-9, 5, 18),
    (-7, 6, 28),
    (-1, 10, 26),
    (-6, 8, 33),
]
# means of the same posterior as the Stan manual's first example prints them, of many thousand draws
MEANS = [11.4, 7.9, 6.1, 7.7, 5.1, 6.1, 10.6, 8.4]


def test_eight_schools() -> None:
    value, low, high = shrunken(EFFECTS, ERRORS)
    assert value == pytest.approx(MEANS, abs=0.15)
    for (published_low, _, published_high), a, b in zip(PUBLISHED, low, high, strict=True):
        assert a == pytest.approx(published_low, abs=4), "200 draws tell an end to about 3"
        assert b == pytest.approx(published_high, abs=10), "the upper tail is long"
    assert np.abs(high - [row[2] for row in PUBLISHED]).mean() < 3


def test_it_does_not_matter_where_zero_is() -> None:
    plain, moved = shrunken(EFFECTS, ERRORS), shrunken(EFFECTS + 40, ERRORS)
    for one, other in zip(plain, moved, strict=True):
        assert other - 40 == pytest.approx(one, abs=1e-6)


def test_equal_scores_keep_a_width() -> None:
    """Where the spread is estimated as nothing, an interval is wider than the centre's doubt."""
    value, low, high = shrunken(np.full(12, 30.0), np.full(12, 9.0))
    assert value == pytest.approx([30.0] * 12)
    assert (high - low > 2 * 1.96 * 9 / 12**0.5).all()


def test_a_score_lies_between_its_own_and_the_others() -> None:
    value, low, high = shrunken(np.array([10.0, 50.0, 80.0]), np.array([1.0, 10.0, 20.0]))
    assert 10 <= value[0] < 11 and 10 < value[1] < 50 and 10 < value[2] < 80
    assert (low < value).all() and (value < high).all()
