"""Reports that cannot be made say so in a sentence and leave nothing half-done; earlier data, own slides."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pptx as reader
import psutil
import pytest

from data_access.intake.config import read_config
from data_access.snapshot import current_id
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.conftest import TODAY, Answer
from tests.ui.brief.test_brief import BASE, REPO, book
from ui.base.words import read_catalogue
from ui.brief import files as brief_files


@pytest.fixture(scope="module")
def store(sample_bank: Path) -> Store:
    return open_store(read_config(sample_bank / "cockpit.toml", CONTRACT))


@pytest.fixture
def ask(sample_bank: Path, run: Any) -> Any:
    return lambda *arguments: run("brief", "--config", sample_bank / "cockpit.toml", *arguments)


# ------------------------------------------------------------------ bad calls


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--institution", "Atlantis"], "Atlantis"),
        (["--period", "2026-13"], "2026-13"),
        (["--period", "2019-01"], "2026-05-01"),
        (["--period", "2026"], "2026-10-31"),
        (["--compare", "ever"], "year_start"),
        (["--compare", "none"], "none"),
        (["--also", "ever"], "none"),
        (["--lang", "fr"], "zh"),
        (["--level", "planet"], "branch_1"),
        (["--children", "--level", "outlet"], "--children"),
        (["--format", "pdf"], "pptx"),
        (["--colour"], "--colour"),
        (["--children", "--institution", "0001"], "0001"),  # nobody below; red: 0 files, exit code 0
        (["--level", "outlet", "--institution", "0001"], "0001"),
    ],
)
def test_a_bad_call_is_2_in_a_sentence(arguments: list[str], word: str, ask: Any, tmp_path: Path) -> None:
    answer = ask(*arguments, "--out", tmp_path / "new")
    assert answer.code == 2, answer
    assert word in answer.err
    assert answer.out == ""
    assert not (tmp_path / "new").exists()


def test_an_unknown_snapshot_is_named_and_not_called_damaged(ask: Any, store: Store) -> None:
    answer = ask("--snapshot", "990101-1")
    assert answer.code != 0
    assert "990101-1" in answer.err
    assert "damaged" not in answer.err  # it never was there
    assert store.id in answer.err  # those that are kept


def test_a_folder_that_cannot_be_written_is_one_sentence(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    answer = ask("--format", "xlsx", "--out", tmp_path / "taken")
    assert answer.code != 0
    assert "taken" in answer.err


# ------------------------------------------------------------ nothing half-done


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".") or not path.stat().st_size]


def test_a_failure_in_the_middle_leaves_whole_files_only(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second report fails: the first is whole, of the others there is nothing."""
    made = brief_files.content
    calls: list[int] = []

    def failing(*arguments: Any) -> bytes:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("No space left on device")
        return made(*arguments)

    monkeypatch.setattr(brief_files, "content", failing)
    answer = ask("--level", "branch_1", "--format", "xlsx", "--out", tmp_path, *BASE)
    assert answer.code == 1
    assert "No space left" in answer.err
    [whole] = tmp_path.iterdir()
    assert book(whole)


def test_a_full_disk_leaves_no_half_file(ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of last week stays as it was when this week's cannot be written."""
    assert ask("--format", "xlsx", "--out", tmp_path).code == 0
    [path] = tmp_path.iterdir()
    before, write = path.read_bytes(), Path.write_bytes

    def half(self: Path, data: bytes) -> int:
        write(self, data[: len(data) // 2])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    answer = ask("--format", "xlsx", "--out", tmp_path, *BASE)
    monkeypatch.undo()
    assert answer.code == 1
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


@pytest.mark.slow
def test_a_killed_worker_costs_no_file(sample_bank: Path, tmp_path: Path) -> None:
    """The system ends a process that takes too much memory: others finish its work, and no file is half."""
    command = [
        sys.executable,
        "cockpit.py",
        "brief",
        "--config",
        str(sample_bank / "cockpit.toml"),
        "--level",
        "outlet",
        "--format",
        "pptx",
        "--out",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    killed: list[psutil.Process] = []
    try:
        while process.poll() is None and not killed:
            workers = [
                child
                for child in psutil.Process(process.pid).children()
                if "spawn_main" in " ".join(child.cmdline())
            ]
            killed = [worker for worker in workers if sum(worker.cpu_times()[:2]) > 1]  # it is at work
            time.sleep(0.05)
        os.kill(killed[0].pid, signal.SIGKILL)
        said, err = process.communicate(timeout=90)
    finally:
        for left in [*psutil.Process(process.pid).children(), process] if process.poll() is None else []:
            left.kill()
    assert process.returncode == 0, err[-600:]
    files = list(tmp_path.glob("*.pptx"))
    assert f"{len(files)} files in" in said
    for path in files:
        assert len(reader.Presentation(str(path)).slides) > 1
    assert "Traceback" not in err, err[-600:]


# ---------------------------------------------- an earlier snapshot, a template


@pytest.fixture(scope="module")
def two_snapshots(sample_bank: Path, run: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The sample bank, and a week later: the deposits of its last day doubled, slides of its own named."""
    folder = Path(shutil.copytree(sample_bank, tmp_path_factory.mktemp("later") / "bank"))
    config = folder / "cockpit.toml"
    earlier = current_id(read_config(config, CONTRACT).snapshots)
    assert earlier
    path = folder / "extracts" / "daily_balances" / "2026-10.parquet"
    frame = pl.read_parquet(path)
    deposits = (pl.col("business_line") == "deposit") & (pl.col("date") == pl.col("date").max())
    frame.with_columns(
        balance=pl.when(deposits).then(pl.col("balance") * 2).otherwise("balance")
    ).write_parquet(path)
    reader.Presentation().save(str(folder / "own.pptx"))
    settings = '[policy]\ntemplate = "own.pptx"\n'
    config.write_text(config.read_text("utf-8").replace("[policy]\n", settings), encoding="utf-8")
    assert run("build", "--config", config, "--today", TODAY, "--accept").code == 0  # the ledger differs
    return config, earlier


def _timeless(answer: Answer) -> str:
    """What was said, without the minute in which it was taken along."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "", answer.out)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_earlier_snapshot_has_its_numbers_and_says_so(
    lang: str, two_snapshots: tuple[Path, str], run: Any, ask: Any, tmp_path: Path
) -> None:
    config, earlier = two_snapshots
    call = ("brief", "--config", config, "--lang", lang, *BASE)
    now, then = run(*call), run(*call, "--snapshot", earlier)
    catalogue = read_catalogue("zh_CN" if lang == "zh" else "en")
    marked = catalogue.get("Earlier snapshot {id}", "Earlier snapshot {id}").format(id=earlier)
    assert marked in then.out
    assert marked not in now.out
    before = _timeless(ask("--lang", lang, *BASE)).split("\n")
    assert _timeless(then).split("\n")[1:] == before[1:]  # the numbers of the meeting
    assert _timeless(now).split("\n")[1:] != before[1:]
    for form in ("xlsx", "pptx")[lang == "en" :]:
        folder = tmp_path / form
        assert run(*call, "--snapshot", earlier, "--format", form, "--out", folder).code == 0
        [path] = folder.iterdir()
        if form == "xlsx":
            sheets = book(path)
            about = [str(cell) for row in sheets[list(sheets)[-1]] for cell in row]
            assert [text for text in about if marked in text]
            printed = [sheet for title, sheet in sheets.items() if marked in str(sheet[:4])]
            assert len(printed) >= 3  # a sheet is printed on its own
        else:
            slides = reader.Presentation(str(path)).slides
            for slide in slides:
                texts = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
                assert [text for text in texts if marked in text]
    if lang == "en":  # the live one by its name is not marked
        latest = current_id(read_config(config, CONTRACT).snapshots)
        assert _timeless(run(*call, "--snapshot", latest)) == _timeless(now)


def test_the_banks_own_template_is_used(two_snapshots: tuple[Path, str], run: Any, tmp_path: Path) -> None:
    config, _ = two_snapshots
    assert run("brief", "--config", config, "--format", "pptx", "--out", tmp_path, *BASE).code == 0
    [path] = tmp_path.iterdir()
    deck, own = reader.Presentation(str(path)), reader.Presentation(str(config.parent / "own.pptx"))
    assert deck.slide_width == own.slide_width
    assert [layout.name for layout in deck.slide_layouts] == [layout.name for layout in own.slide_layouts]
    assert len(own.slides) < len(deck.slides)


@pytest.mark.parametrize("content", [None, b"no slides"], ids=["missing", "damaged"])
def test_a_template_that_cannot_be_used_is_one_sentence(
    content: bytes | None, two_snapshots: tuple[Path, str], run: Any, tmp_path: Path
) -> None:
    """It names the file that policy asks for, writes nothing, and shows no traceback."""
    template = two_snapshots[0].parent / "own.pptx"
    whole = template.read_bytes()
    template.unlink()
    if content is not None:
        template.write_bytes(content)
    try:
        call = ("brief", "--config", two_snapshots[0], "--format", "pptx", "--out", tmp_path, *BASE)
        answer: Answer = run(*call)
        assert answer.code != 0
        assert "own.pptx" in answer.err
        assert list(tmp_path.iterdir()) == []
    finally:
        template.write_bytes(whole)
