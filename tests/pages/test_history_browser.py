"""Back in one press, whatever led here: the menu, a cell, a row, a link that lacked values."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.servers import served
from tests.browser import finished, until

ARRIVED = "([page, at]) => location.pathname === '/' + page && location.search.includes(`at=${at}&`)"


@pytest.fixture(scope="module")
def address(pages_bank: Path) -> Iterator[str]:
    with served(pages_bank) as url:
        yield url


def arrived(page: Page, name: str, at: str) -> None:
    until(page, ARRIVED, [name, at])
    finished(page)


@pytest.mark.slow
def test_each_click_is_one_press_of_back(chromium: Browser, address: str) -> None:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto("about:blank")
    page.goto(f"{address}/?lang=en")  # completed by the page itself
    arrived(page, "overview", "00")

    page.locator("[data-testid=stTopNavSection]").nth(2).click()
    page.locator("[data-testid=stTopNavDropdownLink]").first.click()
    arrived(page, "funnel", "00")
    page.go_back()
    arrived(page, "overview", "00")

    page.locator("tr.open button.link").first.click()
    until(page, "!location.search.includes('at=00&')")
    finished(page)
    page.go_back()
    arrived(page, "overview", "00")

    page.go_back()
    page.wait_for_url("about:blank", timeout=15_000)
    page.go_forward()  # and nothing of it is lost
    page.wait_for_url("**/overview?**", timeout=15_000)
    page.context.close()
