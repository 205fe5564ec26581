"""How often chance alone tells an institution apart from peers that are alike."""

import logging

import numpy as np
import polars as pl
import pytest

from data_access.subject import Measure
from metrics import SUBJECTS
from metrics.rank import _placed

LOG = logging.getLogger(__name__)  # of the grid: --log-cli-level=INFO
SEED = 20_261_201  # written down before the first run


def test_whatever_is_ranked_has_a_divisor() -> None:
    for subject in SUBJECTS:
        for metric in subject.metrics:
            for measure in (m for m in metric.columns if m.ranked):
                ways = (measure.part is not None, bool(measure.per), not measure.flow)
                assert sum(ways) == 1, (metric.name, measure.name)


def told_apart(peers: pl.DataFrame, measure: Measure) -> bool:
    row = _placed(peers, measure, 5).row(0, named=True)
    assert row["of"] == peers.height
    return (row["rank_low"], row["rank_high"]) != (1, peers.height)


RATE = Measure(name="left", label="", unit="customers", flow=True, good=-1, per=("customers",))
STOCK = Measure(name="aum", label="", unit="money", good=1)


def rate_told_apart(rng: np.random.Generator, peers: int, cases: int, rate: float) -> bool:
    sizes = rng.integers(cases, 4 * cases, peers)
    frame = pl.DataFrame({"cases": sizes, "part": rng.binomial(sizes, rate), "own": np.arange(peers) == 0})
    return told_apart(
        frame.with_columns(group=pl.lit(0), among=pl.lit("level"), value=pl.col("part") / pl.col("cases")),
        RATE,
    )


def growth_told_apart(rng: np.random.Generator, peers: int, spread: float) -> bool:
    """Ten months of growth; the months that the error is read from are the same and two more."""
    steps = rng.standard_t(5, (peers, 12)) * rng.uniform(spread, 3 * spread, peers)[:, None]
    frame = pl.DataFrame({"value": steps[:, -10:].sum(axis=1), "error": steps.std(axis=1, ddof=1) * 10**0.5})
    return told_apart(
        frame.with_columns(
            group=pl.lit(0), among=pl.lit("level"), steps=pl.lit(12), own=pl.int_range(pl.len()) == 0
        ),
        STOCK,
    )


@pytest.mark.parametrize("peers", [5, 30, 90])
def test_equals_are_not_told_apart(peers: int) -> None:
    """In at most one of ten somebody is told apart from a peer that is alike, whatever their number."""
    rng, looks = np.random.default_rng([SEED, peers]), 100
    assert sum(rate_told_apart(rng, peers, 200, 0.1) for _ in range(looks)) <= looks / 10
    assert sum(growth_told_apart(rng, peers, 0.02) for _ in range(looks)) <= looks / 10


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_equals_are_not_told_apart_everywhere() -> None:
    """The grid of docs/statistics.md."""
    looks, wrong = 1_000, []
    for peers in (5, 10, 20, 40, 90):
        for cases, rate in ((30, 0.3), (30, 0.05), (200, 0.1), (2_000, 0.01), (2_000, 0.5)):
            rng = np.random.default_rng([SEED, peers, cases, int(100 * rate)])
            found = sum(rate_told_apart(rng, peers, cases, rate) for _ in range(looks))
            LOG.info("rate %s of %d cases, %d peers: %d of %d", rate, cases, peers, found, looks)
            wrong += [(peers, cases, rate, found)] if found > looks / 10 else []
        rng = np.random.default_rng([SEED, peers])
        found = sum(growth_told_apart(rng, peers, 0.02) for _ in range(looks))
        LOG.info("growth, %d peers: %d of %d", peers, found, looks)
        wrong += [(peers, "growth", found)] if found > looks / 10 else []
    assert not wrong
