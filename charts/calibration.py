"""What was foretold against what came."""

import polars as pl

from charts.theme import NEUTRAL, Figure, axis, layout, note, numbers, plain, wrapped


def rates(
    frame: pl.DataFrame,
    name: str,
    foretold: str,
    observed: str,
    *,
    low: str,
    high: str,
    count: str,
    words: dict[str, str],
    alt: str,
    height: int = 320,
) -> Figure:
    """A dot per row: the rate foretold across, the rate observed up, in percent, with its interval.

    On the dotted line as many came as were foretold. An interval that holds the line makes a hollow dot: it
    cannot be told from it. `words` has foretold, observed, line and `count`, what `count` counts.
    """
    columns = (foretold, observed, low, high)
    known = frame.filter(pl.all_horizontal(pl.col(c).is_finite() for c in columns))
    rows = list(
        zip(known[name].to_list(), known[count].to_list(), *(numbers(known[c]) for c in columns), strict=True)
    )
    most = max((float(value or 0) for _, _, *values in rows for value in values), default=1.0) or 1.0
    data = []
    for hollow in (False, True):  # the first takes the first colour
        chosen = [row for row in rows if (row[4] <= row[2] <= row[5]) is hollow]
        grey = {"color": NEUTRAL} if hollow else {}
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [row[2] for row in chosen],
                "y": [row[3] for row in chosen],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row[5] - row[3] for row in chosen],
                    "arrayminus": [row[3] - row[4] for row in chosen],
                    "thickness": 1.25,
                    "width": 0,
                }
                | grey,
                "marker": {
                    "size": 9,
                    "symbol": "circle-open" if hollow else "circle",
                    "line": {"width": 2 * hollow},
                }
                | grey,
                "customdata": [
                    f"<b>{plain(str(row[0]))}</b><br>{plain(words['foretold'])} {row[2]:.1f}%<br>"
                    f"{plain(words['observed'])} {row[3]:.1f}% ({row[4]:.1f} – {row[5]:.1f})<br>"
                    f"{plain(words['count'])} {row[1]:,}"
                    for row in chosen
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        )
    line_word = wrapped(words["line"], 40)
    line = {
        "type": "line",
        "x0": 0,
        "y0": 0,
        "x1": most,
        "y1": most,
        "layer": "below",
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dot"},
    }
    frame_of = layout(
        alt=alt,
        height=height,
        shapes=[line] if rows else [],
        annotations=[
            note(line_word, x=0, y=1, xref="paper", yref="paper", xanchor="left", yanchor="bottom", yshift=4)
        ]
        if rows
        else [],
        xaxis=axis(
            title={"text": plain(words["foretold"])},
            ticksuffix="%",
            tickformat=",.2~f",
            nticks=6,
            visible=bool(rows),
            rangemode="tozero",
            showgrid=False,
        ),
        yaxis=axis(
            title={"text": plain(words["observed"])},
            ticksuffix="%",
            tickformat=",.2~f",
            nticks=6,
            visible=bool(rows),
            rangemode="tozero",
            zeroline=False,
        ),
    )
    frame_of["margin"]["t"] = 28 + 16 * line_word.count("<br>")
    return {"data": data, "layout": frame_of}
