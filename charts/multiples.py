"""The same line of many, each in a small field of its own, on one scale."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from charts.theme import NEUTRAL, PALETTE, Figure, layout, note, numbers, plain

ACROSS, FIELD = 3, 92  # fields beside each other, pixels of one


def multiples(
    lines: Sequence[tuple[str, Sequence[float | None]]], *, base: float, unit: str, alt: str
) -> Figure:
    """A field for each name with its values, in their order; all have one axis, and a line at the `base`.

    The last value stands at its name, for fields are too small for an axis of their own.
    """
    lines = [(name, numbers(pl.Series(values, dtype=pl.Float64))) for name, values in lines]
    known = [value for _, values in lines for value in values if value is not None]
    low, high = min([base, *known]), max([base, *known])
    edge = 0.08 * (high - low or 1)
    down = -(-len(lines) // ACROSS) or 1
    data: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    words = []
    for at, (name, values) in enumerate(lines):
        number = "" if at == 0 else str(at + 1)
        column, row = at % ACROSS, at // ACROSS
        left, top = column / ACROSS, 1 - row / down
        last = next((value for value in reversed(values) if value is not None), None)
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "y": [value if value is None else round(value, 1) for value in values],
                "xaxis": f"x{number}",
                "yaxis": f"y{number}",
                "line": {"width": 1.8, "color": PALETTE[0]},
                "hovertemplate": f"{plain(name)} %{{y:.1f}}{plain(unit)}<extra></extra>",
            }
        )
        frame = {"showticklabels": False, "showgrid": False, "zeroline": False, "fixedrange": True}
        room = 20 / (FIELD * down)  # of the name above the line
        across, high_up = [left + 0.01, left + 1 / ACROSS - 0.02], [max(0, top - 1 / down + 0.02), top - room]
        more[f"xaxis{number}"] = frame | {"domain": across, "anchor": f"y{number}"}
        more[f"yaxis{number}"] = frame | {"domain": high_up, "anchor": f"x{number}"}
        more[f"yaxis{number}"] |= {"range": [low - edge, high + edge]}
        said = f"{plain(name)}  {'' if last is None else f'{last:.1f}{plain(unit)}'}"
        words.append(
            note(said, xref="paper", yref="paper", x=left + 0.01, y=top, xanchor="left", yanchor="top")
        )
    shapes = [
        {
            "type": "line",
            "xref": f"x{'' if at == 0 else at + 1} domain",
            "yref": f"y{'' if at == 0 else at + 1}",
            "x0": 0,
            "x1": 1,
            "y0": base,
            "y1": base,
            "line": {"width": 1, "dash": "dot", "color": NEUTRAL},
        }
        for at in range(len(lines))
    ]
    return {
        "data": data or [{"type": "scatter", "x": [], "y": []}],
        "layout": layout(alt=alt, height=16 + FIELD * down, annotations=words, shapes=shapes, **more),
    }
