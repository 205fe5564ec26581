"""SQL over databases and files, and what it says when it fails."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


def test_duckdb_over_files(mapped_bank: Any) -> None:
    settings = """
[tables.opportunities]
database = "files"
sql = \"\"\"select nr::varchar as opportunity_id, 'open' as outcome, date '2026-01-01' + n::int as created_on
from read_csv('deals.csv')\"\"\"
as_of = 2026-03-31
"""
    ask = mapped_bank(settings, deals="nr,n\n1,0\n2,40\n")
    assert ask("funnel.outcomes", "--month", "2026-01")[0]["open"] == 1
    assert ask("funnel.outcomes", "--month", "2026-02")[0]["open"] == 2


def test_a_wrong_query_is_named(refused: Any) -> None:
    settings = '[tables.opportunities]\ndatabase = "files"\nsql = "select * from read_csv(\'none.csv\')"\n'
    code, text = refused(settings)
    assert code == 1
    assert "none.csv" in text
    assert "[tables.opportunities]" in text


SQLITE = """
[tables.opportunities]
database = "crm"
sql = "select * from deals"
as_of = 2026-03-31
[databases.crm]
url = "{url}"
"""


def sqlite_file(folder: Path) -> None:
    """SQLite lets one column hold numbers and text."""
    with closing(sqlite3.connect(folder / "crm.db")) as database:
        database.execute("create table deals (opportunity_id, outcome, created_on, closed_on, amount)")
        rows = [
            ("007", "won", "2026-01-01", "2026-01-10", 12.5),
            (8, "won", "2026-01-01", "2026-01-10", "1,000"),
            ("9", "won", "2026-01-01", "2026-01-10", None),
            ("10", "open", "20260102", None, 3),
        ]
        database.executemany("insert into deals values (?, ?, ?, ?, ?)", rows)
        database.commit()


def test_a_sqlite_column_of_mixed_types(mapped_bank: Any, tmp_path: Path) -> None:
    sqlite_file(tmp_path)
    [row] = mapped_bank(SQLITE.format(url="sqlite:///crm.db"))("funnel.outcomes")
    assert (row["won"], row["open"], row["won_amount"], row["average_deal"]) == (3, 1, 1_012.5, 506.25)


def test_a_url_from_the_environment(
    mapped_bank: Any, refused: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_file(tmp_path)
    monkeypatch.delenv("CRM_URL_FOR_TEST", raising=False)
    code, text = refused(SQLITE.format(url="env:CRM_URL_FOR_TEST"))
    assert code == 2
    assert "CRM_URL_FOR_TEST" in text
    assert "[databases.crm]" in text
    monkeypatch.setenv("CRM_URL_FOR_TEST", "sqlite:///crm.db")
    assert mapped_bank(SQLITE.format(url="env:CRM_URL_FOR_TEST"))("funnel.outcomes")[0]["won"] == 3


def test_a_missing_database_file_is_named(refused: Any) -> None:
    code, text = refused(SQLITE.format(url="sqlite:///none.db"))
    assert code == 1
    assert "none.db" in text
