"""Who is behind, in what: a cell opens its page at the institution, headings sort the worst first."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import finished, until

PILLS = "table:has(caption:text-is('Institutions below'))"
HEAT = "table:has(caption:text-is('Who is behind, in what'))"


def test_a_cell_opens_the_page_of_its_measure_at_that_institution(page: Page) -> None:
    row = page.locator(f"{HEAT} tbody tr").first
    name = row.locator("th").inner_text()
    row.locator("td .door").nth(5).click()  # closed amount
    page.wait_for_url("**/funnel?**", timeout=30_000)
    finished(page)
    assert "at=00" not in page.url.split("&") and "lang=en" in page.url
    assert name in page.locator('[data-testid="stMain"]').inner_text()


def test_the_heading_sorts_the_worst_first_and_without_a_plan_last(page: Page) -> None:
    table = page.locator(PILLS)
    table.locator("th[data-key='_status'] button.sorter").click()
    words = table.locator("tbody tr.child td.kind-status").all_inner_texts()
    marks = ["bad" if "behind" in word or "net decrease" in word else "good" for word in words]
    assert marks == sorted(marks), words
    assert "bad" in marks and "good" in marks
    table.locator("th[data-key='_status'] button.sorter").click()
    turned = table.locator("tbody tr.child td.kind-status").all_inner_texts()
    assert turned == words[::-1]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_keeps_the_status_and_the_two_worst_measures(
    chromium: Browser, address: str, lang: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/overview?lang={lang}&at=00")
    finished(page)
    heat = page.locator(HEAT if lang == "en" else "table:has(caption:text-is('谁落后、落后在哪里'))")
    assert heat.locator("thead th:visible").count() == 3
    below = page.locator(PILLS if lang == "en" else "table:has(caption:text-is('下辖机构'))")
    assert below.locator("thead th[data-key='_status']").is_visible()
    for table in (heat, below):
        box = table.bounding_box()
        assert box is not None and box["x"] + box["width"] <= 391, "nothing is cut"
    context.close()


def test_an_outlet_shows_nothing_of_it(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(f"{address}/overview?lang=en&at=00&rows=level:outlet")
    finished(page)
    page.locator(f"{HEAT} tbody tr").first.locator("th .link").click()
    until(page, "!document.body.innerText.includes('Who is behind')")
    finished(page)
    assert page.locator(HEAT).count() == 0 and "Plan status" not in page.locator("body").inner_text()
    page.close()
