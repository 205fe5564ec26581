"""Builds that are killed at every step and at any moment: the former snapshot serves, whole."""

import os
import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access import retention
from data_access import snapshot as life
from data_access.build.build import build
from data_access.intake.config import read_config
from metrics import CONTRACT, SUBJECTS
from sample_data.bank import write
from tests.data_access.build.forked import REPO, TODAY, Forked, Step
from tests.data_access.build.kills import AIM, FORMER, NEW, Kill, commit, document, step_of

Rows = list[dict[str, Any]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """As small a bank as there is that delivers every table, with a snapshot; the loans of its next delivery
    differ in every month, so that a build has everything to do."""
    write(tmp_path, customers=50, months=4, outlets=3)
    path = tmp_path / "cockpit.toml"
    text, head = path.read_text("utf-8"), "[tables.customers]\n"
    assert head in text
    path.write_text(text.replace(head, f'{head}dimensions = {{ came_by = "channel" }}\n'), "utf-8")
    built, _ = build(read_config(path, CONTRACT), SUBJECTS, date.fromisoformat(TODAY), lambda *_: None)
    marts = {mart.name for subject in SUBJECTS for mart in subject.marts}
    assert set(built.manifest["marts"]) == marts - {"monthly_moves"}  # where no large moves are delivered
    assert {listed.name for subject in SUBJECTS for listed in subject.lists} == {
        Path(name).stem for name in built.manifest["files"] if name.startswith("lists/")
    }
    for month in (tmp_path / "extracts" / "customer_months").glob("*.parquet"):
        pl.read_parquet(month).with_columns(pl.col("loan").fill_null(0) + 100).write_parquet(month)
    return path


def numbers(config: Path, run: Any) -> Rows:
    """A figure, asked of the snapshot as it is opened anew."""
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--by", "children")
    return list(run(*asked).rows)


class Bank:
    """A bank with a snapshot to go back to after each kill, and what its next delivery tells."""

    def __init__(self, config: Path, run: Any) -> None:
        self.config, self.run, self.root = config, run, config.parent / ".cockpit"
        self.former = str(life.current_id(self.root))
        retention.pin(self.root, self.former)  # builds that go through would push it out
        self.told = numbers(config, run)
        self.new: Rows = []
        self.steps, self.whole = self.built()
        self.steps, self.whole = self.built()  # the first one of all has the disk's cache to fill

    def built(self) -> tuple[list[Step], float]:
        """A build that nobody disturbs, and what it told; the former snapshot is live again afterwards."""
        build = Forked(self.config)
        assert build.ended() == 0, build.steps[-5:]
        took, told = build.since, numbers(self.config, self.run)
        assert told != self.told and told == (self.new or told)
        self.new = told
        left = [*self.root.glob("snapshots/.*"), *self.root.glob("*.lock"), *self.root.glob(".*")]
        assert not left
        life.write_atomic(self.root / "CURRENT", self.former)
        return build.steps, took

    def served(self) -> str:
        """What serves after a kill: verified byte by byte and in its numbers."""
        live = str(life.current_id(self.root))
        retention.verify(self.root, live)
        assert numbers(self.config, self.run) == (self.told if live == self.former else self.new)
        return FORMER if live == self.former else NEW

    def drawn(self, number: int, rng: random.Random) -> tuple[str | None, float]:
        """When the next kill falls: a step to wait for, if any, and seconds from then on.

        Of five kills two fall at any moment up to a little after the end, two into a named step, which are
        taken in turn, and one into the last step, in which the snapshot is published.
        """
        ends = [step.begun for step in self.steps[1:]] + [self.whole]
        lengths = {step.name: end - step.begun for step, end in zip(self.steps, ends, strict=True)}
        turn, kind = divmod(number, 5)
        names = list(lengths)
        if kind < 2:
            return None, rng.random() * self.whole * 1.1
        name = names[-1] if kind == 4 else names[(2 * turn + kind) % len(names)]
        return name, rng.random() * lengths[name] * 1.3

    def killed(self, after: str | None, seconds: float) -> Kill | None:
        """Begins a build and kills it there; None where it had ended before."""
        build = Forked(self.config)
        if after:
            build.until(after)
        time.sleep(seconds)
        moment = build.since
        if build.kill() == 0:
            life.write_atomic(self.root / "CURRENT", self.former)
            return None
        began = time.perf_counter()
        served = self.served()
        told = time.perf_counter() - began
        life.write_atomic(self.root / "CURRENT", self.former)
        return Kill(moment, step_of("\n".join(step.name for step in build.steps)), served, told)


def killed_at(
    bank: Bank,
    kills: int,
    seed: int,
    *,
    seconds: float = 5400,
    let_through: int = 0,
    told: Callable[[list[Kill], int], None] = lambda *_: None,
) -> list[Kill]:
    """As many kills as time goes; after each `let_through`-th the next build is not disturbed.

    `told` hears of them meanwhile: the kills, and how many builds had ended before theirs.
    """
    rng, found, through, end = random.Random(seed), list[Kill](), 0, time.monotonic() + seconds
    while len(found) < kills and time.monotonic() < end:
        kill = bank.killed(*bank.drawn(len(found) + through, rng))
        if kill is None:
            through += 1
            continue
        tried = let_through and len(found) % let_through == 0
        found.append(kill._replace(built=bank.built()[1]) if tried else kill)
        told(found, through)
    bank.built()
    assert len(found) > 0.7 * (len(found) + through)
    return found


@pytest.mark.slow
def test_killed_at_every_named_step(config: Path, run: Any) -> None:
    """SIGKILL as each step says that it begins: what was live is live."""
    bank = Bank(config, run)
    assert len(bank.steps) > 80
    for step in bank.steps:
        kill = bank.killed(step.name, 0)
        assert kill and kill.served == FORMER
    bank.built()


@pytest.mark.slow
def test_killed_at_forty_random_moments(config: Path, run: Any) -> None:
    assert len(killed_at(Bank(config, run), 40, seed=7)) == 40


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_killed_at_five_hundred_random_moments(config: Path, run: Any) -> None:
    """Its table goes to docs/kills.md as it grows; COCKPIT_KILL_SECONDS stops it earlier, which that says."""
    bank, ran = Bank(config, run), commit()

    def told(found: list[Kill], through: int) -> None:
        if len(found) % 25 == 0 or len(found) == AIM:
            text = document(found, through, ran, [step.name for step in bank.steps], bank.whole)
            (REPO / "docs" / "kills.md").write_text(text, "utf-8")

    seconds = float(os.environ.get("COCKPIT_KILL_SECONDS", 5400))
    found = killed_at(bank, AIM, seed=11, seconds=seconds, let_through=25, told=told)
    assert {kill.step for kill in found} >= {step.name for step in bank.steps} or len(found) < AIM
