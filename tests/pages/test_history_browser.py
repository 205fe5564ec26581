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
    current = page.locator("[data-testid=stTopNavSection][data-current]")
    until(page, "!!document.querySelector('[data-testid=stTopNavSection][data-current]')", timeout=5_000)
    assert [text.strip()[:5] for text in current.all_inner_texts()] == ["Sales"]
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
    arrived(page, "overview", "00")
    assert "lang=en" in page.url
    page.context.close()


@pytest.mark.slow
def test_the_section_of_the_page_alone_is_marked(chromium: Browser, address: str) -> None:
    """客户 is how 客户服务 begins."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{address}/value?lang=zh&at=00")
    arrived(page, "value", "00")
    page.wait_for_timeout(1_600)
    marked = page.locator("[data-testid=stTopNavSection][data-current]")
    assert marked.all_inner_texts() == ["客户"]
    page.context.close()


@pytest.mark.slow
def test_order_and_open_parts_stand_in_the_link_and_ask_no_server(chromium: Browser, address: str) -> None:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{address}/value?lang=en&at=00")
    arrived(page, "value", "00")
    heading = page.locator(".st-key-children thead th button.sorter").first
    names = page.locator(".st-key-children tbody tr.child th")
    before, asked = names.all_inner_texts(), len(sent)
    heading.click()
    page.locator(".st-key-fold_loyalty summary").click()
    until(page, "location.hash.includes('fold_loyalty=open')", timeout=5_000)
    until(page, "location.hash.includes('sort_children=')", timeout=5_000)
    assert len(sent) == asked, "what changes no scope runs no script"
    took = heading.evaluate("e => { const t = performance.now(); e.click(); return performance.now() - t; }")
    assert took < 100, "milliseconds"
    heading.click()
    order = names.all_inner_texts()
    assert sorted(order) == sorted(before) and order != before

    other = page.context.new_page()  # the address as it stands, in another tab
    other.goto(page.url)
    arrived(other, "value", "00")
    assert other.locator(".st-key-children tbody tr.child th").all_inner_texts() == order
    until(other, "!!document.querySelector('.st-key-fold_loyalty details[open]')", timeout=10_000)

    page.locator(".st-key-children tr.open button.link").first.click()  # an institution keeps it
    until(page, "!location.search.includes('at=00&') && location.hash.includes('fold_loyalty=open')")
    finished(page)
    page.go_back()
    arrived(page, "value", "00")
    page.locator("[data-testid=stTopNavSection]").nth(2).click()
    page.locator("[data-testid=stTopNavDropdownLink]").first.click()  # another page does not
    arrived(page, "funnel", "00")
    assert not page.evaluate("location.hash")
    page.context.close()
