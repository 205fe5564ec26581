"""The table of grants is read again when it changes, from files and databases; what is wrong in it counts for
nothing, and is said."""

import sqlite3
import time
from datetime import date
from pathlib import Path

import pytest

from data_access.intake.config import Config, read_config
from data_access.tree import Tree
from data_access.view import register
from data_access.view.grants import CUSTOMERS, NOTHING
from data_access.view.register import Register
from metrics import CONTRACT
from tests.data_access.view.test_grants import TREE, ids

HEAD = "user,institution_id,permissions,valid_from,valid_to\n"


def bank(folder: Path, source: str) -> Config:
    file = folder / "cockpit.toml"
    file.write_text(
        f'[databases.iam]\nurl = "sqlite:///iam.sqlite"\n[tables.grants]\n{source}\n', encoding="utf-8"
    )
    return read_config(file, CONTRACT)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def tree() -> Tree:
    return TREE


def replaced(file: Path, text: str) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def test_a_file_holds_from_the_next_look(tmp_path: Path, told: list[str], tree: Tree) -> None:
    file = tmp_path / "grants.csv"
    replaced(file, HEAD + "u,A,customers,,\n")
    rights = Register(bank(tmp_path, 'csv = "grants.csv"'), told.append)
    assert ids(tree, rights.granted(tree, "u").of(CUSTOMERS)) == {"A", "A1", "A2"}
    replaced(file, HEAD + "u,B,,,\n")
    grant = rights.granted(tree, "u")
    assert (ids(tree, grant.ranges), grant.of(CUSTOMERS)) == ({"B", "B1"}, ())
    file.unlink()
    assert rights.granted(tree, "u") == NOTHING
    replaced(file, HEAD + "u,A1,,,\n")
    assert ids(tree, rights.granted(tree, "u").ranges) == {"A1"}
    assert len(told) == 1 and "nobody has any right" in told[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read"),
        ("user,permissions\nu,customers\n", "institution_id"),
        (HEAD + "u,nowhere,,,\n", "count for nothing"),
        (HEAD + "u,A,everything,,\n", "no permission"),
        (HEAD + "u,A,,soon,\n", "count for nothing"),
        (HEAD + ",A,,,\n", "count for nothing"),
        ("\x00\x01\x02", "cannot be read"),
    ],
)
def test_what_is_wrong_counts_for_nothing_and_is_said(
    text: str, said: str, tmp_path: Path, told: list[str], tree: Tree
) -> None:
    (tmp_path / "grants.csv").write_text(text, encoding="utf-8")
    rights = Register(bank(tmp_path, 'csv = "grants.csv"'), told.append)
    assert rights.granted(tree, "u") == NOTHING
    assert any(said in one for one in told), told


def test_a_database_is_asked_again_after_a_while(
    tmp_path: Path, told: list[str], tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(register.time, "monotonic", lambda: clock[0])
    with sqlite3.connect(tmp_path / "iam.sqlite") as iam:
        iam.execute("create table g (user text, institution_id text, permissions text)")
        iam.execute("insert into g values ('u', 'A', 'customers')")
    rights = Register(bank(tmp_path, 'sql = "select * from g"\ndatabase = "iam"'), told.append)
    assert ids(tree, rights.granted(tree, "u").of(CUSTOMERS)) == {"A", "A1", "A2"}
    with sqlite3.connect(tmp_path / "iam.sqlite") as iam:
        iam.execute("delete from g")
    clock[0] += register.SECONDS
    assert rights.granted(tree, "u") == NOTHING
    (tmp_path / "iam.sqlite").unlink()
    clock[0] += register.SECONDS
    assert rights.granted(tree, "u") == NOTHING


def test_a_right_ends_with_its_day(tmp_path: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "grants.csv").write_text(HEAD + "u,A,,,2026-11-20\n", encoding="utf-8")
    rights = Register(bank(tmp_path, 'csv = "grants.csv"'))
    for day, sees in ((date(2026, 11, 20), True), (date(2026, 11, 21), False)):
        monkeypatch.setattr(Register, "today", lambda _self, day=day: day)
        assert bool(rights.granted(tree, "u").ranges) is sees


def test_a_click_costs_milliseconds_with_thirty_thousand_rights(tmp_path: Path, tree: Tree) -> None:
    rows = "".join(f"u{number},{tree.ids[number % len(tree)]},customers,,\n" for number in range(30_000))
    (tmp_path / "grants.csv").write_text(HEAD + rows, encoding="utf-8")
    rights = Register(bank(tmp_path, 'csv = "grants.csv"'))
    rights.granted(tree, "u1")
    begun = time.process_time()
    for number in range(100):
        assert rights.granted(tree, f"u{number}").ranges
    assert (time.process_time() - begun) / 100 < 0.003
