"""Left against foretold by institution: who is beyond the limits of chance, by hand."""

from datetime import date

import polars as pl
import pytest

from data_access.policy import Policy
from data_access.subject import Ask, Period
from metrics.churn_record import ranking

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
APRIL, JANUARY = date(2026, 4, 30), date(2026, 1, 31)


def test_limits_are_three_standard_deviations_of_chance_and_shocks() -> None:
    shocks = {"phi": 0.06, "df": 20.0}
    models = [{"origin": str(day), "role": role} for day, role in
              ((OCTOBER.last, "newest"), (APRIL, "past"), (JANUARY, "past"))]  # fmt: skip
    constants = {"churn": {"closed": {"models": models, "shocks": shocks}}}
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
        {"churn_forecast": frame}, Ask(OCTOBER, groups, Policy(), asked, constants, OCTOBER.last, {})
    )
    assert told["outside"].to_list() == ["above", None, "below", "few", "few"]
    assert told["limit"].to_list()[:3] == pytest.approx([3 * 195**0.5] * 3)
    assert told["ratio"].to_list() == [1.42, 1.41, 0.58, pytest.approx(20 / 4.9), None]
    assert set(told["since"]) == {APRIL}
