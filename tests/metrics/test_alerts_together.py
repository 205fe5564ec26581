"""Alerts of many institutions looked at together: how often chance alone is told, simulated."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from data_access.policy import Alert, Policy
from data_access.subject import Ask, More, Period
from metrics import METRICS
from metrics.alerts import FALSE_SHARE, watch
from tests.metrics.small_bank import Row
from tests.metrics.test_alerts import ENDS, LAST, said

LOOKED_AT = {  # key → its floor
    "book.summary.left": 20,
    "funnel.outcomes.win_rate": 30,
    "book.summary.aum": 0,
}


def family(frames: dict[str, pl.DataFrame], size: int) -> list[Row]:
    """What is said of `size` institutions looked at together by three figures."""
    nothing: Any = None
    more = More(
        nothing, lambda name, _columns, _n: frames[name], nothing, nothing, nothing, METRICS, nothing, nothing
    )
    ask = Ask(
        period=Period(date(2026, 12, 1), LAST),
        groups=pl.DataFrame({"group": range(size)}, schema={"group": pl.Int64}),
        policy=Policy(alerts=tuple(Alert(key, key, key, floor) for key, floor in LOOKED_AT.items())),
        parameters={},
        minor_units=100,
        as_of=LAST,
        codes={},
        more=more,
    )
    return watch({}, ask).to_dicts()


def unchanged(rng: np.random.Generator, size: int) -> dict[str, pl.DataFrame]:
    """Thirteen months of institutions of all sizes in which nothing ever changed but by chance."""
    means = rng.uniform(15, 400, size)
    cases = rng.integers(30, 400, size)
    left = rng.poisson(means[:, None] * np.array([day.day for day in ENDS]) / 30)
    won = rng.binomial(cases[:, None], rng.uniform(0.1, 0.6, size)[:, None], (size, 13))
    steps = rng.normal(0.01, rng.uniform(0.005, 0.05, size)[:, None], (size, 13))
    aum = (10**12 * np.cumprod(1 + steps, axis=1)).astype(np.int64)
    at = {"group": np.repeat(np.arange(size), 13), "month": ENDS * size}
    lost = cases[:, None] - won
    outcomes = {"won": won.ravel(), "lost": lost.ravel(), "win_rate": (won / cases[:, None]).ravel()}
    return {
        "book.summary": pl.DataFrame({**at, "left": left.ravel(), "aum": aum.ravel()}),
        "funnel.outcomes": pl.DataFrame({**at, **outcomes}),
    }


@pytest.mark.parametrize("size", [3, 12, 60])
def test_where_nothing_changed_not_one_look_in_twenty_tells_of_anything(size: int) -> None:
    """Three figures of so many institutions, looked at together; by three deviations alone two looks of three
    at sixty of them would."""
    rng = np.random.default_rng(size)
    looks = 200
    cried = sum(bool(family(unchanged(rng, size), size)) for _ in range(looks))
    assert cried / looks <= FALSE_SHARE


def test_of_many_the_one_that_jumps_is_named() -> None:
    rng = np.random.default_rng(7)
    frames = unchanged(rng, 12)
    here = (pl.col("group") == 4) & (pl.col("month") == LAST)
    book = frames["book.summary"]
    jumped = book.with_columns(left=pl.when(here).then(pl.col("left") * 3).otherwise("left"))
    [row] = family(frames | {"book.summary": jumped}, 12)
    assert (row["group"], row["metric"], row["verdict"]) == (4, "book.summary.left", "bad")


def test_who_is_looked_at_alone_is_held_to_the_deviations_alone() -> None:
    """3.3 deviations stand out of one institution's own months, and of two hundred by chance."""
    series: dict[str, Sequence[Any]] = {"left": [30] * 12 + [50]}
    quiet: list[dict[str, Sequence[Any]]] = [{"left": [30] * 13}] * 199
    assert len(said("book.summary.left", [series], floor=20)) == 1
    assert said("book.summary.left", [series, *quiet], floor=20) == []
