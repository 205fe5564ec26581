"""Flipped bits, a full disk, reads during a publication: the former snapshot serves, whole."""

import random
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from data_access import retention
from data_access import snapshot as life
from data_access.build.build import build
from data_access.errors import DataError
from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT, SUBJECTS
from tests.metrics.small_bank import make, write

REPO = Path(__file__).resolve().parents[3]
TODAY = "2026-11-20"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small bank with a snapshot; its next delivery differs, so that a build has everything to do."""
    made = make(seed=5, nodes=9, customers=40, months=6, deals=10)
    path = write(made, tmp_path / "bank")
    build(read_config(path, CONTRACT), SUBJECTS, date.fromisoformat(TODAY), lambda _step, _share: None)
    for row in made.customer_months:
        row["loan"] = (row["loan"] or 0) + 100
    return write(made, path.parent)


def command(config: Path) -> list[str]:
    return [sys.executable, "cockpit.py", "build", "--config", str(config), "--today", TODAY, "--accept"]


def serves(config: Path, run: Any, expected: list[dict[str, Any]]) -> None:
    """The former snapshot, byte by byte and in its numbers."""
    root = config.parent / ".cockpit"
    retention.verify(root, str(life.current_id(root)))
    assert numbers(config, run) == expected


def numbers(config: Path, run: Any) -> list[dict[str, Any]]:
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--by", "children")
    return list(run(*asked).rows)


@pytest.mark.slow
def test_two_hundred_of_two_hundred_flipped_bits_are_found(config: Path) -> None:
    """By whatever opens the snapshot, where pages read it; and by `snapshots verify` anywhere."""
    settings, rng = read_config(config, CONTRACT), random.Random(3)
    root = settings.snapshots
    snapshot = life.open_snapshot(root)
    names, served, found = list(snapshot.manifest["files"]), set(life.served(snapshot)), 0
    for _ in range(200):
        name = rng.choice([each for each in names if snapshot.manifest["files"][each]["bytes"]])
        file = snapshot.file(name)
        kept = file.read_bytes()
        spoiled = bytearray(kept)
        spoiled[rng.randrange(len(kept))] ^= 1 << rng.randrange(8)
        file.write_bytes(spoiled)
        with pytest.raises(DataError, match="is damaged"):
            retention.verify(root, snapshot.id)
        if name in served:
            with pytest.raises(DataError, match="is damaged"):
                open_store(settings)
        file.write_bytes(kept)
        found += 1
    assert found == 200 and open_store(settings).id == snapshot.id


def _limited(most: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 300, 1_500, 3_000, 6_000, 12_000, 30_000])
def test_a_disk_that_is_full_at_some_step(most: int, config: Path, run: Any) -> None:
    """No file may grow beyond a bound, as on a full disk: a sentence with the place and the sizes."""
    expected = numbers(config, run)
    done = subprocess.run(
        command(config),
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=partial(_limited, most),
    )
    assert done.returncode == 1, done.stderr
    root = config.parent / ".cockpit"
    [said] = [line for line in done.stderr.splitlines() if "no room" in line]
    assert str(root) in said and "free" in said and "MB" in said and "Traceback" not in done.stderr
    serves(config, run, expected)
    assert not list(root.glob("snapshots/.building-*"))


def _snapshots(root: Path, stop: threading.Event) -> Iterator[str]:
    """Publishes one after the other; every file of one says which."""
    number = 0
    while not stop.is_set():
        number += 1
        staging = root / "snapshots" / f".building-{number}"
        staging.mkdir(parents=True)
        for part in ("a", "b"):
            (staging / f"{part}.txt").write_text(f"260101-{number}")
        yield life.publish(root, staging, f"260101-{number}", {"as_of": {}}).id
        retention.prune(root, 3)


@pytest.mark.slow
def test_two_thousand_reads_while_snapshots_are_published(tmp_path: Path) -> None:
    stop, published = threading.Event(), list[str]()
    made = _snapshots(tmp_path, stop)
    published.append(next(made))
    writer = threading.Thread(target=lambda: published.extend(made))
    writer.start()
    try:
        seen, torn, missed = set[str](), 0, 0
        for _ in range(2_000):
            try:
                snapshot = life.open_snapshot(tmp_path)
                life.use(snapshot)
                parts = {snapshot.file(f"{part}.txt").read_text() for part in ("a", "b")}
            except (
                FileNotFoundError,
                DataError,
            ):  # removed between the look at CURRENT and the reader's mark
                missed += 1
                continue
            life.release(snapshot)
            torn += parts != {snapshot.id}
            seen.add(snapshot.id)
    finally:
        stop.set()
        writer.join()
    assert torn == 0 and missed < 100 and len(seen) > 20 and len(published) > 50
