"""Notes and saved views in a real browser: written, seen beside the plan, opened again, on a phone too."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bench.servers import served
from tests.browser import finished, until

WIDE, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}
SAVED = "() => document.body.innerText.includes('Saved.')"


@pytest.fixture
def own(pages_bank: Path, tmp_path: Path) -> Path:
    """A bank in which nobody has written anything yet."""
    left = shutil.ignore_patterns("audit", "used_by", "notes.sqlite")
    return Path(shutil.copytree(pages_bank.parent, tmp_path / "bank", ignore=left)) / "cockpit.toml"


def shown(page: Page, role: str, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_role(role, name=name).locator("visible=true").first  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_note_is_written_and_a_view_saved(size: dict[str, int], chromium: Browser, own: Path) -> None:
    with served(own) as url:
        page = chromium.new_page(viewport=size)  # type: ignore[arg-type]
        page.goto(f"{url}/overview?lang=en&at=00")
        finished(page)
        shown(page, "button", "Write a note on a plan gap").click()
        page.get_by_label("Who has it").fill("Wang Min")
        page.get_by_label("Note", exact=True).fill("visit the largest")
        page.get_by_text("in hand", exact=True).click()
        page.get_by_role("button", name="Save note").click()
        until(page, SAVED)
        page.keyboard.press("Escape")
        fold = page.locator(".st-key-fold_notes summary")
        assert "Notes: 1 not done" in fold.inner_text()
        fold.click()
        assert page.get_by_text("Wang Min").locator("visible=true").count() >= 1
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "the page is no wider than the screen"

        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        if size is PHONE:
            page.locator(".st-key-frame_more button").locator("visible=true").first.click()
        shown(page, "button", "My views").click()
        name = page.get_by_label("Name of this view").locator("visible=true")
        name.fill("October")
        name.press("Enter")
        page.wait_for_timeout(500)
        shown(page, "button", "Save this view").click()
        shown(page, "button", "October").wait_for()
        page.close()

        page = chromium.new_page(viewport=size)  # type: ignore[arg-type]
        page.goto(f"{url}/churn?lang=en&period=2026-09")
        finished(page)
        if size is PHONE:
            page.locator(".st-key-frame_more button").locator("visible=true").first.click()
        shown(page, "button", "My views").click()
        shown(page, "button", "October").click()
        until(page, "() => location.pathname.endsWith('/overview')")
        finished(page)
        assert "period=2026-W43" in page.url and "at=00" in page.url
        page.close()
