"""What went where between two dates, as bands."""

from typing import Any

import polars as pl

from charts.matrix import tinted
from charts.theme import INK, NEUTRAL, SMALL, Figure, layout, plain

PAD, EDGE = 20, 12  # between states, so that their names do not touch, and below the lowest
LEAST = 0.005  # of all: smaller flows are drawn together


def sankey(
    frame: pl.DataFrame,
    then: str,
    now: str,
    *,
    names: tuple[dict[str, str], dict[str, str]],
    ends: tuple[list[str], list[str]],
    colours: dict[str, str],
    words: dict[str, str],
    alt: str,
    height: int = 400,
) -> Figure:
    """Bands as wide as their `count` from states on the left to those on the right, in the order of `ends`.

    `way` says the colour of a band: 1 up, -1 down, 0 neither. Flows of less than half a percent of all end
    together in one state of their own, named by `small`; those who stayed are never among them.
    """
    flows = [row for row in frame.to_dicts() if (row["count"] or 0) > 0]
    total = sum(row["count"] for row in flows)
    left, right = ends
    links: dict[tuple[str, str], list[int]] = {}
    for row in flows:
        small = row["count"] < LEAST * total and row[then] != row[now]
        link = links.setdefault((row[then], "" if small else row[now]), [0, 0 if small else row["way"] or 0])
        link[0] += row["count"]
    from_left = [state for state in left if any(a == state for a, _ in links)]
    to_right = [state for state in (*right, "") if any(b == state for _, b in links)]
    labels = [names[0][state] for state in from_left]
    labels += [names[1][state] if state else words["small"] for state in to_right]
    at = {("l", state): number for number, state in enumerate(from_left)}
    at |= {("r", state): number for number, state in enumerate(to_right, len(from_left))}
    kept = [(a, b, link) for (a, b), link in links.items() if a in from_left and b in to_right]
    tint = {1: tinted(colours["up"], 0.45), -1: tinted(colours["down"], 0.45), 0: tinted(NEUTRAL, 0.25)}
    sums = [sum(link[0] for a, _, link in kept if a == state) for state in from_left]
    sums += [sum(link[0] for _, b, link in kept if b == state) for state in to_right]
    drawn = layout(alt=alt, height=height)
    drawn["margin"] = drawn["margin"] | {"b": EDGE}
    states = max(len(from_left), len(to_right))
    gap = PAD / (height - drawn["margin"]["t"] - EDGE)
    left_sums, right_sums = sums[: len(from_left)], sums[len(from_left) :]
    places = _places(left_sums, gap, states) + _places(right_sums, gap, states)
    data: list[dict[str, Any]] = [
        {
            "type": "sankey",
            "arrangement": "fixed",
            "textfont": {"size": SMALL, "color": INK, "shadow": "none"},
            "valueformat": ",.0f",
            "valuesuffix": f" {plain(words['unit'])}".rstrip(),
            "node": {
                "label": [plain(label) for label in labels],
                "x": [0.001] * len(from_left) + [0.999] * len(to_right),
                "y": places,
                "pad": PAD,
                "thickness": 14,
                "color": NEUTRAL,
                "line": {"width": 0},
            },
            "link": {
                "source": [at["l", a] for a, _, _ in kept],
                "target": [at["r", b] for _, b, _ in kept],
                "value": [link[0] for *_, link in kept],
                "color": [tint[link[1]] for *_, link in kept],
            },
        }
    ]
    return {"data": data, "layout": drawn}


def _places(sums: list[int], gap: float, states: int) -> list[float]:
    """The middle of each state on its side, where all keep their order with a gap between them.

    Bands are as wide as the side of most `states` leaves room for, so both sides are reckoned by it and no
    state lies below the edge.

    >>> _places([1, 1], 0.1, 2)
    [0.225, 0.775]
    """
    total, found, above = sum(sums) or 1, [], 0.0
    room = 1 - gap * max(states - 1, 0)
    for size in sums:
        share = size / total * room
        found.append(round(above + share / 2, 4))
        above += share + gap
    return [min(max(place, 0.001), 0.999) for place in found]
