"""A measure compared between names."""

from collections.abc import Callable
from typing import Any

import polars as pl

from charts.theme import NEUTRAL, PAPER, Figure, axis, layout, legend, note, numbers, plain, wrapped


def ranked(
    frame: pl.DataFrame,
    name: str,
    value: str,
    *,
    unit: str,
    labels: dict[str, str],
    alt: str,
    low: str | None = None,
    high: str | None = None,
    reference: float | None = None,
    count: str | None = None,
    decimals: int = 1,
    least: int = 0,
    in_order: bool = False,
) -> Figure:
    """Names from the largest value down, or `in_order` as the rows stand: bars, or with `low` and `high` dots
    on their intervals.

    A name whose interval holds the `reference`, or that has fewer than `least` cases, is a hollow grey
    dot: it cannot be told from it. Names
    without a value come last with a word. `labels` has reference (the words beside the line), missing,
    and for dots clear and unclear (the two kinds of dot); `count` names the column with the n of each
    rate and `labels["count"]` says what it counts.
    """
    known_or_null = pl.col(value).cast(pl.Float64).fill_nan(None)  # NaN would sort as the largest
    rows = frame.with_columns(known_or_null)
    rows = rows if in_order else rows.sort(value, descending=True, nulls_last=True)
    values = numbers(rows[value])
    suffix = "%" if unit == "%" else f" {plain(unit)}"
    names = [plain(text) for text in rows[name].cast(pl.String).to_list()]
    ticks = [wrapped(text) for text in rows[name].cast(pl.String).to_list()]
    lines = max((tick.count("<br>") + 1 for tick in ticks), default=1)
    scaled = bool(low and high)  # dots need a scale; bars carry their numbers
    places = list(range(rows.height))
    nothing: list[float | None] = [None] * rows.height
    lows = numbers(rows[low]) if low else nothing
    highs = numbers(rows[high]) if high else nothing

    def hover(i: int) -> str:
        text = f"<b>{names[i]}</b><br>{values[i]:,.{decimals}f}{suffix}"
        if lows[i] is not None and highs[i] is not None:
            text += f" ({lows[i]:,.{decimals}f} – {highs[i]:,.{decimals}f})"
        if count:
            text += f"<br>{plain(labels['count'])} {rows[count][i]:,}"
        return text

    known = [i for i in places if values[i] is not None]
    if low and high:
        few = [i for i in known if count and rows[count][i] < least]
        unclear = [
            i for i in known if i in few or (reference is not None and _holds(lows[i], reference, highs[i]))
        ]
        clear = [i for i in known if i not in unclear]
        data = [
            _dots(clear, values, lows, highs, hover, name=labels.get("clear", "")),
            _dots(unclear, values, lows, highs, hover, name=labels.get("unclear", ""), hollow=True),
        ]
        explained = bool(unclear and labels.get("clear") and labels.get("unclear"))
    else:
        explained = False
        data = [
            {
                "type": "bar",
                "orientation": "h",
                "x": [values[i] for i in known],
                "y": known,
                "width": 0.55,
                "text": [f"{values[i]:,.{decimals}f}" for i in known],
                "textposition": "outside",
                "cliponaxis": False,
                "customdata": [hover(i) for i in known],
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        ]
    notes = [
        note(plain(labels["missing"]), x=0, xref="x domain", y=i, xanchor="left", bgcolor=PAPER)
        for i in places
        if values[i] is None
    ]
    shapes: list[dict[str, Any]] = []
    if reference is not None:
        shapes = [
            {
                "type": "line",
                "x0": reference,
                "x1": reference,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "layer": "below",
                "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            }
        ]
        notes.append(
            note(plain(labels["reference"]), x=reference, y=1, yref="paper", yanchor="bottom", yshift=2)
        )
    above = 24 * (reference is not None) + 26 * explained
    frame_of = layout(
        alt=alt,
        height=24 * scaled + max(30, 6 + 16 * lines) * max(rows.height, 1) + 16 + above,
        showlegend=explained,
        legend=legend(),
        shapes=shapes,
        annotations=notes,
        xaxis=axis(
            ticksuffix="%" if unit == "%" else "",
            tickformat=",.2~f",
            nticks=5,
            range=_range(values, lows, highs, reference, from_zero=not scaled),
            showgrid=scaled,
            visible=scaled and bool(known),
        ),
        yaxis=axis(
            tickvals=places,
            ticktext=ticks,
            range=[rows.height - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    )
    frame_of["margin"]["t"] += above
    return {"data": data, "layout": frame_of}


def _holds(low: float | None, reference: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= reference <= high


def _dots(
    chosen: list[int],
    values: list[float | None],
    lows: list[float | None],
    highs: list[float | None],
    hover: Callable[[int], str],
    *,
    name: str,
    hollow: bool = False,
) -> dict[str, Any]:
    grey = {"color": NEUTRAL} if hollow else {}

    def reach(i: int, end: float | None) -> float:
        return abs((end if end is not None else values[i] or 0) - (values[i] or 0))

    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(name),
        "x": [values[i] for i in chosen],
        "y": chosen,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [reach(i, highs[i]) for i in chosen],
            "arrayminus": [reach(i, lows[i]) for i in chosen],
            "thickness": 1.25,
            "width": 0,
        }
        | grey,
        "marker": {"size": 10, "symbol": "circle-open" if hollow else "circle", "line": {"width": 2 * hollow}}
        | grey,
        "customdata": [hover(i) for i in chosen],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _range(
    values: list[float | None],
    lows: list[float | None],
    highs: list[float | None],
    reference: float | None,
    *,
    from_zero: bool,
) -> list[float]:
    """From the least to the largest end that is drawn, with room; bars start at zero."""
    ends = [v for v in (*values, *lows, *highs, reference) if v is not None] or [0.0, 1.0]
    least, most = min(ends), max(ends)
    if not from_zero:
        room = 0.06 * (most - least) or 1.0
        return [least - room, most + room]
    least, most = min(least, 0.0), max(most, 0.0)
    room = 0.22 * (most - least) or 1.0  # for the numbers beyond the ends of the bars
    return [least - room if least < 0 else 0.0, most + room if most > 0 else 0.0]
