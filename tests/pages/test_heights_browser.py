"""How far a reader scrolls on a phone: no page is longer than four screens and a bit, in either language."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.browser import finished
from tests.pages.reading import pages
from ui.parts.contents import Page as Entry

MOST = 3_500  # pixels
HEIGHT = "document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().height"


@pytest.mark.slow
@pytest.mark.parametrize("entry", pages())
def test_no_page_of_a_phone_is_too_long(entry: Entry, address: str, bank: Path, chromium: Browser) -> None:
    tree = open_store(read_config(bank, CONTRACT)).tree
    branch = tree.ids[max(tree.children(0), key=lambda node: len(tree.children(node)))]
    page = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    heights = {}
    for language in ("zh", "en"):
        for at in (tree.ids[0], branch):
            page.goto(f"{address}/{entry.url}?lang={language}&at={at}")
            heights[language, at] = round(finished(page).evaluate(HEIGHT))
    page.context.close()
    assert {key: height for key, height in heights.items() if height > MOST} == {}
    assert min(heights.values()) > 844
