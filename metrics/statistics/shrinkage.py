"""Scores of many drawn together as far as chance explains their differences, with honest intervals.

The normal hierarchy: each score is its truth plus its own error, the truths scatter around a centre with a
spread. Neither centre nor spread is known; both are taken as equally likely everywhere beforehand (the
spread up to SPREAD_MOST) and what the scores say about them is carried into every interval, by quadrature
over the spread (Rubin 1981; Morris 1983; Gelman 2006). An interval that takes one estimate of the spread as
the truth has no width where the estimate is 0.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
SPREAD_MOST = 100.0  # in the unit of the scores: a score of −100 to 100 cannot scatter more
STEPS = 120  # of the quadrature, dense near 0
TAIL = 0.025
HALVINGS = 28  # until an end of an interval is found


def shrunken(scores: Floats, errors: Floats) -> tuple[Floats, Floats, Floats]:
    """Means and 95 % intervals (central) of the true scores, for two scores or more.

    >>> effects, errors = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
    >>> value, low, high = shrunken(np.array(effects, float), np.array(errors, float))
    >>> value.round(0).tolist()
    [11.0, 8.0, 6.0, 8.0, 5.0, 6.0, 11.0, 8.0]
    """
    at = (np.arange(STEPS) + 0.5) / STEPS
    spread, width = SPREAD_MOST * at**3, 3 * SPREAD_MOST * at**2
    own = errors**2
    variance = own + spread[:, None] ** 2
    centre_variance = 1 / (1 / variance).sum(axis=1)
    centre = centre_variance * (scores / variance).sum(axis=1)
    away = ((scores - centre[:, None]) ** 2 / variance + np.log(variance)).sum(axis=1)
    likelihood = (np.log(centre_variance) - away) / 2 + np.log(width)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    keep = spread[:, None] ** 2 / variance
    means = keep * scores + (1 - keep) * centre[:, None]
    doubts = np.sqrt(keep * own + (1 - keep) ** 2 * centre_variance[:, None])
    value = (weight[:, None] * means).sum(axis=0)

    def end(share: float) -> Floats:
        low: Floats = (means - 8 * doubts).min(axis=0)
        high = (means + 8 * doubts).max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = (weight[:, None] * ndtr((middle - means) / doubts)).sum(axis=0) < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return low

    return value, end(TAIL), end(1 - TAIL)
