"""The documents say what is so; the guide's examples are done in a copy of the checkout, as they stand."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from babel.messages.pofile import read_po

import cockpit
from data_access.access.settings import Audit, Exports
from data_access.contract.tables import FRAME
from data_access.intake.config import read_config
from data_access.policy import SETTINGS, Setting
from metrics import CONTRACT, SUBJECTS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "add-a-page.md").read_text(encoding="utf-8")
CHINESE = Path("locale") / "zh_CN" / "LC_MESSAGES" / "cockpit.po"
REGISTERS = ("metrics/__init__.py", "ui/menu.py")
PARTS = ("data_access", "metrics", "charts", "ui", "pages", "sample_data", "bench", "locale", ".streamlit")

OPEN_PAGES = """
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui.menu import PAGES

for entry in PAGES:
    if entry.url in sys.argv[1:]:
        for language in ("zh", "en"):
            at = AppTest.from_file(str(Path("ui/main.py").resolve()), default_timeout=60)
            at.query_params["lang"] = language
            at.run()
            at.switch_page(str(Path(entry.script).resolve()))
            at.query_params["lang"] = language
            at.run()
            assert not at.exception and not at.error, [found.value for found in (*at.exception, *at.error)]
            ends = [found.proto.body for found in at.get("html") if "data-page-end" in found.proto.body]
            assert f'"{entry.url}" lang="{language}"' in ends[0], ends
            print(entry.url, language, at.markdown[-1].value)
"""


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def add(file: Path, after: str, line: str) -> None:
    """The line behind the words that stand in the file once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(after) == 1, (
        f"{file.name} has {after!r} {text.count(after)} times; correct docs/add-a-page.md"
    )
    end = text.index(after) + len(after)
    gap = "\n" if line.startswith("from ") else "\n    " if after.endswith(("(", ",")) else " "
    file.write_text(text[:end] + gap + line + text[end:], encoding="utf-8")


def follow(text: str, checkout: Path) -> None:
    """Does what the guide says: writes the files, registers them, adds the Chinese."""
    for block in blocks("python", text):
        name = block.split("\n", 1)[0].removeprefix("# ")
        file = checkout / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.split("\n", 1)[1], encoding="utf-8")
        if file.parent.parent.name in ("metrics", "ui"):
            (file.parent / "__init__.py").touch()
    for name, after, line in re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+)` \|$", text, re.MULTILINE):
        add(checkout / name, after, line)
    with (checkout / CHINESE).open("a", encoding="utf-8") as file:
        file.writelines("\n" + block for block in blocks("po", text))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with both examples done, and a small bank built by it."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("cockpit.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    follow(GUIDE, folder)
    size = ["--customers", "400", "--months", "14", "--outlets", "12"]
    python(folder, "cockpit.py", "sample", "--out", "bank", *size)
    deliver_visits(folder / "bank")
    python(folder, "cockpit.py", "build", "--config", "bank/cockpit.toml", "--today", "2026-11-20")
    return folder


def deliver_visits(bank: Path) -> None:
    """Tickets of every outlet on every day of October, as the guide's third table has them."""
    institutions = pl.read_parquet(bank / "extracts" / "institutions.parquet")
    rows = [
        f"{outlet}-{day:02}-{ticket},{outlet},2026-10-{day:02},{(day + 3 * ticket) % 25}"
        for outlet in institutions["institution_id"]
        for day in range(1, 32)
        for ticket in range(2)
    ]
    told = "\n".join(["visit_id,institution_id,TICKET_DT,WAIT_MIN", *rows])
    (bank / "extracts" / "visits.csv").write_text(told, encoding="utf-8")
    with (bank / "cockpit.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + next(block for block in blocks("toml", GUIDE) if "visits" in block))


def python(folder: Path, *arguments: str) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "COCKPIT_CONFIG": str(folder / "bank/cockpit.toml"),
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_example_pages_open(checkout: Path) -> None:
    names = ("movement", "adoption", "visits")
    opened = python(checkout, "-c", OPEN_PAGES, *names).splitlines()
    said = {tuple(line.split()[:2]): line for line in opened}
    assert said.keys() == {(name, language) for name in names for language in ("zh", "en")}
    assert "持有三种及以上产品客户占比" in said["adoption", "zh"]
    assert "Share with three or more products" in said["adoption", "en"]
    assert "等候最久" in said["visits", "zh"]


@pytest.mark.slow
def test_a_whole_subject_comes_with_a_folder_and_two_lines_a_layer(checkout: Path, tmp_path: Path) -> None:
    """Table, setting, mart, metric, list, page, section and Chinese; without it all is as it was."""
    asked = ["cockpit.py", "metric", "visits.summary", "--month", "2026-10", "--format", "json"]
    [whole] = json.loads(python(checkout, *asked))
    parts = json.loads(python(checkout, *asked, "--by", "children"))
    assert 0 < whole["slow"] < whole["timed"] == whole["visits"] == sum(row["visits"] for row in parts)
    python(checkout, "cockpit.py", "brief", "--format", "xlsx", "--out", str(tmp_path))
    [file] = tmp_path.glob("*.xlsx")
    texts = [cell.value for sheet in openpyxl.load_workbook(file) for row in sheet for cell in row]
    assert "到访" in texts and any(str(text).startswith("久等占比") for text in texts)
    third = GUIDE[GUIDE.index("## A new table") :]
    lines = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+)` \|$", third, re.MULTILINE)
    for layer in ("metrics/", "ui/"):
        assert sum(name.startswith(layer) for name, *_ in lines) <= 2
    written = re.findall(r"^# ([\w/]+\.py)$", third, re.MULTILINE)
    assert {str(Path(name).parent) for name in written} == {"metrics/visits", "ui/visits", "pages/service"}
    gone = shutil.copytree(checkout, tmp_path / "gone")
    for name in ("metrics/visits", "ui/visits"):
        shutil.rmtree(gone / name)
    (gone / "pages/service/visits.py").unlink()
    for name, _, line in lines:
        text = (gone / name).read_text("utf-8")
        assert text.count(line) == 1
        (gone / name).write_text(text.replace(line, "", 1), encoding="utf-8")
    listed = python(gone, "cockpit.py", "metric", "--list")
    assert "visits.summary" not in listed and "adoption.summary" in listed


def test_the_example_metric_is_a_metric_like_others(checkout: Path) -> None:
    asked = ["cockpit.py", "metric", "adoption.summary", "--month", "2026-10", "--format", "csv"]
    total, parts = python(checkout, *asked), python(checkout, *asked, "--by", "children")
    header, *rows = [line.split(",") for line in parts.splitlines()]
    several = header.index("several")
    whole = dict(zip(*[line.split(",") for line in total.splitlines()], strict=True))
    assert 0 < sum(int(float(row[several])) for row in rows) == int(float(whole["several"]))


@pytest.mark.slow
def test_no_text_of_the_examples_waits_for_its_chinese(checkout: Path) -> None:
    assert python(checkout, "locale/update.py") == ""
    catalogue = read_catalogue(checkout)
    for block in blocks("po", GUIDE):
        asked = {
            str(entry.id): str(entry.string) for entry in read_po(io.BytesIO(block.encode())) if entry.id
        }
        assert asked.items() <= catalogue.items()  # every one of them is marked in the code


def read_catalogue(checkout: Path) -> dict[str, str]:
    with (checkout / CHINESE).open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def test_the_example_test_passes(checkout: Path) -> None:
    python(checkout, "-m", "pytest", "-q", "--rootdir", str(checkout), "tests/metrics/test_adoption.py")


@pytest.mark.slow
def test_the_examples_are_in_shape(checkout: Path) -> None:
    """They pass the linters, so that copying them is a good start."""
    made = re.findall(r"^# ((?:pages|metrics|ui|tests)/.+\.py)$", GUIDE, re.MULTILINE)
    python(checkout, "-m", "ruff", "check", *made)
    python(checkout, "-m", "ruff", "format", "--check", *made)
    python(checkout, "-m", "mypy", "--strict", "metrics/adoption.py", "metrics/visits")
    python(checkout, "-m", "ruff", "format", *REGISTERS)
    python(checkout, "-m", "ruff", "check", *REGISTERS)


def test_a_page_has_about_thirty_lines() -> None:
    for block in blocks("python", GUIDE):
        if block.startswith("# pages/"):
            assert len(block.splitlines()) <= 40


def test_the_configuration_of_the_readme_is_read(tmp_path: Path) -> None:
    (tmp_path / "cockpit.toml").write_text(blocks("toml", README)[0], encoding="utf-8")
    config = read_config(tmp_path / "cockpit.toml", CONTRACT)
    assert list(config.tables) == ["institutions", "customer_months", "opportunities"]
    assert config.tables["opportunities"].values["outcome"] == {"S": "won", "F": "lost"}


def test_the_readme_names_every_command() -> None:
    commands = {command.name or command.callback.__name__ for command in cockpit.app.registered_commands}
    commands |= {group.name for group in cockpit.app.registered_groups}
    assert {row.split()[0] for row in re.findall(r"^\| `(\w+ .*?)` \|", README, re.MULTILINE)} == commands


@pytest.mark.parametrize(
    "name", ["README.md", "docs/architecture.md", "docs/add-a-page.md", "docs/statistics.md"]
)
def test_links_and_files_named_in_documents_are_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)(.+?)\)", text)
    named = re.findall(r"`((?:data_access|ui|metrics|tests|docs|examples)/[\w/.]+)`", text)
    written = set(re.findall(r"^# ([\w/]+\.py)$", text, re.MULTILINE))  # by the reader
    missing = [path for path in (*links, *named) if path not in written and not (ROOT / path).exists()]
    assert not missing


def settings_table() -> str:
    """The table of settings in docs/configuration.md, as the code declares them."""
    rows = ["| setting | default | unit | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*rows, *map(settings_row, (*SETTINGS, *CONTRACT.settings))])


def settings_row(setting: Setting[Any]) -> str:
    default = json.dumps(setting.default)  # as TOML writes it
    return f"| {setting.name} | {default} | {setting.unit} | {setting.meaning} |"


def test_the_configuration_page_lists_the_settings_that_the_code_declares() -> None:
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    [told] = re.findall(r"^\| setting \|.*?(?=\n\n)", text, re.MULTILINE | re.DOTALL)
    assert told == settings_table(), f"docs/configuration.md should hold:\n{settings_table()}"


def test_the_page_of_files_lists_their_settings() -> None:
    text = (ROOT / "docs/exports.md").read_text("utf-8")
    told = set(re.findall(r"^\| `\[(\w+)\] (\w+)` \| (\d+) \|", text, re.MULTILINE))
    declared = {
        (section, one.name, str(one.default))
        for section, kind in (("exports", Exports), ("audit", Audit))
        for one in fields(kind)
    }
    assert told == declared


def test_no_two_subjects_declare_the_same() -> None:
    names = [setting.name for setting in (*SETTINGS, *CONTRACT.settings)]
    assert len(names) == len(set(names))
    kinds = [model.kind.__name__ for subject in SUBJECTS for model in subject.models]
    assert len(kinds) == len(set(kinds))
    assert sum(len(subject.tables) for subject in SUBJECTS) == len(CONTRACT.tables) - len(FRAME)


def test_the_configuration_page_names_every_table_and_column() -> None:
    """What a bank may deliver is written down, and nothing else is."""
    text = (ROOT / "docs/configuration.md").read_text("utf-8").split("## Policy")[0]
    rows = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("| ")}
    for name, table in CONTRACT.tables.items():
        told = set(re.findall(r"[a-z_]+", rows[name]))
        shown = {column.name for column in table.columns if column.name not in ("tenure", "left")}
        assert shown <= told, name
        needed = {column.name for column in table.columns if column.required}
        assert needed == set(re.findall(r"\*\*([a-z_]+)\*\*", rows[name])), name
    assert rows.keys() - CONTRACT.tables.keys() == {"table", "---"}
