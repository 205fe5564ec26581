"""Cards, table and figure in a real browser: what AppTest cannot see is in their scripts."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[3]

SCRIPT = """
import streamlit as st

from charts import trend
from ui.base.formats import Scale
from ui.base.style import page_style
from ui.parts.cards import cards
from ui.parts.figure import figure
from ui.parts.model import Card, Cell, Change, Column, Row, Table, Verdict
from ui.parts.table import table
import polars as pl

st.set_page_config(layout="wide")
page_style()
change = Change("较年初", "+77.2 亿，+8.2%", 1, Verdict.BETTER)
worse = Change("较年初", "+77.2 亿，+8.2%", -1, Verdict.WORSE)
full = Card("存款", "1,023.2", "亿元", changes=[change, worse], spark=[1, 2, None, 4], spark_alt="近4个月",
            definition="期末<b>余额</b>")
hidden = Card("很长的标签" * 6, missing="样本不足，不予显示")
cards([full, hidden] * 4, key="cards")

def column(key, kind, phone):
    adds_up = Scale(1, "亿元", 1) if kind == "bar" else None
    return Column(key, key, kind, "亿元", phone=phone, definition="口径", adds_up=adds_up)

columns = [column("name", "name", True), column("aum", "bar", True), column("rate", "number", False)]
rows = [Row({"name": Cell(role), "aum": Cell("9", 9)}, role)
        for role in ("total", "between", "own")]
for i in range(26):
    value = (i * 7) % 26 - 5
    rate = Cell("样本不足") if i == 3 else Cell(str(i), i)
    name = Cell(f"<i>机构{i}</i>", f"机构{i:02}")
    rows.append(Row({"name": name, "aum": Cell(str(value), value), "rate": rate}, id=f"b{i}"))

def chosen(institution):
    st.query_params["at"] = institution
    st.session_state["times"] = st.session_state.get("times", 0) + 1

table(Table(columns, rows), key="children", caption="下辖机构", sort=("aum", True), more="全部 {n} 行",
      rest="其余 {n} 家", on_select=chosen)
table(Table(columns[:2], rows[-2:]), key="deals", caption="名单")
frame = pl.DataFrame({"x": ["a", "b"], "y": [1.0, 2.0]})
figure(trend.line(frame, "x", {"y": "值"}, unit="户", alt="两个点，上升"), key="figure")
st.text(f"times {st.session_state.get('times', 0)} at {st.query_params.get('at')}")
"""

DOOR = """
from pathlib import Path

import streamlit as st

from ui.base.components import routes

app = st.App(Path(__file__).parent / "page.py", routes=routes())
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "page.py").write_text(SCRIPT, "utf-8")
    script = folder / "app.py"
    script.write_text(DOOR, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"],
        cwd=ROOT,  # the shipped .streamlit/config.toml
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def wide(chromium: Browser, url: str) -> Iterator[Page]:
    yield from opened(chromium, url, width=1280)


@pytest.fixture
def phone(chromium: Browser, url: str) -> Iterator[Page]:
    yield from opened(chromium, url, width=390, has_touch=True)


def opened(browser: Browser, url: str, *, width: int, **options: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.goto(url)
    page.get_by_text("times 0").wait_for(timeout=60_000)
    page.locator(".card").nth(5).wait_for()
    page.locator("tr.total").wait_for()
    yield page
    context.close()


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found, "not on the page"
    return found


def names(page: Page) -> list[str]:
    return page.locator("table").first.locator("tbody th").all_inner_texts()


def test_script_runs_without_a_browser() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == "times 0 at None"


def test_texts_are_only_ever_text(wide: Page) -> None:
    assert names(wide)[0].startswith("<i>")
    assert wide.locator("tbody i, .card b").count() == 0


def test_six_cards_stand_in_a_row_and_two_on_a_phone(wide: Page, phone: Page) -> None:
    for page, expected in ((wide, 6), (phone, 2)):
        boxes = [box(card) for card in page.locator(".card:visible").all()]
        assert len(boxes) == 6
        assert sum(each["y"] == boxes[0]["y"] for each in boxes) == expected
        values = [box(value)["y"] for value in page.locator(".value:visible").all()]
        assert values[0] == pytest.approx(values[2 if expected == 6 else 0])
    assert wide.locator(".card .spark").first.is_visible()
    assert not phone.locator(".card .spark").first.is_visible()


def test_the_other_cards_are_one_click_away_and_the_address_keeps_it(wide: Page) -> None:
    wide.get_by_role("button", name="全部 8 项指标").click()
    assert wide.locator(".card:visible").count() == 8
    assert "cards_cards=all" in wide.url
    assert wide.get_by_text("times 0").count() == 1  # no run of the server


@pytest.mark.slow
def test_missing_value_is_a_word_and_a_verdict_is_more_than_colour(wide: Page) -> None:
    assert wide.locator(".value").nth(1).inner_text() == "样本不足，不予显示"
    assert wide.locator(".verdict").nth(0).inner_text() == "✓走强"
    assert wide.locator(".verdict").nth(1).inner_text() == "!走弱"
    colours = [
        wide.locator(f".card {kind}").first.evaluate("e => getComputedStyle(e).color")
        for kind in (".up", ".down")
    ]
    assert colours[0] != colours[1]


@pytest.mark.slow
def test_definition_opens_by_mouse_key_and_thumb_and_is_never_cut(wide: Page, phone: Page) -> None:
    info, bubble = wide.locator(".card .info"), wide.locator(".bubble").first
    info.first.hover()
    bubble.wait_for(state="visible")
    assert bubble.inner_text() == "期末<b>余额</b>"
    wide.mouse.move(5, 890)
    bubble.wait_for(state="hidden")
    info.first.focus()
    wide.keyboard.press("Tab")
    bubble.wait_for(state="visible")
    assert info.nth(1).get_attribute("aria-expanded") == "true"
    wide.keyboard.press("Escape")
    bubble.wait_for(state="hidden")
    phone.get_by_role("button", name="全部 8 项指标").tap()
    for button in phone.locator(".card .info").all():
        button.tap()
        bubble_box = box(phone.locator(".bubble").first)
        assert bubble_box["x"] >= 0 and bubble_box["x"] + bubble_box["width"] <= 390
        assert bubble_box["y"] >= 0 and bubble_box["y"] + bubble_box["height"] <= 900
        button.tap()
        phone.locator(".bubble").first.wait_for(state="hidden")


@pytest.mark.slow
def test_headings_sort_children_and_leave_the_ends(wide: Page) -> None:
    heading = wide.locator("th[scope=col]").nth(1)
    assert heading.get_attribute("aria-sort") == "descending"
    assert names(wide)[0] == "<i>机构11</i>"  # 11 × 7 mod 26 = 25
    heading.locator("button.sorter").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert names(wide)[0] == "<i>机构0</i>"
    assert names(wide)[-3:] == ["own", "between", "total"]
    assert len(names(wide)) == 20 + 1 + 3, "and the row of those folded away"
    wide.get_by_role("button", name="全部 26 行").click()
    assert len(names(wide)) == 26 + 3
    for _ in range(2):  # a word is no number: last, whichever way
        wide.locator("th[scope=col]").nth(2).locator("button.sorter").click()
        assert names(wide)[25] == "<i>机构3</i>"


@pytest.mark.slow
def test_what_is_folded_away_is_a_row_with_its_sum(wide: Page) -> None:
    rows = wide.locator(".st-key-children tbody tr")
    texts = rows.all_inner_texts()
    [folded] = [text for text in texts if text.startswith("其余")]
    shown = sorted(((i * 7) % 26 - 5 for i in range(26)), reverse=True)
    assert folded.split() == ["其余", "6", "家", f"{sum(shown[20:]):,.1f}"]
    assert texts.index(folded) == 20, "after the twenty, before own, transfers and total"
    wide.locator(".st-key-children .more").click()
    assert not any(text.startswith("其余") for text in rows.all_inner_texts())
    wide.reload()
    rows.first.wait_for()


@pytest.mark.slow
def test_click_and_enter_open_a_row(wide: Page) -> None:
    wide.locator("tr.open").nth(2).locator("td").first.click()
    wide.get_by_text("times 1 at").wait_for()
    wide.locator("tr.open button.link").nth(1).focus()
    wide.keyboard.press("Enter")
    wide.get_by_text("times 2 at").wait_for()
    assert "at=b" in wide.url
    wide.locator("tr.total").first.click()
    assert wide.locator("table").nth(1).locator("tr.open").count() == 0  # no on_select, nothing to open


@pytest.mark.slow
def test_phone_shows_its_columns_and_never_scrolls_sideways(phone: Page) -> None:
    shown = [th.is_visible() for th in phone.locator("table").first.locator("th[scope=col]").all()]
    assert shown == [True, True, False]
    main = phone.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0
    for table in phone.locator("table").all():
        assert box(table)["x"] + box(table)["width"] <= 390


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "colour"), [("light", "31, 95, 168"), ("dark", "108, 166, 232")])
def test_figure_has_its_words_and_the_colours_of_the_theme(
    chromium: Browser, url: str, scheme: str, colour: str
) -> None:
    for page in opened(chromium, url, width=1280, color_scheme=scheme):
        page.get_by_role("figure", name="两个点，上升").wait_for()
        line = page.locator(".js-line").first
        line.wait_for(state="attached")
        assert line.evaluate("e => getComputedStyle(e).stroke") == f"rgb({colour})"
