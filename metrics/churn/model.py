"""The hazard of leaving within a month, learned from counts, and what follows from it for months ahead.

Grouped-time proportional hazards (Prentice and Gloeckler 1978): h = 1 − exp(−exp(x'β)), a binomial model
with complementary log-log link, fitted on a few hundred rows of counts whatever the number of customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from data_access.codes.banding import FIRST_TIER
from metrics.churn.bands import NO_TENURE, TENURE
from metrics.churn.marts import COVARIATES

Floats = npt.NDArray[np.float64]
DRIVERS = (*COVARIATES, "tenure")  # of which each has one level a customer; tenure banded
REFERENCE = {"tier": FIRST_TIER, "products": 2, "activity": 2, "tenure": 2}
FIRST_LEVEL = {
    "tier": FIRST_TIER,
    "products": 1,
    "activity": 1,
    "tenure": 1,
}  # levels above it stand in order
LEAST = 10  # exits to be expected of a level, below which it shares the coefficient of the one beside it
PRIOR, RARE = 0.5, 1e-3  # half an exit where half was expected: what a level with few exits starts from
LEAST_EXITS = 100  # in all, below which nothing is learned
TOP = TENURE[-1]  # months of tenure from which one more makes no difference


@dataclass(frozen=True)
class Fit:
    """Coefficients, the intercept first, with their covariance; `levels`: which coefficient a level has."""

    names: tuple[tuple[str, int], ...]
    beta: Floats
    cov: Floats
    levels: Mapping[str, Mapping[int, int]]  # a level without enough exits stands for the one beside it

    def design(self, rows: pl.DataFrame) -> Floats:
        """One row of 0 and 1 per row of levels; a level never seen counts as the reference."""
        columns = [np.ones(rows.height)]
        for driver, level in self.names:
            stands = rows[driver].replace_strict(dict(self.levels[driver]), default=None)
            columns.append((stands == level).fill_null(False).to_numpy().astype(np.float64))
        return np.column_stack(columns)

    def as_json(self) -> dict[str, Any]:
        levels = {driver: list(pairs.items()) for driver, pairs in self.levels.items()}
        return {
            "names": list(self.names),
            "beta": self.beta.tolist(),
            "cov": self.cov.tolist(),
            "levels": levels,
        }


def read_fit(told: Mapping[str, Any]) -> Fit:
    """A fit as it was written."""
    names = tuple((driver, int(level)) for driver, level in told["names"])
    levels = {driver: {int(a): int(b) for a, b in pairs} for driver, pairs in told["levels"].items()}
    return Fit(names, np.array(told["beta"]), np.array(told["cov"]), levels)


def tenure_band(months: pl.Expr) -> pl.Expr:
    """The code of the tenure band; 0 where nobody knows."""
    above = pl.sum_horizontal(*((months >= edge).cast(pl.Int64) for edge in TENURE))
    return pl.when(months == NO_TENURE).then(0).otherwise(1 + above).cast(pl.Int64)


def collapsed(cells: pl.DataFrame, exits: Sequence[str]) -> pl.DataFrame:
    """Rows of DRIVERS with n at risk and d exits of these causes."""
    rows = cells.with_columns(tenure_band(pl.col("tenure")).alias("tenure"), d=pl.sum_horizontal(*exits))
    keys = [pl.col(name).cast(pl.Int64) for name in DRIVERS]
    return rows.group_by(*keys).agg(n=pl.col("at_risk").sum(), d=pl.col("d").sum()).sort(DRIVERS)


def _levels(
    counts: pl.DataFrame,
) -> tuple[dict[str, dict[int, int]], list[tuple[str, int]], list[tuple[str, int]]]:
    """Which level each stands for, the coefficients to be learned (all levels but the reference), and those
    of them that rest on few exits although more were to be expected."""
    rate = float(counts["d"].sum()) / float(counts["n"].sum())
    levels, names, sparse = dict[str, dict[int, int]](), list[tuple[str, int]](), list[tuple[str, int]]()
    for driver in DRIVERS:
        by_level = counts.group_by(driver).agg(pl.col("d").sum(), pl.col("n").sum()).sort(driver)
        rows: list[tuple[int, int, int]] = by_level.rows()
        exits = {level: d for level, d, _ in rows}
        enough = [level for level, d, n in rows if max(d, n * rate) >= LEAST]
        most = max(exits, key=lambda level: (exits[level], -level))
        reference = REFERENCE[driver] if exits.get(REFERENCE[driver], 0) >= LEAST else most
        ordered = [level for level in enough if level >= FIRST_LEVEL[driver]]
        stands = {}
        for level in exits:
            beside = ordered if level >= FIRST_LEVEL[driver] else []
            near = min(beside, key=lambda other: (abs(other - level), other), default=reference)
            stands[level] = level if level in {*enough, reference} else near
        levels[driver] = stands
        mine = [(driver, level) for level in enough if level != reference]
        names += mine
        sparse += [name for name in mine if exits[name[1]] < LEAST]
    return levels, names, sparse


def fit(counts: pl.DataFrame) -> Fit | None:
    """The model of rows with DRIVERS, n and d; None where too few have left to learn from.

    A level with fewer than ten exits where more were to be expected is drawn a little towards the reference
    (log-gamma prior of half an exit in half an expected one), so that no exit at all is no certainty.
    """
    import statsmodels.api as sm  # a second and a half: only where something is learned

    counts = counts.filter(pl.col("n") > 0)
    if counts["d"].sum() < LEAST_EXITS:
        return None
    levels, names, sparse = _levels(counts)
    empty = Fit(tuple(names), np.zeros(0), np.zeros((0, 0)), levels)
    x, n, d = empty.design(counts), counts["n"].to_numpy(), counts["d"].to_numpy()
    start = np.zeros(x.shape[1])
    start[0] = np.log(-np.log1p(-d.sum() / n.sum()))
    prior = np.zeros((len(sparse), x.shape[1]))
    prior[np.arange(len(sparse)), [names.index(name) + 1 for name in sparse]] = 1
    y = np.column_stack([d, n - d])
    half = np.tile([PRIOR, PRIOR / RARE - PRIOR], (len(sparse), 1))
    offset = np.concatenate([np.zeros(len(n)), np.full(len(sparse), np.log(RARE))])
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    glm = sm.GLM(np.vstack([y, half]), np.vstack([x, prior]), family=family, offset=offset)
    found = best(glm, start)
    return Fit(tuple(names), np.asarray(found.params), np.asarray(found.cov_params()), levels)


def best(glm: Any, start: Floats) -> Any:
    """The fit of the highest likelihood.

    Whole steps of Fisher's run away where nearly all who leave have one level, and never come back: a trust
    region leads near the top first.
    """
    near = glm.fit(
        start_params=start,
        method="minimize",
        min_method="trust-exact",
        gtol=1e-6,
        disp=False,
        warn_convergence=False,
    )
    return glm.fit(start_params=near.params, tol=1e-12, tol_criterion="params", maxiter=100)


def hazards(model: Fit, rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """Monthly hazard of each row of levels, and its derivative by the coefficients."""
    x = model.design(rows)
    rate = np.exp(x @ model.beta)
    return -np.expm1(-rate), (rate * np.exp(-rate))[:, None] * x


def ahead(
    own: Fit,
    other: Fit | None,
    cells: pl.DataFrame,
    moves: Floats,
    months: Sequence[int],
    *,
    slopes: bool = True,
) -> tuple[pl.DataFrame, dict[int, Floats], dict[int, Floats]]:
    """The chance of leaving within so many months, by cell and tenure, with its gradient.

    `cells`: the cells (COVARIATES) that customers can be in, `moves`: the chance of each to be in each the
    month after, so a customer's cell changes as cells changed in the last year, and its tenure grows. Who
    leaves for another cause cannot leave for this one any more. Returns the grid of cell × tenure (0 to
    TOP, and unknown) and, by horizon, chances and, with `slopes`, gradients in its order.
    """
    tenures = [*range(TOP + 1), NO_TENURE]
    grid = cells.join(pl.DataFrame({"months": tenures}, schema={"months": pl.Int64}), how="cross")
    levels = grid.with_columns(tenure_band(pl.col("months")).alias("tenure"))
    shape = (cells.height, len(tenures))
    h, dh = hazards(own, levels)
    q = hazards(other, levels)[0] if other else np.zeros(grid.height)
    stay = np.clip(1 - h - q, 0, None).reshape(shape)
    h, dh = h.reshape(shape), dh.reshape(*shape, -1)
    later = np.array([*range(1, TOP + 1), TOP, TOP + 1])  # tenure a month later
    chance, gradient = np.zeros(shape), np.zeros(dh.shape)
    chances, gradients = {}, {}
    for month in range(1, max(months) + 1):
        next_chance = moves @ chance[:, later]
        if slopes:
            next_gradient = np.tensordot(moves, gradient[:, later], axes=1)
            gradient = dh * (1 - next_chance)[..., None] + stay[..., None] * next_gradient
        chance = h + stay * next_chance
        if month in months:
            chances[month] = chance.reshape(-1).copy()
            if slopes:
                gradients[month] = gradient.reshape(grid.height, -1).copy()
    return grid, chances, gradients


def transitions(steps: pl.DataFrame, cells: pl.DataFrame) -> Floats:
    """How often those who stayed went from each cell to each; a cell nobody was in keeps to itself."""
    number = cells.with_row_index("at").select(*COVARIATES, pl.col("at").cast(pl.Int64))
    goal = number.rename({name: f"to_{name}" for name in COVARIATES} | {"at": "to"})
    wide = [pl.col(name).cast(pl.Int64) for name in (*COVARIATES, *(f"to_{n}" for n in COVARIATES))]
    found = (
        steps.with_columns(wide).join(number, on=COVARIATES).join(goal, on=[f"to_{n}" for n in COVARIATES])
    )
    table = np.zeros((cells.height, cells.height))
    np.add.at(table, (found["at"].to_numpy(), found["to"].to_numpy()), found["customers"].to_numpy())
    total = table.sum(axis=1, keepdims=True)
    return np.where(total > 0, table / np.where(total > 0, total, 1), np.eye(cells.height))
