"""Of a database only those months are fetched that changed (`changed`), and the snapshot is the same."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy

from data_access import snapshot as life
from data_access.intake import databases
from tests.conftest import Run
from tests.databases import mariadb, postgresql

TODAY = "2026-12-31"
SQL = "select * from months -- all of them: 100 %"
COLUMN, QUERY = "updated_at", "select month, sum(version) as checksum from months group by month;"
INSTITUTIONS = "institution_id,parent_id,level,name\n1,,head_office,Bank\nA,1,outlet,A\nB,1,outlet,B\n"
MONTHS = ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
EACH = 30  # customers of a month


@contextmanager
def sqlite(folder: Path) -> Iterator["File"]:
    yield File(folder / "own.sqlite")


class File:
    """A file of SQLite, as the servers of the tests are used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def url(self, _user: str = "") -> str:
        return f"sqlite:///{self.path}"

    def run(self, *statements: str) -> None:
        engine = sqlalchemy.create_engine(self.url())
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(
    scope="module",
    params=[
        sqlite,
        pytest.param(postgresql, marks=pytest.mark.slow),
        pytest.param(mariadb, marks=pytest.mark.slow),
    ],
    ids=["sqlite", "postgresql", "mariadb"],
)
def server(request: Any) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="server-") as folder:
        Path(folder).chmod(0o755)
        with request.param(Path(folder)) as found:
            yield found


class Banks:
    """The same bank twice: one fetches what changed, the other everything."""

    def __init__(self, folder: Path, server: Any, run: Run) -> None:
        self.folder, self.server, self.run = folder, server, run
        self.fetched = 0
        self.settings("changed", COLUMN)
        self.settings("whole", "")
        rows = [(month, number) for month in MONTHS for number in range(EACH)]
        server.run(
            "drop table if exists months",
            "create table months (month date, customer_id varchar(9), institution_id varchar(9), "
            "aum numeric(18, 2), deposit numeric(18, 2), updated_at timestamp null, version int)",
            *(self.row(month, number) for month, number in rows),
        )

    def row(self, month: str, number: int, aum: str = "7.50") -> str:
        place = "AB"[number % 2]
        told = f"'{month}', '{number:04}', '{place}', {number}{aum}, {number}.25, '2026-07-01 08:00:00', 1"
        return f"insert into months values ({told})"

    def settings(self, name: str, changed: str, more: str = "", sql: str = SQL) -> None:
        """A configuration in a folder of its own; the institutions are the same."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (self.folder / "institutions.csv").write_text(INSTITUTIONS)
        told = [
            '[tables.institutions]\ncsv = "../institutions.csv"\n[tables.customer_months]\ndatabase = "own"',
            f'sql = "{sql}"',
            f'changed = "{changed}"' if changed else "",
            f'[databases.own]\nurl = "{self.server.url()}"',
        ]
        (folder / "cockpit.toml").write_text("\n".join([more, *told]), encoding="utf-8")

    def build(self, name: str = "changed", *more: str) -> Any:
        self.fetched = 0
        config = self.folder / name / "cockpit.toml"
        return self.run("build", "--config", config, "--today", TODAY, *more)

    def both(self) -> life.Snapshot:
        """Builds both, and holds them against each other."""
        answer = self.build("whole", "--accept")
        assert answer.code == 0, answer.err
        whole = self.snapshot("whole")
        answer = self.build("changed", "--accept")
        assert answer.code == 0, answer.err
        found = self.snapshot("changed")
        assert contents(found) == contents(whole)
        counts = ("rows_in", "loaded", "quarantined", "duplicate", "as_of")
        assert [[row[c] for c in counts] for row in found.manifest["reports"]] == [
            [row[c] for c in counts] for row in whole.manifest["reports"]
        ]
        assert found.manifest["facts"] == whole.manifest["facts"]
        return found

    def snapshot(self, name: str) -> life.Snapshot:
        return life.open_snapshot(self.folder / name / ".cockpit")

    def notes(self) -> str:
        return " ".join(note for row in self.snapshot("changed").manifest["reports"] for note in row["notes"])


def contents(snapshot: life.Snapshot) -> dict[str, Any]:
    """What each mart, list and table holds; rows of a kept month have no number in a quarantine."""
    kept = [name for name in snapshot.manifest["files"] if name.endswith(".parquet")]
    kept = [name for name in kept if not name.startswith("partitions/")]
    frames = {name: pl.read_parquet(snapshot.folder / name) for name in kept}
    frames = {name: frame.drop("row", "source", strict=False) for name, frame in frames.items()}
    return {name: frame.hash_rows().sort().to_list() for name, frame in frames.items()}


@pytest.fixture
def banks(server: Any, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Banks:
    found = Banks(tmp_path, server, run)
    frame: Callable[..., pl.DataFrame] = databases._frame

    def counted(rows: Any, names: list[str]) -> pl.DataFrame:
        found.fetched += len(rows)
        return frame(rows, names)

    monkeypatch.setattr(databases, "_frame", counted)
    return found


def test_only_months_that_changed_are_fetched(banks: Banks) -> None:
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH
    banks.both()
    assert banks.fetched == 0 and "0 of 4 months were fetched" in banks.notes()

    banks.server.run(
        "update months set aum = 9, updated_at = '2026-07-02 08:00:00' "
        "where month = '2026-04-30' and customer_id = '0003'",
        "delete from months where month = '2026-05-31' and customer_id = '0004'",
        *(banks.row("2026-07-31", number) for number in range(EACH + 2)),
    )
    snapshot = banks.both()
    assert banks.fetched == EACH + EACH - 1 + EACH + 2
    assert [row["month"] for row in snapshot.manifest["restated"]] == ["2026-04-30", "2026-05-31"]

    banks.server.run("delete from months where month = '2026-03-31'")
    snapshot = banks.both()
    assert banks.fetched == 0 and snapshot.manifest["months"][0] == "2026-04-30"


def test_kept_rows_are_held_against_the_tables_of_today(banks: Banks) -> None:
    """An institution that is no longer delivered; and back again."""
    banks.both()
    (banks.folder / "institutions.csv").write_text(INSTITUTIONS.replace("B,1,outlet,B\n", ""))
    for name in ("whole", "changed"):
        answer = banks.build(name)
        assert answer.code == 1 and "unknown" not in answer.err and "quarantine" in answer.err
    assert banks.fetched == 0
    share = "[policy]\nquarantine_share = 0.6"
    banks.settings("whole", "", share)
    banks.settings("changed", COLUMN, share)
    (banks.folder / "institutions.csv").write_text(INSTITUTIONS.replace("B,1,outlet,B\n", ""))
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH  # other settings
    (banks.folder / "institutions.csv").write_text(INSTITUTIONS)
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH  # rows that were in quarantine are in no checked file
    banks.both()
    assert banks.fetched == 0


def test_other_settings_and_columns_fetch_everything(banks: Banks) -> None:
    banks.both()
    banks.settings("changed", COLUMN, "[policy]\namount_limit = 100_000_000")
    assert banks.build().code == 0 and banks.fetched == len(MONTHS) * EACH
    banks.server.run("alter table months add column loan int")
    assert banks.build().code == 0 and banks.fetched == len(MONTHS) * EACH
    assert banks.build().code == 0 and banks.fetched == 0
    kept = banks.snapshot("changed").file("tables", "customer_months", "2026-04.parquet")
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    assert banks.build("changed", "--accept").code == 0 and banks.fetched == EACH
    assert banks.build().code == 0 and banks.fetched == 0


def test_a_query_of_the_bank_tells_what_changed(banks: Banks) -> None:
    banks.settings("changed", QUERY)
    banks.both()
    banks.both()
    assert banks.fetched == 0
    banks.server.run(
        "update months set aum = 9, version = 2 where month = '2026-06-30' and customer_id = '0003'"
    )
    banks.both()
    assert banks.fetched == EACH
    banks.settings("changed", f"{QUERY[:-1]} having month <> '2026-06-30'")
    banks.both()
    banks.both()
    assert banks.fetched == EACH  # a month of which it says nothing


def test_rows_without_a_word_of_their_change_are_fetched(banks: Banks) -> None:
    banks.server.run(
        "update months set updated_at = null where month = '2026-06-30' and customer_id = '0003'"
    )
    banks.both()
    banks.both()
    assert banks.fetched == EACH


def test_rows_that_do_not_agree_with_their_marks_are_all_fetched(
    banks: Banks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a server takes a value of the month for another than it gave."""
    banks.both()
    banks.server.run("delete from months where month = '2026-05-31' and customer_id = '0004'")
    monkeypatch.setattr("data_access.intake.changed._of_months", lambda *_: sqlalchemy.false())
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH - 1 and "0 rows came" in banks.notes()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ("changed_on", "does not say which months changed"),
        ("select month from months", "expected month and checksum"),
        ("select sum(version) from nowhere", "does not say which months changed"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(changed: str, words: str, banks: Banks) -> None:
    banks.settings("changed", changed)
    answer = banks.build()
    assert answer.code == 1 and words in answer.err and "Traceback" not in answer.err
    assert len([line for line in answer.err.splitlines() if words in line]) == 1


def test_where_it_makes_no_sense_it_is_refused(tmp_path: Path, run: Run) -> None:
    for text in (
        '[tables.customer_months]\ncsv = "x.csv"\nchanged = "updated_at"',
        '[tables.customers]\nsql = "select 1"\ndatabase = "files"\nchanged = "updated_at"',
        '[tables.customer_months]\nsql = "select 1"\ndatabase = "files"\nchanged = "updated_at"',
        '[tables.customer_months]\nsql = "select 1"\ndatabase = "x"\nchanged = "c"\nlevels = ["a"]\n'
        '[databases.x]\nurl = "sqlite:///x"',
    ):
        (tmp_path / "cockpit.toml").write_text(text)
        answer = run("check", "--config", tmp_path / "cockpit.toml")
        assert answer.code == 2 and "changed is for customer_months" in answer.err
