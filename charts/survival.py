"""Retention curves: which share is still there after so many months."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from charts.theme import BAND, DASHES, Figure, axis, layout, legend, numbers, plain

MOST = 6  # of more curves none could be followed
YEARS = 120  # months drawn at most: beyond ten years the curve says little of today's customers


def steps(
    curves: Sequence[tuple[str, pl.DataFrame]],
    *,
    words: dict[str, str],
    alt: str,
    most: int = YEARS,
    height: int = 320,
) -> Figure:
    """A step line per curve with its name, the first with its 95 % interval; a curve ends where it is known.

    A frame has month, survival, low and high in shares of 1: one row per consecutive month, the share at its
    end. It begins with all of them, at the beginning of its first month. `words` has x and, for the hover,
    at_risk.
    """
    data: list[dict[str, Any]] = []
    shown = [(name, frame.filter(pl.col("month") <= most)) for name, frame in curves[:MOST]]
    lowest = 100.0
    for i, (name, frame) in enumerate(shown):
        known = frame.filter(pl.col("survival").is_finite())
        share = numbers(known["survival"] * 100)
        begin = [known["month"][0] - 1] if known.height else []
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plain(name),
                "x": begin + known["month"].to_list(),
                "y": [100.0 for _ in begin] + share,
                "line": {"shape": "hv", "width": 2, "dash": DASHES[i % len(DASHES)]},
                "customdata": ["" for _ in begin] + _told(known, words),
                "hovertemplate": "<b>%{y:.1f}%</b>%{customdata}<extra>"
                f"{plain(name) if len(shown) > 1 else ''}</extra>",
            }
        )
        band = _interval(known) if i == 0 else []
        data += band
        lowest = min([lowest, *[v for v in [*share, *(band[0]["y"] if band else [])] if v is not None]])
    frame_of = layout(
        alt=alt,
        height=height,
        hovermode="x unified",
        showlegend=len(shown) > 1,
        legend=legend() | {"traceorder": "normal"},
        xaxis=axis(
            title={"text": plain(words["x"])},
            rangemode="tozero",
            dtick=_ticks(shown),
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(range=[max(0.0, lowest // 10 * 10), 101], ticksuffix="%", nticks=6, zeroline=False),
    )
    frame_of["margin"]["t"] = 52 if len(shown) > 1 else 12
    return {"data": data or [{"type": "scatter", "x": [], "y": []}], "layout": frame_of}


def _ticks(shown: Sequence[tuple[str, pl.DataFrame]]) -> int:
    """Whole years, every second one of a long curve."""
    last = max((frame["month"][-1] or 0 for _, frame in shown if frame.height), default=0)
    return 24 if last > 72 else 12


def _told(frame: pl.DataFrame, words: dict[str, str]) -> list[str]:
    bounds = zip(numbers(frame["low"] * 100), numbers(frame["high"] * 100), frame["at_risk"], strict=True)
    return [
        ("" if low is None or high is None else f" ({low:.1f} – {high:.1f})")
        + ("" if n is None else f" · {plain(words['at_risk'])} {n:,}")
        for low, high, n in bounds
    ]


def _interval(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The band between both bounds, in the same steps; none where nobody has left yet."""
    known = frame.filter(pl.col("low").is_finite() & pl.col("high").is_finite())
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": known["month"].to_list(),
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"shape": "hv", "width": 0},
    }
    return [
        edge | {"y": numbers(known["low"] * 100)},
        edge | {"y": numbers(known["high"] * 100), "fill": "tonexty", "fillcolor": BAND},
    ]
