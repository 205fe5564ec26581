"""Every page at every level of the tree, in both languages, without a browser."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.snapshot import build_lock
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from tests.pages.reading import every_page, pages
from ui.menu import PAGES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


def run(bank: Path, page: str, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    monkeypatch.setenv("COCKPIT_CONFIG", str(bank))
    st.cache_resource.clear()
    at = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
    at.query_params.update(query)
    at.run()
    if page != PAGES[0].script:
        at.switch_page(str(ROOT / page))
        at.query_params.update(query)
        at.run()
    return at


def ended(at: AppTest) -> bool:
    """Whether the page reached its end; an exception that Streamlit does not see would lose the marker."""
    return any("data-page-end" in str(element.proto) for element in at.get("html"))


def levels(store: Store) -> list[str]:
    """One institution of each level, and the one with the fewest customers."""
    tree = store.tree
    found = {tree.levels[node]: tree.ids[node] for node in reversed(range(len(tree)))}
    return list(found.values())


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize("entry", every_page("overview", "quality", "glossary"))
def test_page_runs_at_every_level(
    bank: Path, store: Store, entry: Any, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for institution in levels(store):
        at = run(bank, entry.script, monkeypatch, at=institution, lang=language)
        assert not at.exception, institution
        assert not at.error, (institution, at.error[0].value)
        assert ended(at), institution


def test_a_bad_value_in_the_link_says_so_and_falls_back(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = run(
        bank,
        PAGES[0].script,
        monkeypatch,
        at="nowhere",
        period="2026-13",
        compare="ever",
        tier="gold",
        lang="en",
    )
    assert [warning.value for warning in at.warning] == [
        "The link asks for institution “nowhere”, which does not exist here; shown is Head Office.",
        "The link asks for period “2026-13”, which does not exist here; "
        "shown is Week 43 of 2026 (10.19–10.25).",
        "The link asks for comparison “ever”, which does not exist here; shown is vs last week.",
        "The link asks for tier “gold”, which does not exist here; shown is all.",
    ]
    assert at.query_params["period"] == "2026-W43"
    assert ended(at)


def test_a_panic_in_the_data_layer_shows_a_sentence(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object, **__: object) -> None:
        raise pl.exceptions.PanicException("customer 4711 has 12 yuan")

    monkeypatch.setattr(View, "metric", panic)
    at = run(bank, PAGES[0].script, monkeypatch, lang="en")
    assert "could not be computed" in at.error[0].value
    assert "4711" not in str([element.value for element in at.error])
    assert ended(at)


@pytest.mark.slow
def test_every_page_of_the_sample_says_that_it_is_one(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in PAGES:
        for language, words in (("zh", "示例数据，非本行数据"), ("en", "Sample data")):
            at = run(bank, entry.script, monkeypatch, lang=language)
            assert any(words in text.value for text in at.markdown), entry.url


def test_no_page_lies_where_streamlit_would_run_it_without_its_frame() -> None:
    assert not list((ROOT / "pages").glob("*.py"))
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "pages").rglob("*.py")} == {
        e.script for e in PAGES
    }


@pytest.mark.parametrize("entry", pages("overview", "satisfaction"))
def test_a_page_is_a_short_flat_script(entry: Any) -> None:
    lines = (ROOT / entry.script).read_text("utf-8").splitlines()
    assert len(lines) <= 60
    assert not any(line.startswith(("def ", "class ")) for line in lines)


def test_during_a_first_build_the_page_shows_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No snapshot yet: the step of the running build, and no numbers; without a build, the command."""
    config = tmp_path / "cockpit.toml"
    config.write_text('[tables.opportunities]\ncsv = "deals.csv"\n', encoding="utf-8")
    at = run(config, PAGES[0].script, monkeypatch, lang="en")
    assert "Build one with" in at.error[0].value
    with build_lock(tmp_path / ".cockpit") as lock:
        lock.says(step="mart book")
        at = run(config, PAGES[0].script, monkeypatch, lang="en")
    assert "mart book" in at.info[0].value
    assert not at.error
    assert not at.caption  # no frame, no numbers


@pytest.mark.slow
def test_own_tags_filter_and_break_down_a_page(
    bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "bank" / "cockpit.toml"
    shutil.copytree(bank.parent, config.parent)
    tagged = config.read_text("utf-8").replace(
        "[tables.opportunities.columns]",
        '[tables.opportunities.dimensions]\nrival = "RIVAL"\n[tables.opportunities.columns]',
    )
    config.write_text(tagged, encoding="utf-8")
    build(read_config(config, CONTRACT), SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    values = [
        value for value in open_store(read_config(config, CONTRACT)).codes["tag_rival"] if value != "unknown"
    ]
    asked = {"tag_rival": values[0], "by": "rival", "period": "2025"}
    at = run(config, "pages/sales/reasons.py", monkeypatch, lang="en", **asked)
    assert not at.error and not at.warning
    assert at.query_params["tag_rival"] == values[0]
    assert at.selectbox(key="by").value == "rival"
    assert ended(at)
