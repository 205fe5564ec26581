"""The ledger's totals beside what was loaded: what agrees, what stops a build, what cannot be added up."""

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.build.build import check
from data_access.intake.config import read_config
from metrics import CONTRACT
from tests.metrics.event_bank import TODAY
from tests.metrics.small_bank import make, write

TABLES = {"customer_months": "cm.csv", "daily_balances": "db.csv", "controls": "c.csv"}
MONTHS = "month,customer_id,institution_id,aum\n2026-05,1,A,100.5\n2026-06,1,A,200\n2026-06,2,B,300.25\n"
BALANCES = (
    "date,institution_id,business_line,product,balance\n"
    "2026-06-29,A,deposit,giro,50\n2026-06-30,A,deposit,giro,70\n2026-06-30,B,loan,,40\n"
)
TOTALS = "table,column,part,from_on,date,institution_id,expected,tolerance\n"


def told(bank: Any, *totals: str, more: str = "") -> Any:
    text = TOTALS + "\n".join(totals) + "\n"
    return bank(TABLES, {"cm.csv": MONTHS, "db.csv": BALANCES, "c.csv": text}, more)


def kept(found: Any) -> list[dict[str, Any]]:
    root: Path = found.config.parent / ".cockpit"
    live = (root / "CURRENT").read_text()
    manifest: dict[str, Any] = json.loads((root / "snapshots" / live / "manifest.json").read_text("utf-8"))
    return list(manifest["controls"])


def test_totals_that_agree(bank: Any) -> None:
    found = told(
        bank,
        "customer_months,aum,,,2026-06-30,,500.25,0",
        "customer_months,aum,,,2026-06-30,H,500.25,0",
        "customer_months,aum,,,2026-06-30,B,300.25,0",
        "customer_months,aum,,2026-05-01,2026-06-30,A,300.5,0",
        "customer_months,,,,2026-06-30,,2,0",  # rows
        "daily_balances,balance,business_line=deposit,,2026-06-30,,70,0",
        "daily_balances,balance,business_line=loan,,2026-06-30,A,0,0",
        "daily_balances,balance,,,2026-06-29,,50.04,",  # within a thousandth
    )
    code, reports = found.check()
    assert (code, reports["controls"]["doubts"]) == (0, [])
    assert reports["controls"]["notes"] == ["8 of 8 totals agree with the ledger"]
    assert found.build().code == 0
    assert [row["agrees"] for row in kept(found)] == [True] * 8


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (
            "customer_months,aum,,,2026-06-30,B,301,",
            "customer_months.aum, 2026-06-30, B: 300.25 loaded, 301.00 in the ledger, -0.75 (-0.249%; "
            "allowed: 0.100%)",
        ),
        ("customer_months,,,,2026-06-30,,3,", "rows of customer_months, 2026-06-30, the whole bank: 2.00"),
        (
            "daily_balances,balance,business_line=loan,,2026-06-30,,0,",
            "40.00 loaded, 0.00 in the ledger, +40",
        ),
        ("daily_balances,balance,,,2026-06-28,,50,", "there is no row of that day, the ledger has 50.00"),
        ("customer_months,aum,,,2026-04-30,,50,", "2026-04-30, the whole bank: there is no row of that day"),
    ],
)
def test_a_total_that_is_off_stops_the_build(total: str, words: str, bank: Any) -> None:
    found = told(bank, total)
    code, reports = found.check()
    assert code == 3 and words in " ".join(reports["controls"]["doubts"])
    answer = found.build()
    assert answer.code == 3 and words in answer.err and "--accept" in answer.err
    assert not (found.config.parent / ".cockpit" / "CURRENT").exists()
    assert found.build("--accept").code == 0
    assert [row["agrees"] for row in kept(found)] == [False]


def test_tolerance_is_the_rows_or_the_policys(bank: Any) -> None:
    off = "customer_months,aum,,,2026-06-30,B,301,"  # a quarter of a percent
    assert told(bank, off + "0.002").check()[0] == 3
    assert told(bank, off + "0.003").check()[0] == 0
    assert told(bank, off, more="[policy]\ncontrol_tolerance = 0.003").check()[0] == 0


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ("deposits,aum,,,2026-06-30,,5,", "there is no table “deposits”. Delivered: institutions"),
        ("customer_months,amu,,,2026-06-30,,5,", "without a column “amu”. Nearest: aum."),
        ("customer_months,customer_id,,,2026-06-30,,5,", "is no amount and no count. What adds up: aum"),
        ("daily_balances,balance,deposit,,2026-06-30,,5,", "write column=value"),
        ("daily_balances,balance,line=deposit,,2026-06-30,,5,", "without a column “line”"),
    ],
)
def test_what_cannot_be_added_up_is_a_failure(total: str, words: str, bank: Any) -> None:
    found = told(bank, total)
    code, reports = found.check()
    assert code == 1 and words in reports["controls"]["failure"]
    assert found.build("--accept").code == 1


def test_positions_are_added_up_to_the_day(bank: Any) -> None:
    """They live on: what was opened before counts, and one that went restates no month."""
    head = "customer_id,institution_id,amount,position_id,opened_on\n"
    held = {"h.csv": f"{head}1,A,5,p1,2026-05-01\n2,B,7,p2,2026-06-02\n", "cm.csv": MONTHS}
    totals = TOTALS + "holdings,amount,,,2026-06-30,,12,0\n"
    tables = {"customer_months": "cm.csv", "holdings": "h.csv", "controls": "c.csv"}
    found = bank(tables, {**held, "c.csv": totals})
    assert found.check()[1]["controls"]["notes"] == ["1 of 1 totals agree with the ledger"]
    assert found.build().code == 0
    found.write({"h.csv": f"{head}2,B,7,p2,2026-06-02\n3,B,1,p3,2026-07-02\n", "c.csv": TOTALS})
    _, reports = found.check()
    assert not [note for note in reports["holdings"]["notes"] if "restated" in note]


def test_totals_of_a_table_that_is_not_delivered_wait(bank: Any) -> None:
    _, reports = told(bank, "holdings,amount,,,2026-06-30,,5,").check()
    assert reports["controls"]["notes"][1] == "1 totals are of tables that are not delivered: holdings"
    assert reports["controls"]["doubts"] == []


def test_an_institution_that_nobody_knows_is_quarantined(bank: Any) -> None:
    _, reports = told(bank, "customer_months,aum,,,2026-06-30,X,5,").check()
    assert reports["controls"]["quarantined"] == 1


@pytest.mark.parametrize("seed", range(4))
def test_every_institution_and_month_of_random_banks(seed: int, tmp_path: Path) -> None:
    """Totals added up row by row agree; the one that is changed is the one that is off."""
    made, rng = make(seed=seed, nodes=6, customers=20, months=3, deals=2), random.Random(seed)
    rows = []
    for key in made.parent:
        inside = made.subtree(key)
        for month in made.months:
            here = [row for row in made.customer_months if row["month"] == month]
            below = [row for row in here if row["institution_id"] in inside]
            rows.append(["customer_months", "aum", month, key, sum(row["aum"] or 0 for row in below) / 100])
            rows.append(["customer_months", None, month, key, float(len(below))])
    wrong = rng.randrange(len(rows))
    rows[wrong][-1] += 0.02
    path = write(made, tmp_path)
    names = ["table", "column", "date", "institution_id", "expected"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(tmp_path / "controls.csv")
    text = path.read_text() + "control_tolerance = 0.0\n[tables.controls]\ncsv = 'controls.csv'\n"
    path.write_text(text, encoding="utf-8")
    intake = check(read_config(path, CONTRACT), TODAY, lambda _step, _share: None)
    [doubt] = intake.reports["controls"].doubts
    table, column, month, key, _ = rows[wrong]
    what = f"{table}.{column}" if column else f"rows of {table}"
    assert doubt.startswith(f"{what}, {month}, {key}: ")
