"""What the overview opens: a card its page, a manager his list, a customer all reasons; by keyboard too."""

from playwright.sync_api import Browser, Page

from tests.browser import finished, until

TODAY = "table:has(caption:text-is('To call today'))"


def test_a_card_opens_its_page_by_keyboard_and_its_definition_does_not(page: Page) -> None:
    card = page.locator(".card").first
    card.locator(".explain button, button.explain").first.click()
    finished(page)
    assert "/overview?" in page.url
    page.keyboard.press("Escape")
    card.locator(".door").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/balances?**", timeout=30_000)
    assert "at=00" in page.url and "lang=en" in page.url


def test_a_manager_opens_his_list_and_a_customer_all_reasons(page: Page) -> None:
    everybody = page.locator(TODAY).first.locator("tbody tr")
    assert everybody.count() == 8  # the most urgent at first, the others without a run of the server
    page.get_by_role("button", name="Show all 20 rows").click()
    assert everybody.count() == 20
    page.get_by_text("By institution and manager, and how it is ordered").click()
    manager = page.locator(TODAY).nth(2).locator("button.link").nth(1)
    name = manager.inner_text()
    manager.click()
    until(page, "document.body.innerText.includes('show all')")
    finished(page)
    rows = page.locator(TODAY).first.locator("tbody tr")
    told = rows.locator("td:last-child").all_inner_texts()
    assert told and all(text.startswith(name) for text in told)
    first = rows.first.locator("button.link")
    who = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    until(page, "name => document.body.innerText.includes(name + ': all reasons to call')", who)
    finished(page)
    reasons = page.locator(f"table:has(caption:text-is('{who}: all reasons to call')) tbody tr")
    assert reasons.count() >= 1
    page.get_by_role("button", name="; show all").click()
    until(page, "!document.body.innerText.includes('; show all')")
    finished(page)
    assert page.locator(TODAY).first.locator("tbody tr").count() == 8


def test_a_phone_names_the_outlet_under_the_manager_and_cuts_nothing(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(f"{address}/overview?lang=en&at=00")
    finished(page)
    table = page.locator(TODAY).first
    box = table.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 391, box
    assert table.locator("tbody tr").first.locator("td:last-child .note").inner_text()
    context.close()
