"""What browser tests share: the browser that is found, a served cockpit, a page that is finished."""

import os
import shutil
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def browser_path() -> str | None:
    """The Chromium or Chrome that `make test` found or installed."""
    return os.environ.get("COCKPIT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)


def finished(page: Page) -> Page:
    """Waits until the page has run to its end and drawn what it holds."""
    page.wait_for_selector("[data-page-end]", state="attached", timeout=45_000)
    until(page, "!document.querySelector('[data-stale=true]')", timeout=45_000)
    page.wait_for_timeout(400)
    return page


def until(page: Page, condition: str, arg: object = None, timeout: float = 30_000) -> None:
    """Waits for a condition, asked from outside: what the page evaluates itself our own policy forbids."""
    end = time.monotonic() + timeout / 1000
    while not page.evaluate(condition, arg):
        assert time.monotonic() < end, f"still not: {condition} of {arg}"
        page.wait_for_timeout(50)
