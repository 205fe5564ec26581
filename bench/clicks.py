"""From a click to what is drawn, in a Chromium: the menu's next page, and the institution below."""

import importlib.util
import os
import shutil
import time
from pathlib import Path
from typing import Any

from bench.resources import Say
from bench.servers import served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
CLICKS = 10
PATIENCE = 60.0
# asked from outside, every few milliseconds: what the page evaluates itself the cockpit's policy forbids
DRAWN = (  # the run is over, nothing of the one before is left, each component has its script and its data
    "() => document.querySelector('[data-page-end]') && !document.querySelector('[data-stale=true]')"
    " && document.querySelector('[data-test-script-state=notRunning]')"
    " && !document.querySelector('[data-testid=stSkeleton]')"
    " && [...document.querySelectorAll('*')].every(e => !e.shadowRoot || e.shadowRoot.told)"
)
MOVED = f"at => !location.search.includes('at=' + at + '&') && ({DRAWN})()"


def browser_path() -> str | None:
    """A Chromium or Chrome of this machine."""
    return os.environ.get("COCKPIT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


def lacking() -> str:
    """Why no click can be measured here; empty where one can."""
    if importlib.util.find_spec("playwright") is None:
        return "clicks need what requirements-test.txt installs (make .venv/installed-test)"
    return "" if browser_path() else "clicks need a Chromium or Chrome (make browser)"


def measured(folder: Path, say: Say) -> dict[str, Any]:
    """Seconds from a click on the first institution below to the page drawn there, up and down in turn."""
    if why := lacking():
        return {"lacking": why}
    from playwright.sync_api import sync_playwright

    took = []
    with served(folder / "cockpit.toml") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/?lang=en")
        _until(page, DRAWN)
        for number in range(CLICKS):
            say("clicks", number / CLICKS)
            row = page.locator("tr.open button.link").first
            row.wait_for(timeout=PATIENCE * 1000)
            page.wait_for_timeout(500)  # nothing of the page before is still under way
            at = page.evaluate("new URLSearchParams(location.search).get('at')")
            start = time.perf_counter()
            row.click()
            _until(page, MOVED, at)
            took.append(time.perf_counter() - start)
            if number % 2:  # two levels down, then from the top again
                page.goto(f"{address}/?lang=en")
                _until(page, DRAWN)
        browser.close()
    return {"seconds": sorted(took)}


def _until(page: Any, condition: str, arg: str | None = None) -> None:
    end = time.monotonic() + PATIENCE
    while not page.evaluate(condition, arg):
        if time.monotonic() > end:
            raise TimeoutError(f"The page was not drawn within {PATIENCE:.0f} seconds.")
        page.wait_for_timeout(10)
