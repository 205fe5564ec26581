"""Published tables of survival analysis, by the project's own counts: 686 women of the German breast cancer
study group (GBSG2), and the transitions of R's survival package between three states.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from lifelines import CoxPHFitter
from lifelines.datasets import load_gbsg2

from metrics.book import subject as book
from metrics.churn.checks import PRECISION, concordance
from metrics.churn.marts import COVARIATES, build_steps
from metrics.churn.model import transitions
from metrics.statistics.life_table import median
from tests.metrics.asking import by_hand
from tests.metrics.churn.test_model import breslow, by_score, weeks_of
from tests.metrics.churn.test_spells import inputs_of
from tests.metrics.small_bank import month_end
from tests.metrics.statistics.test_life_table import curve

PUBLISHED = {
    "hormone": -0.346278,
    "age": -0.009459,
    "postmenopausal": 0.258445,
    "size": 0.007796,
    "grade_2": 0.636112,
    "grade_3": 0.779654,
    "nodes": 0.048789,
    "progesterone": -0.002217,
    "oestrogen": 0.000197,
}


@pytest.fixture(scope="module")
def women() -> pl.DataFrame:
    rows: pl.DataFrame = pl.from_pandas(load_gbsg2())
    assert rows.height == 686
    return rows.select(
        hormone=(pl.col("horTh") == "yes").cast(pl.Int64),
        age="age",
        postmenopausal=(pl.col("menostat") == "Post").cast(pl.Int64),
        size="tsize",
        grade_2=(pl.col("tgrade") == "II").cast(pl.Int64),
        grade_3=(pl.col("tgrade") == "III").cast(pl.Int64),
        nodes="pnodes",
        progesterone="progrec",
        oestrogen="estrec",
        time="time",
        event="cens",
    )


@pytest.fixture(scope="module")
def cox(women: pl.DataFrame) -> CoxPHFitter:
    """The second opinion's fitter, set as in `metrics.churn.checks.cox`; that takes levels of drivers only,
    so here it stands on the women themselves."""
    return CoxPHFitter().fit(women.to_pandas(), "time", "event", fit_options={"precision": PRECISION})


def test_cox_as_published(cox: CoxPHFitter) -> None:
    assert dict(cox.params_) == pytest.approx(PUBLISHED, abs=6e-7)
    assert cox.log_likelihood_ == pytest.approx(-1735.7321, abs=5e-5)


def test_harrells_c_from_counts_as_published(women: pl.DataFrame, cox: CoxPHFitter) -> None:
    score: pd.Series[float] = cox.predict_log_partial_hazard(women.to_pandas())
    rows = women.select("time", "event").with_columns(score=pl.Series(score.to_numpy()).round(9))
    assert concordance(by_score(rows)) == pytest.approx(0.69185, abs=5e-6)


@pytest.mark.parametrize(("hormone", "days"), [(0, 1528), (1, 2018)])
def test_median_survival_from_counts_as_published(women: pl.DataFrame, hormone: int, days: int) -> None:
    some = women.filter(hormone=hormone).select("time", "event")
    assert median(curve([(0, time, event) for time, event in some.iter_rows()])) == days


def test_poisson_by_quarter_is_cox_breslow(women: pl.DataFrame) -> None:
    """All nine covariates with heavy ties: days told as quarters, so that events share their time."""
    names = list(PUBLISHED)
    rows = women.with_columns(last=(pl.col("time") + 90) // 91, start=pl.lit(0), e="event")
    found = np.array(breslow(weeks_of(rows), names))
    x = rows.select(names).to_numpy().astype(float)
    cox = sm.PHReg(rows["last"].to_numpy(), x, rows["e"].to_numpy(), ties="breslow")
    step = np.linalg.solve(cox.hessian(found), cox.score(found))
    assert np.abs(step).max() < 1e-9, "Newton's next step of Cox from the Poisson answer"
    assert found == pytest.approx(cox.fit().params, abs=1e-7)


# R's tests/mstate.R: who was under observation from when to when, and the state at the end of it; a start
# after another's beginning is a late entry, without a state at the end it ends as it was (censored)
SPELLS = {
    1: [(0, 4, "a"), (4, 9, "b"), (9, 10, "a")],
    2: [(0, 5, "b")],
    3: [(2, 9, "c")],
    4: [(0, 2, "a"), (2, 8, "c"), (8, 9, "")],
    5: [(1, 3, "b"), (3, 11, "")],
}
STATES = ("entry", "a", "b", "c")
BALANCES = dict(zip(STATES, (10_000, 100_000, 300_000, 1_000_000), strict=True))  # one tier each
THIRTY_SECONDS = {  # of all at the beginning, in entry, a, b and c; between these months nothing changes
    2: (24, 8, 0, 0),
    3: (18, 8, 6, 0),
    4: (12, 14, 6, 0),
    5: (6, 14, 12, 0),
    8: (6, 7, 12, 7),
    9: (0, 0, 19, 13),
    10: (0, 9.5, 9.5, 13),
    11: (0, 9.5, 9.5, 13),
}


def test_transitions_with_late_entry_and_exit_as_published(tmp_path: Path) -> None:
    """From a delivered bank through who is at risk, each month's steps and its transitions."""
    lines = ["month,customer_id,institution_id,aum_avg"]
    for who, spells in SPELLS.items():
        state, at = "entry", spells[0][0]
        lines.append(f"{month_end(at)},{who},head_office,{BALANCES[state]}")
        for _, end, after in spells:
            lines += [f"{month_end(m)},{who},head_office,{BALANCES[state]}" for m in range(at + 1, end)]
            state, at = after or state, end
            lines.append(f"{month_end(at)},{who},head_office,{BALANCES[state]}")
    people = "\n".join(["customer_id", *map(str, SPELLS)])
    store = by_hand(tmp_path, [book.SUBJECT], {"customers": people, "customer_months": "\n".join(lines)})
    inputs = inputs_of(store)
    codes = [store.codes["tier"].index(tier) for tier in ("mass", "emerging", "middle", "affluent")]
    cells = pl.DataFrame({"tier": codes, "products": [0] * 4, "activity": [0] * 4})
    share = np.array([32.0, 0, 0, 0])
    for month in range(1, 12):
        until = {day: rows for day, rows in inputs.months.items() if day <= month_end(month)}
        now = replace(inputs, months=until, tables=inputs.tables | {"now": until[month_end(month)]})
        steps = build_steps(now).collect().to_native()
        assert set(COVARIATES) < set(steps.columns)
        share = share @ transitions(steps.filter(definition=0), cells)
        known = max((at for at in THIRTY_SECONDS if at <= month), default=None)
        expected = (32, 0, 0, 0) if known is None else THIRTY_SECONDS[known]
        assert share.tolist() == pytest.approx(list(expected), abs=1e-12), month
