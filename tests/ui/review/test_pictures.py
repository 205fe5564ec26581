"""Institutions on the grid of provinces, in small fields, at two dates: the numbers of the tables."""

from collections import Counter
from typing import Any

import pytest

from charts import slope
from data_access.view.store import Store
from tests.ui.conftest import Look
from ui.parts.child_rows import LEAD, NAME, SPARK
from ui.parts.children import children
from ui.review import side_by_side, tile_map
from ui.review.heat import heat
from ui.review.page import BALANCES, OVERVIEW
from ui.review.provinces import PLACES, place_in


def test_every_place_has_a_tile_of_its_own() -> None:
    assert len(PLACES) == 34 + 5  # provinces, and cities with plan status
    assert max(Counter((one.row, one.column) for one in PLACES).values()) == 1
    assert len({one.name for one in PLACES} | {one.name_en for one in PLACES}) == 2 * len(PLACES)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("浙江分行", "Zhejiang"),
        ("内蒙古分行", "Inner Mongolia"),
        ("样例银行深圳分行", "Shenzhen"),
        ("山西分行", "Shanxi"),
        ("总行营业部", None),
    ],
)
def test_a_branch_is_placed_by_its_name(name: str, place: str | None) -> None:
    found = place_in(name)
    assert (found.name_en if found else None) == place


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tiles_say_what_the_table_says_and_open_the_branch(lang: str, look: Look, store: Store) -> None:
    view = look(0, lang=lang)
    found, told = heat(view, OVERVIEW.below), tile_map.placed(view, OVERVIEW.below)
    assert found is not None and len(told) >= 2
    cells = {row.id: row.cells[found.worst] for row in found.table.rows}
    for one, (place, cell) in told.items():
        assert cell == cells[one]
        assert place.name in store.tree.names[store.tree.node_of[one]]
    drawn = tile_map._tiles(view, told)
    assert set(drawn["id"]) == set(told)
    for row in drawn.to_dicts():
        cell = told[row["id"]][1]
        assert row["text"].endswith(cell.text)  # in words, not in colour alone
        assert (row["tone"] < 0) == (cell.mark == "bad") == row["text"].startswith("!")


def test_no_map_below_the_head_office_or_where_no_name_holds_a_place(
    look: Look, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = next(node for node in store.tree.children(0) if store.tree.children(node))
    assert tile_map.placed(look(branch), OVERVIEW.below) == {}
    assert tile_map.placed(look(0, rows="level:outlet"), OVERVIEW.below) == {}
    monkeypatch.setattr(tile_map, "place_in", lambda _name: None)
    assert tile_map.placed(look(0), OVERVIEW.below) == {}


def shown(monkeypatch: pytest.MonkeyPatch, draw: Any, view: Any, below: Any) -> dict[str, Any]:
    figures: list[dict[str, Any]] = []
    monkeypatch.setattr(side_by_side, "figure", lambda fig, **_: figures.append(fig))
    draw(view, below, key="x")
    [found] = figures
    return found


def test_small_fields_have_one_scale_and_the_weakest_first(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = look(0)
    found = shown(monkeypatch, side_by_side.course_figure, view, OVERVIEW.below)
    rows = {
        row.cells[NAME].text: row for row in children(view, OVERVIEW.below, view.rows).table.rows if row.id
    }
    assert 2 <= len(found["data"]) <= side_by_side.MOST
    ends = []
    for trace in found["data"]:
        name = trace["hovertemplate"].partition(" ")[0]
        spark = [value for value in rows[name].cells[SPARK].spark if value is not None]
        assert trace["y"][-1] == pytest.approx(
            100 * spark[-1] / spark[0], abs=0.05
        )  # a picture shows one digit
        ends.append(trace["y"][-1])
    assert ends == sorted(ends)
    ranges = {tuple(axis["range"]) for key, axis in found["layout"].items() if key.startswith("yaxis")}
    assert len(ranges) == 1
    assert found["layout"]["meta"]["alt"]


def test_two_dates_are_the_amount_less_its_change(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    view = look(0)
    found = shown(monkeypatch, side_by_side.slope_figure, view, BALANCES.below)
    table = children(view, BALANCES.below, view.rows).table
    key = table.columns[1].key
    ends = {
        row.cells[key].value: row.cells[key].value - row.cells[LEAD].value for row in table.rows if row.id
    }
    drawn = [trace["y"] for trace in found["data"]]
    assert [now for _, now in drawn] == sorted((now for _, now in drawn), reverse=True)
    largest = max(ends)
    for then, now in drawn:
        same = min(ends, key=lambda one: abs(one / largest - now / drawn[0][1]))
        assert then / now == pytest.approx(ends[same] / same)
    assert len(drawn) == min(len(ends), side_by_side.MOST)


def test_words_do_not_cover_each_other() -> None:
    assert slope.apart([3.0, 1.0, 1.0], 0.5) == [3.0, 1.0, 1.5]
    fig = slope.slope([("A", 1, 1), ("B", 1, 1)], ends=("", ""), unit="", decimals=0, alt="x")
    ys = [word["y"] for word in fig["layout"]["annotations"] if word["x"] == 1]
    assert abs(ys[0] - ys[1]) >= slope.LEAST


def test_an_outlet_has_no_picture_of_what_is_below(
    look: Look, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list[object]()
    monkeypatch.setattr(side_by_side, "figure", lambda *_, **__: drawn.append(_))
    view = look(len(store.tree) - 1)
    side_by_side.course_figure(view, OVERVIEW.below, key="x")
    side_by_side.slope_figure(view, BALANCES.below, key="x")
    assert drawn == [], "nothing is below"
