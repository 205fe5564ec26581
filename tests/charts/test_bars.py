import polars as pl

from charts import bars
from charts.theme import NEUTRAL

LABELS = {
    "reference": "全行 22.1%",
    "missing": "样本不足，不予显示",
    "clear": "差异显著",
    "unclear": "差异不显著",
    "count": "商机",
}
FRAME = pl.DataFrame(
    {
        "name": ["杭州", "温州", "绍兴", "舟山"],
        "rate": [21.3, 26.3, 18.2, None],
        "low": [19.8, 24.0, 15.0, None],
        "high": [22.9, 28.7, 21.6, None],
        "n": [1203, 900, 880, 2],
    }
)


def words(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def dots(frame: pl.DataFrame = FRAME, reference: float | None = 22.1) -> dict:
    return bars.ranked(
        frame,
        "name",
        "rate",
        low="low",
        high="high",
        count="n",
        unit="%",
        reference=reference,
        labels=LABELS,
        alt="成交率",
    )


def test_largest_first_and_unknown_last_with_a_word() -> None:
    figure = dots()
    assert figure["layout"]["yaxis"]["ticktext"] == ["温州", "杭州", "绍兴", "舟山"]
    assert [n["y"] for n in figure["layout"]["annotations"] if n["text"] == LABELS["missing"]] == [3]


def test_what_cannot_be_told_from_the_reference_is_hollow() -> None:
    clear, unclear = dots()["data"]
    assert clear["y"] == [0, 2]
    assert unclear["y"] == [1]
    assert unclear["marker"]["symbol"] == "circle-open"
    assert unclear["marker"]["color"] == NEUTRAL
    assert dots()["layout"]["showlegend"]


def test_whiskers_reach_the_interval_and_hover_says_n() -> None:
    (clear, _) = dots()["data"]
    assert clear["x"][0] + clear["error_x"]["array"][0] == 28.7
    assert clear["x"][0] - clear["error_x"]["arrayminus"][0] == 24.0
    assert "24.0 – 28.7" in clear["customdata"][0]
    assert "商机 900" in clear["customdata"][0]


def test_without_a_reference_no_dot_is_called_unclear() -> None:
    figure = dots(reference=None)
    clear, unclear = figure["data"]
    assert (len(clear["x"]), len(unclear["x"])) == (3, 0)
    assert not figure["layout"]["shapes"]
    assert not figure["layout"]["showlegend"]


def test_reference_line_stands_at_its_value_inside_the_range() -> None:
    figure = dots(reference=40.0)
    (shape,) = figure["layout"]["shapes"]
    assert shape["x0"] == shape["x1"] == 40.0
    assert figure["layout"]["xaxis"]["range"][1] > 40.0
    assert LABELS["reference"] in words(figure)


def test_bars_start_at_zero_and_make_room_for_their_numbers() -> None:
    figure = bars.ranked(FRAME, "name", "rate", unit="亿元", labels=LABELS, alt="a")
    (series,) = figure["data"]
    assert series["text"] == ["26.3", "21.3", "18.2"]
    assert figure["layout"]["xaxis"]["range"][0] == 0
    assert figure["layout"]["xaxis"]["range"][1] > 26.3
    negative = FRAME.with_columns(rate=pl.Series([-3.0, 2.0, float("nan"), None]))
    figure = bars.ranked(negative, "name", "rate", unit="亿元", labels=LABELS, alt="a")
    assert figure["layout"]["xaxis"]["range"][0] < -3
    assert figure["layout"]["yaxis"]["ticktext"][:2] == ["温州", "杭州"]  # NaN is no largest value


def test_names_cannot_bring_tags() -> None:
    named = FRAME.with_columns(name=pl.lit("<a href='x'>y</a>"))
    figure = dots(named)
    assert "<a" not in str(figure)
