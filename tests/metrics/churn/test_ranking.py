"""Left against foretold by institution, and the parts of an interval: by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from data_access.policy import Policy
from data_access.subject import Ask, Period
from metrics.churn.forecast import half_width
from metrics.churn.record import ranking, ratio_bounds

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
APRIL, JANUARY = date(2026, 4, 30), date(2026, 1, 31)


def test_limits_are_three_standard_deviations_of_chance_and_shocks() -> None:
    shocks = {"phi": 0.06, "df": 20.0}
    models = [
        {"origin": str(day), "role": role}
        for day, role in ((OCTOBER.last, "newest"), (APRIL, "past"), (JANUARY, "past"))
    ]
    learned = {"Churn": {"of": {"closed": {"models": models, "shocks": shocks}}}}
    # the variance is 95 of chance and 0.06 / 6 × 100² = 100 of shocks: three deviations are 41.9
    rows = [
        (0, APRIL, 142, 100.0, 95.0),  # 42 more
        (1, APRIL, 141, 100.0, 95.0),  # 41 more: within
        (2, APRIL, 58, 100.0, 95.0),  # 42 fewer
        (3, APRIL, 20, 4.9, 4.8),  # fewer than five foretold
        (4, JANUARY, 300, 100.0, 95.0),  # an older forecast: not told
    ]
    frame = pl.DataFrame(rows, schema=["group", "month", "observed", "expected", "v0"], orient="row")
    frame = frame.with_columns(horizon=pl.lit(6), definition=pl.lit(0), customers=pl.lit(1000))
    groups = pl.DataFrame({"group": range(5)})
    asked = {"definition": "closed", "horizon": "6"}
    told = ranking(
        {"churn_forecast": frame},
        Ask(
            period=OCTOBER,
            groups=groups,
            policy=Policy(),
            parameters=asked,
            models=learned,
            minor_units=100,
            as_of=OCTOBER.last,
            codes={},
        ),
    )
    assert told["outside"].to_list() == ["above", None, "below", "few", "few"]
    assert told["limit"].to_list()[:3] == pytest.approx([3 * 195**0.5] * 3)
    assert told["ratio"].to_list() == [1.42, 1.41, 0.58, pytest.approx(20 / 4.9), None]
    assert set(told["since"]) == {APRIL}


def test_ratio_and_who_is_outside() -> None:
    low, high = ratio_bounds(pl.Series([0, 10]), pl.Series([2.0, 0.0]))
    assert low.to_list() == [0.0, None] and high[0] == pytest.approx(3.688879454 / 2), "exact: −ln(0.025) / 2"
    origin = date(2026, 4, 30)
    forecast = pl.DataFrame(
        [
            # group, observed, expected, variance
            (0, 16, 10.0, 9.0),  # 6 more than expected: two standard deviations of chance
            (1, 30, 10.0, 9.0),  # far more
            (2, 0, 10.0, 9.0),  # far fewer
            (3, 3, 4.0, 3.0),  # too few to be judged
        ],
        schema=["group", "observed", "expected", "v0"],
        orient="row",
    )
    where = {"customers": 100, "definition": 0}
    forecast = forecast.with_columns(**where, month=pl.lit(origin), horizon=pl.lit(6, pl.Int16))
    models = [{"origin": "2026-10-31", "role": "newest"}, {"origin": str(origin), "role": "past"}]
    told = {"models": models, "shocks": {"phi": 0.0, "df": 20.0}}
    ask = Ask(
        period=Period(date(2026, 10, 1), date(2026, 10, 31)),
        groups=pl.DataFrame({"group": [0, 1, 2, 3]}),
        policy=Policy(),
        parameters={"definition": "closed", "horizon": "6"},
        models={"Churn": {"of": {"closed": told}}},
        minor_units=100,
        as_of=date(2026, 10, 31),
        codes={},
    )
    rows = ranking({"churn_forecast": forecast}, ask)
    assert rows["outside"].to_list() == [None, "above", "below", "few"]
    assert rows["ratio"].to_list() == pytest.approx([1.6, 3.0, 0.0, 0.75])
    shaken = told | {"shocks": {"phi": 3.0, "df": 20.0}}  # months differ so much that nobody stands out
    ask = Ask(
        period=ask.period,
        groups=ask.groups,
        policy=ask.policy,
        parameters=ask.parameters,
        models={"Churn": {"of": {"closed": shaken}}},
        minor_units=100,
        as_of=ask.as_of,
        codes={},
    )
    assert ranking({"churn_forecast": forecast}, ask)["outside"].to_list() == [None, None, None, "few"]


def test_each_part_of_an_interval() -> None:
    sums = {"expected": 50.0, "balance_at_risk": 500.0, "v0": 40.0, "vb": 9_000.0, "e2": 100.0}
    nothing = {"phi": 0.0, "df": 1e9}
    plain = {"cov": np.zeros((1, 1)), "common": nothing, "frailty": 0.0}
    slope = np.array([3.0])
    z = 1.2815515655446004
    assert half_width(sums, slope, "g", **plain) == pytest.approx(z * 40**0.5, rel=1e-6)
    assert half_width(sums, slope, "b", **plain) == pytest.approx(z * 9_000**0.5, rel=1e-6)
    doubt = plain | {"cov": np.array([[2.0]])}
    assert half_width(sums, slope, "g", **doubt) == pytest.approx(z * (40 + 18) ** 0.5, rel=1e-6)
    shaken = plain | {"common": {"phi": 0.01, "df": 1e9}}
    assert half_width(sums, slope, "g", **shaken) == pytest.approx(z * (40 + 0.01 * 2_500) ** 0.5, rel=1e-6)
    frail = plain | {"frailty": 0.5}
    assert half_width(sums, slope, "g", **frail) == pytest.approx(z * (40 + 50) ** 0.5, rel=1e-6)
    assert half_width(sums, slope, "b", **frail) == pytest.approx(z * (9_000 + 50 * 100) ** 0.5, rel=1e-6)
    few = plain | {"common": {"phi": 0.0, "df": 18.0}}  # Student's t
    assert half_width(sums, slope, "g", **few) == pytest.approx(1.330390944 * 40**0.5, rel=1e-6)
