"""The public telephone data by configuration alone: the published retention curve."""

import csv
from pathlib import Path
from typing import Any

import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from tests.examples.bank import PUBLIC, Rows, built, rows_of

REAL = PUBLIC / "telco_churn"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public telephone data is not at {REAL}")
PUBLISHED = {12: 0.8432, 24: 0.7887, 36: 0.7485, 48: 0.7088, 60: 0.6644, 72: 0.5928}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Path:
    """The example beside the data, built."""
    return built("telco_churn", REAL, tmp_path_factory.mktemp("telco"), run)


@pytest.fixture(scope="module")
def rows(config: Path, run: Any) -> Rows:
    """The rows of a metric as JSON."""
    return rows_of(config, run)


@pytest.fixture(scope="module")
def customers() -> list[dict[str, str]]:
    with next(REAL.glob("*.csv")).open(encoding="utf-8", newline=None) as file:
        return list(csv.DictReader(file))


def test_the_published_curve(rows: Rows) -> None:
    found = {row["month"]: row for row in rows("churn.survival")}
    for month, share in PUBLISHED.items():
        assert round(found[month]["survival"], 4) == share
    assert sorted(found) == list(range(1, 73))
    assert found[1]["at_risk"] == 7_043 - 11, "tenure 0 has no month at risk yet"
    assert sum(row["events"] for row in found.values()) == 1_869
    assert [row["median_month"] for row in rows("churn.restricted_mean")] == [None], "not reached"


def test_the_same_as_lifelines_on_the_raw_file(rows: Rows, customers: list[dict[str, str]]) -> None:
    stayed = [int(row["tenure"]) for row in customers]
    left = [row["Churn"] == "Yes" for row in customers]
    kmf = KaplanMeierFitter().fit(stayed, left)
    bounds = kmf.confidence_interval_
    for row in rows("churn.survival"):
        assert row["survival"] == pytest.approx(kmf.predict(row["month"]), rel=1e-12)
        assert [row["low"], row["high"]] == pytest.approx(list(bounds.loc[row["month"]]), rel=1e-9)
    contracts = [row["Contract"] for row in customers]
    expected = multivariate_logrank_test(stayed, contracts, left)
    found = rows("churn.logrank", "--by", "contract")
    assert [row["contract"] for row in found] == sorted(set(contracts))
    assert (found[0]["chi2"], found[0]["df"]) == (pytest.approx(expected.test_statistic, rel=1e-9), 2)


def test_by_contract(rows: Rows, customers: list[dict[str, str]]) -> None:
    medians = {
        row["contract"]: row["median_month"] for row in rows("churn.restricted_mean", "--by", "contract")
    }
    assert medians == {"Month-to-month": 35, "One year": None, "Two year": None}
    parts = rows("churn.survival", "--by", "contract")
    for contract in medians:
        mine = [row for row in customers if row["Contract"] == contract and row["tenure"] != "0"]
        assert next(row["at_risk"] for row in parts if row["contract"] == contract) == len(mine)


def test_what_needs_a_calendar_says_so(config: Path, run: Any) -> None:
    answer = run("metric", "churn.rate", "--config", config)
    assert answer.code != 0
    assert "needs customer_months" in answer.err
    shares = run("metric", "churn.incidence", "--config", config, "--format", "json").rows
    assert {row["cause"] for row in shares} == {"closed", "stayed"}
