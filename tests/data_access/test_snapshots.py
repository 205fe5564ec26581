"""The snapshots that are kept: told, verified, rolled back to, pinned, removed; also on the command line."""

import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from data_access import retention
from data_access import snapshot as life
from data_access.errors import CallError, CockpitError, DataError
from tests.conftest import Run

DAYS = ("260831", "260930", "261031")
Disk = namedtuple("Disk", ("total", "used", "free"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three snapshots of a kilobyte of marts and one of what pages do not read; the newest is live."""
    (tmp_path / "cockpit.toml").write_text("[policy]\nkeep_snapshots = 2\n", encoding="utf-8")
    for day in DAYS:
        publish(tmp_path / ".cockpit", f"{day}-1")
    return tmp_path / ".cockpit"


def publish(root: Path, name: str) -> life.Snapshot:
    staging = root / "staging"
    for part in ("marts/book.own.parquet", "ids/customers.parquet"):
        (staging / part).parent.mkdir(parents=True, exist_ok=True)
        (staging / part).write_bytes(name.encode() * 125)
    (root / "snapshots").mkdir(exist_ok=True)
    made = life.publish(root, staging, name, {"as_of": {"customers": f"20{name[:2]}-{name[2:4]}-30"}})
    time.sleep(0.01)
    return made


def names(root: Path) -> list[str]:
    return [one.id for one in retention.kept(root)]


def flip(root: Path, name: str, part: str = "marts/book.own.parquet") -> None:
    file = root / "snapshots" / name / part
    file.write_bytes(b"x" + file.read_bytes()[1:])


def test_what_is_kept_is_told(root: Path, run: Run) -> None:
    life.use(life.open_snapshot(root, "260930-1"))
    retention.pin(root, "260831-1")
    answer = run("snapshots", "list", "--config", root.parent / "cockpit.toml", "--format", "json")
    assert answer.code == 0
    assert [row["id"] for row in answer.rows] == ["261031-1", "260930-1", "260831-1"]
    assert [row["live"] for row in answer.rows] == [True, False, False]
    assert [row["pinned"] for row in answer.rows] == [False, False, True]
    assert [row["processes"] for row in answer.rows] == [0, 1, 0]
    assert {row["bytes"] for row in answer.rows} == {2000}
    assert answer.rows[0]["as_of"] == "2026-10-30" and answer.rows[0]["built_at"].startswith("20")
    for form in ("table", "csv"):
        assert (
            "260930-1"
            in run("snapshots", "list", "--config", root.parent / "cockpit.toml", "--format", form).out
        )


@pytest.mark.parametrize("part", ["marts/book.own.parquet", "ids/customers.parquet"])
def test_a_changed_byte_is_found(part: str, root: Path, run: Run) -> None:
    config = root.parent / "cockpit.toml"
    assert run("snapshots", "verify", "--config", config).code == 0
    flip(root, "260930-1", part)
    answer = run("snapshots", "verify", "--config", config, "--format", "json")
    assert answer.code == 1
    assert "260930-1 is damaged" in answer.err and part in answer.err
    assert {row["id"]: row["whole"] for row in answer.rows} == {
        "261031-1": True,
        "260930-1": False,
        "260831-1": True,
    }
    assert run("snapshots", "verify", "261031-1", "--config", config).code == 0


def test_a_rollback_makes_an_earlier_one_live_and_is_remembered(root: Path, run: Run) -> None:
    config = root.parent / "cockpit.toml"
    start = time.perf_counter()
    answer = run("snapshots", "rollback", "260930-1", "--config", config)
    assert answer.code == 0 and "in place of 261031-1" in answer.out
    assert time.perf_counter() - start < 10
    assert life.current_id(root) == "260930-1"
    assert retention.rolled_back(root) == {"from": "261031-1", "to": "260930-1"}
    retention.roll_back(root, "260831-1")
    assert retention.rolled_back(root) == {"from": "260930-1", "to": "260831-1"}
    retention.roll_back(root, "261031-1")  # the newest again: nothing is taken back any more
    assert retention.rolled_back(root) is None


def test_a_rollback_to_what_is_damaged_foreign_or_gone_changes_nothing(root: Path, run: Run) -> None:
    flip(root, "260930-1")
    with pytest.raises(DataError, match="damaged"):
        retention.roll_back(root, "260930-1")
    with pytest.raises(CallError, match="260831-1"):
        retention.roll_back(root, "270101-1")
    manifest = root / "snapshots" / "260831-1" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"contract": ', '"contract": 9'))
    (manifest.parent / "manifest.sha256").unlink()
    with pytest.raises(CallError, match="another version"):
        retention.roll_back(root, "260831-1")
    assert life.current_id(root) == "261031-1" and retention.rolled_back(root) is None
    assert run("snapshots", "rollback", "270101-1", "--config", root.parent / "cockpit.toml").code == 2


def test_a_mark_that_cannot_be_read_still_stops_builds(root: Path) -> None:
    retention.roll_back(root, "260930-1")
    (root / retention.ROLLED_BACK).write_text("{")
    assert retention.rolled_back(root) is not None


def test_pruning_leaves_what_is_live_in_use_or_pinned(root: Path, run: Run) -> None:
    config = root.parent / "cockpit.toml"
    assert run("snapshots", "pin", "260831-1", "--config", config).code == 0
    publish(root, "261130-1")
    assert retention.prune(root, 2) == ["260930-1"]  # three that are not pinned, two are kept
    retention.roll_back(root, "261031-1")
    life.use(life.open_snapshot(root, "261130-1"))
    assert retention.prune(root, 0) == []
    assert run("snapshots", "unpin", "260831-1", "--config", config).code == 0
    answer = run("snapshots", "prune", "--config", config, "--format", "json")
    assert answer.rows == [{"removed": "260831-1"}]
    assert names(root) == ["261130-1", "261031-1"]


def test_one_in_use_by_another_process_stays(root: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from data_access import snapshot as life;"
        "life.use(life.open_snapshot(Path(sys.argv[1]), '260831-1')); print('in use', flush=True);"
        "time.sleep(60)"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE)
    try:
        assert reader.stdout and reader.stdout.readline()
        assert retention.prune(root, 0) == ["260930-1"]
    finally:
        reader.kill()
        reader.wait()
    assert retention.prune(root, 0) == ["260831-1"]


@pytest.mark.parametrize(
    ("free", "gone"),
    [
        ([3001], []),
        ([2999, 3001], ["260831-1"]),
        ([0, 0, 0, 0], ["260831-1", "260930-1"]),
    ],
)
def test_a_short_disk_makes_room_before_a_build(
    free: list[int], gone: list[str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half as much again as the last snapshot (2,000 bytes) must be free; the live one stays in any case."""
    left = iter(free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10_000, 0, next(left, 0)))
    said: list[str] = []
    assert retention.make_room(root, said.append) == gone
    assert len(said) == len(gone) and life.current_id(root) in names(root)


def test_a_short_disk_spares_what_is_pinned_or_in_use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10_000, 0, 0))
    retention.pin(root, "260831-1")
    life.use(life.open_snapshot(root, "260930-1"))
    assert retention.make_room(root, lambda _: None) == []


def test_prune_waits_for_no_build(root: Path, run: Run) -> None:
    with life.build_lock(root):
        answer = run("snapshots", "prune", "--config", root.parent / "cockpit.toml")
    assert answer.code == 1 and str(os.getpid()) in answer.err


def test_a_damaged_manifest_is_listed(root: Path) -> None:
    (root / "snapshots" / "260930-1" / "manifest.json").write_text("{")
    damaged = {one.id: one for one in retention.kept(root)}["260930-1"]
    assert not damaged.readable and damaged.built_at is None
    with pytest.raises(CockpitError):
        retention.verify(root, "260930-1")
