"""A reader's walk through the cockpit in a real browser."""

import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page

from bench.servers import served
from data_access.intake.config import read_config
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.browser import ROOT, finished, until
from tests.pages.reading import every_page
from ui.menu import PAGES
from ui.parts.contents import Page as Entry

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def url_of(address: str, page: str = "", **query: str) -> str:
    return f"{address}/{page}?" + "&".join(f"{key}={value}" for key, value in query.items())


def query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlparse(page.url).query).items()}


def numbers(page: Page) -> list[str]:
    """Every number on the cards, in order."""
    page.locator(".card .value").first.wait_for(timeout=60_000)  # cards draw after the page has run
    return page.locator(".card .value").all_inner_texts()


def opened(browser: Browser, url: str, viewport: dict[str, int] = WIDE) -> Page:
    page = browser.new_context(viewport=viewport, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto(url)
    return finished(page)


@pytest.mark.slow
@pytest.mark.parametrize("entry", [entry for entry in PAGES if entry.metrics], ids=lambda entry: entry.url)
def test_first_request_to_a_fresh_server_is_a_deep_link(entry: Entry, bank: Path, chromium: Browser) -> None:
    """The page in its frame, no dialog, also when nobody has opened the home page before."""
    with served(bank) as address:
        page = opened(chromium, f"{address}/{entry.url}")
        assert page.locator("[role=dialog]").count() == 0
        assert page.get_by_text("数据批次").count() == 1  # the frame
        assert page.locator(f'[data-page-end="{entry.url}"]').count() == 1
        page.locator(".card").first.wait_for(timeout=15_000)
        assert page.locator(".card").count() >= 5
        page.context.close()


@pytest.mark.slow
def test_walk(bank: Path, address: str, chromium: Browser) -> None:
    """Open, go down three levels, change the period and the language, copy the link, open it fresh."""
    tree = open_store(read_config(bank, CONTRACT)).tree
    way = tree.path(max(range(len(tree)), key=lambda node: len(tree.path(node))))
    page = opened(chromium, address)
    start = query(page)
    assert set(start) == {
        *("at", "period", "compare", "also", "rows", "without", "tree", "snapshot", "kind", "tier", "lang")
    }
    home = numbers(page)

    visited = [start["at"]]
    for node in way[1:4]:
        name = page.get_by_role("button", name=tree.names[node], exact=True)
        page.locator("tr.open").filter(has=name).first.locator("button.link").first.click()
        until(page, "at => !location.search.includes('at=' + at + '&')", arg=visited[-1])
        finished(page)
        visited.append(query(page)["at"])
    assert len(set(visited)) == 4
    assert numbers(page) != home

    page.go_back()
    until(page, "at => location.search.includes('at=' + at + '&')", arg=visited[2])
    finished(page)
    page.go_forward()
    until(page, "at => location.search.includes('at=' + at + '&')", arg=visited[3])
    finished(page)
    deep = numbers(page)

    page.get_by_label("期间").click()
    page.keyboard.type("2026年3季度")
    page.get_by_role("option", name="2026年3季度").click()
    until(page, "location.search.includes('period=2026-Q3')")
    finished(page)
    assert numbers(page) != deep

    page.get_by_role("button", name="English").click()
    until(page, "location.search.includes('lang=en')")
    finished(page)
    assert page.locator(".st-key-dates_wide").get_by_text("Sample data, not a bank's own").count() == 1

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Take along").click()
    page.get_by_role("button", name="Copy link", exact=True).click()
    page.get_by_text("Copied").wait_for()
    fresh = opened(chromium, page.evaluate("navigator.clipboard.readText()"))
    assert query(fresh) == query(page)
    assert numbers(fresh) == numbers(page)

    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Head Office")).first.click()  # one click up to the top
    until(page, "at => location.search.includes('at=' + at + '&')", arg=visited[0])
    finished(page)
    for opened_page in (page, fresh):
        opened_page.context.close()


def test_filters_stay_when_the_page_changes(address: str, chromium: Browser) -> None:
    page = opened(chromium, url_of(address, at="00", period="2026-09", kind="personal", lang="en"))
    page.get_by_text("Sales", exact=True).first.click()
    page.get_by_role("menuitem", name="Sales funnel").click()
    page.wait_for_selector('[data-page-end="funnel"]', state="attached")
    finished(page)
    assert query(page)["period"] == "2026-09"
    assert query(page)["kind"] == "personal"
    page.context.close()


@pytest.mark.slow
def test_nothing_leaves_the_host(address: str, chromium: Browser) -> None:
    """Every request of every page, and what its style sheets and scripts would ask for."""
    context = chromium.new_context(viewport=WIDE)  # type: ignore[arg-type]
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for entry in PAGES:
        for language in ("zh", "en"):
            page = context.new_page()
            page.goto(url_of(address, entry.url, lang=language))
            finished(page)
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert len(asked) > 20
    context.close()


@pytest.mark.parametrize("entry", every_page("overview"))
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize("width", ["wide", "phone"])
def test_nothing_is_cut_and_the_picture_is_kept(
    address: str, chromium: Browser, entry: Entry, language: str, width: str, tmp_path: Path
) -> None:
    """No sideways scrolling; the page's picture goes to the README where asked for."""
    viewport = WIDE if width == "wide" else PHONE
    page = opened(chromium, url_of(address, entry.url, lang=language), viewport)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside = page.evaluate("""() => [...document.querySelectorAll('[data-testid=stMainBlockContainer] *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getClientRects().length
                     && getComputedStyle(e).visibility !== 'hidden').map(e => e.outerHTML.slice(0, 120))""")
    assert inside == []
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": viewport["width"], "height": int(height) + 80})
    page.wait_for_timeout(800)
    folder = Path(os.environ["COCKPIT_IMAGES"]) if os.environ.get("COCKPIT_IMAGES") else tmp_path
    name = f"{entry.url}_{language}_{width}.png"
    page.screenshot(path=(ROOT / folder) / name)
    assert ((ROOT / folder) / name).stat().st_size > 20_000
    page.context.close()


@pytest.mark.slow
def test_back_leads_out_and_unknown_names_lead_to_the_first_page(address: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto("about:blank")
    page.goto(address + "/?lang=en")
    finished(page)
    assert urlparse(page.url).path == "/overview"
    assert query(page)["lang"] == "en"
    for _ in range(4):  # one entry is the address before it was completed
        if page.url != "about:blank":
            page.go_back()
            page.wait_for_timeout(2_000)
    assert page.url == "about:blank"
    page.goto(address + "/nowhere")
    finished(page)
    assert urlparse(page.url).path == "/overview"
    assert page.locator("[role=dialog]").count() == 0
    page.close()
