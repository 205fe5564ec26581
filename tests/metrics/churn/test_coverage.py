"""The 80 % interval of expected leavers, on simulated counts with shocks common to all customers."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from data_access.windows import months_later
from metrics.churn.forecast import half_width
from metrics.churn.learning import one_step, own_exits, shocks
from metrics.churn.marts import EXITS
from metrics.churn.model import Floats, ahead, collapsed, fit

SEED, SETS = 20_261_125, 2_000  # written down before the first run
MONTHS, HORIZON, SHOCK = 24, 6, 0.15
TIER, ACTIVITY = np.array([2, 2, 2, 3, 3, 3, 4, 4]), np.array([1, 2, 3, 1, 2, 3, 1, 2])
CUSTOMERS = np.array([900, 1_500, 700, 600, 1_200, 800, 300, 700])
ETA = np.log(0.010) - 0.3 * (TIER - 2) + 0.5 * (ACTIVITY == 1)
TENURE = 20  # and six months later still in the same band


def hazard(rng: np.random.Generator) -> Floats:
    """The month's hazard of each cell under a shock of mean one."""
    shock = np.exp(rng.normal(0, SHOCK) - SHOCK**2 / 2)
    return -np.expm1(-np.exp(ETA) * shock)


def past(rng: np.random.Generator) -> pl.DataFrame:
    """Counts of the months learned from."""
    found = [
        pl.DataFrame(
            {
                "month": [months_later(date(2024, 1, 31), month)] * len(TIER),
                "tier": TIER,
                "products": 2,
                "activity": ACTIVITY,
                "tenure": TENURE,
                "at_risk": CUSTOMERS,
                "to_closed": rng.binomial(CUSTOMERS, hazard(rng)),
            }
        )
        for month in range(MONTHS)
    ]
    return pl.concat(found).with_columns(pl.lit(0).alias(name) for name in EXITS if name != "to_closed")


def come(rng: np.random.Generator) -> int:
    """Leavers within the horizon, month by month."""
    here, gone = CUSTOMERS.copy(), 0
    for _ in range(HORIZON):
        left = rng.binomial(here, hazard(rng))
        here, gone = here - left, gone + int(left.sum())
    return gone


@pytest.mark.slow
def test_it_covers_what_it_says() -> None:
    rng = np.random.default_rng(SEED)
    cells = pl.DataFrame({"tier": TIER, "products": 2, "activity": ACTIVITY})
    inside, without = 0, 0
    for _ in range(SETS):
        counts = past(rng)
        model, found = fit(collapsed(counts, own_exits(0))), shocks(one_step(counts, 0))
        assert model is not None and found is not None
        grid, chances, gradients = ahead(model, None, cells, np.eye(len(cells)), [HORIZON])
        at = grid.with_row_index("at").filter(pl.col("months") == TENURE)["at"].to_numpy()
        p, g = chances[HORIZON][at], gradients[HORIZON][at]
        sums = {"expected": float(CUSTOMERS @ p), "v0": float(CUSTOMERS @ (p * (1 - p))), "e2": 0.0}
        gone, slope = come(rng), g.T @ CUSTOMERS
        for phi, with_shocks in ((found["phi"], True), (0.0, False)):
            known = {"phi": phi, "df": found["df"]}
            half = half_width(sums, slope, "g", cov=model.cov, shocks=known, frailty=0.0, horizon=HORIZON)
            hit = abs(gone - sums["expected"]) <= half
            inside += hit if with_shocks else 0
            without += 0 if with_shocks else hit
    assert 0.76 <= inside / SETS <= 0.84, inside
    assert without / SETS < 0.72, "without the shocks it would promise too much"
