"""The public survey answers by configuration alone: the published figures, in total and by market."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.examples.bank import PUBLIC, Rows, built, rows_of

REAL = PUBLIC / "nps_markets"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public survey data is not at {REAL}")

MARKETS = {"US": 9.93, "UK": 8.49, "MEX": 17.10}  # the published scores


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Path:
    """The example beside the data, built."""
    return built("nps_markets", REAL, tmp_path_factory.mktemp("nps"), run)


@pytest.fixture(scope="module")
def rows(config: Path, run: Any) -> Rows:
    """The rows of a metric as JSON."""
    return rows_of(config, run, "--set", "survey=relationship")


@pytest.fixture(scope="module")
def answers() -> list[dict[str, str]]:
    with (REAL / "NPS_timeseries_data.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def counted(answers: list[dict[str, str]]) -> dict[str, int]:
    scores = [int(answer["NPS"]) for answer in answers]
    promoters, detractors = sum(s >= 9 for s in scores), sum(s <= 6 for s in scores)
    return {
        "n": len(scores),
        "promoters": promoters,
        "detractors": detractors,
        "passives": len(scores) - promoters - detractors,
    }


def test_every_answer_is_loaded(config: Path, run: Any) -> None:
    answer = run("check", "--config", config, "--format", "json", "--today", "2026-11-20")
    assert answer.code == 0
    found = {row["table"]: row for row in answer.rows}
    assert (found["surveys"]["loaded"], found["institutions"]["loaded"]) == (5_000, 4)
    assert not any(row["quarantined"] or row["duplicate"] for row in found.values())


def test_the_company(rows: Rows, answers: list[dict[str, str]]) -> None:
    [row] = rows("satisfaction.nps", "--month", "2021")
    assert (row["promoters"], row["passives"], row["detractors"]) == (2_309, 972, 1_719)
    assert round(row["nps"], 4) == 11.8
    assert counted(answers).items() <= row.items()
    assert row["response_rate"] is row["invited"] is None  # there are answers only


def test_the_markets(rows: Rows, answers: list[dict[str, str]]) -> None:
    found = {row["name"]: row for row in rows("satisfaction.nps", "--month", "2021", "--by", "children")}
    assert found.keys() == MARKETS.keys()
    for market, score in MARKETS.items():
        assert round(found[market]["nps"], 2) == score
        assert counted([a for a in answers if a["Market"] == market]).items() <= found[market].items()


@pytest.mark.parametrize("month", [1, 7, 12])
def test_a_month_is_read_day_first(month: int, rows: Rows, answers: list[dict[str, str]]) -> None:
    [row] = rows("satisfaction.nps", "--month", f"2021-{month:02}", "--institution", "Company/UK")
    own = [a for a in answers if a["Market"] == "UK" and int(a["Survey date"].split("/")[1]) == month]
    assert counted(own).items() <= row.items()


def test_scores_and_what_is_not_delivered(rows: Rows, answers: list[dict[str, str]]) -> None:
    found = {row["score"]: row["answers"] for row in rows("satisfaction.scores", "--month", "2021")}
    assert found == {str(s): sum(int(a["NPS"]) == s for a in answers) for s in range(11)}
    [index] = rows("satisfaction.index", "--month", "2021")
    assert (index["index"], index["left_out"]) == (pytest.approx(55.9), "csat,effort,complaints")
    [weighted] = rows("satisfaction.weighted", "--month", "2021")
    assert weighted["nps_weighted"] is None
