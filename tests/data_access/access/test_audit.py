"""The record of acts: nothing changed, removed or mixed up goes unseen, whatever ends the process."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_access.access import audit
from data_access.access.audit import Act, record, search, verify
from data_access.access.settings import Audit
from data_access.errors import CallError, CockpitError

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Bank:
    snapshots: Path
    timezone: str = "Asia/Shanghai"
    audit: Audit = field(default_factory=Audit)


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


def written(bank: Bank, n: int, user: str = "w") -> None:
    for number in range(n):
        record(bank, Act.page, user, page="overview", rows=number)


def test_a_record_is_one_line_that_says_who_when_and_what(bank: Bank) -> None:
    words = {
        "institution": "001101",
        "page": "overview",
        "period": "2026-10",
        "rows": 3,
        "snapshot": "261031-1",
    }
    assert record(bank, Act.list, "li.wei", by="admin", **words)
    [entry] = search(bank)
    assert {key: entry[key] for key in words} == words
    assert (entry["user"], entry["by"], entry["act"], entry["before"]) == ("li.wei", "admin", "list", "")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(entry["time"])).total_seconds()) < 5
    [path] = audit.files(bank)
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700


def test_what_is_said_stays_on_its_line_and_is_cut(bank: Bank) -> None:
    record(bank, Act.page, "a\nb", page="x\u2028y\r\x00" + "z" * 5_000, filters=["k"] * 500)
    assert len(audit.files(bank)[0].read_text("utf-8").splitlines()) == 1
    [entry] = search(bank)
    assert entry["user"] == "a b" and len(entry["page"]) == 200 and len(entry["filters"]) == 50
    assert verify(bank).faults == ()


def test_a_flipped_byte_is_found_wherever_it_is(bank: Bank) -> None:
    written(bank, 6)
    seal = verify(bank).last
    [path] = audit.files(bank)
    whole = path.read_bytes()
    for place in range(len(whole)):
        spoiled = bytearray(whole)
        spoiled[place] ^= 1
        path.write_bytes(bytes(spoiled))
        assert verify(bank, seal).faults, place
    path.write_bytes(whole)
    assert verify(bank, seal).faults == ()


@pytest.mark.parametrize("gone", range(6))
def test_a_removed_line_is_found(bank: Bank, gone: int) -> None:
    written(bank, 6)
    seal = verify(bank).last
    [path] = audit.files(bank)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    assert verify(bank, seal).faults
    assert bool(verify(bank).faults) == (gone != 5)  # the newest: only its seal, noted elsewhere, tells
    swapped = [*lines[:2], lines[3], lines[2], *lines[4:]]
    path.write_bytes(b"".join(swapped))
    assert verify(bank).faults


def test_the_chain_goes_on_across_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = Bank(tmp_path, audit=Audit(file_megabytes=0))  # each file full at once
    written(bank, 4)
    names = [path.name for path in audit.files(bank)]
    month = f"{datetime.now(UTC):%Y-%m}"
    assert names == [f"{month}-{n:04d}.jsonl" for n in (1, 2, 3, 4)]
    assert verify(bank).records == 4 and verify(bank).faults == ()
    middle = audit.files(bank)[1]
    kept = middle.read_bytes()
    middle.unlink()
    assert "0003.jsonl line 1" in verify(bank).faults[0]
    middle.write_bytes(kept)
    audit.files(bank)[0].unlink()
    assert "are gone" in verify(bank).faults[0]
    monkeypatch.setattr(audit, "KEPT_DAYS", 0)  # old enough to be removed
    assert verify(bank).faults == ()


def test_a_month_begins_a_file_and_a_clock_set_back_does_not(bank: Bank) -> None:
    written(bank, 1)
    path = audit.files(bank)[0]
    later = path.rename(path.with_name("2999-01-0007.jsonl"))
    written(bank, 1)
    assert audit.files(bank) == [later] and verify(bank).records == 2
    later.rename(path.with_name("2020-01-0007.jsonl"))
    written(bank, 1)
    assert len(audit.files(bank)) == 2 and verify(bank).faults == ()


@pytest.mark.parametrize("length", [1, 30, 90, 130])
def test_a_torn_line_is_closed_by_the_next_and_told(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """As a full disk or a killed process leaves it."""
    written(bank, 3)
    write = os.write
    monkeypatch.setattr(audit.os, "write", lambda handle, text: write(handle, text[:length]))
    with pytest.raises(CockpitError):
        record(bank, Act.export, "li")
    monkeypatch.undo()
    assert len(verify(bank).torn) == 1 and verify(bank).records == 3
    written(bank, 2)
    found = verify(bank)
    assert len(found.torn) == 1 and found.records == 5 and found.faults == ()
    [path] = audit.files(bank)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))  # the line before the torn one
    assert bool(verify(bank).faults) == (length > 80)  # as far as its seal had been written


def writer(bank: Bank, n: int, user: str) -> subprocess.Popen[bytes]:
    """A process of its own that writes so many lines."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]);"
        "from tests.data_access.access.test_audit import Bank, written; from pathlib import Path;"
        "written(Bank(Path(sys.argv[1])), int(sys.argv[3]), sys.argv[4])"
    )
    words = [str(bank.snapshots), str(ROOT), str(n), user]
    return subprocess.Popen([sys.executable, "-c", code, *words])


def test_killed_in_the_middle_it_loses_one_line_at_most(bank: Bank) -> None:
    for number in range(6):
        child = writer(bank, 100_000, "w")
        before = sum(path.stat().st_size for path in audit.files(bank))
        until = time.monotonic() + 20
        while sum(p.stat().st_size for p in audit.files(bank)) <= before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.013 * number)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert record(bank, Act.page, "after", rows=number)  # nobody holds the lock any more
        found = verify(bank)
        assert found.faults == () and len(found.torn) <= number + 1
    assert [entry["rows"] for entry in search(bank, user="after")] == list(range(6))
    assert verify(bank).records > 6


def test_two_processes_mix_no_lines(bank: Bank) -> None:
    both = [writer(bank, 1_000, user) for user in ("a", "b")]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert verify(bank).records == 2_000 and verify(bank).faults == () and verify(bank).torn == ()
    for user in ("a", "b"):
        assert [entry["rows"] for entry in search(bank, user=user)] == list(range(1_000))


def test_where_nothing_can_be_written_views_go_on_and_exports_do_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit").write_text("in the way")
    bank = Bank(tmp_path)
    assert record(bank, Act.page, "li") is False
    assert len(caplog.records) == 1 and "li" not in caplog.records[0].getMessage().split()
    for act in (Act.export, Act.unmask):
        with pytest.raises(CockpitError, match="audit record cannot be written"):
            record(bank, act, "li")


def test_files_of_a_day_are_counted_and_refused(bank: Bank) -> None:
    for _ in range(3):
        record(bank, Act.export, "li", most=3, form="xlsx")
    record(bank, Act.export, "li", form="text")
    record(bank, Act.export, "wang", most=3, form="xlsx")
    with pytest.raises(CallError, match="taken along 3 files today, and no more than 3"):
        record(bank, Act.export, "li", most=3, form="xlsx")
    assert len(search(bank, user="li", act="export")) == 4


def test_files_taken_as_another_user_count_for_the_administrator(bank: Bank) -> None:
    for _ in range(2):
        record(bank, Act.export, "li", by="root", most=2, form="xlsx")
    with pytest.raises(CallError, match="taken along 2 files"):
        record(bank, Act.export, "wang", by="root", most=2, form="xlsx")
    with pytest.raises(CallError, match="taken along 2 files"):
        record(bank, Act.export, "root", most=2, form="xlsx")
    record(bank, Act.export, "li", most=1, form="xlsx")  # his own are untouched
    assert audit.count(bank, Act.export, "li") == 1


def test_yesterdays_files_do_not_count(bank: Bank) -> None:
    record(bank, Act.export, "li", form="xlsx")
    [path] = audit.files(bank)
    entry = json.loads(path.read_text())
    path.write_text(
        json.dumps(entry | {"time": "2026-01-01T15:59:59.000+00:00"}, separators=(",", ":")) + "\n"
    )
    assert audit.count(bank, Act.export, "li") == 0
    record(bank, Act.export, "li", most=1, form="xlsx")
    day = search(bank, first=date(2026, 1, 1), last=date(2026, 1, 1))
    assert len(day) == 1 and search(bank, last=date(2025, 12, 31)) == []  # 23:59 in Shanghai
