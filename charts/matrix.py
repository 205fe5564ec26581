"""Where those of each row went, as a matrix."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from charts.theme import INK, NEUTRAL, SMALL, Figure, axis, layout, numbers, plain, wrapped


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
    *,
    names: tuple[dict[str, str], dict[str, str]],
    ends: tuple[list[str], list[str]],
    amounts: Mapping[str, str],
    colours: dict[str, str],
    words: dict[str, str],
    alt: str,
    wide: bool = False,
) -> Figure:
    """A cell per pair of states, `ends` in their order, with its `text` in it and `told` on hover, followed
    by `amounts`: columns, each with the line of words that its text stands in.

    `tone` is the strength of a cell's colour, above zero up, below it down; the strongest sets the scale.
    Texts of cells that are `is_bare` are slanted: they are not of the kind of the others. A cell that is a
    flow (`is_flow`, margins are none) can be clicked: its point carries both states as `customdata`.
    """
    rows, columns = ends
    cells = dict(zip(zip(frame[then], frame[now], strict=True), frame.to_dicts(), strict=True))
    grid = [[cells.get((a, b)) for b in columns] for a in rows]
    tone = dict(zip(cells, numbers(frame["tone"]), strict=True))
    tones = [[(tone[a, b] or 0.0) if (a, b) in tone else None for b in columns] for a in rows]
    strongest = max((abs(each) for line in tones for each in line if each is not None), default=0.0) or 1.0
    clicked = [(a, b) for a in rows for b in columns if (a, b) in cells and cells[a, b]["is_flow"]]
    told = {
        at: [plain(cell[column]).replace("\n", "<br>") for column in ("told", *amounts)]
        for at, cell in cells.items()
    }
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": columns,
            "y": rows,
            "z": tones,
            "zmin": -strongest,
            "zmax": strongest,
            "colorscale": [
                [0, tinted(colours["down"], 0.6)],
                [0.5, tinted(colours["down"], 0.02)],
                [0.5, tinted(colours["up"], 0.02)],
                [1, tinted(colours["up"], 0.6)],
            ],
            "showscale": False,
            "text": [["" if cell is None else _text(cell) for cell in line] for line in grid],
            "texttemplate": "%{text}",
            "textfont": {"size": SMALL, "color": INK},
            "customdata": [[told.get((a, b)) for b in columns] for a in rows],
            "hovertemplate": _hover(0, amounts),
            "hoverongaps": False,
            "xgap": 2,
            "ygap": 2,
        },
        {  # a heatmap reports no click, points do: unseen ones over the cells that may be chosen
            "type": "scatter",
            "mode": "markers",
            "x": [b for _, b in clicked],
            "y": [a for a, _ in clicked],
            "customdata": [[a, b, *told[a, b]] for a, b in clicked],
            "hovertemplate": _hover(2, amounts),
            "marker": {"symbol": "square", "size": 34, "opacity": 0, "color": NEUTRAL},
            "cliponaxis": False,
        },
    ]
    heads = [wrapped(names[0][a], 20 if wide else 8) for a in rows]
    row_height = max([38, *(16 * (head.count("<br>") + 1) for head in heads)])
    frame_of = layout(
        alt=alt,
        height=84 + row_height * max(len(rows), 1),
        hoverdistance=10,  # beyond a point's edge: within its cell, not in the next
        xaxis=axis(
            type="category",
            side="top",
            range=[-0.5, len(columns) - 0.5],
            tickvals=columns,
            showgrid=False,
            **({"tickangle": 0} if wide else {"autotickangles": [0, 90]}),  # upright on a phone
            ticktext=[wrapped(names[1][b], 8 if wide else 4) for b in columns],
            title={"text": plain(words["now"]), "font": {"size": SMALL}},
        ),
        yaxis=axis(
            type="category",
            range=[len(rows) - 0.5, -0.5],
            tickvals=rows,
            showgrid=False,
            ticktext=heads,
            title={"text": plain(words["then"]), "font": {"size": SMALL}},
        ),
    )
    return {"data": data, "layout": frame_of}


def _hover(first: int, amounts: Mapping[str, str]) -> str:
    """What a cell tells, from the `first` place of its data on; words that are those of all stand once."""
    lines = [
        plain(line).format(f"%{{customdata[{at}]}}") for at, line in enumerate(amounts.values(), first + 1)
    ]
    return "<br>".join([f"%{{customdata[{first}]}}", *lines]) + "<extra></extra>"


def _text(cell: dict[str, Any]) -> str:
    text = plain(cell["text"])
    return f"<i>{text}</i>" if cell["is_bare"] and text else text


def percent(share: float) -> str:
    """One decimal of a percentage; of what rounds to nothing only that it is less.

    >>> percent(0.1234), percent(0.0004)
    ('12.3', '<0.1')
    """
    return f"{share * 100:,.1f}" if share >= 0.0005 else "<0.1"
