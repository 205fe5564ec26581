"""Ten million customers become counts, and what is learned from them takes seconds. Counts are drawn."""

import time
from datetime import date

import numpy as np
import polars as pl
import pytest

from data_access.windows import months_later
from metrics.churn.learning import drivers, level_names, one_step, own_exits, shocks, trained
from metrics.churn.marts import EXITS
from metrics.churn.model import read_fit

CUSTOMERS, MONTHS, TENURES = 10_000_000, 36, 240
LAST = date(2026, 10, 31)


def counts() -> pl.DataFrame:
    """At risk and exits of every cell, tenure month and month: all of them are filled at this size."""
    rng = np.random.default_rng(8)
    tiers, products, activity = np.arange(1, 8), np.arange(1, 5), np.arange(1, 5)
    grid = [
        axis.ravel() for axis in np.meshgrid(tiers, products, activity, np.arange(TENURES), indexing="ij")
    ]
    share = rng.dirichlet(np.full(len(grid[0]), 2.0))
    eta = np.log(0.008) - 0.3 * np.maximum(grid[0] - 2, 0) - 0.3 * (grid[1] - 2) - 0.3 * (grid[2] - 2)
    parts = []
    for month in range(MONTHS):
        n = rng.poisson(CUSTOMERS * share)
        part = dict(zip(("tier", "products", "activity", "tenure"), grid, strict=True))
        parts.append(
            pl.DataFrame(
                part | {"at_risk": n, "to_closed": rng.binomial(n, -np.expm1(-np.exp(eta)))}
            ).with_columns(month=pl.lit(months_later(LAST, -month)), definition=pl.lit(0))
        )
    others = [pl.lit(1).alias(name) if name == "to_death" else pl.lit(0).alias(name) for name in EXITS[1:]]
    return pl.concat(parts).with_columns(others)


@pytest.mark.slow
def test_the_model_of_ten_million_customers_takes_seconds() -> None:
    cells = counts()
    assert cells.height > 900_000 and cells["at_risk"].sum() > 0.99 * CUSTOMERS * MONTHS
    start = time.perf_counter()
    found = trained(cells, 0, LAST)
    assert found is not None
    fitted = time.perf_counter() - start
    errors = shocks(one_step(cells, 0))
    assert errors is not None
    rows = drivers(cells, 0, read_fit(found["own"]), level_names(["unknown", "untiered", *"abcdef"]))
    whole = time.perf_counter() - start
    assert fitted < 3 * 3, f"one model: {fitted:.1f} s"
    assert whole < 3 * 60, f"model, month by month, second opinion: {whole:.1f} s"
    few = {row["level"]: row["hazard_ratio"] for row in rows if row["driver"] == "products"}
    assert few["1"] == pytest.approx(np.exp(0.3), rel=0.01) and few["5+"] == pytest.approx(
        np.exp(-0.6), rel=0.02
    )
    assert own_exits(0) == ("to_closed",)
