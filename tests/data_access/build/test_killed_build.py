"""A build that is killed at any moment leaves the former snapshot serving."""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_access import snapshot as life

REPO = Path(__file__).resolve().parents[3]


@pytest.fixture
def kill_bank(sample_bank: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(sample_bank, tmp_path / "bank"))


@pytest.mark.slow
def test_a_killed_build_harms_nothing(kill_bank: Path, run: Any) -> None:
    """SIGKILL at eight moments of a build: the former snapshot serves, and the next build succeeds."""
    config = kill_bank / "cockpit.toml"
    command = [sys.executable, "cockpit.py", "build", "--config", str(config), "--today", "2026-11-20"]
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--by", "children")
    expected = run(*asked).rows
    steps = 19  # lines on stderr before the build ends
    rng = random.Random(4)
    killed = 0
    for moment in sorted(rng.sample(range(steps), 8)):
        builder = subprocess.Popen(
            command, cwd=REPO, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert builder.stderr is not None
        for _ in range(moment + 1):
            builder.stderr.readline()
        time.sleep(rng.random() * 0.03)
        builder.kill()
        builder.stderr.close()
        killed += builder.wait() != 0
        assert run(*asked).rows == expected
        name = (kill_bank / ".cockpit" / "CURRENT").read_text()
        life.verify(life.open_snapshot(kill_bank / ".cockpit", name))
    assert killed >= 6
    (kill_bank / ".cockpit" / ".check-999999999-x").mkdir()  # of a check that was killed
    answer = run("build", "--config", config, "--today", "2026-11-20")
    assert answer.code == 0, answer.err
    assert run(*asked).rows == expected
    root = kill_bank / ".cockpit"
    assert not [*root.glob("snapshots/.*"), *root.glob("*.lock"), *root.glob(".*")]
