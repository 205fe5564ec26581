"""An outlet of nobody and one of three customers: the numbers that exist, and one quiet line for the rest."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import polars as pl
import pytest

from tests.number_hashes import look
from tests.pages.reading import data_of, pages
from tests.pages.test_reading_order import Drawn, tables
from ui.base.words import t
from ui.parts.contents import Page
from ui.parts.page import _trend

QUICK = ("overview", "funnel", "reasons", "complaints", "value")


@pytest.fixture(scope="module")
def drawn(bank: Path) -> Iterator[Drawn]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COCKPIT_CONFIG", str(bank))
        yield Drawn(bank)


@pytest.fixture(scope="module")
def smallest(drawn: Drawn) -> dict[int, str]:
    """Customers → an open outlet that has so many: none, and the fewest."""
    tree, whole = drawn.store.tree, look(drawn.store, 0, "2026-10")
    found: dict[int, str] = {}
    for node in range(len(tree)):
        if tree.last[node] == node and not tree.closed[node]:
            view = replace(whole, scope=replace(whole.scope, node=node))
            found.setdefault(view.metric("book.summary")["customers"][0], tree.ids[node])
    return {count: found[count] for count in sorted(found)[:2]}


def numbers(value: Any) -> Iterator[float]:
    """Every number in a part of a figure's trace."""
    if isinstance(value, list):
        for one in value:
            yield from numbers(one)
    elif isinstance(value, (int, float)):
        yield value


def test_the_bank_has_such_outlets(smallest: dict[int, str]) -> None:
    assert list(smallest) == [0, 3]


@pytest.mark.parametrize("entry", pages(*QUICK))
def test_what_is_empty_gives_way_to_one_quiet_line(
    drawn: Drawn, smallest: dict[int, str], entry: Page
) -> None:
    for customers, at in smallest.items():
        app = drawn.open(entry, at)
        assert len(app.info) <= 1, [box.value for box in app.info]
        headings = [text.value for text in app.markdown if text.value.startswith("#### ")]
        blocks = 0
        for key, found in tables(data_of(app)).items():
            first = found["columns"][0]["key"]
            cells = [cell for row in found["rows"] for name, cell in row["cells"].items() if name != first]
            words = any(cell["text"] for cell in cells if not isinstance(cell["value"], (int, float)))
            assert words or any(cell["value"] for cell in cells), (customers, key)
            blocks += 1
        for figure in app.get("plotly_chart"):
            traces = json.loads(figure.proto.spec)["data"]
            told = [trace for trace in traces if trace["type"] in ("scatter", "bar", "waterfall")]
            some = [value for trace in told for axis in "xy" for value in numbers(trace.get(axis))]
            assert not told or any(trace.get(axis) for trace in told for axis in "xy"), figure.proto.id
            assert not some or any(some), (customers, figure.proto.id)
            blocks += 1
        assert len(headings) <= blocks, (customers, headings, "a heading without anything below it")
        if entry.url != "overview" or customers:
            assert data_of(app)["cards"]["items"], "the numbers that exist"


def test_the_line_names_each_reason_once(drawn: Drawn, smallest: dict[int, str]) -> None:
    [value] = [entry.values[0] for entry in pages() if entry.id == "value"]
    app = drawn.open(value, smallest[0])
    line = app.caption[-1].value
    assert line.count("No customer is booked here at the end of the period") == 1
    assert "Tiers over 24 months" in line and "Loyalty and value" in line


def test_rates_of_few_deals_are_no_figure(drawn: Drawn) -> None:
    """An outlet where something was decided, and of no product enough to tell a rate."""
    tree, whole = drawn.store.tree, look(drawn.store, 0, "2026-10")
    [reasons] = [entry.values[0] for entry in pages() if entry.id == "reasons"]
    floor = drawn.store.policy.floor_cases
    for node in range(len(tree)):
        view = replace(whole, scope=replace(whole.scope, node=node))
        decided = view.metric("funnel.outcomes", "product").select(pl.col("won") + pl.col("lost"))["won"]
        if tree.last[node] == node and decided.sum() > 0 and (decided.max() or 0) < floor:
            app = drawn.open(reasons, tree.ids[node], by="product")
            assert not app.get("plotly_chart")
            assert "Too few decided deals to be compared." in [line.value for line in app.caption]
            break
    else:
        pytest.fail("no such outlet")


def test_a_trend_of_one_month_gives_way(drawn: Drawn) -> None:
    """A single point is no course over months: the card tells it already."""
    tree, whole = drawn.store.tree, look(drawn.store, 0, "2026-10")
    alone = courses = 0
    for node in range(len(tree)):
        view = replace(whole, scope=replace(whole.scope, node=node))
        asked = "funnel.outcomes", {"win_rate": "rate"}, "alt", 12, ("low", "high")
        found = _trend(view, *asked)
        if isinstance(found, str):
            alone += found == t("Only one of these months has enough to be shown; the card tells it.")
        elif found is not None:
            [line] = [trace for trace in go.Figure(found).data if trace.name == "rate"]
            assert sum(value is not None and value == value for value in line.y) > 1, tree.ids[node]
            courses += 1
    assert alone and courses
