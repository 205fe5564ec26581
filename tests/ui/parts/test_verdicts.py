"""No word of judgement without a test: every measure of every metric, where nothing changed."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
import pytest

from data_access import periods
from data_access.subject import Measure
from data_access.view.view import View
from metrics import METRICS
from metrics.statistics.intervals import newcombe
from tests.ui.conftest import Look
from ui.parts.model import Verdict
from ui.parts.verdicts import USUAL, by_months, verdict

SEED, DRAWS, MOST = 1129, 1000, 0.06
JUDGED = (Verdict.BETTER, Verdict.WORSE)
MONTHS = [one.last for one in periods.last_months(periods.parse("2026-10"), 13 + USUAL)]
Drawn = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def kinds() -> dict[tuple[object, ...], Measure]:
    """One measure of each kind; those of a kind are judged alike."""
    found = {}
    for metric in METRICS.values():
        for measure in metric.columns:
            if measure.unit != "text" and not metric.latest:
                of = (
                    measure.judged,
                    measure.flow,
                    measure.unit,
                    measure.net,
                    measure.good,
                    bool(measure.cases),
                )
                found.setdefault(of, measure)
    return found


SHARES = [one for one in kinds().values() if one.judged == "cases" and one.part]
OTHERS = [one for one in kinds().values() if one not in SHARES]


def of_interval(rng: np.random.Generator, measure: Measure) -> Drawn:
    def one() -> pl.DataFrame:
        value, error = rng.normal(30, 5), 5.0
        ends = dict(zip(measure.interval or (), (value - 1.96 * error, value + 1.96 * error), strict=False))
        cases = dict.fromkeys(measure.cases, 300)
        return pl.DataFrame(
            {measure.name: [value], **ends, **cases, **({measure.error: error} if measure.error else {})}
        )

    return one(), one(), pl.DataFrame()


def of_months(rng: np.random.Generator, measure: Measure) -> Drawn:
    """Sums of a few deals, nets, events, or a stock that walks; this month, a year before, and all months."""
    n = len(MONTHS)
    if measure.judged == "cases":
        values = rng.poisson([9.0 * day.day for day in MONTHS]).tolist()
    elif measure.net:
        values = (rng.poisson(40, n) - rng.poisson(40, n)).tolist()
    elif measure.flow:
        values = [int(1e6 * rng.lognormal(0, 1, rng.poisson(5)).sum()) for _ in range(n)]
    else:
        values = (10**6 + np.cumsum(rng.normal(0, 1000, n))).round().astype(int).tolist()
    months = pl.DataFrame({"month": MONTHS, measure.name: values})
    return *(pl.DataFrame({measure.name: [values[at]]}) for at in (-1, -13)), months


def draws(measure: Measure, rng: np.random.Generator) -> Iterator[Drawn]:
    for _ in range(DRAWS):
        yield (of_months if by_months(measure) else of_interval)(rng, measure)


def shares(measure: Measure, rng: np.random.Generator, times: int) -> list[pl.DataFrame]:
    """Shares of as many cases as it rests on, twice, and nothing changed in between."""
    frames = []
    for _ in range(2):
        n = {name: rng.integers(40, 400, times) for name in measure.cases}
        part = rng.binomial(sum(n.values()), 0.3)
        if measure.part in n:  # won, of won and lost
            n = dict(zip(measure.cases, (part, sum(n.values()) - part), strict=True))
        assert measure.part
        frame = pl.DataFrame({**n, measure.part: part})
        frames.append(frame.with_columns(pl.lit(0.3 + len(frames)).alias(measure.name)))
    return frames


@pytest.mark.parametrize("measure", SHARES, ids=lambda one: one.name)
def test_shares_are_judged_by_their_cases(look: Look, measure: Measure) -> None:
    assert measure.part
    view, frames = look(0), shares(measure, np.random.default_rng(SEED), 50_000)
    n = [frame.select(pl.sum_horizontal(measure.cases)).to_series() for frame in frames]
    parts = [frame[measure.part] for frame in frames]
    both = pl.DataFrame({"x": parts[0], "n": n[0], "y": parts[1], "m": n[1]})
    apart = both.select(newcombe(*map(pl.col, "xnym"))).to_series()
    assert apart.mean() <= MOST
    for at in [0, 1, 2, *apart.arg_true().to_list()[:3]]:
        said = verdict(view, measure, *(frame[at] for frame in frames), pl.DataFrame())
        judged = (Verdict.BETTER if measure.good < 0 else Verdict.WORSE) if measure.good else Verdict.NONE
        assert said is (judged if apart[at] else Verdict.NOT_SIGNIFICANT)


@pytest.mark.parametrize(
    "measure",
    OTHERS,
    ids=lambda one: f"{one.name} {one.unit} {one.judged}",
)
def test_where_nothing_changed_few_are_judged(look: Look, measure: Measure) -> None:
    rng, view = np.random.default_rng(SEED), look(0, compare=periods.LAST_YEAR)
    if not measure.judged:
        frames = [
            pl.DataFrame({measure.name: [value], **dict.fromkeys(measure.cases, 99)}) for value in (1.0, 9.0)
        ]
        assert verdict(view, measure, *frames, pl.DataFrame()) is Verdict.NONE
        return
    found = [verdict(view, measure, *frames) for frames in draws(measure, rng)]
    assert np.mean([one in JUDGED for one in found]) <= MOST
    assert not measure.good or any(one in JUDGED for one in found), "a test that never speaks tests nothing"
    assert measure.good or Verdict.BETTER not in found


def _stock(view: View, now: float, before: float, months: list[float]) -> Verdict:
    measure = Measure(name="x", label="x", unit="money", good=1)
    frames = [pl.DataFrame({"x": [value]}) for value in (now, before)]
    history = pl.DataFrame({"month": MONTHS[-len(months) :], "x": months})
    return verdict(view, measure, *frames, history)


def test_a_stock_is_judged_by_its_own_steps(look: Look) -> None:
    view = look(0, compare=periods.MONTH_END)
    wild = [1000.0 + 100 * (-1) ** n for n in range(24)]
    assert _stock(view, 1050, wild[-1], [*wild, 1050]) is Verdict.NOT_SIGNIFICANT
    calm = [1000.0 + (-1) ** n for n in range(24)]
    assert _stock(view, 1050, calm[-1], [*calm, 1050]) is Verdict.BETTER
    assert _stock(view, 900, calm[-1], [*calm, 900]) is Verdict.WORSE
    assert _stock(view, 900, 1000, [1000, 900]) is Verdict.NONE, "two months say nothing of what is usual"
    week = look(0, period="2026-W43", compare=periods.WEEK)
    assert _stock(week, 1050, 1000, [*calm, 1050]) is Verdict.NONE


def test_a_shorter_month_is_no_worse_month(look: Look) -> None:
    """28 days against 31 at the same pace; the word follows the pace, not the sum."""
    measure = Measure(name="n", label="n", unit="customers", flow=True, good=1)
    view = look(0, period="2026-02", compare=periods.PREVIOUS)
    sums = [pl.DataFrame({"n": [value]}) for value in (2800, 3100)]
    assert verdict(view, measure, *sums, pl.DataFrame()) is Verdict.NOT_SIGNIFICANT
    sums = [pl.DataFrame({"n": [value]}) for value in (3090, 3100)]
    assert verdict(view, measure, *sums, pl.DataFrame()) is Verdict.BETTER, "fewer, but more a day"


def test_events_that_scatter_more_than_chance_are_judged_by_their_scatter(look: Look) -> None:
    measure = Measure(name="n", label="n", unit="customers", flow=True, good=1)
    view = look(0, compare=periods.PREVIOUS)
    waves = [float(100 * day.day + (900 if number % 2 else -900)) for number, day in enumerate(MONTHS)]
    frames = [pl.DataFrame({"n": [int(value)]}) for value in (waves[-1], waves[-2])]
    assert verdict(view, measure, *frames, pl.DataFrame()) in JUDGED
    months = pl.DataFrame({"month": MONTHS, "n": waves})
    assert verdict(view, measure, *frames, months) is Verdict.NOT_SIGNIFICANT


def test_the_months_end_with_the_period(look: Look) -> None:
    assert MONTHS[-1] == date(2026, 10, 31) == look(0).period.last
