"""Places as tiles of a fixed grid: where is what, without borders."""

from typing import Any

import polars as pl

from charts.matrix import tinted
from charts.theme import INK, NEUTRAL, PALETTE, SMALL, Figure, axis, layout, plain

GOOD, BAD = PALETTE[0], PALETTE[1]  # blue and orange: told apart by those who confuse red with green
EMPTY = tinted(NEUTRAL, 0.1)


def tiles(frame: pl.DataFrame, rest: list[tuple[int, int]], *, alt: str) -> Figure:
    """A tile for each row at its `row` and `column`: `label`, below it the number in words (`text`), more on
    hover (`told`). `tone` from -1 (bad) over 0 (not judged) to 1 (good) colours it; a tile carries its `id`
    as `customdata` when it is clicked. `rest` are the tiles of nobody, so that the shape is known.
    """
    rows = frame.to_dicts()
    width = 1 + max([column for _, column in rest] + [row["column"] for row in rows])
    height = 1 + max([line for line, _ in rest] + [row["row"] for row in rows])
    tones: list[list[float | None]] = [[None] * width for _ in range(height)]
    texts = [[""] * width for _ in range(height)]
    for line, column in rest:
        tones[line][column] = 0.0
    for row in rows:
        tones[row["row"]][row["column"]] = row["tone"]
        texts[row["row"]][row["column"]] = f"<b>{plain(row['label'])}</b><br>{plain(row['text'])}"
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": list(range(width)),
            "y": list(range(height)),
            "z": tones,
            "zmin": -1,
            "zmax": 1,
            "colorscale": [
                [0, tinted(BAD, 0.65)],
                [0.45, tinted(BAD, 0.2)],
                [0.45, EMPTY],
                [0.55, EMPTY],
                [0.55, tinted(GOOD, 0.2)],
                [1, tinted(GOOD, 0.65)],
            ],
            "showscale": False,
            "text": texts,
            "texttemplate": "%{text}",
            "textfont": {"size": SMALL, "color": INK},
            "hoverinfo": "skip",
            "hoverongaps": False,
            "xgap": 3,
            "ygap": 3,
        },
        {  # a heatmap reports no click, points do: unseen ones over the tiles
            "type": "scatter",
            "mode": "markers",
            "x": [row["column"] for row in rows],
            "y": [row["row"] for row in rows],
            "customdata": [row["id"] for row in rows],
            "text": [plain(row["told"]).replace("\n", "<br>") for row in rows],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"symbol": "square", "size": 36, "opacity": 0, "color": NEUTRAL},
        },
    ]
    nothing = {"showticklabels": False, "showgrid": False, "zeroline": False, "automargin": False}
    return {
        "data": data,
        "layout": layout(
            alt=alt,
            height=16 + 42 * height,
            xaxis=axis(range=[-0.5, width - 0.5], **nothing),
            yaxis=axis(range=[height - 0.5, -0.5], **nothing),
        ),
    }
