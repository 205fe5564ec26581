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
