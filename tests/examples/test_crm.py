"""The public CRM data by configuration alone: every figure against a plain count of the CSV files."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.examples.bank import PUBLIC, Rows, built, rows_of

REAL = PUBLIC / "maven_crm"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public CRM data is not at {REAL}")

REGIONS = {  # deals, won, lost, won amount: the published figures
    "Central": (3_512, 1_629, 975, 3_346_293),
    "East": (2_291, 1_171, 687, 3_090_594),
    "West": (2_997, 1_438, 811, 3_568_647),
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Path:
    """The example beside the data, built."""
    return built("crm_opportunities", REAL, tmp_path_factory.mktemp("crm"), run)


@pytest.fixture(scope="module")
def deals() -> list[dict[str, str]]:
    """Every deal with its manager and region."""
    with (REAL / "sales_teams.csv").open(encoding="utf-8") as file:
        teams = {row["sales_agent"]: row for row in csv.DictReader(file)}
    with (REAL / "sales_pipeline.csv").open(encoding="utf-8") as file:
        return [row | teams[row["sales_agent"]] for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def rows(config: Path, run: Any) -> Rows:
    """The rows of a metric as JSON."""
    return rows_of(config, run)


def counted(deals: list[dict[str, str]]) -> dict[str, Any]:
    """The figures of some deals, counted plainly."""
    won = [deal for deal in deals if deal["deal_stage"] == "Won"]
    lost = [deal for deal in deals if deal["deal_stage"] == "Lost"]
    days = [
        (date.fromisoformat(deal["close_date"]) - date.fromisoformat(deal["engage_date"])).days
        for deal in won
    ]
    return {
        "won": len(won),
        "lost": len(lost),
        "lapsed": 0,
        "open": len(deals) - len(won) - len(lost),
        "won_amount": sum(float(deal["close_value"]) for deal in won),
        "won_days_median": median(days) if days else None,
    }


def test_every_row_is_loaded(config: Path, run: Any) -> None:
    answer = run("check", "--config", config, "--format", "json", "--today", "2026-11-20")
    assert answer.code == 0
    found = {row["table"]: row for row in answer.rows}
    assert found["opportunities"]["loaded"] == 8_800
    assert found["stage_events"]["loaded"] == 8_300 + 4_238
    assert not any(row["quarantined"] or row["duplicate"] for row in found.values())


def test_the_company(rows: Rows, deals: list[dict[str, str]]) -> None:
    [row] = rows("funnel.outcomes")
    assert (row["won"], row["lost"], row["won_amount"]) == (4_238, 2_473, 10_005_534)
    assert row["open"] == 1_589 + 500
    assert (row["cycle_days_median"], row["won_days_median"]) == (69, 57)
    assert round(row["win_rate"], 4) == 0.6315
    assert row["average_deal"] == pytest.approx(10_005_534 / 4_238, abs=0.5)  # whole dollars are delivered
    assert row["open_amount"] is None  # no expected amount is delivered
    assert counted(deals).items() <= row.items()


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_by_its_name(region: str, rows: Rows, deals: list[dict[str, str]]) -> None:
    [row] = rows("funnel.outcomes", "--institution", region)
    n, won, lost, amount = REGIONS[region]
    assert (row["won"], row["lost"], row["won_amount"]) == (won, lost, amount)
    assert row["won"] + row["lost"] + row["open"] == n
    assert counted([deal for deal in deals if deal["regional_office"] == region]).items() <= row.items()
    assert rows("funnel.outcomes", "--institution", f"Company/{region}") == [row]


@pytest.mark.parametrize(("level", "column"), [("manager", "manager"), ("agent", "sales_agent")])
def test_each_manager_and_agent(level: str, column: str, rows: Rows, deals: list[dict[str, str]]) -> None:
    theirs = defaultdict(list)
    for deal in deals:
        theirs[deal[column]].append(deal)
    found = {row["name"]: row for row in rows("funnel.outcomes", "--by", f"level:{level}")}
    assert len(found) == {"manager": 6, "agent": 35}[level]  # five agents own nothing and stand there with 0
    for name, row in found.items():
        assert counted(theirs[name]).items() <= row.items(), name
        if level == "manager":
            [alone] = rows("funnel.outcomes", "--institution", name)
            assert alone.items() <= row.items()


def test_children_add_up_to_the_company(rows: Rows) -> None:
    [company] = rows("funnel.outcomes")
    children = rows("funnel.outcomes", "--by", "children")
    assert {row["name"] for row in children} == set(REGIONS)
    for name in ("won", "lost", "open", "won_amount"):
        assert sum(row[name] for row in children) == company[name]


def test_stages(rows: Rows) -> None:
    """Prospecting carries no date: its 500 deals are open, and in no cohort."""
    found = {row["stage"]: row for row in rows("funnel.stages")}
    assert list(found) == ["Prospecting", "Engaging", "Won"]
    prospecting, engaging, won = found.values()
    assert (prospecting["open_count"], engaging["open_count"], won["open_count"]) == (500, 1_589, 0)
    cohort = ("entered", "reached_next", "conversion", "low", "high", "median_days")
    assert [prospecting[name] for name in cohort] == [None] * 6
    assert (engaging["entered"], engaging["reached_next"], won["entered"]) == (8_300, 4_238, 4_238)
    assert engaging["conversion"] == 4_238 / 8_300
    assert engaging["low"] < engaging["conversion"] < engaging["high"]
    assert all(row["open_amount"] is None for row in found.values())


def test_a_product_is_repaired_by_its_value_mapping(rows: Rows, deals: list[dict[str, str]]) -> None:
    found = {row["product"]: row for row in rows("funnel.outcomes", "--by", "product")}
    assert "GTXPro" not in found
    pro = [deal for deal in deals if deal["product"] == "GTXPro"]
    assert len(pro) == 1_480
    assert counted(pro).items() <= found["GTX Pro"].items()


def test_a_stretch_of_days(rows: Rows, deals: list[dict[str, str]]) -> None:
    """Decided in the period, open at its end."""
    [row] = rows("funnel.outcomes", "--from", "2017-03-10", "--to", "2017-05-20")
    inside = [deal for deal in deals if "2017-03-10" <= deal["close_date"] <= "2017-05-20"]
    assert row["won"] == counted(inside)["won"]
    assert row["lost"] == counted(inside)["lost"]
    begun = [deal for deal in deals if not deal["engage_date"] or deal["engage_date"] <= "2017-05-20"]
    still = [deal for deal in begun if not deal["close_date"] or deal["close_date"] > "2017-05-20"]
    assert row["open"] == len(still)


def test_a_metric_without_its_table(config: Path, run: Any) -> None:
    answer = run("metric", "book.summary", "--config", config)
    assert answer.code == 1
    assert "customer_months" in answer.err
