"""Steps between states: whether they stay alike over time, and where they lead.

Pure functions of count matrices: rows are states at the beginning of a step, columns those at its end.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Rates = npt.NDArray[np.float64]
DRAWS, SEED = 400, 20_260_101


def chi_square_tail(statistic: float, df: int) -> float:
    """The chance that a chi-square variable exceeds a value.

    >>> round(chi_square_tail(6.518384096, 6), 5), chi_square_tail(0.0, 3)
    (0.36769, 1.0)
    """
    if statistic <= 0 or df <= 0:
        return 1.0
    half = statistic / 2
    tail, a = (math.erfc(math.sqrt(half)), 0.5) if df % 2 else (math.exp(-half), 1.0)
    while a < df / 2:  # Q(a + 1, x) = Q(a, x) + x^a e^-x / Γ(a + 1)
        tail += math.exp(a * math.log(half) - half - math.lgamma(a + 1))
        a += 1
    return min(tail, 1.0)


def shares(counts: Counts) -> Rates:
    """Each row's shares; a row without a case stays zero."""
    total = counts.sum(axis=1, keepdims=True)
    found: Rates = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    return found


def against(counts: Counts, rates: Rates) -> tuple[float, int]:
    """Whether steps follow given rates (Kullback, Kupperman and Ku): G² and its degrees of freedom."""
    expected = rates * counts.sum(axis=1, keepdims=True)
    seen = counts > 0
    statistic = 2 * float((counts[seen] * np.log(counts[seen] / expected[seen])).sum())
    reachable = (rates > 0).sum(axis=1)[counts.sum(axis=1) > 0]
    return statistic, int((reachable - 1).sum())


def homogeneity(tables: Sequence[Counts]) -> tuple[float, int, float]:
    """Whether steps of several periods share one set of rates (Anderson and Goodman, by row).

    G², its degrees of freedom, and the p-value. A state counts only in periods in which it has customers,
    and only with the states that were reached from it at all.
    """
    pooled = shares(np.sum(tables, axis=0))
    statistic, df = 0.0, 0
    reachable = (pooled > 0).sum(axis=1)
    periods = np.zeros(len(pooled), dtype=np.int64)
    for table in tables:
        seen = table > 0
        statistic += 2 * float((table[seen] * np.log(shares(table)[seen] / pooled[seen])).sum())
        periods += table.sum(axis=1) > 0
    df = int((np.maximum(periods - 1, 0) * np.maximum(reachable - 1, 0)).sum())
    return statistic, df, chi_square_tail(statistic, df)


def largest_difference(tables: Sequence[Counts], least: int) -> float | None:
    """The largest distance of a period's share from the common one; rows of fewer cases are left out."""
    pooled, found = shares(np.sum(tables, axis=0)), []
    for table in tables:
        rows = table.sum(axis=1) >= least
        found += [float(np.abs(shares(table) - pooled)[rows].max())] if rows.any() else []
    return max(found, default=None)


@dataclass(frozen=True)
class Outlook:
    """Customers by step ahead and state, with the bounds between which 95 of 100 courses lie."""

    expected: Rates
    low: Rates
    high: Rates


def outlook(stock: Counts, tables: Sequence[Counts], inflow: Counts, steps: int) -> Outlook:
    """Where a stock goes if steps stay as they were, with as many newcomers a step as there were.

    `tables` have a column more than rows: those who leave. `inflow` sums the newcomers of all tables by
    state. Expected: n·P^h + Σ inflow·P^s. The bounds come from courses drawn with rates from
    Dirichlet(counts + ½) and with each customer's own chance; the same seed gives the same bounds.
    """
    pooled, k = np.sum(tables, axis=0), len(stock)
    stays, fresh = shares(pooled)[:, :k], inflow / len(tables)
    rng = np.random.default_rng(SEED)
    drawn = [rng.dirichlet(row + 0.5, DRAWS) for row in pooled]
    arrivals = rng.gamma(np.broadcast_to(inflow + 0.5, (DRAWS, k))) / len(tables)
    course: Rates = stock.astype(np.float64)
    courses: Counts = np.broadcast_to(stock, (DRAWS, k)).astype(np.int64)
    found = []
    for _ in range(steps):
        course = course @ stays + fresh
        gone = [rng.multinomial(courses[:, state], drawn[state])[:, :k] for state in range(k)]
        courses = np.sum(gone, axis=0) + rng.poisson(arrivals)
        low, high = np.quantile(courses, [0.025, 0.975], axis=0)
        found.append((course, np.minimum(low, course), np.maximum(high, course)))
    expected, low, high = (np.array(part) for part in zip(*found, strict=True))
    return Outlook(expected, low, high)
