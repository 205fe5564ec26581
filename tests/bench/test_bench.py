"""`cockpit.py bench` on a tiny bank: what is told, aims and the exit code, what a rerun replaces."""

import dataclasses
import json
import math
import os
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl
import pytest

from bench import aims, parts
from bench.bank import Size, make
from bench.building import differing, incremental
from bench.document import TOLD, divided, put
from bench.parts import PARTS, Asked
from bench.questions import QUESTIONS
from data_access.snapshot import Snapshot, sha256
from tests.conftest import Answer, Run, Shared, run_cockpit

SIZE = ("--customers", "300", "--outlets", "6", "--months", "3")
DONE = ("build", "looks", "questions")
TITLE = "## 300 customers, 6 outlets, 3 months"


@pytest.fixture(scope="module")
def measured(shared: Shared) -> tuple[Path, Answer]:
    """A folder with a bank, a document with another section, and what the command said."""

    def run(folder: Path) -> None:
        (folder / "out").mkdir(parents=True)
        (folder / "doc.md").write_text(f"# Benchmarks\n\nHow to read.\n\n{other('9,000')}\n{other('200')}")
        few = ("--parts", ",".join(DONE), "--pages", "churn", "--samples", "1")
        with mock.patch("bench.parts.run", here), mock.patch.dict(os.environ):
            said = bench(folder, *few)
        (folder / "said.txt").write_text(said.out)
        (folder / "code.txt").write_text(str(said.code))

    folder = shared("benchmark", run)
    return folder, Answer(int((folder / "code.txt").read_text()), (folder / "said.txt").read_text(), "")


def here(name: str, asked: Asked) -> None:
    """A part in this process: what it loads is loaded already."""
    parts.main(name, json.dumps(dataclasses.asdict(asked)))


def other(customers: str) -> str:
    return f"## {customers} customers, 5 outlets, 3 months\n\nOf {customers}.\n"


def bench(folder: Path, *more: str) -> Answer:
    return run_cockpit("bench", *SIZE, "--out", folder / "out", "--doc", folder / "doc.md", *more)


def copied(measured: tuple[Path, Answer], tmp_path: Path) -> Path:
    return shutil.copytree(measured[0], tmp_path / "copy", copy_function=shutil.copyfile)


def test_the_table_has_every_line(measured: tuple[Path, Answer]) -> None:
    folder, said = measured
    told = divided((folder / "doc.md").read_text())[1][TITLE]
    assert told.strip() == said.out.strip()
    for mart in ("book", "histogram", "migration", "churn_forecast"):
        assert f"| mart {mart} | " in told
    for step in ("copy customer_months", "check customer_months", "publish"):
        assert f"| {step} | " in told
    for level in ("head_office", "branch_1", "outlet"):
        assert f"| churn | {level} | first | " in told and f"| churn | {level} | again | " in told
    for question in QUESTIONS.values():
        for place in ("head office", "branch", "outlet"):
            assert f"| {question} | {place} | " in told
    assert "| NO |" not in told  # the three ways give one answer
    assert told.count("\n- ") == len(aims.AIMS)
    assert "not measured: click to drawn" in told and "held: marts on disk" in told


def test_the_sections_of_other_sizes_stay_and_its_own_is_replaced(
    measured: tuple[Path, Answer], tmp_path: Path
) -> None:
    folder = copied(measured, tmp_path)
    before, sections = divided((folder / "doc.md").read_text())
    assert before == "# Benchmarks\n\nHow to read.\n"
    assert [title.split()[1] for title in sections] == ["200", "300", "9,000"]
    put(folder / "doc.md", f"{TITLE}\n\nAnew.\n")
    again, replaced = divided((folder / "doc.md").read_text())
    assert (again, replaced) == (before, sections | {TITLE: f"{TITLE}\n\nAnew.\n"})


@pytest.mark.parametrize("limit", [math.inf, 0.0])
def test_the_exit_code_follows_the_aims(
    limit: float, measured: tuple[Path, Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, said = measured
    assert said.code == int("- MISSED: " in said.out)
    [aim] = [aim for aim in aims.AIMS if aim.words.startswith("peak memory")]
    unmeasured = [aim for aim in aims.AIMS if aim.part == "clicks"]
    monkeypatch.setattr(aims, "AIMS", (dataclasses.replace(aim, limit=limit), *unmeasured))
    monkeypatch.setattr("bench.parts.run", lambda *_: None)  # of what was measured before
    done = bench(copied(measured, tmp_path))
    assert done.code == int(limit == 0)
    assert ("- MISSED: peak memory" if done.code else "- held: peak memory") in done.out


def test_a_full_disk_is_one_sentence_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    said = bench(tmp_path)
    assert said.code == 1
    assert "on disk" in said.err and "has 0.1 GB free" in said.err and "--out" in said.err
    assert list(tmp_path.rglob("*.parquet")) == [] and not (tmp_path / "doc.md").exists()


@pytest.mark.parametrize(("option", "word"), [("--parts", "lunch"), ("--pages", "kitchen")])
def test_what_there_is_not_is_named(option: str, word: str, run: Run, tmp_path: Path) -> None:
    said = bench(tmp_path, option, word)
    assert said.code == 2 and f"“{word}”" in said.err


def test_every_part_is_told() -> None:
    assert list(TOLD) == list(PARTS)
    assert {aim.part for aim in aims.AIMS} == set(PARTS)


def test_a_bank_of_the_same_size_is_taken_again(tmp_path: Path) -> None:
    size = Size(customers=100, outlets=4, months=3)
    said: list[Any] = [make(size, tmp_path / name, lambda *_: None)["rows"] for name in ("one", "two")]
    assert said[0] == said[1] and said[0]["customer_months"] > 290
    files = [sorted((tmp_path / name).rglob("*.parquet")) for name in ("one", "two")]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_content_is_the_same_but_for_last_digits(tmp_path: Path) -> None:
    rows = pl.DataFrame({"customers": [3, 5], "expected": [0.1 + 0.2, 0.5]})
    changes = {
        "marts/same": rows,
        "marts/last": rows.with_columns(expected=pl.Series([0.3, 0.5])),
        "marts/other": rows.with_columns(expected=pl.Series([0.3, 0.5 + 1e-9])),
        "marts/count": rows.with_columns(customers=pl.Series([3, 6])),
        "marts/fewer": rows.head(1),
        "tables/other": rows.head(1),
    }
    snapshots = []
    for name in ("one", "two"):
        files = {}
        for path, changed in changes.items():
            file = tmp_path / name / f"{path}.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            (rows if name == "one" else changed).write_parquet(file)
            files[f"{path}.parquet"] = {"sha256": sha256(file)}
        snapshots.append(Snapshot(tmp_path / name, {"files": files}))
    snapshots[1].manifest["files"]["lists/more.parquet"] = {"sha256": ""}
    told = ["lists/more", "marts/count", "marts/fewer", "marts/other"]
    assert differing(*snapshots) == [f"{name}.parquet" for name in told]


@pytest.mark.slow
def test_a_new_month_gives_what_a_full_build_gives(measured: tuple[Path, Answer], tmp_path: Path) -> None:
    folder = Size(customers=300, outlets=6, months=3).folder(copied(measured, tmp_path) / "out")
    found = incremental(folder, lambda *_: None)
    assert found["differ"] == [] and not (folder / "before").exists()


@pytest.mark.slow
def test_sessions_and_clicks_are_told(measured: tuple[Path, Answer], tmp_path: Path) -> None:
    folder = copied(measured, tmp_path)
    said = bench(folder, "--parts", "sessions,clicks", "--pages", "churn", "--seconds", "3")
    assert "- not measured: looks a second" not in said.out and "| churn | " in said.out
    assert "clicks on an institution below" in said.out  # with what was measured before
    assert "| mart book | " in said.out
