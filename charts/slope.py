"""Two dates side by side: a line from then to now for each name."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from charts.theme import DASHES, INK, SMALL, Figure, axis, layout, note, plain, wrapped

LEAST = 0.09  # of the height: what two words above each other need


def slope(
    told: Sequence[tuple[str, float | None, float | None]],
    *,
    ends: tuple[str, str],
    unit: str,
    decimals: int,
    alt: str,
) -> Figure:
    """A line for each (name, then, now) that is known at both dates.

    The name stands at its end with the number now, the number then at its beginning. Words that would cover
    each other are moved apart, the lines are not.
    """
    lines = [(name, then, now) for name, then, now in told if then is not None and now is not None]
    values = [value for _, then, now in lines for value in (then, now)]
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = (high - low) or 1.0
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [0, 1],
            "y": [then, now],
            "line": {"width": 2, "dash": DASHES[at % len(DASHES)]},
            "marker": {"size": 6},
            "hovertemplate": f"<b>{plain(name)}</b><br>{then:,.{decimals}f} → {now:,.{decimals}f} "
            f"{plain(unit)}<extra></extra>",
        }
        for at, (name, then, now) in enumerate(lines)
    ]
    words, found = [], values
    for side, anchor in ((0, "right"), (1, "left")):
        ys = apart([now if side else then for _, then, now in lines], LEAST * span)
        found = [*found, *ys]
        for (name, *both), y in zip(lines, ys, strict=True):
            number = f"{both[side]:,.{decimals}f}"
            text = f"{wrapped(name)} {number}" if side else number
            words.append(note(text, x=side, y=y, xanchor=anchor, xshift=8 if side else -8))
    frame = {"showgrid": False, "zeroline": False}
    return {
        "data": data or [{"type": "scatter", "x": [], "y": []}],
        "layout": layout(
            alt=alt,
            height=80 + 34 * len(lines),
            annotations=words,
            xaxis=axis(
                range=[-0.45, 2.1],
                tickvals=[0, 1],
                ticktext=[plain(end) for end in ends],
                side="top",
                **frame,
            )
            | {"tickfont": {"size": SMALL, "color": INK}},
            yaxis=axis(
                range=[low - 0.1 * span, max([high, *found]) + 0.1 * span], showticklabels=False, **frame
            ),
        ),
    }


def apart(values: Sequence[float], least: float) -> list[float]:
    """The same order, no two closer than `least`: what is too close is moved up.

    >>> apart([1.0, 1.0, 5.0], 1.0)
    [1.0, 2.0, 5.0]
    """
    order = sorted(range(len(values)), key=lambda at: values[at])
    found = list(values)
    for below, at in pairwise(order):
        found[at] = max(found[at], found[below] + least)
    return found
