"""The satisfaction page as it is drawn: every number is that of the metric, hidden ones are words."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.intake.config import read_config
from data_access.periods import parse
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from tests.pages.reading import data_of
from tests.quick import one_in

ROOT = Path(__file__).parents[2]
PAGE = "pages/service/satisfaction.py"
WORD = {"zh": "样本不足，不予显示", "en": "too few answers, not shown"}


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


@pytest.fixture
def page(bank: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    st.cache_resource.clear()

    def opened(**query: str) -> AppTest:
        monkeypatch.setenv("COCKPIT_CONFIG", str(bank))
        at = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        at.switch_page(str(ROOT / PAGE))
        at.query_params.update(query)
        at.run()
        assert not at.exception, query
        assert not at.error, (query, at.error[0].value)
        assert any("data-page-end" in str(element.proto) for element in at.get("html")), query
        return at

    yield opened
    st.cache_resource.clear()


def look(store: Store, at: str, period: str, **settings: str) -> View:
    when = parse(period)
    grant, node = everything(store.tree), store.tree.node_of[at]
    return View(
        scope=Scope(store=store, grant=grant, node=node),
        subjects=SUBJECTS,
        period=when,
        language="en",
        settings={f"satisfaction.{name}": value for name, value in settings.items()},
    )


@pytest.mark.parametrize("survey", ["transaction", "relationship"])
@pytest.mark.parametrize("period", one_in(3, ["2026-10", "2026-Q3", "2025"]))
def test_cards_and_rows_are_those_of_the_metric(page: Any, store: Store, period: str, survey: str) -> None:
    top = store.tree.ids[0]
    drawn = data_of(page(at=top, period=period, survey=survey, lang="en"))
    view = look(store, top, period, survey=survey)
    [total] = view.metric("satisfaction.nps").to_dicts()
    cards = {item["label"]: item for item in drawn["cards"]["items"]}
    shown = cards["Net promoter score (NPS)"]
    assert shown["value"] == (None if total["hidden"] else f"{total['nps']:.1f}")
    rows = {row["cells"]["_name"]["text"]: row["cells"] for row in drawn["children"]["rows"]}
    below = [row for row in view.metric("satisfaction.nps", "children").to_dicts() if row["name"] in rows]
    assert len(below) >= len(store.tree.children(0))
    for row in below:
        cells = rows[row["name"]]
        if row["hidden"]:
            assert {cell["text"] for key, cell in cells.items() if key != "_name" and cell["text"]} == {
                WORD["en"]
            }
        elif row["n"]:
            ends = (f"{row[end]:.1f}" for end in ("low", "high"))
            assert cells["nps"]["text"] == "{} ({} to {})".format(f"{row['nps']:.1f}", *ends)
            assert cells["n"]["text"] == f"{row['n']:,}"


@pytest.mark.slow
def test_every_institution_opens_and_shows_no_bare_nothing(page: Any, store: Store) -> None:
    """A node of each level, and one where nearly nobody answered."""
    found = {level: store.tree.ids[store.tree.levels.index(level)] for level in store.tree.levels}
    for lang in ("zh", "en"):
        for at in found.values():
            opened = page(at=at, lang=lang)
            text = json.dumps(data_of(opened), ensure_ascii=False)
            assert "NaN" not in text
            assert "None" not in text
            hidden = look(store, at, "2026-10").metric("satisfaction.nps")["hidden"][0]
            assert bool(hidden) <= (WORD[lang] in text)


def test_other_periods_take_the_last_whole_month(page: Any, store: Store) -> None:
    top = store.tree.ids[0]
    for period in ("2026-W43", "2026-10-ytd", "2026-JanFeb"):
        drawn = data_of(page(at=top, period=period, lang="en"))
        assert all(item["value"] or item["missing"] for item in drawn["cards"]["items"])


def test_two_filters_at_once_are_refused_with_a_sentence(page: Any, store: Store) -> None:
    opened = page(at=store.tree.ids[0], kind="personal", tier="mass", lang="en")
    assert any("at a time" in element.value for element in (*opened.info, *opened.warning, *opened.markdown))
    one = data_of(page(at=store.tree.ids[0], tier="mass", lang="en"))
    assert "cards" in one


def test_the_list_is_that_of_the_snapshot(page: Any, store: Store) -> None:
    frame = pl.read_parquet(store.file("lists", "detractors.parquet"))
    assert frame.height
    drawn = data_of(page(at=store.tree.ids[0], lang="en"))["detractors"]
    assert drawn["rows"][-1]["cells"]["cases"]["value"] == frame.height
    outlet = store.tree.ids[int(frame["node"].mode()[0])]
    if not store.tree.children(store.tree.node_of[outlet]):
        rows = data_of(page(at=outlet, lang="en"))["detractors"]["rows"]
        assert len(rows) == frame.filter(pl.col("node") == store.tree.node_of[outlet]).height


def test_where_too_few_answered_a_button_opens_the_period_with_enough(page: Any, store: Store) -> None:
    """The nearest quarter, else the last year; where neither has enough there is no button."""
    seen = set()
    for node in range(len(store.tree)):
        at = store.tree.ids[node]
        hidden = {
            period: look(store, at, period).metric("satisfaction.nps")["hidden"][0]
            for period in ("2026-10", "2026-Q3", "2025")
        }
        wanted = next((period for period in ("2026-Q3", "2025") if not hidden[period]), None)
        wanted = wanted if hidden["2026-10"] else "none needed"
        if wanted in seen:
            continue
        seen.add(wanted)
        drawn = page(at=at, period="2026-10", lang="en")
        buttons = [button for button in drawn.button if button.key == "longer"]
        assert len(buttons) == (wanted in ("2026-Q3", "2025")), (at, wanted)
        for button in buttons:
            after = button.click().run()
            assert after.query_params["period"] in (wanted, [wanted])
            card = data_of(after)["cards"]["items"][0]
            assert card["value"] != WORD["en"]
    assert {"2025", "none needed", None} <= seen
