"""Monday in five clicks, as README.md shows it: each click leads where the next picture begins."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser import ROOT, finished, until

MOST = 400_000  # bytes of the five pictures together
SIGNS = 96  # colours of a picture
PASTED = """<body style="margin:0;background:#e9edf2;font:15px/1.55 'Noto Sans CJK SC',sans-serif">
<div style="margin:40px auto;width:860px;background:#fff;border-radius:10px;padding:20px 26px;
white-space:pre-wrap;overflow:hidden;max-height:680px" id="said"></div></body>"""


def keep(page: Page, folder: Path, number: int) -> int:
    """The picture in few colours, which is a third of its bytes."""
    page.wait_for_timeout(700)
    file = folder / f"monday_{number}.png"
    with Image.open(BytesIO(page.screenshot())) as taken:
        small = taken.convert("RGB").quantize(SIGNS, dither=Image.Dither.NONE)
        small.save(file, optimize=True)
    return file.stat().st_size


def bring(page: Page, selector: str) -> None:
    """A part of the page below the frame that stays in sight."""
    page.locator(selector).first.evaluate("e => e.scrollIntoView({ block: 'start' })")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollBy(0, -150)")


@pytest.mark.slow
def test_the_film_of_monday_is_a_picture_a_click(address: str, chromium: Browser, tmp_path: Path) -> None:
    """Overview, the branch that is behind, whom to call, one of them, the main points as text."""
    folder = ROOT / os.environ.get("COCKPIT_IMAGES", str(tmp_path))
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/overview?lang=zh&at=00")
    finished(page).locator(".st-key-heat tr.open").first.wait_for()
    bytes_taken = [keep(page, folder, 1)]

    worst = page.locator(".st-key-heat tr.open button.link").filter(has_text="分行")  # it stands first
    worst.first.click()
    until(page, "!location.search.includes('at=00&')")
    finished(page)
    bytes_taken.append(keep(page, folder, 2))

    page.locator(".st-key-today button.more").click()  # whom to call, all of them
    bring(page, ".st-key-today")
    bytes_taken.append(keep(page, folder, 3))

    row = page.locator(".st-key-today tr.open button.link").first
    code = row.inner_text()
    row.click()
    page.locator(".st-key-today_months tbody tr").first.wait_for(timeout=20_000)
    finished(page)
    bring(page, ".st-key-today_matters")
    bytes_taken.append(keep(page, folder, 4))

    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.get_by_role("button", name="导出与分享").click()
    page.get_by_role("button", name="要点文字").click()
    page.get_by_role("button", name="复制要点").click()
    page.wait_for_timeout(500)
    said = page.evaluate("navigator.clipboard.readText()")
    assert len(said.splitlines()) >= 4 and code not in said
    page = context.new_page()
    page.set_content(PASTED)
    page.evaluate("said => { document.getElementById('said').textContent = said; }", said)
    bytes_taken.append(keep(page, folder, 5))
    assert sum(bytes_taken) < MOST
    assert min(bytes_taken) > 10_000
    context.close()
