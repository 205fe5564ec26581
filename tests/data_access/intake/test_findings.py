"""What `check` says of broken rows: where, what was found, what reads it; nothing personal."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

BOOK = """customer_id,institution_id,kind,joined_on,amount,matures_on
1,A,个人,2020-01-05,"1.234,50",
2,A,Q,31/12/2021,12万,
3,A,Q,45000,（5.00）,
4,A,Q,2020-01-05,13800138000x,王小明
5,A,Q,2020-01-05,n/a,11010119600101123X
6,A,Q,2020-01-05,7,13800138000
7,B,个人,2020-01-05,7,
"""
SETTINGS = """
[tables.institutions]
csv = "tree.csv"
[tables.customers]
csv = "book.csv"
[tables.holdings]
csv = "book.csv"
constants = { customer_id = "7" }
"""


@pytest.fixture
def said(tmp_path: Path, run: Any) -> str:
    (tmp_path / "book.csv").write_text(BOOK.replace("7,B", "7,A"), encoding="utf-8")
    (tmp_path / "tree.csv").write_text("institution_id\nA\n")
    values = '[tables.customers.values.kind]\n"个人" = "personal"\n'
    (tmp_path / "cockpit.toml").write_text(SETTINGS + values, encoding="utf-8")
    return str(run("check", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30").out)


@pytest.mark.parametrize(
    "words",
    [
        "kind: a value that the contract does not know, 5 rows. First: book.csv row 2 “Q”;",
        "Map it under [tables.customers.values.kind] to one of: personal, corporate.",
        "joined_on: text that is not a date, 2 rows. First: book.csv row 2 “99/99/9999”; "
        "book.csv row 3 “99999”.",
        'formats = { joined_on = "%d/%m/%Y" }; name its form: formats = { joined_on = "excel" }',
        "amount: text that is not an amount, 5 rows. First: book.csv row 1 “1.234,50”; "
        "book.csv row 2 “12万”;",
        'decimal = ","; deliver plain numbers and name their unit: scale = { amount = "万元" }; where',
        "matures_on: text that is not a date, 3 rows. First: book.csv row 4 “xxx”; "
        "book.csv row 5 “99999999999999999x”; book.csv row 6 “99999999999”.",
    ],
)
def test_a_finding_says_where_what_and_the_way_out(said: str, words: str) -> None:
    assert words in said


def test_a_code_of_few_customers_is_shown_by_its_shape(tmp_path: Path, run: Any) -> None:
    (tmp_path / "book.csv").write_text("customer_id,kind\n1,王小明\n2,personal\n", encoding="utf-8")
    (tmp_path / "cockpit.toml").write_text('[tables.customers]\ncsv = "book.csv"\n', encoding="utf-8")
    out = run("check", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30").out
    assert "1 row. First: book.csv row 1 “xxx”" in out
    assert "王" not in out


def test_a_column_of_lists_is_refused_by_its_name(tmp_path: Path, run: Any) -> None:
    pl.DataFrame({"NO": [["1"], ["2"]]}).write_parquet(tmp_path / "book.parquet")
    settings = '[tables.customers]\nparquet = "book.parquet"\ncolumns = { customer_id = "NO" }\n'
    (tmp_path / "cockpit.toml").write_text(settings, encoding="utf-8")
    out = run("check", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30").out
    assert "customers: the column “NO” holds list in every row" in out


def test_the_quarantine_has_keys_and_no_identities(tmp_path: Path, run: Any) -> None:
    """What is handed back to the source: where, by which key, which rule; a phone or an identity number that
    slipped into another column is masked, whatever rule it breaks."""
    identity = "11010519491231002X"
    (tmp_path / "book.csv").write_text(
        "month,customer_id,institution_id,aum\n202606,007,A,1\n202606,008,13800138000,1\n"
        f"202606,009,{identity},1\n202606,010,N1,1\n202606,011,A,王小明\n202606,012,A,1\n202606,012,A,2\n",
        encoding="utf-8",
    )
    (tmp_path / "tree.csv").write_text("institution_id\nA\n")
    tables = '[tables.institutions]\ncsv = "tree.csv"\n[tables.customer_months]\ncsv = "book.csv"\n'
    (tmp_path / "cockpit.toml").write_text(f"{tables}quarantine_share = 0.9\n", encoding="utf-8")
    answer = run("build", "--config", tmp_path / "cockpit.toml", "--today", "2026-06-30")
    assert answer.code == 0, answer.err
    [file] = (tmp_path / ".cockpit").rglob("quarantine/customer_months.parquet")
    found = pl.read_parquet(file)
    assert found.select("row", "key", "column", "value").rows() == [
        (2, "customer_id=008; month=202606", "institution_id", "138****8000"),
        (3, "customer_id=009; month=202606", "institution_id", "1****************X"),
        (4, "customer_id=010; month=202606", "institution_id", "N1"),
        (5, "customer_id=011; month=202606", "aum", "xxx"),
        (6, "customer_id=012; month=2026-06-30", "customer_id", "012"),
        (7, "customer_id=012; month=2026-06-30", "customer_id", "012"),
    ]
    told = answer.out + answer.err
    assert "13800138000" not in told and identity not in told and "王小明" not in told
