"""Taking files and texts along, in a real browser: one click, one file, for its owner alone."""

import io
import re
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from bench.servers import served
from tests.browser import finished
from tests.pages import leaving

own_bank = leaving.own_bank  # the fixture
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
def page(chromium: Browser, own_bank: Path):  # type: ignore[no-untyped-def]
    with served(own_bank) as url:
        drawn = chromium.new_page(viewport=WIDE, accept_downloads=True)  # type: ignore[arg-type]
        drawn.goto(f"{url}/overview?lang=en")
        finished(drawn)
        yield drawn
        drawn.close()


def taken(page: Page, button: str) -> tuple[str, bytes, str]:
    """The name, content and address of what one click saves."""
    with page.expect_download(timeout=60_000) as waiting:
        page.get_by_role("button", name=button).click()
    content = Path(waiting.value.path()).read_bytes()
    return waiting.value.suggested_filename, content, waiting.value.url


@pytest.mark.slow
def test_a_click_saves_the_file(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Take along").click()
    name, content, url = taken(page, "Tables of this page (CSV)")
    assert re.fullmatch(r"00_2026-W43_[0-9a-f]{8}\.zip", name)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names[0].startswith("00_") and len(names) > 2
    name, content, _ = taken(page, "Workbook (XLSX)")
    assert name.endswith(".xlsx") and openpyxl.load_workbook(io.BytesIO(content)).worksheets
    link = page.locator(".file")
    with page.expect_download(timeout=30_000):
        link.click()  # once more
    assert not [one for one in asked if "/media/" in one]
    assert re.search("/files/[0-9a-f]{32}$", url)
    root = url.rpartition("/files/")[0]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{root}/files/{'0' * 32}", timeout=10)


@pytest.mark.slow
def test_the_main_points_are_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Take along").click()
    page.get_by_role("button", name="Main points as text").click()
    page.get_by_role("button", name="Copy main points").click(timeout=30_000)
    page.get_by_text("Copied").wait_for()
    said = page.evaluate("navigator.clipboard.readText()")
    assert said.startswith("Head Office") and "Taken along by local" in said
