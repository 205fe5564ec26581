from datetime import date

import polars as pl

from charts import trend

MONTHS = [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]
FRAME = pl.DataFrame(
    {
        "month": MONTHS,
        "aum": [900.0, float("nan"), 930.5, 940.0],
        "last": [880.0, 890.0, None, 900.0],
        "low": [890.0, None, 920.0, 930.0],
        "high": [910.0, 915.0, 940.0, 950.0],
    }
)


def words(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_line_has_gaps_not_zeros() -> None:
    figure = trend.line(FRAME, "month", {"aum": "本机构"}, unit="亿元", alt="走势")
    (series,) = figure["data"]
    assert series["y"] == [900.0, None, 930.5, 940.0]
    assert not series.get("connectgaps")
    assert "rangemode" not in figure["layout"]["yaxis"]  # zero is not forced
    assert "亿元" in words(figure)
    assert "亿元" in series["hovertemplate"]


def test_month_end_stands_above_the_name_of_its_month() -> None:
    (series,) = trend.line(FRAME, "month", {"aum": "a"}, unit="", alt="a")["data"]
    assert series["x"][1] == "2025-02-01"
    days = FRAME.with_columns(month=pl.date_range(date(2025, 1, 1), date(2025, 1, 4)))
    (series,) = trend.line(days, "month", {"aum": "a"}, unit="", alt="a")["data"]
    assert series["x"][1] == "2025-01-02"


def test_several_lines_differ_in_more_than_colour() -> None:
    figure = trend.line(FRAME, "month", {"aum": "本机构", "last": "上年"}, unit="亿元", alt="a")
    assert figure["layout"]["showlegend"]
    assert len({series["line"]["dash"] for series in figure["data"]}) == 2
    assert not any("color" in series["line"] for series in figure["data"])  # the theme in force gives them


def test_band_stops_at_a_gap_and_is_told_on_hover() -> None:
    figure = trend.line(FRAME, "month", {"aum": "a"}, unit="亿元", band=("low", "high"), alt="a")
    line, area = figure["data"]
    assert area["x"].count(None) == 2  # two closed areas
    assert "2025-02-01" not in area["x"]
    assert line["customdata"] == [" (890.0 – 910.0)", "", " (920.0 – 940.0)", " (930.0 – 950.0)"]


def test_marker_stands_at_its_month() -> None:
    figure = trend.line(FRAME, "month", {"aum": "a"}, unit="", marker=(MONTHS[2], "观察期未满"), alt="a")
    (shape,) = figure["layout"]["shapes"]
    assert shape["x0"] == shape["x1"] == "2025-03-01"
    assert "观察期未满" in words(figure)


def test_labels_that_are_no_dates_and_empty_frames() -> None:
    weeks = FRAME.with_columns(month=pl.Series(["W1", "W2", "W3", "W<4>"]))
    figure = trend.line(weeks, "month", {"aum": "a"}, unit="%", alt="a")
    assert figure["layout"]["xaxis"]["type"] == "category"
    assert figure["data"][0]["x"][3] == "W&lt;4&gt;"
    empty = trend.line(FRAME.head(0), "month", {"aum": "a"}, unit="%", band=("low", "high"), alt="a")
    assert empty["layout"]["yaxis"]["visible"] is False
