"""What browser tests share: the browser that is found, a served cockpit, a page that is finished."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(config: Path, port: int | None = None) -> Iterator[str]:
    """A cockpit of its own on a free port; its address."""
    port = port or free_port()
    command = [
        sys.executable,
        str(ROOT / "cockpit.py"),
        "serve",
        "--config",
        str(config),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=20)


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
