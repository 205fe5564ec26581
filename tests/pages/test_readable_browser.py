"""Every text of every page can be read: none is cut off by its box, none lies over another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.servers import served
from tests.browser import finished
from ui.menu import PAGES

SCRIPT = Path(__file__).with_name("unreadable.js").read_text("utf-8").partition("\n")[2]
SPOILED = """() => {
  const box = document.querySelector('[data-testid=stMainBlockContainer]');
  const cut = Object.assign(document.createElement('div'), {textContent: 'a text longer than its box'});
  cut.style = 'width: 40px; white-space: nowrap; overflow: hidden';
  const over = Object.assign(document.createElement('div'), {textContent: 'on top'});
  over.style = 'margin-top: -1.2em';
  const chosen = Object.assign(document.createElement('input'), {value: 'a choice longer than its box'});
  chosen.style = 'width: 40px; display: block';
  box.append(cut, over, chosen);
}"""


@pytest.fixture(scope="module")
def address(pages_bank: Path) -> Iterator[str]:
    with served(pages_bank) as url:
        yield url


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_text_is_cut_or_covered(address: str, chromium: Browser, language: str, width: int) -> None:
    page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
    told: dict[str, list[str]] = {}
    for entry in PAGES:
        page.goto(f"{address}/{entry.url}?lang={language}")
        finished(page)
        told[entry.url] = page.evaluate(SCRIPT)
    page.context.close()
    assert told == {entry.url: [] for entry in PAGES}


@pytest.mark.slow
def test_a_cut_and_a_covered_text_are_found(address: str, chromium: Browser) -> None:
    """The script sees what it is for."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{address}/pool?lang=en")
    finished(page)
    page.evaluate(SPOILED)
    found = page.evaluate(SCRIPT)
    assert [text.partition(":")[0] for text in found] == ["cut", "cut", "over each other"], found
    page.context.close()
