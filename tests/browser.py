"""What browser tests share: the browser that is found, a served cockpit, a page that is finished."""

import time
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from bench.clicks import DRAWN, FLAGS, browser_path

ROOT = Path(__file__).parents[1]


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)


def finished(page: Page) -> Page:
    """Waits until the page has run to its end and drawn what it holds."""
    until(page, DRAWN, timeout=60_000)
    page.wait_for_timeout(400)
    return page


def until(page: Page, condition: str, arg: object = None, timeout: float = 30_000) -> None:
    """Waits for a condition, asked from outside: what the page evaluates itself our own policy forbids."""
    end = time.monotonic() + timeout / 1000
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, f"still not: {condition} of {arg}"
        page.wait_for_timeout(50)
