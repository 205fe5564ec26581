"""How something is spread over customers: by size, cumulated, and by part over time."""

from collections.abc import Sequence
from math import log10

import polars as pl

from charts.theme import DASHES, NEUTRAL, PAPER, Figure, axis, layout, legend, note, numbers, places, plain


def by_size(
    frame: pl.DataFrame,
    low: str,
    high: str,
    count: str,
    *,
    marks: Sequence[tuple[float, str]],
    words: dict[str, str],
    ticks: Sequence[tuple[float, str]],
    told: str,
    alt: str,
) -> Figure:
    """Columns over bands of a logarithmic scale, as wide as the bands; lines at `marks`.

    A band without a low edge stands at the left under `words["nothing"]`. `ticks` are places of the scale
    with their words, `told` the column with a band's words; `words["count"]` says what is counted.
    """
    rows = frame.filter(pl.col(count).fill_null(0) > 0)
    least = rows.filter(pl.col(low) > 0)[low].min()
    start = log10(float(least)) if isinstance(least, int | float) else 0.0
    at, width = [], []
    for a, b in rows.select(low, high).iter_rows():
        if a is None or a <= 0:
            at.append(start - 0.5)
            width.append(0.25)
        else:
            end = log10(b) if b is not None and b > a else log10(a) + 0.25
            at.append((log10(a) + end) / 2)
            width.append(end - log10(a))
    ends = [x + w / 2 for x, w in zip(at, width, strict=True)] or [start + 1]
    reach = (min([x - w / 2 for x, w in zip(at, width, strict=True)] or [start]), max(ends))
    here = [(log10(x), word) for x, word in ticks if x > 0 and start <= log10(x) <= reach[1]]
    if any(low_edge is None for low_edge in rows[low]):
        here.insert(0, (start - 0.5, words["nothing"]))
    lines = [(log10(x), word) for x, word in marks if x > 0 and reach[0] <= log10(x) <= reach[1]]
    top = max((n for n in numbers(rows[count]) if n is not None), default=1.0)
    data = [
        {
            "type": "bar",
            "x": at,
            "y": numbers(rows[count]),
            "width": [0.94 * w for w in width],
            "customdata": [plain(str(text)) for text in rows[told].to_list()],
            "hovertemplate": f"%{{customdata}}<br><b>%{{y:,.0f}}</b> {plain(words['count'])}<extra></extra>",
        }
    ]
    shapes = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
        }
        for x, _ in lines
    ]
    late = reach[0] + 0.7 * (reach[1] - reach[0])  # words there stand before their line, or they are cut
    notes = [
        note(
            plain(word),
            x=x,
            y=1 - 0.075 * i,
            yref="paper",
            yanchor="top",
            bgcolor=PAPER,
            **({"xanchor": "right", "xshift": -2} if x > late else {"xanchor": "left", "xshift": 2}),
        )
        for i, (x, word) in enumerate(lines)
    ]
    frame_of = layout(
        alt=alt,
        height=320,
        shapes=shapes,
        annotations=notes,
        bargap=0,
        xaxis=axis(
            tickvals=[x for x, _ in here],
            ticktext=[plain(word) for _, word in here],
            showgrid=False,
            zeroline=False,
            range=[reach[0] - 0.1, reach[1] + 0.1],
            tickangle=0,
        ),
        # there is no half a customer
        yaxis=axis(
            tickformat=",.2~f",
            nticks=5,
            range=[0, (1.1 + 0.12 * len(lines)) * top],
            **({"dtick": 1} if top < 4 and float(top).is_integer() else {}),
        ),
    )
    return {"data": data, "layout": frame_of}


def curves(
    lines: Sequence[tuple[str, pl.DataFrame]],
    x: str,
    y: str,
    *,
    titles: tuple[str, str],
    equal: str,
    alt: str,
) -> Figure:
    """Cumulated shares in percent, a line each, beside the line on which all are equal."""
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": plain(equal),
            "x": [0, 100],
            "y": [0, 100],
            "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
        }
    ]
    for i, (name, frame) in enumerate(lines):
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plain(name),
                "x": numbers(frame[x].cast(pl.Float64) * 100),
                "y": numbers(frame[y].cast(pl.Float64) * 100),
                "line": {"width": 2, "dash": DASHES[i % len(DASHES)]},
                "hovertemplate": f"%{{x:.1f}}% → <b>%{{y:.1f}}%</b><extra>{plain(name)}</extra>",
            }
        )
    frame_of = layout(
        alt=alt,
        height=320,
        showlegend=True,
        legend=legend(),
        xaxis=axis(
            title={"text": plain(titles[0])}, ticksuffix="%", nticks=6, range=[0, 100], zeroline=False
        ),
        yaxis=axis(title={"text": plain(titles[1])}, ticksuffix="%", nticks=6, rangemode="tozero"),
    )
    frame_of["margin"] |= {"t": 34, "r": 24}  # room for the last tick
    return {"data": data, "layout": frame_of}


def mix(frame: pl.DataFrame, x: str, part: str, share: str, names: dict[str, str], *, alt: str) -> Figure:
    """Shares in percent of parts on top of each other over months, in the order of `names`."""
    data = []
    for key, name in names.items():
        rows = frame.filter(pl.col(part) == key)
        when = places(rows[x].dt.month_start()) if rows[x].dtype == pl.Date else places(rows[x])
        data.append(
            {
                "type": "bar",
                "name": plain(name),
                "x": when,
                "y": numbers(rows[share].cast(pl.Float64) * 100),
                "hovertemplate": f"%{{x|%Y-%m}} {plain(name)} <b>%{{y:.1f}}%</b><extra></extra>",
            }
        )
    frame_of = layout(
        alt=alt,
        height=300,
        showlegend=True,
        legend=legend() | {"traceorder": "normal"},
        barmode="stack",
        bargap=0.12,
        xaxis=axis(tickformat="%Y-%m", nticks=5, tickangle=0, visible=frame.height > 0),
        yaxis=axis(ticksuffix="%", nticks=5, visible=frame.height > 0),
    )
    frame_of["margin"]["t"] = 52
    return {"data": data, "layout": frame_of}
