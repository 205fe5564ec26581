"""What a click opens: the page of a card, the customer of a row, as in a reader's browser."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import finished, until
from tests.pages.test_frame_browser import opened, query
from ui.menu import PAGES
from ui.parts.contents import Page as Entry

OTHERS = {  # the pages with a card of another page's measure, and the page that tells more of it
    page.url: {
        f"{metric}.{column}": home.url
        for metric, column in page.cards
        for home in reversed(PAGES)  # the first of the menu stays; the overview tells a little of all
        if metric not in page.metrics and metric in home.metrics and home.url != "overview"
    }
    for page in PAGES
}


@pytest.mark.slow
@pytest.mark.parametrize("entry", [page for page in PAGES if OTHERS[page.url]], ids=lambda page: page.url)
def test_a_card_of_another_page_opens_that_page(entry: Entry, address: str, chromium: Browser) -> None:
    """At the same institution and period; each such card that the bank's data draw."""
    page = opened(chromium, address, entry.url, query={"at": "00", "period": "2026-09", "lang": "en"})
    before = query(page)
    door = page.locator(".card.open .door").first
    door.click()
    until(page, "url => location.pathname !== url", arg=f"/{entry.url}")
    finished(page)
    assert page.url.split("?")[0].rpartition("/")[2] in OTHERS[entry.url].values()
    assert {key: query(page)[key] for key in ("at", "period")} == {
        key: before[key] for key in ("at", "period")
    }
    page.context.close()


def test_a_row_opens_its_customer_and_closes_him_again(address: str, bank: Path, chromium: Browser) -> None:
    """Reasons, months and contacts under the list, by the code that the list shows; and it is recorded."""
    page = opened(chromium, address, "overview", query={"at": "00", "lang": "en"})
    row = page.locator(".st-key-today tr.open button.link").first
    code = row.inner_text()
    row.click()
    page.get_by_role("heading", name=f"{code}: all reasons to call").wait_for(timeout=20_000)
    finished(page)
    months = page.locator(".st-key-today_months tbody tr")
    assert months.count() >= 2
    assert months.first.locator("th").inner_text() == "2026-10"
    assert page.get_by_text(f"{code}: the last contacts").count() >= 1
    acts = [
        json.loads(line)
        for file in sorted((bank.parent / ".cockpit" / "audit").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    assert [act["rows"] for act in acts if act.get("what") == "today_customer"][-1:] == [1]
    page.locator(".st-key-today tr.open button.link").first.click()
    page.get_by_role("heading", name=f"{code}: all reasons to call").wait_for(
        state="detached", timeout=20_000
    )
    assert page.locator(".st-key-today_months").count() == 0
    page.context.close()
