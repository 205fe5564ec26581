"""The database comes to its form by steps; a newer, a broken and a read-only one are one sentence."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from data_access.errors import CallError, CockpitError, DataError
from data_access.intake.config import read_config
from data_access.notes import steps
from data_access.notes.database import NotesDatabase
from data_access.notes.notes import Kind, Said, Subject, notes_of, write
from data_access.notes.views import SavedView, save, views_of
from metrics import CONTRACT
from tests.conftest import run_cockpit

SUBJECT = Subject(Kind.plan, "book.summary.aum", "00", date(2026, 1, 1), date(2026, 12, 31))


def put(database: NotesDatabase, seen: int = 0) -> None:
    write(database, SUBJECT, Said(note="kept"), seen=seen, author="li", recorded=lambda: None)


def test_from_the_first_step_to_the_newest_everything_is_kept(
    database: NotesDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of an older version, with what was written then."""
    newest = steps.STEPS
    monkeypatch.setattr(steps, "STEPS", newest[:2])
    put(database)
    assert database.step() == 2
    monkeypatch.setattr(steps, "STEPS", (*newest, "alter table cockpit_notes add column colour varchar(9)"))
    assert [one.said.note for one in notes_of(database, None, None)] == ["kept"]
    assert database.step() == len(newest) + 1
    save(database, "li", SavedView("mine", "overview", "at=00"))
    put(database, seen=1)
    with closing(sqlite3.connect(str(database.file))) as rows:
        told = [step for (step,) in rows.execute(f"select step from {steps.TABLE} order by step")]
        assert told == list(range(1, len(newest) + 2))
        assert "colour" in [row[1] for row in rows.execute("pragma table_info(cockpit_notes)")]


def test_a_step_that_fails_leaves_what_was(database: NotesDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    put(database)
    before, newest = database.step(), steps.STEPS
    broken = (*newest, "create table later (id integer)", "no statement at all")
    monkeypatch.setattr(steps, "STEPS", broken)
    with pytest.raises(CockpitError, match="cannot be read or written"):
        notes_of(database, None, None)
    monkeypatch.setattr(steps, "STEPS", newest)
    assert database.step() == before
    assert [one.said.note for one in notes_of(database, None, None)] == ["kept"]


def test_a_newer_database_is_refused_and_not_touched(database: NotesDatabase) -> None:
    put(database)
    assert database.file is not None
    with closing(sqlite3.connect(database.file)) as rows:
        rows.execute(f"insert into {steps.TABLE} values ({len(steps.STEPS) + 1}, 'later')")
        rows.commit()
    before = database.file.read_bytes()
    for work in (
        lambda: notes_of(database, None, None),
        lambda: put(database, 1),
        lambda: views_of(database, "li"),
    ):
        with pytest.raises(DataError, match=r"newer version .* \(step 6; this version knows 5\)"):
            work()
    assert database.file.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database" * 500, b"SQLite format 3\x00" + b"\xff" * 4000, b"\x00" * 5000]
)
def test_a_broken_file_is_one_sentence(content: bytes, database: NotesDatabase) -> None:
    assert database.file is not None
    database.file.write_bytes(content)
    for work in (
        lambda: notes_of(database, None, None),
        lambda: put(database),
        lambda: views_of(database, "li"),
    ):
        with pytest.raises(DataError, match="cannot be read or written now"):
            work()
    assert database.file.read_bytes() == content


def test_a_row_that_somebody_wrote_by_hand_is_one_sentence(database: NotesDatabase) -> None:
    put(database)
    with closing(sqlite3.connect(str(database.file))) as rows:
        rows.execute("update cockpit_notes set state = 'whatever'")
        rows.commit()
    with pytest.raises(DataError, match="cannot be read or written now"):
        notes_of(database, None, None)


def test_where_the_folder_is_read_only_notes_are_read_and_not_written(
    database: NotesDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database)
    monkeypatch.setattr("data_access.notes.database.os.access", lambda *_: False)
    assert len(notes_of(database, None, None)) == 1
    with pytest.raises(DataError, match="the folder of the snapshots cannot be written to"):
        put(database, 1)
    assert len(notes_of(database, None, None)) == 1


def test_the_backup_is_whole_and_nothing_else_is_left(database: NotesDatabase, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to back up"):
        database.back_up(tmp_path / "copy.sqlite")
    put(database)
    database.back_up(tmp_path / "copy.sqlite")
    assert database.file is not None
    database.file.unlink()
    assert notes_of(database, None, None) == []
    (tmp_path / "copy.sqlite").rename(database.file)  # restored while the cockpit runs
    assert [one.said.note for one in notes_of(database, None, None)] == ["kept"]
    with pytest.raises(CallError, match="cannot be written to"):
        database.back_up(tmp_path / "nowhere" / "copy.sqlite")
    database.file.write_bytes(b"no database" * 500)
    with pytest.raises(DataError, match="cannot be read"):
        database.back_up(tmp_path / "copy.sqlite")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cockpit", "cockpit.toml"]


# ------------------------------------------------------------ the setting


def config(folder: Path, text: str) -> NotesDatabase:
    (folder / "cockpit.toml").write_text(text, encoding="utf-8")
    return NotesDatabase(read_config(folder / "cockpit.toml", CONTRACT))


def test_another_database_is_named_by_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES_URL", "sqlite:///elsewhere.db")
    database = config(tmp_path, '[notes]\nurl = "env:NOTES_URL"\n')
    put(database)
    assert database.file == tmp_path / "elsewhere.db" and database.file.exists()
    monkeypatch.delenv("NOTES_URL")
    with pytest.raises(CallError, match=r"\[notes\] reads its URL from the environment variable NOTES_URL"):
        put(config(tmp_path, '[notes]\nurl = "env:NOTES_URL"\n'))


def test_a_server_that_is_not_there_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+nodriver://li:pass%40word@127.0.0.1:1/notes"
    database = config(tmp_path, f'[notes]\nurl = "{url}"\n')
    with pytest.raises(CockpitError) as told:
        notes_of(database, None, None)
    assert "cannot be read" in str(told.value)
    assert "pass" not in str(told.value) and "127.0.0.1" not in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        '[notes]\nurl = ""\n',
        "[notes]\n",
        '[notes]\nurl = "pass@word"\n',
        '[notes]\nurl = "a://b"\nx = 1\n',
        "notes = 1\n",
    ],
)
def test_a_wrong_setting_is_refused_without_being_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"\[notes\] holds one setting") as told:
        config(tmp_path, text)
    assert "pass@word" not in str(told.value)


# ------------------------------------------------------------ the terminal


def test_the_terminal_counts_and_copies(database: NotesDatabase, tmp_path: Path) -> None:
    where = ("--config", tmp_path / "cockpit.toml")
    [row] = run_cockpit("notes", *where, "--format", "json").rows
    assert row["open"] == 0 and row["steps"] == "0 of 5" and not database.file.exists()  # type: ignore[union-attr]
    put(database)
    save(database, "li", SavedView("mine", "overview", "at=00"))
    [row] = run_cockpit("notes", *where, "--format", "json").rows
    assert (row["open"], row["saved_views"], row["steps"], row["writable"]) == (1, 1, "5 of 5", True)
    answer = run_cockpit("notes", *where, "--backup", tmp_path / "copy.sqlite")
    assert answer.code == 0 and (tmp_path / "copy.sqlite").exists()
    assert run_cockpit("notes", *where, "--backup", tmp_path / "no" / "copy.sqlite").code == 2
