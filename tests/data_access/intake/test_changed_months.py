"""Of a database only those months are fetched that changed (`changed`), and the snapshot is the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from data_access import snapshot as life
from metrics.book import subject as book
from tests.conftest import Run
from tests.data_access.intake.changing import INSTITUTIONS, NAMES, SERVERS, alike, counted
from tests.databases import served

TODAY = "2026-12-31"
SQL = "select * from months -- all of them: 100 %"
COLUMN, QUERY = "updated_at", "select month, sum(version) as checksum from months group by month;"
MONTHS = ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
EACH = 30  # customers of a month


@pytest.fixture(scope="module", params=SERVERS, ids=NAMES)
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    with served(request.param) as found:
        yield found


class Banks:
    """The same bank twice: one fetches what changed, the other everything."""

    def __init__(self, folder: Path, server: Any, run: Run) -> None:
        self.folder, self.server, self.run = folder, server, run
        self.fetched = 0
        self.is_other = True
        self.settings("changed", COLUMN)
        self.settings("whole", "")
        rows = [(month, number) for month in MONTHS for number in range(EACH)]
        server.run(
            "drop table if exists months",
            "create table months (month date, customer_id varchar(9), institution_id varchar(9), "
            "aum numeric(18, 2), deposit numeric(18, 2), updated_at timestamp null, version int)",
            *(self.row(month, number) for month, number in rows),
        )

    def change(self, *statements: str) -> None:
        """Of the database, so that both are to be built."""
        self.server.run(*statements)
        self.is_other = True

    def place(self, institutions: str) -> None:
        (self.folder / "institutions.csv").write_text(institutions)
        self.is_other = True

    def counts(self, rows: int) -> None:
        self.fetched += rows

    def row(self, month: str, number: int, aum: str = "7.50") -> str:
        place = "AB"[number % 2]
        told = f"'{month}', '{number:04}', '{place}', {number}{aum}, {number}.25, '2026-07-01 08:00:00', 1"
        return f"insert into months values ({told})"

    def settings(self, name: str, changed: str, more: str = "", sql: str = SQL) -> None:
        """A configuration in a folder of its own; the institutions are the same."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        self.place(INSTITUTIONS)
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
        """Builds both, and holds them against each other; everything is fetched again where it changed."""
        if self.is_other:
            answer = self.build("whole", "--accept")
            assert answer.code == 0, answer.err
            self.is_other = False
        whole = self.snapshot("whole")
        answer = self.build("changed", "--accept")
        assert answer.code == 0, answer.err
        found = self.snapshot("changed")
        alike(found, whole)
        return found

    def snapshot(self, name: str) -> life.Snapshot:
        return life.open_snapshot(self.folder / name / ".cockpit")

    def notes(self) -> str:
        return " ".join(note for row in self.snapshot("changed").manifest["reports"] for note in row["notes"])


@pytest.fixture
def banks(
    server: Any, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Banks:
    """Every mart is built of the rows in one test alone, and of a server."""
    found = Banks(tmp_path, server, run)
    counted(monkeypatch, found.counts)
    if request.function is not test_only_months_that_changed_are_fetched or server.url().startswith("sqlite"):
        monkeypatch.setattr("cockpit.SUBJECTS", (book.SUBJECT,))
    return found


def test_only_months_that_changed_are_fetched(banks: Banks) -> None:
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH
    banks.both()
    assert banks.fetched == 0 and "0 of 4 months were fetched" in banks.notes()

    banks.change(
        "update months set aum = 9, updated_at = '2026-07-02 08:00:00' "
        "where month = '2026-04-30' and customer_id = '0003'",
        "delete from months where month = '2026-05-31' and customer_id = '0004'",
        *(banks.row("2026-07-31", number) for number in range(EACH + 2)),
    )
    snapshot = banks.both()
    assert banks.fetched == EACH + EACH - 1 + EACH + 2
    assert [row["month"] for row in snapshot.manifest["restated"]] == ["2026-04-30", "2026-05-31"]

    banks.change("delete from months where month = '2026-03-31'")
    snapshot = banks.both()
    assert banks.fetched == 0 and snapshot.manifest["months"][0] == "2026-04-30"


def test_kept_rows_are_held_against_the_tables_of_today(banks: Banks) -> None:
    """An institution that is no longer delivered; and back again."""
    banks.both()
    banks.place(INSTITUTIONS.replace("B,1,outlet,B\n", ""))
    for name in ("whole", "changed"):
        answer = banks.build(name)
        assert answer.code == 1 and "unknown" not in answer.err and "quarantine" in answer.err
    assert banks.fetched == 0
    share = "[policy]\nquarantine_share = 0.6"
    banks.settings("whole", "", share)
    banks.settings("changed", COLUMN, share)
    banks.place(INSTITUTIONS.replace("B,1,outlet,B\n", ""))
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH  # other settings
    banks.place(INSTITUTIONS)
    banks.both()
    assert banks.fetched == len(MONTHS) * EACH  # rows that were in quarantine are in no checked file
    banks.both()
    assert banks.fetched == 0


def test_other_settings_and_columns_fetch_everything(banks: Banks) -> None:
    banks.both()
    banks.settings("changed", COLUMN, "[policy]\namount_limit = 100_000_000")
    assert banks.build().code == 0 and banks.fetched == len(MONTHS) * EACH
    banks.change("alter table months add column loan int")
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
    banks.change("update months set aum = 9, version = 2 where month = '2026-06-30' and customer_id = '0003'")
    banks.both()
    assert banks.fetched == EACH
    banks.settings("changed", f"{QUERY[:-1]} having month <> '2026-06-30'")
    banks.both()
    banks.both()
    assert banks.fetched == EACH  # a month of which it says nothing


def test_rows_without_a_word_of_their_change_are_fetched(banks: Banks) -> None:
    banks.change("update months set updated_at = null where month = '2026-06-30' and customer_id = '0003'")
    banks.both()
    banks.both()
    assert banks.fetched == EACH


def test_rows_that_do_not_agree_with_their_marks_are_all_fetched(
    banks: Banks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a server takes a value of the month for another than it gave."""
    banks.both()
    banks.change("delete from months where month = '2026-05-31' and customer_id = '0004'")
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
    own = "with a column of its own"
    for text, words in (
        ('[tables.customer_months]\ncsv = "x.csv"\nchanged = "updated_at"', own),
        ('[tables.customers]\nsql = "select 1"\ndatabase = "files"\nchanged = "c"', "no day that it keeps"),
        ('[tables.opportunities]\nsql = "select 1"\ndatabase = "x"\nchanged = "c"', "no day that it keeps"),
        ('[tables.holdings]\nsql = "select 1"\ndatabase = "x"\nchanged = "c"', "no day that it keeps"),
        ('[tables.customer_months]\nsql = "select 1"\ndatabase = "files"\nchanged = "updated_at"', own),
        (
            '[tables.customer_months]\nsql = "select 1"\ndatabase = "x"\nchanged = "c"\nlevels = ["a"]\n'
            '[databases.x]\nurl = "sqlite:///x"',
            "not with levels",
        ),
        (
            '[tables.stage_events]\nsql = "select 1"\ndatabase = "x"\nchanged = "c"\n'
            'stage_dates = { lead = "D" }\n[databases.x]\nurl = "sqlite:///x"',
            "not with stage_dates",
        ),
    ):
        (tmp_path / "cockpit.toml").write_text(text)
        answer = run("check", "--config", tmp_path / "cockpit.toml")
        assert answer.code == 2 and words in answer.err, answer.err
