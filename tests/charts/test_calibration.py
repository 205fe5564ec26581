"""Foretold against observed rates: a dot is hollow where its interval holds the line."""

import polars as pl

from charts.calibration import rates

WORDS = dict.fromkeys(("foretold", "observed", "line", "count"), "word")


def test_a_dot_is_filled_where_its_interval_leaves_the_line() -> None:
    rows = [
        ("a", 2.0, 2.5, 1.5, 3.5, 40),  # holds 2: cannot be told from it
        ("b", 4.0, 6.0, 4.5, 8.0, 60),  # above
        ("c", 9.0, 5.0, 3.0, 9.0, 80),  # its end touches the line: still held
        ("d", None, None, None, None, 0),  # nobody there
    ]
    names = ["name", "foretold", "came", "low", "high", "customers"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    figure = rates(
        frame, "name", "foretold", "came", low="low", high="high", count="customers", words=WORDS, alt="alt"
    )
    clear, unclear = figure["data"]
    assert (clear["x"], clear["y"]) == ([4.0], [6.0])
    assert (unclear["x"], unclear["y"]) == ([2.0, 9.0], [2.5, 5.0])
    assert clear["error_y"]["array"] == [2.0] and clear["error_y"]["arrayminus"] == [1.5]
    assert unclear["marker"]["symbol"] == "circle-open"
    [line] = figure["layout"]["shapes"]
    assert (line["x0"], line["y0"]) == (0, 0) and line["x1"] == line["y1"] == 9.0
