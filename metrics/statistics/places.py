"""Which places an institution may hold: those from which chance does not tell it apart.

Many comparisons are made at once, so each is made at a stricter level (Bonferroni): among institutions
that are all alike, one is told apart from another in at most 5 of 100 tables, however many they are
(simultaneous intervals of ranks: Al Mohamad, Goeman and van Zwet 2022).
"""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
CHANCE = 0.05


def z_of(comparisons: int) -> float:
    """How many standard errors a difference must reach, where so many are looked at together.

    >>> round(z_of(1), 2), round(z_of(89), 2)
    (1.96, 3.45)
    """
    return NormalDist().inv_cdf(1 - CHANCE / (2 * max(comparisons, 1)))


def ranges(values: Floats, errors: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Best and worst place of each value, the highest first: after those surely above, before those below.

    >>> [place.tolist() for place in ranges(np.array([60.0, 58.0, 10.0]), np.array([5.0, 5.0, 5.0]))]
    [[1, 1, 3], [2, 2, 3]]
    """
    n = len(values)
    z, best, worst = z_of(n * (n - 1) // 2), np.ones(n, np.int64), np.full(n, n, np.int64)
    for at in range(n):
        away, limit = values - values[at], z * np.hypot(errors, errors[at])
        best[at] += (away > limit).sum()
        worst[at] -= (away < -limit).sum()
    return best, worst
