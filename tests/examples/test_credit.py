"""The public credit card data by configuration alone: published figures of the limits, and of the bills."""

import csv
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.examples.bank import PUBLIC, Rows, built, rows_of
from tests.metrics.value.force import exact_gini, exact_top

REAL = PUBLIC / "credit_default"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason=f"the public credit card data is not at {REAL}")
SEPTEMBER = ("--month", "2005-09")
EDGES = {"low": (None, 50_000), "mid": (50_000, 200_000), "upper": (200_000, 500_000), "top": (500_000, None)}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Path:
    """The example beside the data, built."""
    return built("credit_default", REAL, tmp_path_factory.mktemp("credit"), run)


@pytest.fixture(scope="module")
def rows(config: Path, run: Any) -> Rows:
    """The rows of a metric as JSON."""
    return rows_of(config, run, *SEPTEMBER)


@pytest.fixture(scope="module")
def customers() -> list[dict[str, str]]:
    with (REAL / "UCI_Credit_Card.csv").open(encoding="utf-8", newline=None) as file:
        return list(csv.DictReader(file))


def test_every_customer_is_there_in_every_month(config: Path, run: Any) -> None:
    answer = run("check", "--config", config, "--format", "json", "--today", "2026-11-20")
    assert answer.code == 0
    found = {row["table"]: row for row in answer.rows}["customer_months"]
    assert (found["loaded"], found["quarantined"], found["duplicate"]) == (180_000, 0, 0)


def test_the_limits(rows: Rows, customers: list[dict[str, str]]) -> None:
    """The published figures: mean 167,484.32, Gini .4232569, top fifth .4511522, median 140,000."""
    [row] = rows("value.concentration", "--set", "measure=contribution")
    limits = [float(customer["LIMIT_BAL"]) for customer in customers]
    assert row["customers"] == 30_000
    assert round(row["mean"], 2) == 167_484.32
    assert row["total"] == sum(limits)
    for name, published, exact in (
        ("gini", 0.4232569, exact_gini(limits)),
        ("top20_share", 0.4511522, exact_top(limits, 6_000) / sum(limits)),
        ("median", 140_000, median(limits)),
    ):
        assert exact == pytest.approx(published, abs=5e-8)
        assert row[f"{name}_low"] <= exact <= row[f"{name}_high"], name
    assert row["gini_high"] - row["gini_low"] < 0.005
    assert row["top20_share_high"] - row["top20_share_low"] < 0.005
    assert abs(row["median"] / 140_000 - 1) < 0.075  # half a bin of 16 a decade


def test_the_bills(rows: Rows, customers: list[dict[str, str]]) -> None:
    """590 are negative: they count as nothing held in the Gini, and in full in the sums."""
    bills = [float(customer["BILL_AMT1"]) for customer in customers]
    assert sum(bill < 0 for bill in bills) == 590
    [row] = rows("value.concentration")
    shared = [max(bill, 0) for bill in bills]
    assert row["gini_low"] <= exact_gini(shared) <= row["gini_high"]
    assert row["top20_share_low"] <= exact_top(shared, 6_000) / sum(shared) <= row["top20_share_high"]
    assert row["total"] == sum(bills)
    tiers = {found["tier"]: found for found in rows("value.tiers")}
    for key, (low, high) in EDGES.items():
        inside = [b for b in bills if (low is None or b >= low) and (high is None or b < high)]
        assert (tiers[key]["customers"], tiers[key]["aum"]) == (len(inside), sum(inside)), key


def test_what_needs_more_than_is_delivered_says_so(config: Path, run: Any) -> None:
    answer = run("metric", "value.quadrants", "--config", config, *SEPTEMBER)
    assert answer.code != 0
    assert "products" in answer.err


def test_from_august_to_september(rows: Rows) -> None:
    """The published cells of the matrix, by the tiers of the bills; nobody came, left or moved."""
    found = {(row["from_tier"], row["to_tier"]): row["customers"] for row in rows("migration.matrix")}
    low, mid, upper, top = EDGES
    assert {to: found[low, to] for to in (low, mid, upper)} == {low: 19_925, mid: 827, upper: 44}
    assert (found[mid, mid], found[mid, low]) == (7_076, 549)
    assert found[top, top] == 32
    assert sum(n for (then, now), n in found.items() if then == top and now != top) == 5
    assert sum(found.values()) == 30_000
