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


def marks(events: list[tuple[date, str]], frame: pl.DataFrame = FRAME) -> list[dict]:
    """The marks for events: a series of triangles, or none."""
    figure = trend.line(frame, "month", {"aum": "a", "last": "b"}, unit="亿元", events=events, alt="a")
    return [series for series in figure["data"] if series["mode"] == "markers"]


def test_events_are_marks_in_the_months_shown() -> None:
    days = [date(2024, 12, 31), date(2025, 2, 3), date(2025, 4, 30), date(2025, 5, 1)]
    [series] = marks([(day, f"n{number}") for number, day in enumerate(days)])
    assert series["x"] == ["2025-02-01", "2025-04-01"]  # where the months stand
    assert series["customdata"] == ["02-03 n1", "04-30 n2"]
    assert len(set(series["y"])) == 1
    assert series["y"][0] < 880.0  # at the foot, below every value
    assert series["showlegend"] is False
    assert "%{customdata}" in series["hovertemplate"]


def test_events_of_one_month_share_a_mark() -> None:
    [series] = marks([(date(2025, 3, 1), "甲"), (date(2025, 3, 31), "乙"), (date(2025, 1, 9), "丙")])
    assert series["x"] == ["2025-03-01", "2025-01-01"]
    assert series["customdata"] == ["03-01 甲<br>03-31 乙", "01-09 丙"]
    assert len(series["x"]) == len(series["y"]) == len(series["customdata"])


def test_texts_of_events_are_text() -> None:
    [series] = marks([(date(2025, 3, 1), "<b>R&D</b> %{y} <br>")])
    assert "<b>" not in series["customdata"][0]
    assert series["customdata"][0].startswith("03-01 &lt;b&gt;R&amp;D&lt;/b&gt;")
    assert "R" not in series["hovertemplate"]  # it is data, never part of the template


def test_no_marks_without_events_months_or_values() -> None:
    here = [(date(2025, 3, 1), "x")]
    assert marks([]) == []
    assert marks([(date(2030, 1, 1), "x")]) == []
    assert marks(here, FRAME.head(0)) == []
    nothing = FRAME.with_columns(aum=pl.lit(None, dtype=pl.Float64), last=pl.lit(None, dtype=pl.Float64))
    assert marks(here, nothing) == []
    assert marks(here, FRAME.with_columns(month=pl.Series(["W1", "W2", "W3", "W4"]))) == []
    flat = FRAME.with_columns(aum=pl.lit(5.0), last=pl.lit(5.0))
    [series] = marks(here, flat)
    assert series["y"][0] <= 5.0


def test_events_by_day_stand_on_their_day() -> None:
    days = FRAME.with_columns(month=pl.date_range(date(2025, 1, 1), date(2025, 1, 4)))
    [series] = marks([(date(2025, 1, 2), "a"), (date(2025, 1, 9), "b")], days)
    assert series["x"] == ["2025-01-02"]


def test_marks_change_nothing_of_the_lines() -> None:
    plain, marked = (
        trend.line(FRAME, "month", {"aum": "a"}, unit="", events=events, alt="a")["data"]
        for events in ([], [(date(2025, 3, 1), "x")])
    )
    assert marked[: len(plain)] == plain
