"""How sure a score is, and which of many lie outside their control limits.

Sources: adjusted Wald interval of an NPS (Rocks 2016), funnel plots with over-dispersion (Spiegelhalter
2005). Scores are in points from −100 to 100. Drawn towards each other: `shrinkage.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from data_access.subject import Measure
from metrics.statistics.intervals import Z95

Floats = npt.NDArray[np.float64]
Z998 = 3.090232306167813
WINSOR = 0.1
ADD_EACH, ADD_ALL = 0.75, 3.0  # to promoters and detractors, to all


def _variance(promoters: pl.Expr, detractors: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Of one answer, by the adjusted counts."""
    p, d = (promoters + ADD_EACH) / (n + ADD_ALL), (detractors + ADD_EACH) / (n + ADD_ALL)
    return p + d - (p - d) ** 2


def nps_of(promoters: pl.Expr, detractors: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The score and its standard error; of few answers the error is that of the adjusted counts.

    >>> score, error = nps_of(pl.col("p"), pl.col("d"), pl.col("n"))
    >>> pl.DataFrame({"p": [162], "d": [54], "n": [324]}).select(score.round(1), error.round(2)).row(0)
    (33.3, 4.14)
    """
    known = pl.when(n > 0)
    error = (_variance(promoters, detractors, n) / n).sqrt()
    return known.then(100 * (promoters - detractors) / n).alias("nps"), known.then(100 * error).alias("se")


def nps_interval(promoters: pl.Expr, detractors: pl.Expr, n: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The adjusted Wald 95 % interval: 3/4 of a promoter, 3/4 of a detractor, 3 answers are added."""
    half = Z95 * 100 * (_variance(promoters, detractors, n) / (n + ADD_ALL)).sqrt()
    centre = 100 * (promoters - detractors) / (n + ADD_ALL)
    low, high = (centre - half).clip(-100, 100), (centre + half).clip(-100, 100)
    known = pl.when(n > 0)
    return known.then(low).alias("low"), known.then(high).alias("high")


def apart(score: float, error: float, other: float, other_error: float) -> bool:
    """Whether two scores of different answers differ beyond chance at 95 %.

    >>> apart(40, 5, 20, 5), apart(40, 9, 20, 9)
    (True, False)
    """
    return abs(score - other) > Z95 * float(np.hypot(error, other_error))


@dataclass(frozen=True)
class Spread:
    """How much institutions differ beyond chance: over-dispersion, and the variance between them."""

    phi: float
    tau2: float


def spread(scores: Floats, errors: Floats, centre: float) -> Spread:
    """Over-dispersion of scores around a centre.

    phi: mean square of the z-scores, the outer 10 % on each side drawn in. tau2: what must be added to
    each variance, none where the scores scatter no more than chance lets them: phi at most (n − 1) / n.

    >>> spread(np.array([1.0, -1.0, 1.0, 0.0, -1.0]), np.ones(5), 0.0)
    Spread(phi=0.8, tau2=0.0)
    """
    n = len(scores)
    if n < 2:
        return Spread(1.0, 0.0)
    z = np.sort((scores - centre) / errors)
    low, high = np.quantile(z, [WINSOR, 1 - WINSOR])
    weights = 1 / errors**2
    room = float(weights.sum() - (weights**2).sum() / weights.sum())
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    return Spread(phi, max(0.0, (n * phi - (n - 1)) / room))


def yes_or_no(fact: pl.Expr) -> pl.Expr:
    """A fact in a word that JSON, CSV and the screen have alike; null where it is not known."""
    return pl.when(fact).then(pl.lit("yes")).when(~fact).then(pl.lit("no"))


def told(frame: pl.DataFrame, columns: Sequence[Measure]) -> pl.DataFrame:
    """The columns in their declared order."""
    return frame.select("group", *[m.name for m in columns if m.name in frame.columns])
