"""A damaged snapshot: no number of it is told, the newest whole one serves, on page and terminal alike."""

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.intake.config import read_config
from metrics import CONTRACT
from tests.browser import ROOT
from tests.cases.conftest import BOOK
from tests.pages.reading import data_of
from ui.base.snapshot import Live

SERVED = ("marts", "models", "lists", "tables/institutions.parquet", "codes.json", "manifest")


def folder(found: Any, newest: bool = True) -> Path:
    root = found.config.parent / ".cockpit"
    return root / "snapshots" / ("260630-2" if newest else "260630-1")


def flip(file: Path, at: int) -> None:
    whole = bytearray(file.read_bytes())
    whole[at] ^= 1
    file.unlink()  # it may be a link that the former snapshot shares
    file.write_bytes(whole)


def flipped(found: Any) -> Iterator[Path]:
    """One byte after another of what is served, each put right again."""
    files = [f for f in sorted(folder(found).rglob("*")) if f.is_file() and f.stat().st_size]
    served = [f for f in files if f.relative_to(folder(found)).as_posix().startswith(SERVED)]
    for number, file in enumerate(served):
        kept = file.read_bytes()
        flip(file, (number * 7919) % len(kept))
        yield file
        file.write_bytes(kept)


@pytest.mark.slow
def test_no_flipped_byte_changes_a_number(two: Any) -> None:
    """The terminal verifies what it reads, the manifest too."""
    tried = 0
    for file in flipped(two):
        tried += 1
        answer = two.run("metric", "book.summary", "--config", two.config, "--format", "json")
        assert (answer.code, answer.rows[0]["aum"]) == (0, 5), file
        assert "260630-2 is damaged" in answer.err and "260630-1" in answer.err
    assert tried > 20
    assert two.metric("book.summary")[0]["aum"] == 7


@pytest.mark.parametrize("what", ["mart", "manifest", "gone", "current"])
def test_the_newest_whole_snapshot_serves(what: str, two: Any, caplog: pytest.LogCaptureFixture) -> None:
    match what:
        case "mart":
            flip(folder(two) / "marts" / "book.own.parquet", 100)
        case "manifest":
            flip(folder(two) / "manifest.json", 200)
        case "gone":
            shutil.rmtree(folder(two))
        case _:
            (two.config.parent / ".cockpit" / "CURRENT").write_text("260630-9")
    live = Live(read_config(two.config, CONTRACT))
    with caplog.at_level(logging.WARNING):
        store = live.store()
    newest = "260630-2" if what == "current" else "260630-1"
    assert store.id == newest and live.damaged
    assert any(live.damaged in line and newest in line for line in caplog.messages)
    brief = two.run("brief", "--config", two.config, "--lang", "en")
    assert brief.code == 0 and f"Snapshot {newest}" in brief.out
    assert newest in brief.err
    assert two.build().code == 0  # the remedy
    assert two.metric("book.summary")[0]["aum"] == 7


def test_the_page_says_so_and_tells_the_older_numbers(
    two: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip(folder(two) / "marts" / "book.own.parquet", 100)
    monkeypatch.setenv("COCKPIT_CONFIG", str(two.config))
    said = {
        "en": "The newest snapshot 260630-2 is damaged and not shown; these are the numbers of 260630-1. "
        "Build again.",
        "zh": "最新的数据批次 260630-2 已损坏，未予展示；当前数据取自批次 260630-1。请重新构建。",
    }
    for language, sentence in said.items():
        st.cache_resource.clear()
        caplog.clear()
        app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        app.query_params["lang"] = language
        with caplog.at_level(logging.WARNING):
            app.run()
        assert not app.exception and not app.error
        assert sentence in [warning.value for warning in app.warning]
        assert any("260630-2 is damaged" in line and "260630-1" in line for line in caplog.messages)
        aum = next(card for card in data_of(app)["cards"]["items"] if card["id"] == "book.summary.aum")
        assert (aum["value"], aum["raw"]) == ("5", 500)


def test_a_server_goes_on_with_the_former_one(two: Any, caplog: pytest.LogCaptureFixture) -> None:
    live = Live(read_config(two.config, CONTRACT))
    assert live.store().id == "260630-2" and live.damaged is None
    two.write({"cm.csv": BOOK + "2026-06,1,A,9\n"})
    assert two.build().code == 0
    third = folder(two).with_name("260630-3")
    flip(third / "marts" / "book.own.parquet", 100)
    with caplog.at_level(logging.WARNING):
        for _ in range(500):
            if live.store() and live.damaged:
                break
            time.sleep(0.01)
    assert (live.store().id, live.damaged) == ("260630-2", "260630-3")
    assert any("260630-3" in line for line in caplog.messages)


def test_without_a_whole_one_it_is_one_sentence(bank: Any) -> None:
    found = bank({"customer_months": "cm.csv"}, {"cm.csv": BOOK + "2026-06,1,A,5\n"})
    assert found.build().code == 0
    flip(folder(found, newest=False) / "marts" / "book.own.parquet", 100)
    answer = found.run("metric", "book.summary", "--config", found.config)
    assert answer.code == 1
    assert "260630-1 is damaged: marts/book.own.parquet" in answer.err
