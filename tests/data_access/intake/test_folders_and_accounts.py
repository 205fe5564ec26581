"""Folders whose names hold values, and the documented way from accounts to customers."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from data_access.intake.source import Source

ROOT = Path(__file__).parents[3]
TODAY = "2026-06-30"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def check(run: Any, folder: Path) -> dict[str, dict[str, Any]]:
    answer = run("check", "--config", folder / "cockpit.toml", "--today", TODAY, "--format", "json")
    return {row["table"]: row for row in answer.rows}


@pytest.mark.parametrize(
    ("form", "months"),
    [
        ("month={}", ("2026-05", "2026-06")),
        ("month={}", ("202605", "202606")),
        ("month={}", ("20260531", "20260630")),
        ("data_date={}", ("20260531", "20260630")),
        ("month={}", ("2026-05-31", "2026-06-30%2000%3A00%3A00")),
    ],
)
def test_months_in_the_names_of_folders(tmp_path: Path, run: Any, form: str, months: tuple[str, str]) -> None:
    key = form.partition("=")[0]
    settings = f"""
[tables.institutions]
csv = "tree.csv"
[tables.customer_months]
csv = "cm/**/*.csv"
columns = {{ month = "{key}", institution_id = "branch" }}
"""
    files = {"cockpit.toml": settings, "tree.csv": "institution_id\nA\nB/1\n"}
    for month in months:
        for branch in ("A", "B%2F1"):
            files[f"cm/{form.format(month)}/branch={branch}/p.csv"] = "customer_id,aum\n001,1\n002,2\n"
    files = {
        name: text.replace("001", f"{n}1").replace("002", f"{n}2")
        for n, (name, text) in enumerate(files.items())
    }
    write(tmp_path, files)
    row = check(run, tmp_path)["customer_months"]
    assert (row["loaded"], row["rows_in"], row["as_of"], row["notes"]) == (8, 8, "2026-06-30", [])


def test_a_folder_of_no_value_has_none(tmp_path: Path, run: Any) -> None:
    settings = '[tables.customer_months]\ncsv = "cm/**/*.csv"\n[policy]\nquarantine_share = 1.0\n'
    text = "customer_id,aum\n1,1\n"
    month = "cm/month=2026-06/manager=__HIVE_DEFAULT_PARTITION__/p.csv"
    lost = "cm/month=__HIVE_DEFAULT_PARTITION__/manager=M/p.csv"
    write(tmp_path, {"cockpit.toml": settings, month: text, lost: text})
    row = check(run, tmp_path)["customer_months"]
    assert (row["loaded"], row["quarantined"]) == (1, 1)
    assert [(rule["rule"], rule["column"]) for rule in row["rules"]] == [("missing", "month")]


def test_accounts_are_summed_as_the_document_says(tmp_path: Path, run: Any) -> None:
    """Zeros at the beginning of ids stay; a quarter of a cent that floats would lose does not matter."""
    document = (ROOT / "docs" / "extracts.md").read_text("utf-8")
    [recipe] = [
        block for block in re.findall(r"```toml\n(.*?)```", document, re.DOTALL) if "acct_type" in block
    ]
    accounts = "data_dt|cust_no|brch_no|acct_no|acct_type|prod_cd|bal\n"
    may = [
        ("001", "D", "P1", "10.10"),
        ("001", "D", "P2", "20.20"),
        ("001", "L", "P3", "5"),
        ("002", "D", "P1", "0"),
    ]
    for number, (customer, kind, product, amount) in enumerate(may):
        accounts += f"20260531|{customer}|0A|{number}|{kind}|{product}|{amount}\n"
    settings = recipe + '[tables.institutions]\ncsv = "tree.csv"\n'
    write(
        tmp_path, {"cockpit.toml": settings, "tree.csv": "institution_id\n0A\n", "accounts/may.txt": accounts}
    )
    assert run("build", "--config", tmp_path / "cockpit.toml", "--today", TODAY).code == 0
    [row] = run("metric", "book.summary", "--config", tmp_path / "cockpit.toml", "--format", "json").rows
    assert (row["customers"], row["deposit"], row["loan"]) == (2, 30.3, 5)
    ids = check(run, tmp_path)["customer_months"]
    assert (ids["loaded"], ids["notes"]) == (2, [])


def test_the_page_of_extracts_names_every_setting() -> None:
    text = (ROOT / "docs" / "extracts.md").read_text("utf-8")
    table = text.partition("| --- |")[2].partition("\n\n")[0]
    told = {name for line in table.splitlines() for name in re.findall(r"[a-z_]+", line.split(" | ")[0])}
    assert told == {one.name for one in fields(Source)} - {"name"}
