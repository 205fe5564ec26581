"""A month that was delivered before and is told otherwise: shown as restated, with the size of the change."""

import json
from pathlib import Path
from typing import Any

import pytest

HEAD = "month,customer_id,institution_id,aum,products\n"
TABLES = {"customer_months": "cm/*.csv", "daily_balances": "db.csv"}
TIERS = (
    '[[tiers]]\nkey = "low"\nedge = 0\n[[tiers]]\nkey = "high"\nedge = 1\n[[tiers]]\nkey = "top"\nedge = 2\n'
)
DAYS = "date,institution_id,business_line,product,balance\n"


def month(day: str, *rows: str) -> str:
    return HEAD + "".join(f"{day},{row}\n" for row in rows)


@pytest.fixture
def two(bank: Any) -> Any:
    """Two months and the balances of two, built."""
    files = {
        "cm/5.csv": month("2026-05", "1,A,100,2", "2,A,50,1"),
        "cm/6.csv": month("2026-06", "1,A,120,2", "2,B,50,1"),
        "db.csv": f"{DAYS}2026-05-31,A,deposit,,70\n2026-06-29,A,deposit,,80\n",
    }
    found = bank(TABLES, files)
    assert found.build().code == 0
    return found


def live(found: Any) -> tuple[Path, dict[str, Any]]:
    root = found.config.parent / ".cockpit"
    folder: Path = root / "snapshots" / (root / "CURRENT").read_text()
    return folder, json.loads((folder / "manifest.json").read_text("utf-8"))


def notes(found: Any, table: str = "customer_months") -> list[str]:
    code, reports = found.check()
    assert code == 0
    return [note for note in reports[table]["notes"] if "restated" in note]


def test_the_same_delivery_restates_nothing(two: Any) -> None:
    before = live(two)[1]
    assert notes(two) == [] and two.build().code == 0
    after = live(two)[1]
    assert before["restated"] == after["restated"] == []
    assert before["months_of"] == after["months_of"]
    assert {k: v for k, v in before["files"].items() if k.startswith(("marts", "tables"))} == {
        k: v for k, v in after["files"].items() if k.startswith(("marts", "tables"))
    }


def test_a_restated_month_replaces_itself_alone(two: Any) -> None:
    folder, manifest = live(two)
    two.write({"cm/5.csv": month("2026-05", "1,A,100,2", "2,A,65,1", "3,A,10,0")})
    [note] = notes(two)
    said = f"2026-05 is restated against snapshot {manifest['id']}: rows 2 → 3 (+50.00%)"
    assert note == f"{said}; aum 150 → 175 (+16.67%)"
    answer = two.build()
    assert answer.code == 0 and note in answer.out
    again, told = live(two)
    [entry] = told["restated"]
    assert (entry["table"], entry["month"], entry["snapshot"]) == (
        "customer_months",
        "2026-05-31",
        manifest["id"],
    )
    assert entry["sums"] == {"rows": [2, 3], "aum": [15_000, 17_500], "products": [3, 3]}
    same, other = "tables/customer_months/2026-06.parquet", "tables/customer_months/2026-05.parquet"
    assert (folder / same).stat().st_ino == (again / same).stat().st_ino
    assert manifest["files"][other] != told["files"][other]
    [row] = two.metric("book.summary", "--month", "2026-05")
    assert (row["aum"], row["customers"]) == (175.0, 3)
    assert two.build().code == 0 and live(two)[1]["restated"] == [entry]  # it stays known, and once


def test_rows_that_change_under_equal_totals_are_seen(two: Any) -> None:
    two.write({"cm/5.csv": month("2026-05", "1,A,50,2", "2,A,100,1")})
    [note] = notes(two)
    assert note.endswith("rows differ, their totals do not")


def test_a_new_month_and_new_tiers_restate_nothing(two: Any) -> None:
    two.write({"cm/7.csv": month("2026-07", "1,A,100,2", "2,A,65,1")})
    two.write({"cockpit.toml": two.config.read_text("utf-8") + TIERS})
    assert notes(two) == [] and two.build().code == 0
    assert live(two)[1]["restated"] == []


def test_a_day_of_a_past_month_restates_it_and_the_current_one_goes_on(two: Any) -> None:
    text = f"{DAYS}2026-05-31,A,deposit,,75\n2026-06-29,A,deposit,,80\n2026-06-30,A,deposit,,90\n"
    two.write({"db.csv": text})
    [note] = notes(two, "daily_balances")
    assert note.startswith("2026-05 is restated") and note.endswith(": balance 70 → 75 (+7.14%)")


def test_files_in_any_order_give_the_same_content(two: Any) -> None:
    folder = two.config.parent / "cm"
    before = live(two)[1]
    for name, other in (("5", "9"), ("6", "1")):
        (folder / f"{name}.csv").rename(folder / f"{other}.csv")
    rows = (folder / "9.csv").read_text().splitlines(keepends=True)
    (folder / "9.csv").write_text("".join([rows[0], rows[2]]))
    (folder / "0.csv").write_text("".join([rows[0], rows[1]]))
    assert notes(two) == [] and two.build().code == 0
    after = live(two)[1]
    parts = ("marts", "tables", "lists", "ids")
    assert {k: v for k, v in before["files"].items() if k.startswith(parts)} == {
        k: v for k, v in after["files"].items() if k.startswith(parts)
    }
