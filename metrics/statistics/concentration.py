"""How unequally something is held, from counts and sums by bin: Lorenz curve, Gini, shares of the top.

Bins come in the order of their amounts and do not overlap. What the sums cannot say lies between bounds
that hold the exact value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Bin:
    """Customers whose amounts lie in [low, high], and what they hold together."""

    count: int
    total: float
    low: float
    high: float


def vertices(bins: Sequence[Bin]) -> list[tuple[float, float]]:
    """The Lorenz curve at the edges of the bins, exact: share of customers, share of the total, from (0, 0).

    >>> vertices([Bin(3, 3, 1, 1), Bin(1, 7, 7, 7)])
    [(0.0, 0.0), (0.75, 0.3), (1.0, 1.0)]
    """
    n, whole = sum(b.count for b in bins), sum(b.total for b in bins)
    found, customers, held = [(0.0, 0.0)], 0, 0.0
    for b in bins:
        customers, held = customers + b.count, held + b.total
        found.append((customers / n, held / whole))
    return found


def gini(bins: Sequence[Bin]) -> tuple[float, float, float] | None:
    """Lower bound, estimate and upper bound of the population Gini, G = Σ(2i−n−1)x(i) / (n Σx).

    low: everybody in a bin holds its mean (trapezoids between exact vertices). high: within each bin as far
    apart as its edges and its mean allow (Gastwirth). The estimate takes a bin as evenly filled. None where
    somebody is below zero or nobody holds anything.
    """
    n, whole = sum(b.count for b in bins), sum(b.total for b in bins)
    if whole <= 0 or any(b.low < 0 for b in bins):
        return None
    corners = vertices(bins)
    low = 1 - sum((x1 - x0) * (y0 + y1) for (x0, y0), (x1, y1) in pairwise(corners))
    high = value = low
    for b in bins:
        if b.count < 2 or b.high <= b.low:
            continue  # one customer, or all equal: exact
        share, mean, width = b.count / n, b.total / b.count, b.high - b.low
        apart = share**2 * (mean - b.low) * (b.high - mean) / (whole / n * width)
        high += apart
        value += min(apart, share**2 * width / (6 * whole / n))
    return low, value, high


def top(bins: Sequence[Bin], customers: float) -> tuple[float, float, float]:
    """Lower bound, estimate and upper bound of what the customers with the most hold together."""
    low = value = high = 0.0
    left = customers
    for b in reversed(bins):
        if left <= 0:
            break
        taken = min(left, b.count)
        rest = b.count - taken
        mean = taken * b.total / b.count
        most = min(taken * b.high, b.total - rest * b.low) if rest and b.count > 1 else mean
        low, high = low + mean, high + most
        value += min(most, mean + (b.high - b.low) * taken * rest / (2 * b.count))
        left -= taken
    return low, value, high


def median(bins: Sequence[Bin]) -> tuple[float, float, float]:
    """Lower bound, estimate and upper bound of the mean of the two customers in the middle."""
    n = sum(b.count for b in bins)
    middle = [_ranked(bins, rank) for rank in ((n + 1) // 2, n // 2 + 1)]
    low, value, high = (sum(parts) / 2 for parts in zip(*middle, strict=True))
    return low, value, high


def _ranked(bins: Sequence[Bin], rank: int) -> tuple[float, float, float]:
    """Bounds of the customer at a rank from below, and an estimate between them."""
    below = 0
    for b in bins:
        if rank <= below + b.count:
            break
        below += b.count
    if b.count == 1 or b.high <= b.low:
        return b.total / b.count, b.total / b.count, b.total / b.count
    share = (rank - below - 0.5) / b.count
    even = b.low * (b.high / b.low) ** share if b.low > 0 else b.total / b.count
    return b.low, even, b.high
