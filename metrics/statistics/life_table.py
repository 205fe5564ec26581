"""Life tables from counts: survival, cumulative incidence, restricted mean, median, log-rank.

Everything works on customers at risk and exits by month with the bank, so any part of the tree gives what its
raw rows would give. Customers enter late: a month counts whom it saw, whenever they came under observation.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics.statistics.intervals import Z95

Floats = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Curve:
    """Consecutive months with the bank: at risk in each, exits by the cause meant and by all others."""

    months: Counts
    at_risk: Counts
    events: Counts
    others: Counts
    following: Counts  # at risk in the month after each


def curve_of(counts: pl.DataFrame, event: str, floor: int) -> Curve | None:
    """From the first month with the bank with enough at risk to the last before they are too few.

    `counts`: month, at_risk and to_CAUSE columns, one row per month. None where no month has enough.
    """
    rows = counts.filter(pl.col("month") >= 1).sort("month")
    if not rows.height:
        return None
    size = int(rows["month"].max()) + 2  # type: ignore[arg-type]
    causes = [name for name in rows.columns if name.startswith("to_")]
    at = rows["month"].to_numpy()
    every = np.zeros((3, size), dtype=np.int64)
    for row, values in enumerate(
        (rows["at_risk"], rows[event], rows.select(pl.sum_horizontal(causes)).to_series())
    ):
        every[row, at] = values.to_numpy()
    enough = every[0] >= max(floor, 1)
    if not enough.any():
        return None
    first = int(np.argmax(enough))
    short = np.flatnonzero(~enough[first:])
    last = first + int(short[0])  # the month after the greatest tenure has nobody, so there always is one
    span = slice(first, last)
    return Curve(
        np.arange(first, last),
        every[0, span],
        every[1, span],
        (every[2] - every[1])[span],
        every[0, first + 1 : last + 1],
    )


def survival(curve: Curve) -> pl.DataFrame:
    """Kaplan–Meier of the cause meant, and `stayed` of any cause, given that one is a customer at the start.

    Greenwood's variance, the 95 % interval on the log-log scale (null while nobody has left, and where
    nobody is left), Nelson–Aalen's cumulative hazard.
    """
    r, d = curve.at_risk.astype(np.float64), curve.events.astype(np.float64)
    s: Floats = np.cumprod(1 - d / r)
    low, high = bounds(s, greenwood(r, d))
    gone = d + curve.others
    stayed: Floats = np.cumprod(1 - gone / r)
    stayed_low, stayed_high = bounds(stayed, greenwood(r, gone))
    net = curve.at_risk - curve.events - curve.following
    return pl.DataFrame(
        {
            "month": curve.months,
            "at_risk": curve.at_risk,
            "events": curve.events,
            "censored": np.maximum(net, 0),
            "entered": np.maximum(-net, 0),
            "survival": s,
            "low": low,
            "high": high,
            "cumulative_hazard": np.cumsum(d / r),
            "stayed": stayed,
            "stayed_low": stayed_low,
            "stayed_high": stayed_high,
        }
    ).with_columns(pl.col("low", "high", "stayed_low", "stayed_high").fill_nan(None))


def greenwood(r: Floats, d: Floats) -> Floats:
    """Greenwood's sum: the variance of survival by its square; infinite once all at risk have left."""
    with np.errstate(divide="ignore"):
        found: Floats = np.cumsum(np.where(d > 0, d / (r * (r - d)), 0.0))
    return found


def bounds(s: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The log-log interval; NaN where survival is 0 or 1."""
    inside = (s > 0) & (s < 1)
    log = np.log(np.where(inside, s, 0.5))
    half = np.where(inside, Z95 * np.sqrt(np.where(inside, variance, 0.0)) / np.abs(log), np.nan)
    centre = np.log(-log)
    return np.exp(-np.exp(centre + half)), np.exp(-np.exp(centre - half))


def incidence(curve: Curve, exits: dict[str, Counts]) -> dict[str, Floats]:
    """Aalen–Johansen: the share that has left by each cause, and `stayed`; together they are 1."""
    r = curve.at_risk.astype(np.float64)
    stayed: Floats = np.cumprod(1 - sum(exits.values(), np.zeros(len(r))) / r)
    before = np.concatenate([[1.0], stayed[:-1]])
    found: dict[str, Floats] = {cause: np.cumsum(before * d / r) for cause, d in exits.items()}
    return found | {"stayed": stayed}


def of_any_cause(curve: Curve) -> Curve:
    """The same customers, every cause of leaving counted: the curve `stayed`."""
    return replace(curve, events=curve.events + curve.others, others=np.zeros_like(curve.others))


def restricted_mean(curve: Curve, horizon: int) -> tuple[float, float] | None:
    """Months stayed on average of the first `horizon`, with its standard error; None where it ends before.

    The area under the curve; its variance is that of Greenwood, month by month.
    """
    if len(curve.months) < horizon - 1:
        return None
    r, d = (values[: horizon - 1].astype(np.float64) for values in (curve.at_risk, curve.events))
    s = np.cumprod(1 - d / r)
    after = np.cumsum(s[::-1])[::-1]  # area from each month's end to the horizon
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where((d > 0) & (r > d), after**2 * d / (r * (r - d)), 0.0)
    return float(1 + s.sum()), float(np.sqrt(parts.sum()))


def median(curve: Curve) -> int | None:
    """The month with the bank by whose end half have left; None where the curve does not come so low."""
    s = np.cumprod(1 - curve.events / curve.at_risk)
    reached = np.flatnonzero(s <= 0.5 + 1e-12)
    return int(curve.months[reached[0]]) if len(reached) else None


def logrank(at_risk: Floats, events: Floats) -> tuple[Floats, float | None, int]:
    """Exits expected in each group if all left at the same rate, chi-squared and degrees of freedom.

    Both arrays: group × month. Hypergeometric variance, ties included; chi-squared None of a single group.
    """
    r, d = at_risk.sum(axis=0), events.sum(axis=0)
    told = r > 0
    share = at_risk[:, told] / r[told]
    expected = (share * d[told]).sum(axis=1)
    spread = d[told] * (r[told] - d[told]) / np.maximum(r[told] - 1, 1)
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    here = np.flatnonzero(at_risk.sum(axis=1) > 0)[:-1]  # the last group's surplus is that of all others
    surplus = (events.sum(axis=1) - expected)[here]
    matrix = variance[np.ix_(here, here)]
    if not len(here) or not matrix.any():
        return expected, None, len(here)
    return expected, float(surplus @ np.linalg.pinv(matrix, hermitian=True) @ surplus), len(here)
