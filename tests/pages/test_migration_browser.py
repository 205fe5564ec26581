"""A cell of the migration matrix is clicked, in a real browser: AppTest does not see it."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import finished, until
from tests.pages.test_frame_browser import opened, query

PLOT = ".st-key-migration_wide .js-plotly-plot"
AT = """(plot, [then, now]) => {
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(now), box.top + yaxis._offset + yaxis.d2p(then)];
}"""
TEXT = """(plot, [then, now]) => {
  const heat = plot.data.find((trace) => trace.type === "heatmap");
  return heat.text[heat.y.indexOf(then)][heat.x.indexOf(now)];
}"""


def place(page: Page, then: str, now: str) -> tuple[float, float]:
    plot = page.locator(PLOT)
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    x, y = plot.evaluate(AT, [then, now])
    return float(x), float(y)


def click(page: Page, then: str, now: str) -> None:
    page.mouse.move(*place(page, then, now))
    page.wait_for_timeout(200)
    page.mouse.click(*place(page, then, now))


@pytest.mark.slow
def test_a_clicked_cell_answers_with_its_flow(address: str, chromium: Browser) -> None:
    """The link, both boxes and the table follow; the same cell again and another one too; hover stays."""
    page = opened(
        chromium, address, "migration", query={"lang": "en", "cells": "customers", "distance": "12"}
    )
    page.locator(PLOT).wait_for(timeout=15_000)
    first, second = ("mass", "emerging"), ("outside", "mass")
    for then, now in (first, second, first, first):
        click(page, then, now)
        until(
            page,
            f"location.search.includes('from_tier={then}') && location.search.includes('to_tier={now}')",
            timeout=10_000,
        )
        finished(page)
        total = page.locator(".st-key-migration_flow_table tr").last.inner_text().split("\t")
        assert page.locator(PLOT).evaluate(TEXT, [then, now]) in total
        assert query(page)["cells"] == "customers"
    page.wait_for_timeout(1_500)  # nothing goes on by itself
    assert page.locator("[data-testid=stStatusWidget]").count() == 0
    click(page, "total", "mass")
    page.wait_for_timeout(1_500)
    assert query(page)["from_tier"] == first[0]  # a margin is no flow
    page.mouse.move(*place(page, "mass", "mass"))
    page.locator(f"{PLOT} .hoverlayer .hovertext").wait_for(timeout=5_000)
    said = page.locator(f"{PLOT} .hoverlayer .hovertext").text_content() or ""
    assert "Mass → Mass" in said and "95 % interval" in said
    page.context.close()
