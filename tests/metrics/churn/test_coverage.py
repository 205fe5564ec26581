"""The 80 % interval of expected leavers, on simulated counts with shocks common to all customers."""

import logging
from datetime import date

import numpy as np
import polars as pl
import pytest

from data_access.windows import months_later
from metrics.churn.forecast import common_of, half_width, spread_of
from metrics.churn.learning import EVERY, HORIZONS, MOST, Frailty, one_step, own_exits, shocks
from metrics.churn.marts import EXITS
from metrics.churn.model import Floats, ahead, collapsed, fit

LOG = logging.getLogger(__name__)  # of the grid: --log-cli-level=INFO
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


LASTING, LEAVE = 0.9, 60.0  # how much of a month's shock is left the month after; leavers a month


def course(rng: np.random.Generator, months: int, lasting: float) -> Floats:
    """Leavers by month under shocks of the same size, of which so much is left the month after."""
    shock, found = rng.normal(0, SHOCK), []
    for _ in range(months):
        found.append(float(rng.poisson(LEAVE * np.exp(shock))))
        shock = lasting * shock + rng.normal(0, SHOCK * (1 - lasting**2) ** 0.5)
    return np.array(found)


def covered(lasting: float, horizon: int, sets: int) -> tuple[float, float]:
    """How often the interval holds what comes, and how often that of independent months would."""
    rng = np.random.default_rng([SEED, horizon, int(10 * lasting)])
    inside, before, expected = 0, 0, LEAVE * horizon
    sums = {"expected": expected, "v0": expected, "e2": 0.0}
    none = np.zeros(1)
    for _ in range(sets):
        months = course(rng, 48, lasting)
        known, come = months[: 48 - horizon], months[48 - horizon :].sum()
        one = shocks([(LEAVE, LEAVE, float(left)) for left in known[-24:]])
        starts = range(len(known) - horizon, len(known) - horizon - EVERY * MOST, -EVERY)
        errors = [(expected, expected, known[at : at + horizon].sum()) for at in starts if at >= 0]
        spread = spread_of(errors, horizon)
        assert one is not None and spread is not None
        ways = Frailty(common={"closed": {str(horizon): spread}})
        for frailty in (ways, Frailty()):
            common = common_of({"shocks": one}, frailty, "closed", horizon)
            half = half_width(sums, none, "g", cov=np.zeros((1, 1)), common=common, frailty=0.0)
            hit = bool(abs(come - expected) <= half)
            inside, before = (inside + hit, before) if frailty is ways else (inside, before + hit)
    LOG.info("lasting %s, %d months: %.3f, by month %.3f", lasting, horizon, inside / sets, before / sets)
    return inside / sets, before / sets


@pytest.mark.parametrize("horizon", [3, 12])
def test_shocks_that_last_do_not_average_out(horizon: int) -> None:
    inside, by_month = covered(LASTING, horizon, 400)
    assert inside >= 0.7
    assert by_month < inside - 0.1, "independent months would promise too much"


@pytest.mark.slow
def test_it_covers_whatever_lasts() -> None:
    """The grid of docs/statistics.md."""
    for lasting in (0.0, 0.5, 0.9):
        for horizon in HORIZONS:
            inside, _ = covered(lasting, horizon, SETS)
            assert 0.7 <= inside <= 0.92, (lasting, horizon, inside)


def test_the_spread_of_past_forecasts_by_hand() -> None:
    """Four forecasts of 100 with a variance of 100, out by 30 once up and once down, and two by ten."""
    spread = spread_of([(100.0, 100.0, 100.0 + away) for away in (30, -30, 10, -10)], 6)
    assert spread is not None
    assert spread["phi"] == pytest.approx((900 - 100) * 2 / 4 / 100**2)
    assert (spread["df"], spread["of"]) == (2.0, 4.0)
    # of those out by thirty the others say 800 / 3 more than chance: 1.83 errors of 19.1 are 34.9
    assert spread["inside"] == 4.0
    assert spread_of([(100.0, 100.0, 90.0)] * 2, 6) is None, "two forecasts say nothing"


@pytest.mark.soak
@pytest.mark.timeout(3600)
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
            known = {"phi": phi / HORIZON, "df": found["df"]}
            half = half_width(sums, slope, "g", cov=model.cov, common=known, frailty=0.0)
            hit = abs(gone - sums["expected"]) <= half
            inside += hit if with_shocks else 0
            without += 0 if with_shocks else hit
    assert 0.76 <= inside / SETS <= 0.84, inside
    assert without / SETS < 0.72, "without the shocks it would promise too much"
