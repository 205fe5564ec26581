"""Where those of each row went, as a matrix."""

from typing import Any

import polars as pl

from charts.theme import INK, SMALL, Figure, axis, layout, note, numbers, plain, wrapped


def tinted(colour: str, strength: float) -> str:
    """A colour that lets the page shine through, so text on it is read on white and on dark.

    >>> tinted("#c8322b", 0.5)
    'rgba(200, 50, 43, 0.5)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {strength})"


def heat(
    frame: pl.DataFrame,
    then: str,
    now: str,
    value: str,
    *,
    names: tuple[dict[str, str], dict[str, str]],
    ends: tuple[list[str], list[str]],
    colours: dict[str, str],
    words: dict[str, str],
    alt: str,
) -> Figure:
    """A cell per pair of states, `ends` in their order, its value written in it.

    `way` of a row says its colour: 1 up, -1 down, 0 none (who stayed); the larger the value, the stronger, by
    its root, so small flows are seen beside large ones. `count` is told on hover. A row of the matrix without
    any value has the word `few` across it.
    """
    rows, columns = ends
    cells = dict(zip(zip(frame[then], frame[now], strict=True), frame.to_dicts(), strict=True))
    shown = dict(zip(cells, numbers(frame[value]), strict=True))
    tones: list[list[float | None]] = []
    texts, told = [], []
    for a in rows:
        here = [(shown.get((a, b)), cells.get((a, b), {})) for b in columns]
        tones.append([None if v is None else (c["way"] or 0) * abs(v) ** 0.5 for v, c in here])
        texts.append(["" if v is None or not c["count"] else _written(v) for v, c in here])
        told.append([_told(plain(names[0][a]), plain(names[1][b]), v, c.get("count"), words)
                     for b, (v, c) in zip(columns, here, strict=True)])  # fmt: skip
    strongest = max((abs(t) for line in tones for t in line if t is not None), default=0.0) or 1.0
    few = [a for a, line in zip(rows, tones, strict=True) if all(t is None for t in line)]
    middle = columns[len(columns) // 2] if columns else None
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": columns,
            "y": rows,
            "z": tones,
            "zmin": -strongest,
            "zmax": strongest,
            "colorscale": [[0, tinted(colours["down"], 0.6)], [0.5, tinted(colours["down"], 0.02)],
                           [0.5, tinted(colours["up"], 0.02)], [1, tinted(colours["up"], 0.6)]],
            "showscale": False,
            "text": texts,
            "texttemplate": "%{text}",
            "textfont": {"size": SMALL, "color": INK},
            "customdata": told,
            "hovertemplate": "%{customdata}<extra></extra>",
            "hoverongaps": False,
            "xgap": 2,
            "ygap": 2,
        }
    ]  # fmt: skip
    frame_of = layout(
        alt=alt,
        height=84 + 38 * max(len(rows), 1),
        annotations=[note(plain(words["few"]), x=middle, y=a) for a in few if middle],
        xaxis=axis(
            type="category", side="top", tickvals=columns, showgrid=False,
            ticktext=[wrapped(names[1][b], 4) for b in columns],
            title={"text": plain(words["now"]), "font": {"size": SMALL}},
        ),
        yaxis=axis(
            type="category", autorange="reversed", tickvals=rows, showgrid=False,
            ticktext=[wrapped(names[0][a], 12 if len(rows) < 9 else 20) for a in rows],
            title={"text": plain(words["then"]), "font": {"size": SMALL}},
        ),
    )  # fmt: skip
    return {"data": data, "layout": frame_of}


def _written(value: float) -> str:
    """One decimal; of what rounds to nothing only that it is less.

    >>> _written(12.34), _written(0.04)
    ('12.3', '<0.1')
    """
    return f"{value:,.1f}" if value >= 0.05 else "<0.1"


def _told(then: str, now: str, value: float | None, count: int | None, words: dict[str, str]) -> str:
    share = plain(words["few"]) if value is None else f"{_written(value) if count else 0}%"
    return f"{then} → {now}<br><b>{share}</b> ({count or 0:,})"
