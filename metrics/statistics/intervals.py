"""How sure a number is: intervals of shares, and medians of times with open cases.

Everything works on sums and counts, so any part of the tree gives the same answer as its raw rows.
"""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl

Z95 = NormalDist().inv_cdf(0.975)


def wilson(part: pl.Expr, whole: pl.Expr, z: float = Z95) -> tuple[pl.Expr, pl.Expr]:
    """Wilson's 95 % interval of a share (Wilson 1927); null where there is no case, or where corrections of
    moves between institutions leave a part that is none of the whole.

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
    known = pl.when(n.is_not_null() & (part >= 0) & (part <= whole))
    return known.then(low), known.then(high)


def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A part of a whole, from 0 to 1; null where there is no case or corrections leave no part.

    >>> rows = pl.DataFrame({"x": [1, 0, 225, -1], "n": [4, 0, 224, 5]})
    >>> rows.select(share(pl.col("x"), pl.col("n"))).to_series().to_list()
    [0.25, None, None, None]
    """
    return pl.when((whole > 0) & (part >= 0) & (part <= whole)).then(part / whole)


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


def competing(
    enter: npt.NDArray[np.int64],
    leave: npt.NDArray[np.int64],
    cause: npt.NDArray[np.int64],
    weight: npt.NDArray[np.int64],
    causes: tuple[int, ...],
) -> pl.DataFrame:
    """Shares of the cases that have ended by each cause after so many days (Aalen–Johansen, late entry).

    A case is under observation from `enter` to `leave`, both included; `cause` 0: observation ended first.
    One row per day with an end: days, at_risk, a column per cause (its number as text) and open; these
    shares sum to 1.

    >>> a = np.array
    >>> frame = competing(a([0] * 6), a([1, 2, 3, 4, 5, 6]), a([0, 1, 1, 2, 2, 0]), a([1] * 6), (1, 2))
    >>> round(frame["2"].to_list()[-1], 6)
    0.4
    """
    times = np.unique(leave[cause != 0])
    at_risk = _at_most(enter, weight, times) - _at_most(leave + 1, weight, times)
    counts = {
        code: np.bincount(
            np.searchsorted(times, leave[cause == code]), weights=weight[cause == code], minlength=len(times)
        )
        for code in causes
    }
    survival = np.cumprod(1 - sum(counts.values()) / at_risk)
    before = np.concatenate([[1.0], survival])[: len(times)]
    shares = {str(code): np.cumsum(before * count / at_risk) for code, count in counts.items()}
    return pl.DataFrame({"days": times, "at_risk": at_risk.astype(np.int64), **shares, "open": survival})


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


def difference(
    part: pl.Expr, whole: pl.Expr, other_part: pl.Expr, other_whole: pl.Expr, *, z: float = Z95
) -> tuple[pl.Expr, pl.Expr]:
    """The 95 % interval of the difference of two shares (Newcombe 1998, method 10); null without cases."""
    (low, high), (other_low, other_high) = wilson(part, whole, z), wilson(other_part, other_whole, z)
    p, q = part / whole, other_part / other_whole
    lower = p - q - ((p - low) ** 2 + (other_high - q) ** 2).sqrt()
    upper = p - q + ((high - p) ** 2 + (q - other_low) ** 2).sqrt()
    return lower, upper


def newcombe(
    part: pl.Expr, whole: pl.Expr, other_part: pl.Expr, other_whole: pl.Expr, *, z: float = Z95
) -> pl.Expr:
    """Whether two shares differ beyond chance at 95 %, or as many errors; null without cases."""
    lower, upper = difference(part, whole, other_part, other_whole, z=z)
    return (lower > 0) | (upper < 0)


def differs(part: int, whole: int, other_part: int, other_whole: int) -> bool | None:
    """The same of two shares given as numbers; None without cases.

    >>> differs(30, 100, 60, 100), differs(3, 10, 4, 10), differs(0, 0, 1, 2)
    (True, False, None)
    """
    if not whole or not other_whole:
        return None
    counts = {"x": [part], "n": [whole], "y": [other_part], "m": [other_whole]}
    return bool(pl.DataFrame(counts).select(newcombe(*map(pl.col, "xnym"))).item())
