"""The overview of the head office in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.servers import served
from tests.browser import finished


@pytest.fixture(scope="module")
def address(pages_bank: Path) -> Iterator[str]:
    with served(pages_bank) as url:
        yield url


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/overview?lang=en&at=00")
    finished(page)
    yield page
    context.close()
