"""The book by hand: one customer per edge."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.codes.banding import bin_edges
from data_access.subject import Period
from data_access.windows import month_end_before, stock_month
from metrics.book.summary import _median

# 0 ─ A ─ A1, A2      0 ─ B
INSTITUTIONS = (
    "institution_id,parent_id,level\n0,,head_office\nA,0,branch_1\nB,0,branch_1\nA1,A,outlet\nA2,A,outlet\n"
)
# January → February
BOOK = """customer_id,month,institution_id,aum,own_transactions
stays,2026-01,A1,100,1
stays,2026-02,A1,150,0
sibling,2026-01,A1,10,1
sibling,2026-02,A2,10,1
far,2026-01,A2,20,1
far,2026-02,B,30,1
up,2026-01,A2,5,
up,2026-02,0,5,2
joins,2026-02,B,-7,1
leaves,2026-01,B,1,1
back,2026-01,A1,2,1
back,2026-03,A1,2,1
nothing,2026-02,A1,,1
"""
CONFIG = """
[tables.institutions]
csv = "institutions.csv"
[tables.customer_months]
csv = "book.csv"
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, run: Any) -> Any:
    folder: Path = tmp_path_factory.mktemp("book")
    (folder / "institutions.csv").write_text(INSTITUTIONS, encoding="utf-8")
    (folder / "book.csv").write_text(BOOK, encoding="utf-8")
    (folder / "cockpit.toml").write_text(CONFIG, encoding="utf-8")
    assert run("build", "--config", folder / "cockpit.toml", "--today", "2026-04-10").code == 0
    return lambda *more: (
        run("metric", "book.summary", "--config", folder / "cockpit.toml", "--format", "json", *more).rows
    )


def flows(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("customers", "joined", "left", "moved_in", "moved_out"))


@pytest.mark.parametrize(
    ("institution", "expected"),
    [
        ("0", (6, 2, 2, 0, 0)),  # nobody comes from or goes to another bank's institution
        ("A", (3, 1, 1, 0, 2)),  # sibling stayed inside; far and up went out
        ("A1", (2, 1, 1, 0, 1)),  # back left, nothing joined, sibling went over
        ("A2", (1, 0, 0, 1, 2)),
        ("B", (2, 1, 1, 1, 0)),
    ],
)
def test_february(institution: str, expected: tuple[int, ...], ask: Any) -> None:
    [row] = ask("--institution", institution, "--month", "2026-02")
    assert flows(row) == expected


def test_children_own_and_between(ask: Any) -> None:
    rows = {row["institution"]: flows(row) for row in ask("--month", "2026-02", "--by", "children")}
    assert rows == {
        "A": (3, 1, 1, 0, 2),
        "B": (2, 1, 1, 1, 0),
        "own": (1, 0, 0, 1, 0),  # up came to the head office itself
        "between": (0, 0, 0, -2, -2),  # far: A → B; up: A → head office
    }
    rows = {
        row["institution"]: flows(row)
        for row in ask("--institution", "A", "--month", "2026-02", "--by", "children")
    }
    assert rows == {"A1": (2, 1, 1, 0, 1), "A2": (1, 0, 0, 1, 2), "between": (0, 0, 0, -1, -1)}


def test_a_level_and_the_rest(ask: Any) -> None:
    rows = {row["institution"]: flows(row) for row in ask("--month", "2026-02", "--by", "level:outlet")}
    assert rows == {"A1": (2, 1, 1, 0, 1), "A2": (1, 0, 0, 1, 2), "rest": (3, 1, 1, -1, -3)}


def test_the_first_month_has_no_flows_and_coming_back_is_joining(ask: Any) -> None:
    [row] = ask("--month", "2026-01")
    assert flows(row) == (6, None, None, None, None)  # nobody knows who came in the first month
    [row] = ask("--month", "2026-03")
    assert flows(row) == (1, 1, 6, 0, 0)


def test_amounts(ask: Any) -> None:
    """A customer without an amount counts, has no place in the median, and nothing to add."""
    [row] = ask("--month", "2026-02")
    assert row["aum"] == 150 + 10 + 30 + 5 - 7
    assert row["active"] == 5
    assert row["aum_mean"] == 31.33  # 188 / 6, money to the minor unit
    assert row["aum_median_low"] <= 10 <= row["aum_median_high"]


def bins(*values: int) -> pl.DataFrame:
    """The histogram of some amounts in minor units."""
    edges = bin_edges(100)
    rows = pl.DataFrame({"aum": values, "bin": [sum(value >= edge for edge in edges) for value in values]})
    return rows.group_by("bin").agg(customers=pl.len(), aum=pl.col("aum").sum()).sort("bin")


@pytest.mark.parametrize(
    ("values", "exact"),
    [
        ((500,), 500),  # alone in its bin: known
        ((-300, -200, -100), -200),
        ((0, 0, 10_000), 0),
        ((50, 60, 70), 60),  # below one unit
        ((99, 100), 99.5),  # on an edge
        ((10**15, 3 * 10**15, 10**15), 10**15),  # beyond the last edge
    ],
)
def test_the_median_lies_within_its_bounds(values: tuple[int, ...], exact: float) -> None:
    low, value, high = _median(bins(*values), bin_edges(100))
    assert low <= exact <= high
    assert low <= value <= high


def test_the_stock_month_is_the_last_month_end() -> None:
    assert stock_month(Period(date(2026, 1, 1), date(2026, 2, 28))) == date(2026, 2, 28)
    assert stock_month(Period(date(2026, 1, 1), date(2026, 2, 27))) == date(2026, 1, 31)
    assert stock_month(Period(date(2024, 1, 1), date(2024, 2, 28))) == date(2024, 1, 31)  # a leap year
    assert month_end_before(date(2026, 1, 31)) == date(2025, 12, 31)
