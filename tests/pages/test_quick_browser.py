"""What changes no scope asks no server and is done before a reader notices: order, more rows, all figures,
folds, definitions, what is told where the pointer stands."""

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser import finished
from tests.pages.reading import pages
from ui.parts.contents import Page as Entry

MOST = 100  # milliseconds in the browser
TIMED = """e => { const begun = performance.now(); e.click(); e.getBoundingClientRect();
                  return performance.now() - begun; }"""
HOVERED = """e => { const begun = performance.now();
    for (const name of ["pointerenter", "mouseover", "mousemove"])
        e.dispatchEvent(new MouseEvent(name, { bubbles: true, composed: true }));
    e.getBoundingClientRect(); return performance.now() - begun; }"""
TRIES = 5  # the quickest counts: what a busy neighbour takes is not the page's
ONCE = "more rows or figures"  # what is opened has no such button any more
OFFERED = {
    "order": "thead button.sorter",
    ONCE: "button.more",
    "definition": "button.explain, .explain button",
    "fold": "[data-testid=stExpander] summary",
}
TOLD = "td.told, .js-plotly-plot .nsewdrag"


def shown(page: Page, selector: str) -> list[Locator]:
    return [one for one in page.locator(selector).all() if one.is_visible()]


def best(one: Locator, way: str, tries: int = TRIES) -> float:
    return min(float(one.evaluate(way)) for _ in range(tries))


@pytest.mark.slow
@pytest.mark.parametrize("entry", pages())
def test_what_changes_no_scope_is_done_in_the_browser(entry: Entry, address: str, chromium: Browser) -> None:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{address}/{entry.url}?lang=en&at=00")
    finished(page)
    page.wait_for_timeout(1_500)  # what the page itself tells the server after it is drawn
    asked, slow, clicked = len(sent), {}, 0
    for kind, selector in OFFERED.items():
        for number, one in enumerate(shown(page, selector)):
            if not one.is_visible():  # opened by the one before
                continue
            took = best(one, TIMED, 1 if kind == ONCE else TRIES)
            clicked += 1
            if took >= MOST:
                slow[kind, number] = took
    for number, one in enumerate(shown(page, TOLD)[:20]):
        took = best(one, HOVERED)
        if took >= MOST:
            slow["hover", number] = took
    page.wait_for_timeout(1_000)
    asked = len(sent) - asked
    # what can be clicked once a page has its other tries on the page opened anew
    for _ in range(TRIES - 1 if any(kind == ONCE for kind, _ in slow) else 0):
        page.goto(f"{address}/{entry.url}?lang=en&at=00")
        finished(page)
        for kind, number in [one for one in slow if one[0] == ONCE]:
            if best(shown(page, OFFERED[kind])[number], TIMED, 1) < MOST:
                del slow[kind, number]
    page.context.close()
    assert clicked >= 5
    assert asked == 0, "a run of the server"
    assert slow == {}
