"""No page asks for what the headers forbid, and none asks another host; in a real browser."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import finished
from ui.menu import PAGES


def opened(page: Page, url: str) -> None:
    """Finished, its components drawn: their scripts run from a blob."""
    page.goto(url)
    page.locator("[data-page-end]").wait_for(state="attached", timeout=60_000)  # the first look takes long
    finished(page)


@pytest.mark.slow
def test_no_page_breaks_the_policy(address: str, chromium: Browser) -> None:
    """Streamlit's own probes for its base path (404) are no breach."""
    said: list[str] = []
    asked: set[str] = set()
    drawn = 0
    page = chromium.new_context(locale="zh-CN").new_page()
    page.on("console", lambda told: said.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    for entry in PAGES:
        opened(page, f"{address}/{entry.url}")
        drawn += page.locator(".card").count() > 0
    page.context.close()
    numbers = [entry for entry in PAGES if entry.metrics]
    assert drawn >= len(numbers) - 1  # a bank so small has no forecast of churn
    assert [line for line in said if "404 (Not Found)" not in line] == []
    assert asked == {address.split("/")[2]}


def test_a_forbidden_script_is_seen(address: str, chromium: Browser) -> None:
    """The policy is in force: what it forbids is stopped, and the test above would hear of it."""
    said: list[str] = []
    page = chromium.new_context().new_page()
    page.on("console", lambda told: said.append(told.text))
    opened(page, f"{address}/overview")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )
    assert page.evaluate("window.x") is None
    assert any("Content Security Policy" in line for line in said)
    page.context.close()
