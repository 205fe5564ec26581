"""Tier migration of the synthetic bank against the process that moves its balances, simulated once more.

The bank has no table of transition probabilities: averages follow a process, whose parameters stand in
`truth.json`. Here every customer who had a tier above the lowest at the beginning is sent from the average
delivered on many random courses; their shares by tier are the probabilities that `migration.matrix` has to
find. The lowest tier is left out: who sleeps there has a level that no delivered column tells. Customers are
those present at both ends, as months move each of them on its own: there is no shock common to all.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from metrics.migration import subject as migration
from sample_data.bank import write
from tests.metrics.asking import look
from tests.metrics.brute_force import TIERS
from tests.metrics.small_bank import month_end

EDGES = [50_000.0, 200_000.0, 500_000.0, 2_000_000.0, 6_000_000.0]
LEAST, COURSES, ASLEEP = 200, 60, 450.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("truth") / "bank"
    write(out, customers=9_000, months=14, outlets=40, seed=11)
    return out


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, (migration.SUBJECT,), date(2026, 11, 20), lambda _step, _share: None)
    return open_store(config)


def branches(folder: Path, truth: dict[str, Any]) -> dict[str, float]:
    """The drift of the branch that each institution belongs to; the head office has its own."""
    rows = pl.read_parquet(folder / "extracts" / "institutions.parquet").to_dicts()
    above = {row["institution_id"]: row["parent_id"] for row in rows}
    names = {row["institution_id"]: row["name"] for row in rows}
    drift = truth["drift_per_year"]

    def of(key: str) -> float:
        path = [key]
        while above[path[-1]] is not None:
            path.append(above[path[-1]])
        near = next((one for one in path[:-1] if names[one] in drift), path[-1])
        return float(drift[names[near]])

    return {key: of(key) for key in above}


def simulated(
    average: np.ndarray, drift: np.ndarray, first: date, months: int, truth: dict[str, Any]
) -> np.ndarray:
    """The tier of each customer at the end of each of many courses, from the average at the beginning."""
    rng = np.random.default_rng(20_261)
    shape = (len(average), COURSES)
    seen = np.log(average / truth["season"][first.month - 1])[:, None]
    level = seen - truth["average_noise"] * rng.standard_normal(shape)
    asleep = np.zeros(shape, dtype=bool)
    for _ in range(months):
        jumps = np.where(rng.random(shape) < truth["jump_chance"], truth["jump"], 0.0)
        level = level + drift[:, None] / 12 + truth["undoes_noise"]
        level = level + truth["noise"] * rng.standard_normal(shape) + jumps * rng.standard_normal(shape)
        level = np.minimum(level, np.log(truth["most"]))
        chance = rng.random(shape)
        falls = (level < np.log(truth["sleepy_below"])) & (chance < truth["falls_asleep"])
        asleep = np.where(asleep, chance >= truth["wakes_up"], falls)
    last = (first.month - 1 + months) % 12
    noise = np.exp(truth["average_noise"] * rng.standard_normal(shape))
    found = np.where(asleep, ASLEEP, np.exp(level) * truth["season"][last] * noise)
    return np.searchsorted(np.array(EDGES), found, side="right")


def wilson(x: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    middle, half = (x / n + z * z / (2 * n)), z * (x / n * (1 - x / n) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


@pytest.mark.parametrize(("distance", "ends"), [(1, 12), (12, 2)])
def test_the_matrix_finds_the_probabilities_of_the_process(
    distance: int, ends: int, folder: Path, store: Store
) -> None:
    """Of the cells of at least 200 customers, nine in ten lie within their 95 % interval."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))["balances"]
    drifts, inside, outside = branches(folder, truth), 0, []
    months = pl.read_parquet(folder / "extracts" / "customer_months" / "*.parquet")
    kinds = pl.read_parquet(folder / "extracts" / "customers.parquet")
    people = months.join(kinds.filter(kind="personal").select("customer_id"), on="customer_id")
    for back in range(ends):
        at, first = month_end(9 - back), month_end(9 - back - distance)
        here = people.filter(month=at).select("customer_id")
        start = people.filter(month=first).join(here, on="customer_id").filter(pl.col("aum_avg") >= EDGES[0])
        drift = np.array([drifts[key] for key in start["institution_id"]])
        goes = simulated(start["aum_avg"].to_numpy(), drift, first, distance, truth)
        began = np.searchsorted(np.array(EDGES), start["aum_avg"].to_numpy(), side="right")
        view = look(store, (migration.SUBJECT,), store.tree.ids[0], at.replace(day=1), at)
        cells = {
            (row["from_tier"], row["to_tier"]): row["customers"]
            for row in view.metric("migration.matrix", distance=str(distance)).to_dicts()
        }
        for number, tier in enumerate(TIERS):
            n = sum(cells.get((tier, goal), 0) for goal in TIERS)
            if n < LEAST or not number:
                continue
            courses = goes[began == number]
            assert len(courses) == n, "the same customers"
            for goal_number, goal in enumerate(TIERS):
                p = float((courses == goal_number).mean())
                if p * n < 5:  # too rare to contradict anything
                    continue
                error = 1.96 * (p * (1 - p) / courses.size) ** 0.5
                low, high = wilson(cells[tier, goal], n)
                if low - error <= p <= high + error:
                    inside += 1
                else:
                    outside.append((at, tier, goal, n, cells[tier, goal] / n, p))
    assert inside + len(outside) >= 10
    assert inside >= 0.9 * (inside + len(outside)), outside
