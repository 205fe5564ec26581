"""A snapshot from its build to its removal: identical, atomic, one build at a time, never half there."""

import hashlib
import json
import os
import subprocess
import sys
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest

from data_access import snapshot as life
from data_access.build.build import build
from data_access.errors import CallError, DataError
from data_access.intake.config import Config, read_config
from metrics import CONTRACT, SUBJECTS
from tests.metrics.small_bank import Bank, make, write

TODAY = date(2028, 1, 1)
REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def bank() -> Bank:
    return make(seed=5, nodes=9, customers=30, months=4, deals=25)


@pytest.fixture
def config(bank: Bank, tmp_path: Path) -> Config:
    return read_config(write(bank, tmp_path / "bank"), CONTRACT)


@pytest.fixture
def quick(tmp_path: Path) -> Config:
    """One table of one deal, for tests of which the content does not matter."""
    (tmp_path / "deals.csv").write_text(
        "opportunity_id,outcome,created_on\n1,open,2026-01-05\n", encoding="utf-8"
    )
    (tmp_path / "cockpit.toml").write_text('[tables.opportunities]\ncsv = "deals.csv"\n', encoding="utf-8")
    return read_config(tmp_path / "cockpit.toml", CONTRACT)


def built(config: Config) -> life.Snapshot:
    return build(config, SUBJECTS, TODAY, lambda _step, _share: None)[0]


def content(snapshot: life.Snapshot) -> dict[str, str]:
    """The content hash of every mart: names, height and Int64 bytes of each column, sorted by key."""
    found = {}
    for file in sorted(snapshot.file("marts").iterdir()):
        frame = pl.read_parquet(file)
        whole = frame.select(pl.all().cast(pl.Int64).fill_null(-(2**63))).sort(frame.columns)
        digest = hashlib.sha256(f"{whole.columns} {whole.height}".encode())
        for column in whole.iter_columns():
            digest.update(column.to_numpy().astype("<i8").tobytes())
        found[file.name] = digest.hexdigest()
    return found


def test_a_second_build_links_what_did_not_change(config: Config, bank: Bank) -> None:
    first, second = built(config), built(config)
    assert first.id != second.id
    assert life.current_id(config.snapshots) == second.id
    assert content(first) == content(second)
    same = [*first.file("tables", "customer_months").iterdir(), *first.file("partitions").rglob("*.parquet")]
    assert len(same) > 3 * len(bank.months)
    for file in same:
        assert file.stat().st_ino == second.file(str(file.relative_to(first.folder))).stat().st_ino


def test_only_a_changed_month_is_built_anew(config: Config, bank: Bank) -> None:
    """The changed month, and the flows into the next one."""
    first = built(config)
    row = next(row for row in bank.customer_months if row["month"] == bank.months[1])
    row["loan"] = 123_456_78
    write(bank, config.folder)
    second = built(config)
    linked = {
        file.name
        for file in second.file("partitions", "book").iterdir()
        if file.stat().st_ino in {other.stat().st_ino for other in first.file("partitions", "book").iterdir()}
    }
    months = {name[:7] for name in linked}
    assert months == {f"{bank.months[0]:%Y-%m}", f"{bank.months[3]:%Y-%m}"}
    assert content(first)["book.own.parquet"] != content(second)["book.own.parquet"]


@pytest.mark.slow
def test_the_order_of_rows_does_not_change_the_content(bank: Bank, tmp_path: Path) -> None:
    plain = built(read_config(write(bank, tmp_path / "plain"), CONTRACT))
    for shuffle in (1, 2):
        other = built(read_config(write(bank, tmp_path / f"other{shuffle}", shuffle), CONTRACT))
        assert content(plain) == content(other)
        assert pl.read_parquet(plain.file("ids", "customers.parquet")).equals(
            pl.read_parquet(other.file("ids", "customers.parquet"))
        )


@pytest.mark.slow
def test_numbers_are_kept_for_ever(config: Config, bank: Bank) -> None:
    """Of customers and institutions that go, of those that stay, and of those that come back."""
    numbers = []
    gone = min(person["customer_id"] for person in bank.customers)
    all_people, all_months = bank.customers, bank.customer_months
    for step in range(3):
        without = gone if step == 1 else None
        bank.customers = [row for row in all_people if row["customer_id"] != without]
        bank.customer_months = [row for row in all_months if row["customer_id"] != without]
        for deal in bank.deals:
            deal["customer_id"] = None
        if step == 1:  # new ids that sort before all others
            bank.customers.append(all_people[0] | {"customer_id": "!new"})
            bank.parent["!new"] = next(iter(bank.parent))
            bank.level["!new"] = "outlet"
        elif step == 2:
            bank.customers.append(all_people[0] | {"customer_id": "!new"})
        write(bank, config.folder)
        snapshot = built(config)
        numbers.append(
            {
                table: dict(pl.read_parquet(snapshot.file("ids", f"{table}.parquet")).iter_rows())
                for table in ("customers", "institutions", "managers", "opportunities")
            }
        )
    for before, after in pairwise(numbers):
        for table, known in before.items():
            assert known.items() <= after[table].items()
            assert len(set(after[table].values())) == len(after[table])
    assert numbers[2]["customers"][gone] == numbers[0]["customers"][gone]
    # the rows behind the numbers are those of the ids
    people = pl.read_parquet(snapshot.file("tables", "customers.parquet"))
    assert (
        dict(people.select("customer_id", "customer_no").iter_rows()).items()
        <= numbers[2]["customers"].items()
    )


def test_a_flipped_byte_is_found(config: Config) -> None:
    snapshot = built(config)
    life.verify(snapshot)
    for file in (snapshot.file("marts", "book.own.parquet"), snapshot.file("models", "learned.json")):
        whole = bytearray(file.read_bytes())
        whole[len(whole) // 2] ^= 1
        file.write_bytes(whole)
        with pytest.raises(DataError, match=file.name):
            life.verify(snapshot)
        whole[len(whole) // 2] ^= 1
        file.write_bytes(whole)
        life.verify(snapshot)
    snapshot.file("marts", "reaches.own.parquet").unlink()
    with pytest.raises(DataError, match="reaches"):
        life.verify(snapshot)


def test_a_damaged_manifest_is_one_sentence(config: Config, run: Any) -> None:
    snapshot = built(config)
    snapshot.file("manifest.json").write_text("{", encoding="utf-8")
    answer = run("metric", "book.summary", "--config", config.path)
    assert answer.code == 1
    assert snapshot.id in answer.err


def lock(config: Config, **words: Any) -> Path:
    config.snapshots.mkdir(exist_ok=True)
    path = config.snapshots / "build.lock"
    path.write_text(json.dumps(words), encoding="utf-8")
    return path


def test_the_lock_of_a_dead_process_is_taken_over(quick: Config) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for words in (
        {"pid": ended.pid, "started": time.time()},
        {"pid": os.getpid(), "started": 1.0},  # the number went to another process since
        {},
    ):
        path = lock(quick, **words)
        built(quick)
        assert not path.exists()
    path.write_text("", encoding="utf-8")  # cut short
    built(quick)
    assert not path.exists()


def test_a_second_build_waits_for_nobody(config: Config, run: Any) -> None:
    """A living builder keeps its lock; the refused build changes nothing."""
    former = built(config)
    path = lock(config, pid=os.getpid(), started=psutil.Process().create_time(), step="mart book")
    before = path.read_text("utf-8")
    answer = run("build", "--config", config.path, "--today", "2028-01-01")
    assert answer.code == 1
    assert str(os.getpid()) in answer.err
    assert "mart book" in answer.err
    assert path.read_text("utf-8") == before
    assert life.current_id(config.snapshots) == former.id
    assert len(list((config.snapshots / "snapshots").iterdir())) == 1


def test_the_lock_is_never_seen_empty(quick: Config) -> None:
    """Whoever finds the file can read who holds it: a half-written lock would be taken over."""
    quick.snapshots.mkdir()
    watcher = subprocess.Popen(
        [sys.executable, "-c", WATCH, str(quick.snapshots / "build.lock")], stdout=subprocess.PIPE, text=True
    )
    assert watcher.stdout is not None
    watcher.stdout.readline()
    for _ in range(300):
        with life.build_lock(quick.snapshots) as held:
            held.says(step="x")
    (quick.snapshots / "end").touch()
    counted = json.loads(watcher.communicate(timeout=20)[0])
    assert counted["found"] > 0
    assert counted["empty"] == 0


WATCH = """
import json, pathlib, sys
path, found, empty = pathlib.Path(sys.argv[1]), 0, 0
print("watching", flush=True)
while not path.with_name("end").exists():
    try:
        text = path.read_text()
    except OSError:
        continue
    found, empty = found + 1, empty + (not text)
print(json.dumps({"found": found, "empty": empty}))
"""


def test_three_snapshots_are_kept_and_those_in_use(quick: Config) -> None:
    ids = [built(quick).id for _ in range(3)]
    first = life.open_snapshot(quick.snapshots, ids[0])
    life.use(first)
    ids += [built(quick).id for _ in range(3)]
    kept = {path.name for path in (quick.snapshots / "snapshots").iterdir()}
    assert kept == {ids[0], *ids[-3:]}
    life.release(first)
    ids.append(built(quick).id)
    assert {path.name for path in (quick.snapshots / "snapshots").iterdir()} == set(ids[-3:])


def test_the_oldest_goes_first_whoever_read_it(quick: Config) -> None:
    """A reader's mark makes no snapshot younger."""
    ids = [built(quick).id for _ in range(3)]
    oldest = life.open_snapshot(quick.snapshots, ids[0])
    life.use(oldest)
    life.release(oldest)
    ids.append(built(quick).id)
    assert {path.name for path in (quick.snapshots / "snapshots").iterdir()} == set(ids[1:])


def test_a_dead_reader_keeps_nothing(quick: Config) -> None:
    snapshot = built(quick)
    snapshot.file("used_by").mkdir()
    snapshot.file("used_by", "999999999").write_text("1.0", encoding="ascii")
    for _ in range(3):
        built(quick)
    assert not snapshot.folder.exists()


def test_rollback_to_an_earlier_snapshot(quick: Config) -> None:
    first, second = built(quick), built(quick)
    assert life.open_snapshot(quick.snapshots).id == second.id
    assert life.open_snapshot(quick.snapshots, first.id).id == first.id
    with pytest.raises(CallError, match="000000-1"):
        life.open_snapshot(quick.snapshots, "000000-1")


def test_a_failing_builder_leaves_nothing(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    former = built(config)

    def fail(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("data_access.build.marts.write_mart", fail)
    with pytest.raises(OSError, match="No space"):
        built(config)
    assert [path.name for path in (config.snapshots / "snapshots").iterdir()] == [former.id]
    assert not (config.snapshots / "build.lock").exists()
    assert life.current_id(config.snapshots) == former.id
    life.verify(former, ("marts", "lists", "models", "tables", "partitions", "ids"))
