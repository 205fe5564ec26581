"""How sure a number is: intervals of shares, and medians of times with open cases.

Everything works on sums and counts, so any part of the tree gives the same answer as its raw rows.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl

Z95 = NormalDist().inv_cdf(0.975)


def wilson(part: pl.Expr, whole: pl.Expr, z: float = Z95) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's 95 % interval of a share (Wilson 1927); null where there is no case.

    >>> low, high = wilson(pl.col("x"), pl.col("n"))
    >>> pl.DataFrame({"x": [81, 0], "n": [263, 20]}).select(low.round(4).alias("low"), high.round(4)).rows()
    [(0.2553, 0.3662), (0.0, 0.1611)]
    """
    n = pl.when(whole > 0).then(whole.cast(pl.Float64))
    p = part / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = (z / (1 + z**2 / n)) * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    low = pl.when(part == 0).then(0.0).otherwise((centre - half).clip(0.0, 1.0))
    high = pl.when(part == whole).then(1.0).otherwise((centre + half).clip(0.0, 1.0))
    known = n.is_not_null()
    return pl.when(known).then(low), pl.when(known).then(high)


def time_quantile(
    enter: npt.NDArray[np.int64],
    leave: npt.NDArray[np.int64],
    event: npt.NDArray[np.bool_],
    weight: npt.NDArray[np.int64],
    share: float = 0.5,
) -> int | None:
    """The time by which a share of the cases has had the event (Kaplan–Meier with late entry).

    A case is under observation from time `enter` to `leave`, both included; `event` says that it
    ended by the event and not by the end of observation. None where the share is never reached.

    >>> a = np.array
    >>> time_quantile(a([0, 0, 0, 0]), a([3, 5, 5, 9]), a([True, True, False, False]), a([1, 1, 1, 1]))
    5
    """
    if not len(leave) or not event.any():
        return None
    times = np.unique(leave[event])
    died = np.bincount(np.searchsorted(times, leave[event]), weights=weight[event], minlength=len(times))
    entered = _at_most(enter, weight, times)
    left_before = _at_most(leave + 1, weight, times)
    survival = np.cumprod(1 - died / (entered - left_before))
    reached = np.nonzero(survival <= 1 - share + 1e-12)[0]
    return int(times[reached[0]]) if len(reached) else None


def _at_most(
    values: npt.NDArray[np.int64], weight: npt.NDArray[np.int64], times: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Weight of the values that are at most each of the times."""
    order = np.argsort(values, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(weight[order])])
    found: npt.NDArray[np.float64] = summed[np.searchsorted(values[order], times, side="right")]
    return found


def median_of_counts(values: npt.NDArray[np.int64], weight: npt.NDArray[np.int64]) -> float | None:
    """The median of values that occur `weight` times; the mean of the two middle ones if even.

    >>> median_of_counts(np.array([1, 5, 9]), np.array([1, 1, 2]))
    7.0
    """
    total = int(weight.sum())
    if not total:
        return None
    order = np.argsort(values, kind="stable")
    ranks = np.cumsum(weight[order])
    low = values[order][np.searchsorted(ranks, (total + 1) // 2)]
    high = values[order][np.searchsorted(ranks, total // 2 + 1)]
    return float(low + high) / 2


def share_interval(part: int, whole: int) -> tuple[float, float] | None:
    """Wilson's interval of one share, as two floats."""
    if not whole:
        return None
    low, high = wilson(pl.col("x"), pl.col("n"))
    return pl.DataFrame({"x": [part], "n": [whole]}).select(low=low, high=high).row(0)


def differs(part: int, whole: int, other_part: int, other_whole: int) -> bool | None:
    """Whether two shares differ beyond chance at 95 % (Newcombe's interval); None without cases."""
    a, b = share_interval(part, whole), share_interval(other_part, other_whole)
    if a is None or b is None:
        return None
    p, q = part / whole, other_part / other_whole
    gap = p - q
    low = gap - sqrt((p - a[0]) ** 2 + (b[1] - q) ** 2)
    high = gap + sqrt((a[1] - p) ** 2 + (q - b[0]) ** 2)
    return low > 0 or high < 0
