"""The frame on a phone, by keyboard, by touch, in the dark and without https, in a real browser."""

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, FloatRect, Page, Route

from tests.browser import finished, until
from tests.pages.reading import pages
from ui.parts.contents import Page as Entry

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def opened(browser: Browser, address: str, page: str = "overview", viewport: Any = WIDE, **more: Any) -> Page:
    """A page in a browser of its own; `query` is its link."""
    query = more.pop("query", {})
    context = browser.new_context(viewport=viewport, locale="zh-CN", **more)
    drawn = context.new_page()
    drawn.goto(f"{address}/{page}?" + "&".join(f"{key}={value}" for key, value in query.items()))
    finished(drawn)
    drawn.locator(".card").first.wait_for(timeout=15_000)
    return drawn


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlparse(page.url).query).items()}


def box(page: Page, selector: str, place: int = 0) -> FloatRect:
    found = page.locator(selector).nth(place).bounding_box()
    assert found, selector
    return found


def check_first_screen(page: Page) -> None:
    """Title; one line of institution, whole period and menu; the finding; four cards, two a row."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    choices = [box(page, f".st-key-{key}") for key in ("frame_at", "frame_period_", "frame_more")]
    middles = [one["y"] + one["height"] / 2 for one in choices]
    assert max(middles) - min(middles) < 6  # in one line
    assert all(a["x"] + a["width"] <= b["x"] + 1 for a, b in pairwise(choices))
    assert choices[-1]["x"] + choices[-1]["width"] <= 390
    title = box(page, ".st-key-frame_phone p")
    assert title["y"] > 0 and title["y"] + title["height"] <= choices[0]["y"]
    assert page.locator(".st-key-frame_period_ input").evaluate("e => e.scrollWidth <= e.clientWidth")
    said = box(page, ".st-key-finding")
    assert max(one["y"] + one["height"] for one in choices) <= said["y"] + 1
    cards = [box(page, ".card", place) for place in range(4)]
    assert said["y"] + said["height"] <= cards[0]["y"] + 1
    assert cards[0]["y"] == pytest.approx(cards[1]["y"], abs=1)
    assert cards[2]["y"] == pytest.approx(cards[3]["y"], abs=1) and cards[2]["y"] > cards[0]["y"]
    assert cards[1]["x"] > cards[0]["x"] + cards[0]["width"] - 1
    assert [card["y"] + card["height"] <= 844 for card in cards] == [True] * 4, cards


@pytest.mark.parametrize("entry", pages("overview"))
def test_the_first_screen_of_a_phone(entry: Entry, address: str, chromium: Browser) -> None:
    page = opened(chromium, address, entry.url, PHONE, query={"lang": "zh"}, has_touch=True, is_mobile=True)
    check_first_screen(page)
    page.context.close()


@pytest.mark.slow
def test_on_a_phone_what_hover_says_opens_on_a_tap(address: str, chromium: Browser) -> None:
    page = opened(chromium, address, viewport=PHONE, query={"lang": "en"}, has_touch=True, is_mobile=True)
    check_first_screen(page)
    info = page.locator(".card .info").first
    info.tap()
    bubble = page.locator(".bubble:popover-open").first
    bubble.wait_for(timeout=3_000)
    assert len(bubble.inner_text()) > 20
    shown = bubble.bounding_box()
    assert shown and shown["x"] >= 0 and shown["x"] + shown["width"] <= 390
    assert info.get_attribute("aria-expanded") == "true"
    page.locator(".st-key-finding").tap()
    assert page.locator(".bubble:popover-open").count() == 0
    page.context.close()


@pytest.mark.slow
def test_an_institution_is_found_by_keyboard(address: str, chromium: Browser) -> None:
    """In the institution's menu: type a part of the name, press Enter; where several fit, go to the first."""
    page = opened(chromium, address, query={"lang": "en"})
    start, fetched = query(page)["at"], list[Route]()
    # the first control of the menu comes last
    page.route("**/TextInput.*.js", lambda route: fetched.append(route))
    page.locator(".st-key-frame_at button").first.focus()
    page.keyboard.press("Enter")
    page.get_by_placeholder("View children").wait_for(timeout=30_000)
    page.wait_for_timeout(300)
    assert fetched, "Streamlit no longer fetches the field by itself: hold back what it does fetch"
    assert "View children" not in str(page.evaluate("document.activeElement.placeholder"))
    for route in fetched:
        route.continue_()
    page.get_by_placeholder("Name, pinyin or id").wait_for(timeout=30_000)
    led_in = "document.activeElement?.placeholder === 'Name, pinyin or id'"
    until(page, led_in, timeout=30_000)
    page.keyboard.type("outlet")
    page.keyboard.press("Enter")
    hit = page.locator("[class*=st-key-hit_] button").first
    hit.wait_for(timeout=10_000)
    for _ in range(6):
        if hit.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    assert hit.evaluate("e => e === document.activeElement")
    page.locator("[data-testid=stPopoverBody] input").first.fill("wzfh")  # one fits best: one Enter opens it
    page.keyboard.press("Enter")
    until(page, "at => !location.search.includes('at=' + at + '&')", arg=start, timeout=15_000)
    finished(page)
    assert "Wenzhou" in page.locator(".st-key-frame_at button").first.inner_text()
    assert query(page)["at"].startswith(start) and len(query(page)["at"]) > len(start)
    page.context.close()


@pytest.mark.slow
def test_headings_and_rows_of_the_table_by_keyboard(address: str, chromium: Browser) -> None:
    page = opened(chromium, address, query={"lang": "en"})
    start = query(page)["at"]
    head = page.locator(".st-key-children thead th button.sorter").nth(1)
    head.focus()
    before = page.locator(".st-key-children tbody tr.open .link").first.inner_text()
    page.keyboard.press("Enter")
    column = page.locator(".st-key-children thead th").nth(1)
    assert column.get_attribute("aria-sort") == "ascending"
    assert page.locator(".st-key-children tbody tr.open .link").first.inner_text() != before
    row = page.locator(".st-key-children tbody tr.open .link").first
    for _ in range(40):  # from the heading on, every stop can be reached
        page.keyboard.press("Tab")
        if row.evaluate("e => e === e.getRootNode().activeElement"):
            break
    assert row.evaluate("e => e === e.getRootNode().activeElement")
    name = row.inner_text()
    page.keyboard.press("Enter")
    until(page, "at => !location.search.includes('at=' + at + '&')", arg=start, timeout=15_000)
    finished(page)
    assert name in page.locator(".st-key-frame_at button").first.inner_text()
    page.context.close()


@pytest.mark.slow
def test_a_link_is_copied_without_https(address: str, chromium: Browser) -> None:
    """On plain http there is no clipboard object: the old command copies, or the text stays to be copied."""
    page = opened(chromium, address, query={"lang": "en"})
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    page.evaluate(
        """() => { window.works = false; document.execCommand = command => {
            const inner = e => e?.shadowRoot?.activeElement ? inner(e.shadowRoot.activeElement) : e;
            const area = inner(document.activeElement);
            window.copied = [command, area?.value?.slice(area.selectionStart, area.selectionEnd)];
            return window.works; } }"""
    )
    page.locator(".st-key-take_top button").first.click()
    button = page.get_by_role("button", name="Copy link", exact=True).first
    button.wait_for(timeout=15_000)
    finished(page)
    done, areas = (page.locator(f".st-key-link_top {what}") for what in ("[role=status]", "textarea"))
    for works in (False, True):
        page.evaluate("works => { window.works = works; window.copied = undefined; }", works)
        button.click()
        until(page, "() => window.copied", timeout=5_000)
        command, link = page.evaluate("window.copied")
        assert command == "copy"
        assert link.startswith(f"{address}/overview?")
        asked = {key: values[0] for key, values in parse_qs(urlparse(link).query).items()}
        assert asked == query(page)
        assert done.inner_text() == ("Copied" if works else "Copy this text")
        if not works:
            assert areas.input_value() == link
            assert areas.evaluate("e => e === e.getRootNode().activeElement || e.selectionEnd > 0")
    assert areas.count() == 0, "a text that was copied at the second try stays there from the first"
    page.context.close()


CONTRAST = """selectors => {
    const parse = text => { const canvas = new OffscreenCanvas(1, 1).getContext('2d');
        canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
    const over = (top, under) => [0, 1, 2].map(i => top[3] * top[i] + (1 - top[3]) * under[i]).concat(1);
    const up = e => e.parentElement ?? e.getRootNode().host;
    const behind = e => { const all = []; for (let n = e; n; n = up(n)) {
        const c = parse(getComputedStyle(n).backgroundColor); if (c[3]) all.push(c); if (c[3] === 1) break; }
        return all.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]); };
    const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const deep = (root, found = []) => { for (const e of root.querySelectorAll('*')) {
        found.push(e); if (e.shadowRoot) deep(e.shadowRoot, found); } return found; };
    const poor = [];
    let seen = 0;
    for (const e of deep(document)) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.getClientRects().length) continue;
        let inside = false;
        for (let n = e; n; n = up(n)) if (n.matches?.(selectors)) inside = true;
        const style = getComputedStyle(e);
        if (!inside || e.classList.contains('unseen') || style.visibility === 'hidden') continue;
        seen++;
        const ground = behind(e), ink = over(parse(style.color), ground);
        const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.className} ${e.textContent.trim().slice(0, 20)}`);
    }
    return [seen, poor];
}"""


@pytest.mark.slow
def test_texts_are_read_in_the_dark(address: str, chromium: Browser) -> None:
    """Where the browser is dark the page is: finding, cards and tables at least 4.5 to 1."""
    page = opened(chromium, address, query={"lang": "zh"}, color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert sum(int(part) for part in ground[4:-1].split(",")[:3]) < 200
    keys = ".st-key-finding, .st-key-cards, .st-key-children, .st-key-alerts, .st-key-tasks, .st-key-moves"
    seen, poor = page.evaluate(CONTRAST, keys)
    assert seen > 60
    assert poor == []
    page.context.close()
