"""No page asks for what the headers forbid, and none asks another host; in a real browser."""

from playwright.sync_api import Browser

from tests.browser import finished
from ui.menu import PAGES


def test_no_page_breaks_the_policy(address: str, chromium: Browser) -> None:
    """Streamlit's own probes for its base path (404) are no breach."""
    said: list[str] = []
    asked: set[str] = set()
    page = chromium.new_context(locale="zh-CN").new_page()
    page.on("console", lambda told: said.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    for entry in PAGES:
        page.goto(f"{address}/{entry.url}")
        finished(page)
        page.locator(".card").first.wait_for(timeout=15_000)  # a component, whose script runs
    page.context.close()
    assert [line for line in said if "404 (Not Found)" not in line] == []
    assert asked == {address.split("/")[2]}


def test_a_forbidden_script_is_seen(address: str, chromium: Browser) -> None:
    """The policy is in force: what it forbids is stopped, and the test above would hear of it."""
    said: list[str] = []
    page = chromium.new_context().new_page()
    page.on("console", lambda told: said.append(told.text))
    page.goto(f"{address}/overview")
    finished(page)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))"
    )
    assert page.evaluate("window.x") is None
    assert any("Content Security Policy" in line for line in said)
    page.context.close()
