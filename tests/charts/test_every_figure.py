"""What must hold for every figure, whatever is missing in its frame."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import pytest

from charts import (
    bars,
    calibration,
    columns,
    control,
    distribution,
    flows,
    funnel,
    funnel_parts,
    matrix,
    multiples,
    shares,
    slope,
    survival,
    tiles,
    trend,
)

Build = Callable[[pl.DataFrame], dict[str, Any]]

WORDS = dict.fromkeys(("undated", "entered", "reached_next", "conversion"), "词")
LABELS = dict.fromkeys(("reference", "missing", "clear", "unclear", "count"), "词")
FRAME = pl.DataFrame(
    {
        "stage": ["a", "b", "c"],
        "month": [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)],
        "entered": [30, 20, 10],
        "reached_next": [20, 10, None],
        "conversion": [0.67, 0.5, None],
        "value": [3.0, -1.0, 2.0],
        "low": [2.0, -2.0, 1.0],
        "high": [4.0, 0.5, 3.0],
    }
)


def _curve(frame: pl.DataFrame) -> pl.DataFrame:
    """Months with the bank, and shares of 1 for these rows."""
    known = frame.drop("month").with_row_index("month", 1).with_columns(pl.col("month").cast(pl.Int64))
    shares = dict.fromkeys(("survival", "low", "high"), "conversion")
    return known.select("month", at_risk="entered", **shares)


FIGURES: dict[str, Build] = {
    "funnel": lambda f: funnel.bars(f, labels=dict(zip("abc", "甲乙丙", strict=True)), words=WORDS, alt="图"),
    "tiles": lambda f: tiles.tiles(
        f.with_row_index("row").with_columns(
            column=pl.col("row"),
            id="stage",
            label="stage",
            text=pl.lit("9%"),
            told="stage",
            tone=pl.lit(-0.5),
        ),
        [(0, 3)],
        alt="图",
    ),
    "multiples": lambda f: multiples.multiples(
        [(name, f["value"].to_list()) for name in f["stage"]], base=1, unit="%", alt="图"
    ),
    "slope": lambda f: slope.slope(
        list(f.select("stage", "low", "high").iter_rows()),
        ends=("甲", "乙"),
        unit="亿元",
        decimals=1,
        alt="图",
    ),
    "line": lambda f: trend.line(f, "month", {"value": "甲"}, unit="亿元", alt="图"),
    "lines": lambda f: trend.line(
        f,
        "month",
        {"value": "甲", "high": "乙"},
        unit="%",
        band=("low", "high"),
        marker=(date(2025, 2, 28), "词"),
        alt="图",
    ),
    "bars": lambda f: bars.ranked(f, "stage", "value", unit="亿元", reference=1.0, labels=LABELS, alt="图"),
    "columns": lambda f: columns.columns(
        f, "stage", "value", group="stage", unit="%", count="entered", alt="图"
    ),
    "control": lambda f: control.limits(
        f.with_columns(
            n=pl.col("entered"),
            score=pl.col("value"),
            outside=pl.lit("within"),
            centre=pl.lit(1.0),
            sigma=pl.lit(9.0),
            tau=pl.lit(1.0),
        ),
        "stage",
        words=dict.fromkeys(("n", "score", "centre", "inner", "outer", "within", "apart"), "词"),
        z=(1.96, 3.09),
        alt="图",
    ),
    "dots": lambda f: bars.ranked(
        f,
        "stage",
        "value",
        low="low",
        high="high",
        count="entered",
        unit="%",
        reference=1.0,
        labels=LABELS,
        alt="图",
    ),
}
FIGURES |= {
    "stacked": lambda f: funnel_parts.stacked(
        f, {"entered": "甲", "reached_next": "乙"}, labels=dict(zip("abc", "甲乙丙", strict=True)), alt="图"
    ),
    "expected": lambda f: funnel_parts.expected(
        f.with_columns(amount="high", expected_amount="value"),
        labels=dict(zip("abc", "甲乙丙", strict=True)),
        words={"amount": "词", "expected": "词"},
        unit="亿元",
        decimals=1,
        alt="图",
    ),
    "shares": lambda f: shares.areas(
        f.with_columns(days=pl.col("entered").fill_null(0)),
        "days",
        {"conversion": "甲", "low": "乙"},
        x_title="天",
        count=("reached_next", "词"),
        alt="图",
    ),
}
FIGURES |= {
    "retention": lambda f: survival.steps(
        [("甲", _curve(f)), ("乙", _curve(f))], words={"x": "月", "at_risk": "词"}, alt="图"
    ),
    "calibration": lambda f: calibration.rates(
        f,
        "stage",
        "high",
        "value",
        low="low",
        high="high",
        count="entered",
        words=dict.fromkeys(("foretold", "observed", "line", "count"), "词"),
        alt="图",
    ),
    "ratios": lambda f: control.limits(
        f.with_columns(
            n=pl.col("high"),
            score=pl.col("value"),
            outside=pl.lit("above"),
            centre=pl.lit(1.0),
            sigma=pl.lit(1.0),
            tau=pl.lit(0.0),
        ),
        "stage",
        words=dict.fromkeys(("n", "score", "centre", "inner", "outer", "within", "apart"), "词"),
        z=(1.96, 3.0),
        ends=(0.0, 10.0),
        decimals=2,
        alt="图",
    ),
    "sizes": lambda f: distribution.by_size(
        f.with_columns(told=pl.col("stage")),
        "low",
        "high",
        "entered",
        marks=[(2.5, "词")],
        ticks=[(1, "1"), (10, "10")],
        words={"nothing": "无", "count": "户"},
        told="told",
        alt="图",
    ),
    "curves": lambda f: distribution.curves(
        [("甲", f), ("乙", f)], "low", "high", titles=("甲", "乙"), equal="词", alt="图"
    ),
    "mix": lambda f: distribution.mix(f, "month", "stage", "value", {"a": "甲", "b": "乙"}, alt="图"),
    "heat": lambda f: matrix.heat(
        f.with_columns(
            tone=pl.col("value"),
            text=pl.col("stage"),
            told=pl.col("stage"),
            is_bare=pl.lit(True),
            is_flow=pl.lit(True),
            amount=pl.lit("5"),
        ),
        "stage",
        "stage",
        amounts={"amount": "甲：{} 户"},
        names=(dict(zip("abc", "甲乙丙", strict=True)),) * 2,
        ends=(["a", "b", "c"], ["a", "b"]),
        colours={"up": "#c8322b", "down": "#1e7f4f"},
        words={"then": "前", "now": "后"},
        alt="图",
    ),
    "flows": lambda f: flows.sankey(
        f.with_columns(way=pl.lit(-1), count=pl.col("entered").fill_null(0)),
        "stage",
        "stage",
        names=(dict(zip("abc", "甲乙丙", strict=True)),) * 2,
        ends=(["a", "b", "c"], ["a", "b", "c"]),
        colours={"up": "#c8322b", "down": "#1e7f4f"},
        words={"small": "词", "unit": "户"},
        alt="图",
    ),
}
NUMBERS = [name for name, kind in FRAME.schema.items() if kind.is_numeric()]
FRAMES = {
    "whole": FRAME,
    "empty": FRAME.clear(),
    "one row": FRAME.head(1),
    "all null": FRAME.with_columns(pl.lit(None).cast(FRAME.schema[name]).alias(name) for name in NUMBERS),
    "not a number": FRAME.with_columns(value=pl.lit(float("nan")), conversion=pl.lit(float("nan"))),
    "zeros": FRAME.with_columns(pl.lit(0).cast(FRAME.schema[name]).alias(name) for name in NUMBERS),
    "no interval": FRAME.with_columns(low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64)),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("build", FIGURES.values(), ids=FIGURES)
def test_figure_is_sound(build: Build, frame: pl.DataFrame) -> None:
    figure = build(frame)
    json.dumps(figure, allow_nan=False)  # plain values only, and no NaN
    go.Figure(**figure)  # Plotly knows every property
    assert "nan" not in str(figure).lower()
    assert figure["data"], "Streamlit refuses a figure without a series"
    assert figure["layout"]["meta"]["alt"] == "图"


@pytest.mark.parametrize("build", FIGURES.values(), ids=FIGURES)
def test_text_is_never_smaller_than_twelve(build: Build) -> None:
    layout = build(FRAME)["layout"]
    fonts = [note["font"] for note in layout.get("annotations", [])]
    axes = [layout[axis] for axis in ("xaxis", "yaxis") if axis in layout]
    fonts += [axis["tickfont"] for axis in axes if axis.get("showticklabels", True)]
    fonts += [layout["font"], layout["hoverlabel"]["font"]]
    assert min(font["size"] for font in fonts) >= 12


@pytest.mark.parametrize("build", FIGURES.values(), ids=FIGURES)
def test_the_frame_handed_in_stays_as_it_was(build: Build) -> None:
    frame = FRAME.clone()
    build(frame)
    assert frame.equals(FRAME)
