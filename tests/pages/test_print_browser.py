"""A page on A4, as the browser lays it out: nothing cut, nothing over another, no control, whose it is."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bench.servers import served
from tests.browser import finished
from ui.menu import PAGES

SHEET = 188 * 96 // 25.4  # the width between the margins, in the browser's pixels
BOXES = """() => {
  const roots = [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)];
  const found = roots.flatMap(root => [...root.querySelectorAll('table, .card, .js-plotly-plot')]);
  return found.filter(e => e.checkVisibility()).map(e => {
    const box = e.getBoundingClientRect();
    return [e.tagName + '.' + e.className, box.left, box.top, box.right, box.bottom];
  }).filter(([, left, top, right, bottom]) => right > left && bottom > top);
}"""
CONTROLS = (
    "[data-testid=stSelectbox], [data-testid=stPopover], [data-testid=stButton], [data-testid=stHeader]"
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(pages_bank: Path) -> Iterator[str]:
    with served(pages_bank) as url:
        yield url


@pytest.mark.parametrize("entry", [entry.url for entry in PAGES])
def test_on_paper_nothing_is_cut_and_nothing_overlaps(chromium: Browser, address: str, entry: str) -> None:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{address}/{entry}?lang=en&at=00")
    finished(page)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": int(SHEET), "height": 1000})
    page.wait_for_timeout(3000)  # charts find their new width
    boxes = page.evaluate(BOXES)
    assert boxes
    for name, left, _, right, _ in boxes:
        assert left >= -1 and right <= SHEET + 1, (name, left, right)
    for (name, left, top, right, bottom), (other, left_, top_, right_, bottom_) in combinations(boxes, 2):
        beside = min(right, right_) - max(left, left_) < 2
        assert beside or min(bottom, bottom_) - max(top, top_) < 2, (name, top, bottom, other, top_, bottom_)
    seen = [control for control in page.locator(CONTROLS).all() if control.is_visible()]
    assert not [control.evaluate("e => e.outerHTML.slice(0, 300)") for control in seen]
    assert "@top-left" in "".join(page.locator("style").all_text_contents())
    page.context.close()
