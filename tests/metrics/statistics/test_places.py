"""Places told apart, by hand."""

import numpy as np

from metrics.statistics.places import ranges, z_of


def test_by_hand() -> None:
    """Three pairs: 2.39 errors of a difference of √2 · 5, so 16.9 points."""
    assert round(z_of(3) * 50**0.5, 1) == 16.9
    best, worst = ranges(np.array([50.0, 34.0, 30.0]), np.full(3, 5.0))
    assert (best.tolist(), worst.tolist()) == ([1, 1, 2], [2, 3, 3])
    best, worst = ranges(np.array([50.0, 50.0, 20.0]), np.full(3, 5.0))
    assert (best.tolist(), worst.tolist()) == ([1, 1, 3], [2, 2, 3])
