"""The waterfall: bars lead exactly from opening to closing, and a cut axis says where it begins."""

import random

import pytest

from charts import waterfall
from charts.theme import NEUTRAL

COLOURS = {"up": "#111111", "down": "#222222"}


def steps(values: list[float], labels: list[str] | None = None, **more: object) -> dict:
    names = labels or [f"step {i}" for i in range(len(values))]
    return waterfall.steps(names, values, unit="亿元", alt="a", colours=COLOURS, **more)  # type: ignore[arg-type]


def tops(values: list[float]) -> list[float]:
    """Where each bar ends, from the opening value to the one before closing."""
    found = [values[0]]
    for value in values[1:-1]:
        found.append(found[-1] + value)
    return found


def sound(values: list[float]) -> dict:
    """A figure whose numbers are those given and that holds every bar."""
    figure = steps(values)
    (series,) = figure["data"]
    assert series["y"] == values
    assert series["measure"] == ["absolute", *["relative"] * (len(values) - 2), "total"]
    assert len(series["x"]) == len(series["text"]) == len(series["customdata"]) == len(values)
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < high
    assert all(low <= top <= high for top in tops(values))
    assert low <= values[-1] <= high
    assert low <= 0 or figure["layout"]["yaxis"]["title"]["text"]
    return figure


@pytest.mark.parametrize(
    "values",
    [
        [100.0, 8.0, -5.0, 3.0, 106.0],
        [100.0, -130.0, 50.0, 20.0],  # below zero on the way
        [-20.0, -5.0, 10.0, -15.0],
        [-20.0, 50.0, 30.0],
        [30.0, -50.0, -20.0],
        [0.0, 12.0, 12.0],
        [12.0, -12.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [5.0, 5.0],  # nothing changed: opening and closing alone
        [0.0, 0.0],
        [1_000_000.0, 0.5, 1_000_000.5],
    ],
)
def test_bars_lead_from_opening_to_closing(values: list[float]) -> None:
    assert tops(values)[-1] == pytest.approx(values[-1])
    sound(values)


def test_random_courses_lead_to_their_end() -> None:
    """The closing bar stands where the last step ends, for any signs and sizes."""
    draw = random.Random(4)
    for _ in range(300):
        changes = [draw.uniform(-1, 1) * 10 ** draw.uniform(-2, 5) for _ in range(draw.randint(0, 8))]
        opening = draw.uniform(-1, 1) * 10 ** draw.uniform(-2, 6)
        values = [opening, *changes]
        sound([*values, sum(values)])
        assert tops([*values, sum(values)])[-1] == pytest.approx(sum(values))


def test_levels_have_no_sign_and_changes_have() -> None:
    (series,) = steps([1_234.5, 80.25, -5.0, 1_309.75], decimals=2)["data"]
    assert series["text"] == ["1,234.50", "+80.25", "-5.00", "1,309.75"]
    assert series["increasing"]["marker"]["color"] == COLOURS["up"]
    assert series["decreasing"]["marker"]["color"] == COLOURS["down"]
    assert series["totals"]["marker"]["color"] == NEUTRAL


def test_a_cut_axis_says_where_it_begins() -> None:
    """Small changes of a large value: the axis does not begin at zero, and says so in words."""
    axis = sound([1_000.0, 8.0, -5.0, 1_003.0])["layout"]["yaxis"]
    assert axis["range"][0] > 900
    assert axis["title"]["text"] == f"≥ {axis['range'][0]:,.1f}"
    worded = steps([1_000.0, 8.0, 1_008.0], cut="轴自 {start} 起", decimals=0)["layout"]["yaxis"]
    assert worded["title"]["text"] == f"轴自 {worded['range'][0]:,.0f} 起"


@pytest.mark.parametrize("values", [[100.0, -70.0, 30.0], [0.0, 5.0, 5.0], [-5.0, 1.0, -4.0], [0.0, 0.0]])
def test_an_axis_from_zero_or_below_says_nothing(values: list[float]) -> None:
    axis = steps(values)["layout"]["yaxis"]
    assert axis["range"][0] <= 0
    assert axis["title"]["text"] == ""


def test_below_zero_the_axis_holds_zero_too() -> None:
    """Overdrafts alone: bars hang from zero, and an axis that does not hold it would have to say so."""
    axis = steps([-20.0, -5.0, 10.0, -15.0])["layout"]["yaxis"]
    assert axis["range"][1] >= 0 or axis["title"]["text"]


def test_texts_are_text() -> None:
    figure = steps([1.0, 1.0, 2.0], ["<b>期初</b>", "R&D", "期末"])
    (series,) = figure["data"]
    shown = [*series["customdata"], *figure["layout"]["xaxis"]["ticktext"]]
    assert not [text for text in shown if "<b>期初" in text or "R&D" in text]
    assert "&lt;b&gt;期初&lt;/b&gt;" in series["customdata"][0]
    assert "亿元" in series["customdata"][1]
    odd = waterfall.steps(["a", "b"], [1.0, 1.0], unit="<i>", alt="a", colours=COLOURS, cut="<u>{start}")
    assert "<i>" not in str(odd["layout"]["annotations"])
    assert "<u>" not in odd["layout"]["yaxis"]["title"]["text"]
    named = steps([1.0, 1.0, 2.0])["layout"]
    assert len(named["xaxis"]["ticktext"]) == len(named["xaxis"]["tickvals"]) == 3
