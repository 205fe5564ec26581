"""When readers may be sent to a server."""

import logging
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_access import snapshot as life
from data_access.intake.config import Config, read_config
from metrics import CONTRACT
from ui.base.snapshot import Live
from ui.server import health
from ui.server.health import Health


@pytest.fixture
def config(own_bank: Path) -> Config:
    return read_config(own_bank / "cockpit.toml", CONTRACT)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is a new one."""
    monkeypatch.setattr(health, "FRESH", -1.0)


def test_an_old_snapshot_is_not_ready(config: Config) -> None:
    built = life.built_at(life.open_snapshot(config.snapshots))
    assert datetime.now(UTC) - built < timedelta(hours=1)
    for hours, status in ((0, "ok"), (1, "ok")):
        at = Health(Live(replace(config, policy=replace(config.policy, snapshot_hours=hours))))
        assert at.found()[1]["status"] == status
    manifest = life.open_snapshot(config.snapshots).manifest
    for hours, status in ((0, "ok"), (71, "old"), (73, "ok")):
        live = Live(replace(config, policy=replace(config.policy, snapshot_hours=hours)))
        store = live.store()
        then = (datetime.now(UTC) - timedelta(hours=72)).isoformat()
        old = life.Snapshot(store.snapshot.folder, {**manifest, "built_at": then})
        live._store = replace(store, snapshot=old)
        assert Health(live).found() == (
            200 if status == "ok" else 503,
            {"status": status, "snapshot": store.id, "as_of": "2026-10-31"},
        )


def test_without_a_snapshot_there_is_a_word(config: Config) -> None:
    shutil.rmtree(config.snapshots)
    assert Health(Live(config)).found() == (503, {"status": "none", "snapshot": None, "as_of": None})


@pytest.mark.parametrize("file", ["marts/book.own.parquet", "manifest.json", "codes.json"])
def test_a_byte_that_changes_is_seen_though_the_time_of_the_file_does_not(file: str, config: Config) -> None:
    at = Health(Live(config))
    assert at.found()[0] == 200
    path = life.open_snapshot(config.snapshots).file(file)
    before, whole = path.stat(), path.read_bytes()
    path.write_bytes(whole[:-9] + b"x" + whole[-8:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert at.found()[1]["status"] == "damaged"
    path.write_bytes(whole)
    assert at.found()[1]["status"] == "ok"


def test_a_damaged_newest_one_gives_way_to_the_former(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    """As pages do: the newest whole one serves."""
    former = life.open_snapshot(config.snapshots)
    shutil.copytree(former.folder, former.folder.with_name("261031-9"))
    (former.folder.with_name("261031-9") / "codes.json").write_text("{}")
    (config.snapshots / "CURRENT").write_text("261031-9")
    with caplog.at_level(logging.CRITICAL):
        assert Health(Live(config)).found()[1] == {
            "status": "ok",
            "snapshot": former.id,
            "as_of": "2026-10-31",
        }


def test_looks_are_cheap_and_few(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that nobody touched are not read again."""
    at = Health(Live(config))
    assert at.found()[0] == 200
    read: list[Path] = []
    monkeypatch.setattr(life.Snapshot, "is_whole", lambda _, name: read.append(name) or True)
    at.found()
    assert read == []
