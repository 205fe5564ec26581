"""Chances ahead, transitions and common shocks: what follows from the hazard model."""

import numpy as np
import polars as pl
import pytest

from metrics.churn.bands import NO_TENURE
from metrics.churn.learning import ERRORS, shocks
from metrics.churn.model import (
    DRIVERS,
    Fit,
    ahead,
    transitions,
)


def test_chances_ahead_follow_the_cells() -> None:
    """Month by month as a customer lives: cells change, tenure grows into the next band, others die."""
    own = Fit(
        (("activity", 1), ("tenure", 3)),
        np.array([np.log(0.05), 0.7, -0.4]),
        np.eye(3),
        {
            "tier": {2: 2},
            "products": {2: 2},
            "activity": {1: 1, 2: 2},
            "tenure": {1: 2, 2: 2, 3: 3, 4: 3, 0: 2},
        },
    )
    other = Fit((), np.array([np.log(0.01)]), np.eye(1), {name: {} for name in DRIVERS})
    cells = pl.DataFrame({"tier": [2, 2], "products": [2, 2], "activity": [1, 2]})
    moves = np.array([[0.3, 0.7], [0.2, 0.8]])
    grid, chances, gradients = ahead(own, other, cells, moves, [1, 3])
    q = -np.expm1(-0.01)

    def h(cell: int, tenure: int) -> float:
        band = -0.4 if tenure >= 36 else 0.0
        return float(-np.expm1(-0.05 * np.exp((0.7 if cell == 0 else 0.0) + band)))

    def lives(cell: int, tenure: int, months: int) -> float:
        if months == 0:
            return 0.0
        later = tenure + 1 if tenure != NO_TENURE else tenure
        after = sum(moves[cell][to] * lives(to, later, months - 1) for to in (0, 1))
        return h(cell, tenure) + (1 - h(cell, tenure) - q) * after

    for months in (1, 3):
        for row, chance in zip(grid.to_dicts(), chances[months], strict=True):
            if row["months"] in (0, 34, 35, 36, 120, NO_TENURE):
                expected = lives(row["activity"] - 1, row["months"], months)
                assert chance == pytest.approx(expected, abs=1e-12), row
    for at in range(3):  # the gradient against a small change of each coefficient
        moved = own.beta.copy()
        moved[at] += 1e-6
        changed = ahead(Fit(own.names, moved, own.cov, own.levels), other, cells, moves, [3])[1][3]
        assert gradients[3][:, at] == pytest.approx((changed - chances[3]) / 1e-6, abs=1e-5)


def test_transitions_are_shares_of_those_who_stayed() -> None:
    cells = pl.DataFrame({"tier": [2, 3, 4], "products": [1, 1, 1], "activity": [1, 1, 1]})
    steps = pl.DataFrame(
        [(2, 1, 1, 2, 1, 1, 30), (2, 1, 1, 3, 1, 1, 10), (3, 1, 1, 3, 1, 1, 5), (9, 1, 1, 2, 1, 1, 7)],
        schema=["tier", "products", "activity", "to_tier", "to_products", "to_activity", "customers"],
        orient="row",
    )
    assert transitions(steps, cells).tolist() == [[0.75, 0.25, 0], [0, 1, 0], [0, 0, 1]], (
        "a cell nobody was in keeps to itself; a step from a cell not asked for is no step"
    )


def test_shocks_are_what_chance_does_not_explain() -> None:
    quiet = [(100.0, 100.0, 100.0 + away) for away in (-10, 10)] * (ERRORS // 2)
    found = shocks(quiet)
    assert found is not None and found["phi"] == 0.0 and found["df"] == ERRORS
    loud = shocks([(100.0, 100.0, 100.0 + away) for away in (-30, 30)] * (ERRORS // 2))
    assert loud is not None and loud["phi"] == pytest.approx((900 - 100) / 100**2)
    assert shocks(quiet[:-1]) is None, "too few months to tell"
