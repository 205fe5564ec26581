"""What rebuilds what: a partition is built anew when a setting, a table or code that it rests on changed."""

from datetime import date
from pathlib import Path

import pytest

from data_access import snapshot as life
from data_access.build.build import build
from data_access.build.sources import source_mark
from data_access.intake.config import read_config
from metrics import CONTRACT, SUBJECTS
from tests.metrics.small_bank import make, write

TODAY = date(2028, 1, 1)
MARTS = {mart.name: mart for subject in SUBJECTS for mart in subject.marts if mart.monthly}


def partitions(snapshot: life.Snapshot) -> dict[str, set[str]]:
    """By mart the partitions that a snapshot holds; their names carry their marks."""
    folders = snapshot.file("partitions").iterdir()
    return {folder.name: {file.name for file in folder.iterdir()} for folder in folders}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make(seed=5, nodes=9, customers=30, months=4, deals=25)
    return write(made, tmp_path_factory.mktemp("marks"))


def changed(bank: Path, setting: str) -> tuple[set[str], set[str]]:
    """The marts of which a partition is built anew when the policy says this, and all that have some."""
    found = []
    plain = bank.read_text("utf-8")
    for line in ("", setting):
        bank.write_text(plain.replace("[policy]", f"[policy]\n{line}"), encoding="utf-8")
        config = read_config(bank, CONTRACT)
        found.append(partitions(build(config, SUBJECTS, TODAY, lambda _step, _share: None)[0]))
    bank.write_text(plain, encoding="utf-8")
    before, after = found
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}, set(before)


def test_a_changed_colour_rebuilds_nothing(bank: Path) -> None:
    rebuilt, built = changed(bank, "up_is_red = false")
    assert built
    assert not rebuilt


@pytest.mark.parametrize("setting", ["missed_months = 2", "near_edge_share = 0.2", "silent_floor = 5"])
def test_a_changed_setting_rebuilds_what_names_it_and_nothing_else(bank: Path, setting: str) -> None:
    rebuilt, built = changed(bank, setting)
    assert rebuilt
    assert rebuilt == {name for name in built if setting.split()[0] in MARTS[name].settings}


SOURCES = {
    "room/__init__.py": "",
    "room/marts.py": "from room.bands import edge\nimport polars\n",
    "room/bands.py": "from room import deeper\n",
    "room/deeper.py": "EDGE = 1\n",
    "room/page.py": "import room.marts\n",
}


@pytest.mark.parametrize("file", ["room/marts.py", "room/bands.py", "room/deeper.py", "room/page.py"])
def test_the_mark_follows_the_source_and_what_it_imports(file: str, tmp_path: Path) -> None:
    for place in ("before", "after"):
        for name, text in SOURCES.items():
            target = tmp_path / place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    before = source_mark("room.marts", tmp_path / "before")
    assert before == source_mark("room.marts", tmp_path / "after")
    with (tmp_path / "after" / file).open("a", encoding="utf-8") as source:
        source.write("# another line\n")
    source_mark.cache_clear()
    is_same = before == source_mark("room.marts", tmp_path / "after")
    assert is_same == (file == "room/page.py")  # the builder does not import the page


def test_a_builder_is_marked_with_what_reads_its_months() -> None:
    """So that a change there rebuilds it, and one in a page does not."""
    for mart in MARTS.values():
        assert mart.build.__module__.startswith("metrics.")
        assert source_mark(mart.build.__module__) != source_mark("ui.main")
