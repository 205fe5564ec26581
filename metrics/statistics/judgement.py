"""Whether a number changed beyond chance: of counts, and by the scatter of a figure's own months.

A figure without cases of its own (money, stocks, nets) is judged by what it usually does: how much its
months, or its steps from month to month, scatter. Sources: the conditional test of two Poisson counts
(Przyborowski and Wilenski 1940), the randomisation test of a difference and of a sum (Fisher 1935).
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr

CHANCE = 0.05
EXCHANGES, SEED = 999, 1935  # of months or steps with one another
Floats = npt.NDArray[np.float64]
Values = Sequence[float | None]


def counts_differ(now: int, before: int, share: float = 0.5) -> bool:
    """Whether two counts of events differ beyond chance at 95 %, given their total.

    `share`: the part of both windows' days that belongs to the first; a half where they are equally long.

    >>> counts_differ(1, 6), counts_differ(0, 6), counts_differ(10, 30), counts_differ(28, 31, 28 / 59)
    (False, True, True, False)
    """
    total = now + before
    if not total:
        return False
    below, above = bdtr(now, total, share), 1 - bdtr(now - 1, total, share) if now else 1.0
    return bool(2 * min(below, above) < CHANCE)


def months_differ(values: Values, now: int, before: slice) -> bool | None:
    """Whether the mean month of the last `now` differs from that of the months `before`, by their scatter.

    `values` are months of a flow, oldest first. Were nothing changed, any of the months could stand in the
    place of any other: the difference is beyond chance where at most one in twenty of such exchanges gives
    one as large. None where too few months are known to tell.

    >>> usual = [5, 7, 5, 7, 6, 7, 5, 7, 6]
    >>> months_differ([*usual, 29, 31], 2, slice(7, 9)), months_differ([1, 2, 3], 1, slice(1, 2))
    (True, None)
    """
    places = range(len(values))
    earlier, later = list(places[before]), list(places[len(values) - now :])
    if not earlier or not later or set(earlier) & set(later):
        return None
    if any(values[place] is None for place in (*earlier, *later)):
        return None
    others = [place for place in places if place not in (*earlier, *later) and values[place] is not None]
    known = np.array([values[place] for place in (*later, *earlier, *others)], dtype=np.float64)
    a, b = len(later), len(earlier)

    def gaps(months: Floats) -> Floats:
        found: Floats = np.abs(months[:, :a].mean(axis=1) - months[:, a : a + b].mean(axis=1))
        return found

    if a == b == 1:
        first, second = np.triu_indices(len(known), 1)
        drawn = np.abs(known[first] - known[second])
    else:
        drawn = gaps(_exchanged(known))
    return _beyond(gaps(known[None, :])[0], drawn)


def steps_differ(values: Values, back: int) -> bool | None:
    """Whether a stock moved over its last `back` months beyond the scatter of its own monthly steps.

    `values` are month ends, oldest first. Were nothing changed, any step could stand in the place of any
    other and be up as well as down: the move is beyond chance where at most one in twenty of such exchanges
    gives one as large. None where too few months are known to tell.

    >>> usual = [10, 12, 11, 12, 10, 11, 10, 12, 11, 12, 10, 11, 10, 12, 11, 12, 10, 11, 10, 12, 11]
    >>> steps_differ([*usual, 15], 1), steps_differ([10, 12, 11], 1)
    (True, None)
    """
    if back < 1 or back >= len(values) or None in values[-back - 1 :]:
        return None
    known = [step for step in map(_step, values, values[1:]) if step is not None]
    steps = np.array(known[::-1], dtype=np.float64)
    if back == 1:
        drawn = np.abs(steps)
    else:
        signs = np.random.default_rng(SEED).choice([-1.0, 1.0], (EXCHANGES, back))
        drawn = np.abs((_exchanged(steps)[:, :back] * signs).sum(axis=1))
    return _beyond(abs(float(steps[:back].sum())), drawn)


def _step(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _exchanged(months: Floats) -> Floats:
    """The months in many orders, the same ones at every look."""
    return np.random.default_rng(SEED).permuted(np.tile(months, (EXCHANGES, 1)), axis=1)


def _beyond(gap: float, drawn: Floats) -> bool | None:
    """Whether at most one in twenty is as far; None where there are too few to say so of any."""
    if len(drawn) * CHANCE < 1:
        return None
    as_far = int((drawn >= gap - 1e-9 * max(abs(gap), 1e-9)).sum())
    return as_far <= CHANCE * len(drawn)


def intervals_differ(
    now: float, ends: tuple[float, float], before: float, ends_before: tuple[float, float]
) -> bool:
    """Whether two numbers with 95 % intervals of their own differ beyond chance (Zou and Donner 2008).

    >>> intervals_differ(60, (50, 75), 40, (30, 48)), intervals_differ(60, (50, 75), 54, (30, 70))
    (True, False)
    """
    gap = now - before
    below = sqrt((now - ends[0]) ** 2 + (ends_before[1] - before) ** 2)
    above = sqrt((ends[1] - now) ** 2 + (before - ends_before[0]) ** 2)
    return gap > below or -gap > above
