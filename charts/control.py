"""Scores of institutions against how many answers they rest on, between control limits."""

from typing import Any

import polars as pl

from charts.theme import NEUTRAL, Figure, axis, layout, legend, note, numbers, plain, wrapped

STEPS = 60
NAMED = 6  # of more dots outside the names would cover each other


def limits(
    frame: pl.DataFrame,
    name: str,
    *,
    words: dict[str, str],
    alt: str,
    z: tuple[float, float],
    ends: tuple[float, float] = (-100.0, 100.0),
    decimals: int = 1,
    height: int = 320,
) -> Figure:
    """A dot per institution: score over number of answers; outside the inner limits it is filled.

    `frame` has n, score, outside (within, above_95, …) and, the same in every row, centre, sigma and tau: the
    limits at n answers are centre ± z·√(sigma²/n + tau²). `words` has n, score, centre, inner, outer,
    within and apart. A score lies between the `ends`.
    """
    known = frame.filter((pl.col("n") > 0) & pl.col("centre").is_finite() & pl.col("score").is_finite())
    counts = [float(n) for n in known["n"].to_list()]
    data: list[dict[str, Any]] = []
    notes = []
    if counts:
        centre, sigma, tau = (float(known[column][0]) for column in ("centre", "sigma", "tau"))
        low, high = max(min(counts) * 0.8, 1.0), max(counts) * 1.1
        ns = [low * (high / low) ** (i / STEPS) for i in range(STEPS + 1)]
        for far, dash, word in zip(z, ("dash", "dot"), (words["inner"], words["outer"]), strict=True):
            for side in (-1, 1):
                edge = [
                    max(ends[0], min(ends[1], centre + side * far * (sigma**2 / n + tau**2) ** 0.5))
                    for n in ns
                ]
                data.append(
                    {
                        "type": "scatter",
                        "mode": "lines",
                        "x": ns,
                        "y": edge,
                        "line": {"width": 1.25, "dash": dash, "color": NEUTRAL},
                        "name": plain(word),
                        "showlegend": side > 0,
                        "hoverinfo": "skip",
                    }
                )
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [low, high],
                "y": [centre, centre],
                "line": {"width": 1, "color": NEUTRAL},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
        notes = [note(plain(words["centre"]), x=0, xref="paper", y=centre, xanchor="left", yanchor="bottom")]
    inside = pl.col("outside") == "within"
    for rows, hollow, word in (
        (known.filter(inside), True, words["within"]),
        (known.filter(~inside), False, words["apart"]),
    ):
        data.append(_dots(rows, name, word, words, hollow=hollow, decimals=decimals))
    frame_of = layout(
        alt=alt,
        height=height,
        showlegend=bool(counts),
        legend=legend(),
        annotations=notes,
        xaxis=axis(
            type="log",
            title={"text": plain(words["n"])},
            visible=bool(counts),
            showgrid=False,
            tickformat=",.0f",
            nticks=6,
        ),
        yaxis=axis(visible=bool(counts), nticks=6, tickformat=f",.{decimals - 1}f", zeroline=False),
    )
    frame_of["margin"]["t"] = 56
    return {"data": data, "layout": frame_of}


def _dots(
    rows: pl.DataFrame, name: str, word: str, words: dict[str, str], *, hollow: bool, decimals: int
) -> dict[str, Any]:
    told = [
        f"<b>{plain(str(who))}</b><br>{plain(words['score'])} {score:,.{decimals}f}<br>"
        f"{plain(words['n'])} {n:,}"
        for who, score, n in rows.select(name, "score", "n").iter_rows()
    ]
    grey = {"color": NEUTRAL} if hollow else {}
    return {
        "type": "scatter",
        "mode": "markers" if hollow or rows.height > NAMED else "markers+text",
        "text": [wrapped(str(who)) for who in rows[name].to_list()],
        "textposition": "top center",
        "cliponaxis": False,
        "name": plain(word),
        "x": numbers(rows["n"]),
        "y": numbers(rows["score"]),
        "marker": {"size": 10, "symbol": "circle-open" if hollow else "circle", "line": {"width": 2 * hollow}}
        | grey,
        "customdata": told,
        "hovertemplate": "%{customdata}<extra></extra>",
    }
