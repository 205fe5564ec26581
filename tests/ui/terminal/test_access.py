"""`access` on the terminal: who, of, report, sign-out."""

import csv
import io
from pathlib import Path

import pytest

from data_access.access.sessions import Sessions
from data_access.access.settings import Auth
from tests.conftest import Run

RIGHTS = """user,institution_id,permissions,valid_from,valid_to,granted_by
chief,{root},customers admin,,,
anna,{branch},customers export,,,
gone,{branch},customers,,2020-01-01,
stray,nowhere,customers,,,
given,{branch},customers,,,chief
taken,{root},export,,,anna
=2+3,{branch},,,,
"""


@pytest.fixture
def config(own_bank: Path, sample_bank: Path) -> Path:
    import polars as pl

    tree = pl.read_parquet(sample_bank / "extracts" / "institutions.parquet")
    root = tree.filter(pl.col("parent_id").is_null())["institution_id"][0]
    branch = tree.filter(pl.col("parent_id") == root)["institution_id"][0]
    file = own_bank / "cockpit.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("extracts/grants.csv", "grants.csv"), "utf-8")
    (own_bank / "grants.csv").write_text(RIGHTS.format(root=root, branch=branch), "utf-8")
    (own_bank / "places").write_text(f"{root},{branch}")
    return file


def test_who_sees_an_institution_and_through_which_right(config: Path, run: Run) -> None:
    root, branch = (config.parent / "places").read_text().split(",")
    found = run("access", "who", "--config", config, "--institution", branch, "--format", "json")
    assert [row["user"] for row in found.rows] == ["=2+3", "anna", "chief", "given"]
    assert run("access", "who", "--config", config, "--institution", root, "--format", "json").rows == [
        {
            "user": "chief",
            "institution": root,
            "name": "总行",
            "permissions": "view customers admin",
            "valid_from": "",
            "valid_to": "",
            "granted_by": "",
        }
    ]
    assert run("access", "who", "--config", config, "--institution", "nowhere").code == 2


def test_of_a_user_and_of_nobody(config: Path, run: Run) -> None:
    branch = (config.parent / "places").read_text().split(",")[1]
    found = run("access", "of", "anna", "--config", config, "--format", "json").rows
    assert {(row["permission"], row["institution"]) for row in found} == {
        ("view", branch),
        ("customers", branch),
        ("export", branch),
    }
    assert run("access", "of", "nobody", "--config", config).out.strip() == "none"


def test_the_report_says_what_counts_and_why_not(config: Path, run: Run) -> None:
    answer = run("access", "report", "--config", config, "--format", "csv")
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(answer.out))}
    assert {user: row["counts"].partition(":")[2].strip() or "yes" for user, row in rows.items()} == {
        "chief": "yes",
        "anna": "yes",
        "gone": "not valid today",
        "given": "yes",
        "taken": "its giver does not administer the institution, or gives what he may not",
        "'=2+3": "yes",  # no spreadsheet computes it
    }
    assert "1 rows count for nothing" in answer.err and "stray" not in answer.out


def test_signing_a_user_out_is_recorded(config: Path, run: Run) -> None:
    sessions = Sessions(config.parent / ".cockpit", Auth())
    token = sessions.begin("anna")
    assert "1 sessions of anna ended" in run("access", "sign-out", "anna", "--config", config).out
    assert sessions.find(token) is None
    assert "act=admin" in run("audit", "search", "--config", config, "--user", "anna").out


def test_the_sample_bank_has_one_of_each_kind_of_reader(sample_bank: Path, run: Run) -> None:
    """Every right counts but the one that has ended; without a sign-in they keep nobody out."""
    config = sample_bank / "cockpit.toml"
    rows = run("access", "report", "--config", config, "--format", "json").rows
    counts = {row["user"]: row["counts"] for row in rows}
    assert [user for user, does in counts.items() if does != "yes"] == ["former.manager"]
    assert [row["user"] for row in rows].count("analyst") == 2
    [root] = {row["institution"] for row in rows if row["user"] == "executive"}
    seen = run("access", "who", "--institution", root, "--config", config, "--format", "json").rows
    assert {row["user"] for row in seen} == {"admin", "executive"}
    held = run("access", "of", "admin", "--config", config, "--format", "json").rows
    assert {row["permission"] for row in held} == {"view", "customers", "unmask", "export", "admin"}
    assert run("metric", "book.summary", "--config", config).code == 0


def test_without_a_table_nobody_has_a_right(own_bank: Path, run: Run) -> None:
    file = own_bank / "cockpit.toml"
    section = '[tables.grants]\ncsv = "extracts/grants.csv"\n'
    text = file.read_text("utf-8")
    assert section in text
    file.write_text(text.replace(section, ""), "utf-8")
    answer = run("access", "report", "--config", own_bank / "cockpit.toml")
    assert answer.code == 1 and "[tables.grants]" in answer.err
