"""Life tables from counts equal published figures, and lifelines and statsmodels on the raw rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from lifelines import KaplanMeierFitter, NelsonAalenFitter
from lifelines.datasets import load_leukemia
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.survfunc import survdiff

from metrics.statistics.life_table import (
    Curve,
    curve_of,
    incidence,
    logrank,
    median,
    restricted_mean,
    survival,
)

Spell = tuple[int, int, int]  # under observation in the months entry + 1 … end; cause of the end, 0: none


def counted(spells: Sequence[Spell], causes: int = 1) -> pl.DataFrame:
    """Customers at risk and exits by month."""
    rows = [
        {"month": m, "at_risk": sum(entry < m <= end for entry, end, _ in spells)}
        | {f"to_{c}": sum(end == m and cause == c for _, end, cause in spells) for c in range(1, causes + 1)}
        for m in range(1, max(end for _, end, _ in spells) + 1)
    ]
    return pl.DataFrame(rows).filter(pl.col("at_risk") > 0)


def curve(spells: Sequence[Spell], floor: int = 1, causes: int = 1) -> Curve:
    found = curve_of(counted(spells, causes), "to_1", floor)
    assert found is not None
    return found


def at(frame: pl.DataFrame, column: str) -> dict[int, float]:
    return dict(frame.select("month", column).iter_rows())


LATE = [
    (1, 2, 1),
    (2, 3, 1),
    (5, 6, 1),
    (2, 7, 1),
    (1, 8, 1),
    (7, 9, 1),
    (3, 9, 1),
    (4, 9, 0),
    (8, 14, 0),
    (8, 17, 0),
]


def test_late_entry_of_the_published_table() -> None:
    """Therneau's start-stop data: 2, 3, 5, 4, 4 and 5 at risk where somebody leaves."""
    found = survival(curve(LATE))
    deaths = found.filter(pl.col("events") > 0)
    assert deaths["month"].to_list() == [2, 3, 6, 7, 8, 9]
    assert deaths["at_risk"].to_list() == [2, 3, 5, 4, 4, 5]
    assert deaths["survival"].to_list() == pytest.approx([1 / 2, 1 / 3, 4 / 15, 0.2, 0.15, 0.09])


def test_the_curve_begins_and_ends_with_enough_at_risk() -> None:
    """With four asked for: months 5 to 9, given that one has come so far."""
    found = survival(curve(LATE, floor=4))
    assert found["month"].to_list() == [5, 6, 7, 8, 9], "month 4 has three, month 10 has two"
    assert found["survival"].to_list() == pytest.approx([1, 4 / 5, 3 / 5, 9 / 20, 27 / 100])
    assert curve_of(counted(LATE), "to_1", 6) is None
    # what the counts tell of the month after: two left month 9 and one's observation ended
    assert found.row(-1, named=True)["censored"] == 1
    moved = found.select(pl.col("at_risk") - pl.col("events") - pl.col("censored") + pl.col("entered"))
    assert moved.to_series().to_list() == [*found["at_risk"][1:], 2]


COMPETING = list(
    zip([1, 2, 3, 4, 4, 4, 5, 5, 6, 8, 8, 9, 10, 12], [1, 2, 0, 1, 0, 0, 2, 1, 0, 0, 2, 0, 1, 0], strict=True)
)


def test_competing_causes_of_the_published_table() -> None:
    """R's finegray data: 37/77 and 2/7 leave by either cause, 18/77 stay; 1 − KM would say .6307."""
    spells = [(0, end, cause) for end, cause in COMPETING]
    both = curve(spells, causes=2)
    shares = incidence(both, {"one": both.events, "two": both.others})
    assert [shares[name][-1] for name in ("one", "two", "stayed")] == pytest.approx([37 / 77, 2 / 7, 18 / 77])
    assert 1 - survival(both)["survival"][-1] == pytest.approx(0.6306818)
    stayed = survival(both).row(-1, named=True)
    assert stayed["stayed"] == pytest.approx(18 / 77), "of any cause, not of one alone"
    one = survival(curve([(0, end, min(cause, 1)) for end, cause in COMPETING])).row(-1, named=True)
    assert (stayed["stayed_low"], stayed["stayed_high"]) == pytest.approx((one["low"], one["high"]))
    small = curve([(0, t, c) for t, c in enumerate([0, 1, 1, 2, 2, 0], 1)], causes=2)
    assert incidence(small, {"one": small.events, "two": small.others})["two"][-1] == pytest.approx(0.4)


def test_competing_causes_with_late_entry_of_the_published_table() -> None:
    """R's multi-state table, of those who have not left their first state: 32nds at months 2, 3, 4, 5."""
    spells = [(0, 4, 1), (0, 5, 2), (2, 9, 3), (0, 2, 1), (1, 3, 2)]
    found = curve(spells, causes=3)
    counts = counted(spells, 3)
    exits = {name: counts[f"to_{code}"].to_numpy() for code, name in ((1, "a"), (2, "b"), (3, "c"))}
    shares = {name: values * 32 for name, values in incidence(found, exits).items()}
    for month, expected in {2: (24, 8, 0), 3: (18, 8, 6), 4: (12, 14, 6), 5: (6, 14, 12)}.items():
        there = [shares[name][month - 1] for name in ("stayed", "a", "b")]
        assert there == pytest.approx(expected), month
    assert shares["stayed"][8] == pytest.approx(0)
    assert sum(shares.values()) == pytest.approx(np.full(9, 32.0), abs=1e-12)


def test_the_published_leukaemia_trial() -> None:
    data = load_leukemia()
    arms = {
        rx: [
            (0, int(t), int(s))
            for t, s, r in zip(data["t"], data["status"], data["Rx"], strict=True)
            if r == rx
        ]
        for rx in (0, 1)
    }
    treated = survival(curve(arms[0]))
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    for month, value in published.items():
        assert round(at(treated, "survival")[month], 4) == value
    found = at(survival(curve(arms[1])), "survival")
    assert round(found[8], 3) == 0.381
    size = max(end for arm in arms.values() for _, end, _ in arm) + 1
    r, d = np.zeros((2, size)), np.zeros((2, size))
    for rx, spells in arms.items():
        for row in counted(spells).to_dicts():
            r[rx, row["month"]], d[rx, row["month"]] = row["at_risk"], row["to_1"]
    _, chi2, df = logrank(r, d)
    assert chi2 is not None
    assert (round(chi2, 3), df) == (16.793, 1)


def drawn(seed: int, n: int = 300) -> list[Spell]:
    """Random customers with late entry and many ties."""
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 12, n) * (rng.random(n) < 0.6)
    stay = rng.geometric(0.05, n)
    end = np.minimum(entry + stay, 30)
    return [
        (int(a), int(b), int(a + s <= 30 and u < 0.8))
        for a, b, s, u in zip(entry, end, stay, rng.random(n), strict=True)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_lifelines_on_raw_rows(seed: int) -> None:
    spells = drawn(seed)
    entry, end, event = (np.array(values, dtype=float) for values in zip(*spells, strict=True))
    entry = entry + 0.5  # at risk in the months after it
    kmf = KaplanMeierFitter().fit(end, event, entry=entry)
    naf = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(end, event, entry=entry)
    found = survival(curve(spells))
    assert found["month"].to_list() == list(range(1, 31))
    bounds = kmf.confidence_interval_
    for row in found.to_dicts():
        m = row["month"]
        assert row["survival"] == pytest.approx(kmf.predict(m), rel=1e-12)
        assert row["cumulative_hazard"] == pytest.approx(naf.predict(m), rel=1e-12)
        low, high = bounds.loc[:m].iloc[-1]
        assert [row["low"], row["high"]] == pytest.approx([low, high], rel=1e-9), m
    mean = restricted_mean(curve(spells), 24)
    assert mean is not None
    since = float(entry.min())  # lifelines' area begins there
    assert mean[0] == pytest.approx(since + restricted_mean_survival_time(kmf, t=24), rel=1e-12)
    expected = float(kmf.median_survival_time_)
    assert median(curve(spells)) == (None if np.isinf(expected) else expected)


@pytest.mark.parametrize("seed", range(3))
def test_log_rank_the_same_as_statsmodels_on_raw_rows(seed: int) -> None:
    groups = [drawn(10 * seed + g, 80 + 40 * g) for g in range(3)]
    r, d = np.zeros((4, 32)), np.zeros((4, 32))  # and a group of nobody
    for g, spells in enumerate(groups):
        for row in counted(spells).to_dicts():
            r[g, row["month"]], d[g, row["month"]] = row["at_risk"], row["to_1"]
    _, chi2, df = logrank(r, d)
    entry, end, event = (np.array(v, dtype=float) for v in zip(*[s for g in groups for s in g], strict=True))
    names = np.repeat(range(3), [len(g) for g in groups])
    # statsmodels counts who enters in a month as at risk in it: ask for the months after entry
    expected, _ = survdiff(end, event, names, entry=entry + 0.5)
    assert (chi2, df) == (pytest.approx(expected, rel=1e-9), 2)


def test_the_error_of_the_restricted_mean_is_that_of_resampling() -> None:
    spells = drawn(5, 1_000)
    rng, means = np.random.default_rng(1), []
    for _ in range(300):
        again = [spells[i] for i in rng.integers(0, len(spells), len(spells))]
        means.append((restricted_mean(curve(again), 24) or (np.nan, 0))[0])
    found = restricted_mean(curve(spells), 24)
    assert found is not None
    assert found[1] == pytest.approx(float(np.std(means)), rel=0.15)
    assert restricted_mean(curve(spells), 32) is None, "the curve ends before"


def test_late_entry_ignored_would_be_noticed() -> None:
    """A year's window on an old book: who left earlier is missing, so a curve from month 1 is wrong."""
    rng, hazard = np.random.default_rng(3), 0.02
    entry = rng.integers(0, 120, 30_000)
    stay = rng.geometric(hazard, entry.size)
    spells: list[Spell] = [
        (int(a), int(a + min(s, 12)), int(s <= 12)) for a, s in zip(entry, stay, strict=True)
    ]
    m = np.arange(1, 133)

    def table(starts: Any) -> pl.DataFrame:
        first, last, event = (np.array(values) for values in zip(*spells, strict=True))
        first = starts(first)
        r = [int(((first < month) & (last >= month)).sum()) for month in m]
        d = [int(((last == month) & (event == 1)).sum()) for month in m]
        counts = pl.DataFrame({"month": m, "at_risk": r, "to_1": d})
        found = curve_of(counts, "to_1", 30)
        assert found is not None
        return survival(found)

    right, naive = table(lambda first: first), table(lambda first: first * 0)
    for month in (12, 36, 60):
        [row] = right.filter(pl.col("month") == month).to_dicts()
        assert row["low"] < (1 - hazard) ** month < row["high"]
        assert at(naive, "survival")[month] > row["high"] + 0.1
