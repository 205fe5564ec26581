"""Values over time."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from charts.theme import (
    BAND,
    DASHES,
    NEUTRAL,
    Figure,
    axis,
    layout,
    legend,
    note,
    numbers,
    places,
    plain,
)


def line(
    frame: pl.DataFrame,
    x: str,
    ys: dict[str, str],
    *,
    unit: str,
    alt: str,
    band: tuple[str, str] | None = None,
    marker: tuple[date | str, str] | None = None,
    events: Sequence[tuple[date, str]] = (),
    decimals: int = 1,
    height: int = 260,
) -> Figure:
    """Thin lines, one per entry of `ys` (column: name), over months, days or labels.

    Missing values are gaps. `band` names the two columns of an interval, drawn behind the first line and
    told on hover. `marker` is a place on the x axis and the words beside it: what follows is different
    (a forecast, an observation period that is not over). `events` are days with their words, small marks at
    the foot of the figure, told on hover. The value axis does not start at zero.
    """
    monthly = _monthly(frame[x])
    at = places(frame[x].dt.month_start() if monthly else frame[x])
    several = len(ys) > 1
    # One series tells its date itself; several share a box that has the date as its heading.
    when = "" if several else {True: "%{x|%Y-%m}  ", False: "%{x|%Y-%m-%d}  ", None: "%{x}  "}[monthly]
    suffix = "%" if unit == "%" else f" {plain(unit)}"
    data: list[dict[str, Any]] = []
    for i, (column, name) in enumerate(ys.items()):
        told = _told(frame, band, decimals) if band and i == 0 else [""] * frame.height
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "marker": {"size": _lone(numbers(frame[column]))},
                "name": plain(name),
                "x": at,
                "y": numbers(frame[column]),
                "line": {"width": 2, "dash": DASHES[i % len(DASHES)]},
                "customdata": told,
                "hovertemplate": f"{when}<b>%{{y:,.{decimals}f}}{suffix}</b>%{{customdata}}"
                f"<extra>{plain(name) if several else ''}</extra>",
            }
        )
    if band:
        data.append(_interval(at, numbers(frame[band[0]]), numbers(frame[band[1]])))
    if monthly is not None and (happened := _events(frame, x, list(ys), events, monthly)):
        data.append(happened)
    shapes, notes = (
        [],
        [note(plain(unit), x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=4)],
    )
    if marker:
        place = _place(marker[0], monthly)
        shapes = [
            {
                "type": "line",
                "x0": place,
                "x1": place,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
            }
        ]
        late = place > at[len(at) // 2] if at else False
        notes.append(
            note(plain(marker[1]), x=place, y=1, yref="paper", yshift=-8, xanchor="right" if late else "left")
        )
    frame_of = layout(
        alt=alt,
        height=height + 24 * several,
        showlegend=several,
        legend=legend(),
        shapes=shapes,
        annotations=notes,
        hovermode="x unified" if several else "closest",
        hoverdistance=60,
        xaxis=axis(
            type="category" if monthly is None else "date",
            tickformat="%Y-%m" if monthly else "%m-%d<br>%Y",
            hoverformat="%Y-%m" if monthly else "%Y-%m-%d",
            **({"dtick": "M1"} if monthly and len(at) < 5 else {"nticks": 5}),
            tickangle=0,
            visible=bool(at),
        ),
        yaxis=axis(
            visible=bool(at),
            tickformat=",.2~f",
            nticks=5,
            zeroline=False,
            **_whole_steps(frame, ys, decimals),
        ),
    )
    frame_of["margin"]["t"] = 52 if several else 26
    return {"data": data, "layout": frame_of}


def _events(
    frame: pl.DataFrame, x: str, ys: list[str], events: Sequence[tuple[date, str]], monthly: bool
) -> dict[str, Any] | None:
    """A mark per day on which something happened; a month's events share one."""
    words: dict[str, list[str]] = {}
    shown = set(places(frame[x].dt.month_start() if monthly else frame[x]))
    for day, text in events:
        place = _place(day, monthly)
        if place in shown:
            words.setdefault(place, []).append(f"{day:%m-%d} {plain(text)}")
    values = [v for column in ys for v in numbers(frame[column]) if v is not None]
    if not words or not values:
        return None
    low, high = min(values), max(values)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(words),
        "y": [low - 0.08 * (high - low)] * len(words),
        "marker": {"symbol": "triangle-up", "size": 9, "color": NEUTRAL},
        "customdata": ["<br>".join(told) for told in words.values()],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showlegend": False,
        "cliponaxis": False,
    }


def _lone(values: list[float | None]) -> list[int]:
    """A marker for a point without neighbours, which no line would show.

    >>> _lone([1.0, None, 2.0, 3.0])
    [6, 0, 0, 0]
    """
    around = [None, *values, None]
    return [6 * (around[i] is None and around[i + 2] is None) for i in range(len(values))]


def _whole_steps(frame: pl.DataFrame, ys: dict[str, str], decimals: int) -> dict[str, Any]:
    """Small counts have no half: ticks at whole numbers."""
    top = max((n for column in ys for n in numbers(frame[column]) if n is not None), default=0)
    return {"dtick": 1, "rangemode": "tozero"} if decimals == 0 and top < 6 else {}


def _monthly(column: pl.Series) -> bool | None:
    """True where no month occurs twice, False for days, None for labels that are no dates."""
    if not column.dtype.is_temporal():
        return None
    return column.dt.strftime("%Y-%m").n_unique() == column.len()


def _place(x: date | str, monthly: bool | None) -> str:
    """Where x stands on the axis. A month stands at its first day, where Plotly writes its name."""
    if not isinstance(x, date):
        return x
    return (x.replace(day=1) if monthly else x).isoformat()


def _told(frame: pl.DataFrame, band: tuple[str, str], decimals: int) -> list[str]:
    low, high = numbers(frame[band[0]]), numbers(frame[band[1]])
    return [
        "" if a is None or b is None else f" ({a:,.{decimals}f} – {b:,.{decimals}f})"
        for a, b in zip(low, high, strict=True)
    ]


def _interval(at: list[str], low: list[float | None], high: list[float | None]) -> dict[str, Any]:
    """Closed areas, one for each run of months that has an interval: a gap stays a gap."""
    xs: list[str | None] = []
    ys: list[float | None] = []
    points = zip(at, low, high, strict=True)
    for known, run in groupby(points, lambda point: point[1] is not None and point[2] is not None):
        if known:
            part = list(run)
            xs += [p[0] for p in part] + [p[0] for p in reversed(part)] + [None]
            ys += [p[1] for p in part] + [p[2] for p in reversed(part)] + [None]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
