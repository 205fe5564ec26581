"""Tables by day from a database: only months that changed are fetched (`changed`), and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_access import snapshot as life
from metrics import CONTRACT
from metrics.balance import subject as balance
from metrics.book import subject as book
from metrics.funnel import subject as funnel
from tests.conftest import Run
from tests.data_access.intake.changing import INSTITUTIONS, NAMES, SERVERS, alike, counted
from tests.databases import served

TODAY = "2026-12-31"
DAYS = ["2026-03-30", "2026-03-31", "2026-04-29", "2026-04-30", "2026-05-28", "2026-05-29"]
LINES = ("deposit", "loan", "wealth")
EACH = len(LINES) * 2  # balances of a day
THEN, NOW = "2026-07-01 08:00:00", "2026-07-02 08:00:00"
SETTINGS = """
[policy]
quarantine_share = 0.6
[tables.institutions]
csv = "../institutions.csv"
[tables.managers]
csv = "../managers.csv"
[tables.opportunities]
csv = "../deals.csv"
[tables.daily_balances]
database = "own"
sql = "select dt, institution_id, business_line, balance, updated_at from balances"
columns = {{ date = "dt" }}
{changed}
[tables.contacts]
database = "own"
sql = "select * from contacts"
{changed}
[databases.own]
url = "{url}"
"""


@pytest.fixture(scope="module", params=SERVERS, ids=NAMES)
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    with served(request.param) as found:
        yield found


class Banks:
    """The same bank twice: one fetches what changed, the other everything; `fetched`: rows of each query."""

    def __init__(self, folder: Path, server: Any, run: Run) -> None:
        self.folder, self.server, self.run = folder, server, run
        self.fetched: list[int] = []
        (folder / "institutions.csv").write_text(INSTITUTIONS)
        (folder / "managers.csv").write_text("manager_id,name\nM1,One\nM2,Two\n")
        (folder / "deals.csv").write_text(
            "opportunity_id,institution_id,outcome,created_on\nD1,A,open,2026-03-01\n"
        )
        self.settings('changed = "updated_at"')
        server.run(
            "drop table if exists balances",
            "drop table if exists contacts",
            "create table balances (dt date, institution_id varchar(9), business_line varchar(9), "
            "balance numeric(18, 2), updated_at timestamp null)",
            "create table contacts (contact_id varchar(9), contacted_on date, institution_id varchar(9), "
            "manager_id varchar(9), opportunity_id varchar(9), updated_at timestamp null)",
            *(row for day in DAYS for row in (*balances(day), *contacts(day))),
        )

    def settings(self, changed: str) -> None:
        for name, told in (("changed", changed), ("whole", "")):
            (self.folder / name).mkdir(exist_ok=True)
            text = SETTINGS.format(changed=told, url=self.server.url())
            (self.folder / name / "cockpit.toml").write_text(text, encoding="utf-8")

    def both(self, *statements: str) -> life.Snapshot:
        """Changes the database, builds both, and holds them against each other."""
        self.server.run("select 1", *statements)
        for name in ("whole", "changed"):
            self.fetched = []
            config = self.folder / name / "cockpit.toml"
            answer = self.run("build", "--config", config, "--today", TODAY, "--accept")
            assert answer.code == 0, answer.err
        found = life.open_snapshot(self.folder / "changed" / ".cockpit")
        alike(found, life.open_snapshot(self.folder / "whole" / ".cockpit"))
        return found


def balances(day: str, amount: int = 5) -> list[str]:
    return [
        f"insert into balances values ('{day}', '{place}', '{line}', {amount}.25, '{THEN}')"
        for place in "AB"
        for line in LINES
    ]


def contacts(day: str, manager: str = "M1") -> list[str]:
    return [
        f"insert into contacts values ('{day[2:]}{place}', '{day}', '{place}', '{manager}', 'D1', '{THEN}')"
        for place in "AB"
    ]


@pytest.fixture
def banks(server: Any, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Banks:
    found = Banks(tmp_path, server, run)
    counted(monkeypatch, lambda rows: found.fetched.append(rows))
    monkeypatch.setattr("cockpit.SUBJECTS", (book.SUBJECT, balance.SUBJECT, funnel.SUBJECT))
    return found


def test_only_months_that_changed_are_fetched(banks: Banks) -> None:
    """Rows of daily balances and of contacts, one query each."""
    banks.both()
    assert banks.fetched == [len(DAYS) * EACH, len(DAYS) * 2]
    found = banks.both()
    assert banks.fetched == []  # nothing came of either
    assert len([name for name in found.manifest["files"] if name.startswith("checked/")]) == 6

    banks.both(
        f"update balances set balance = 9.75, updated_at = '{NOW}' where dt = '2026-03-30' and balance > 0",
        "delete from balances where dt = '2026-04-30' and business_line = 'loan'",
        *balances("2026-06-30"),
        *contacts("2026-06-30", manager="M9"),
    )
    assert banks.fetched == [3 * EACH + EACH + (EACH - 2), 2]
    banks.both()
    assert banks.fetched == [2]  # contacts of a manager whom nobody knows are said again

    banks.both(
        "delete from balances where dt < '2026-04-01'",
        "update contacts set contacted_on = '2026-05-01' where contact_id = '26-03-31A'",
        f"insert into contacts values ('26-04-29A', '2026-05-29', 'A', 'M2', 'D1', '{THEN}')",
    )
    # March lost a contact to May; the one of May and that of April, which is kept, have one id
    assert banks.fetched == [3 + 6 + 2]
    banks.both()
    assert banks.fetched == [4 + 6 + 2]  # those in quarantine are in no checked file


def test_kept_rows_are_held_against_the_tables_of_today(banks: Banks) -> None:
    banks.both()
    (banks.folder / "institutions.csv").write_text(INSTITUTIONS.replace("B,1,outlet,B\n", ""))
    banks.both()
    assert banks.fetched == []
    (banks.folder / "institutions.csv").write_text(INSTITUTIONS)
    banks.both()
    assert banks.fetched == [len(DAYS) * EACH, len(DAYS) * 2]
    (banks.folder / "managers.csv").write_text("manager_id,name\nM2,Two\nM1,One\n")
    banks.both()
    assert banks.fetched == []


def test_a_query_of_the_bank_tells_what_changed(banks: Banks) -> None:
    banks.settings('changed = "select dt as month, sum(balance) as checksum from balances group by dt"')
    banks.both()
    banks.both("update balances set balance = 9.75 where dt = '2026-04-29'")
    assert banks.fetched == [2 * EACH, 2 * 2]  # both tables go by it
    banks.settings('changed = "select updated_at as month, 1 as checksum from contacts"')
    banks.both()
    banks.both()
    assert banks.fetched == [len(DAYS) * EACH, len(DAYS) * 2]  # it says nothing of these months


def test_tables_whose_rows_have_a_day_for_good() -> None:
    assert {name: table.dated for name, table in CONTRACT.tables.items() if table.dated} == {
        "customer_months": "month",
        "daily_balances": "date",
        "stage_events": "entered_on",
        "opportunity_changes": "changed_on",
        "contacts": "contacted_on",
        "large_moves": "date",
    }
