"""Intervals and medians against published values."""

import numpy as np
import polars as pl
import pytest
from lifelines.datasets import load_leukemia

from metrics.statistics.intervals import differs, median_of_counts, time_quantile, wilson
from metrics.statistics.judgement import counts_differ


def interval(part: int, whole: int) -> tuple[float | None, float | None]:
    """Wilson's interval of one share."""
    low, high = wilson(pl.col("x"), pl.col("n"))
    found: tuple[float | None, float | None]
    found = pl.DataFrame({"x": [part], "n": [whole]}).select(low=low, high=high).row(0)
    return found


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (23, 60, 0.2709, 0.5098),
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),  # the mirror of 0 of 10
    ],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    found = interval(part, whole)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_wilson_without_cases_is_null() -> None:
    frame = pl.DataFrame({"x": [0, None, 3], "n": [0, None, 4]}, schema={"x": pl.Int64, "n": pl.Int64})
    low, high = frame.select(
        *[e.alias(n) for e, n in zip(wilson(pl.col("x"), pl.col("n")), "lh", strict=True)]
    )
    assert [value is None for value in low] == [value is None for value in high] == [True, True, False]
    assert interval(0, 0) == (None, None)


def test_two_shares_by_newcombe() -> None:
    """Newcombe 1998 (method 10): 56/70 against 48/80 differ by .0524 to .3339; 9/10 and 3/10 too."""
    assert differs(56, 70, 48, 80) is True
    assert differs(48, 80, 56, 70) is True
    assert differs(9, 10, 3, 10) is True
    assert differs(5, 56, 0, 29) is False  # -.0381 to .1926
    assert differs(0, 0, 1, 2) is None


def quantile(cases: list[tuple[int, int, bool]], share: float = 0.5, weight: int = 1) -> int | None:
    enter, leave, event = (np.array(column) for column in zip(*cases, strict=True))
    return time_quantile(enter, leave, event.astype(bool), np.full(len(cases), weight), share)


def test_leukaemia() -> None:
    """Freireich 1963: the median of 6-MP is 23 weeks, of placebo 8; S(7) of 6-MP is .8067, S(10) .7529."""
    rows = load_leukemia()
    groups = {
        group: [(0, int(t), bool(e)) for t, e in part[["t", "status"]].itertuples(index=False)]
        for group, part in rows.groupby("Rx")
    }
    assert (quantile(groups[0]), quantile(groups[1])) == (23, 8)
    assert quantile(groups[0], 1 - 0.8067) == 10  # .8067 is .80672 in full: not yet at 7
    assert quantile(groups[0], 1 - 0.8068) == 7
    assert quantile(groups[0], 1 - 0.44) is None
    assert quantile(groups[1], weight=3) == 8  # the same cases three times


@pytest.mark.parametrize(
    ("cases", "median"),
    [
        ([(0, 5, False)], None),  # no event
        ([(0, 5, True)], 5),
        ([(0, 0, True), (0, 9, False)], 0),  # an event on the first day; exactly half
        ([(0, 3, True), (0, 3, False)], 3),  # whoever is lost on the day of an event was at risk that day
        ([(0, 3, True), (0, 2, False)], 3),
        ([(0, 4, True), (4, 9, True)], 4),  # who enters on the day of an event is at risk that day
        ([(0, 4, True), (5, 9, True)], 4),  # nobody else at risk: all of it at once
        (
            [(0, 4, True), (0, 5, False), (0, 6, False), (5, 9, True)],
            9,
        ),  # one counts from 5 on
    ],
)
def test_late_entry_and_ties(cases: list[tuple[int, int, bool]], median: int | None) -> None:
    assert quantile(cases) == median


@pytest.mark.parametrize(
    ("values", "weight", "median"),
    [
        ([3], [1], 3.0),
        ([3, 4], [1, 1], 3.5),
        ([9, 1, 5], [2, 1, 1], 7.0),
        ([1, 2], [3, 2], 1.0),
        ([], [], None),
    ],
)
def test_median_of_counts(values: list[int], weight: list[int], median: float | None) -> None:
    assert median_of_counts(np.array(values, np.int64), np.array(weight, np.int64)) == median


def test_conversion_intervals_cover_the_true_rate() -> None:
    """2,000 simulated cohorts, seed written down here: Wilson's 95 % interval covers 93–97 % of them."""
    rng = np.random.default_rng(20261125)
    n = rng.integers(30, 400, 2000)
    rate = rng.uniform(0.05, 0.95, 2000)
    counts = pl.DataFrame({"x": rng.binomial(n, rate), "n": n, "rate": rate})
    low, high = wilson(pl.col("x"), pl.col("n"))
    covered = counts.select(((pl.col("rate") >= low) & (pl.col("rate") <= high)).mean()).item()
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("mean", [200, 1_000, 5_000])
def test_a_short_month_of_equal_frequency_differs_in_one_of_twenty(mean: int) -> None:
    rng = np.random.default_rng([20_261_202, mean])  # written down before the first run
    january, february = (rng.poisson(mean * days / 31, 2_000) for days in (31, 28))
    called = [counts_differ(int(a), int(b), 31 / 59) for a, b in zip(january, february, strict=True)]
    assert 0.035 <= np.mean(called) <= 0.065
    day_blind = [counts_differ(int(a), int(b)) for a, b in zip(january, february, strict=True)]
    assert np.mean(day_blind) > 0.12, "what months of unequal length said before"
