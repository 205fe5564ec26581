"""Shares that sum to one, over time since the beginning."""

import polars as pl

from charts.theme import NEUTRAL, Figure, axis, layout, legend, numbers, plain


def areas(
    frame: pl.DataFrame, x: str, parts: dict[str, str], *, x_title: str, count: tuple[str, str], alt: str
) -> Figure:
    """Areas on top of each other in percent, a step at each row; the last, in grey, is still open.

    `count` is the column of cases at risk and its word, told on hover.
    """
    begin = pl.DataFrame({x: [0], **{name: [0.0] for name in parts}}).with_columns(
        pl.lit(1.0).alias(list(parts)[-1]), pl.lit(None, dtype=pl.Int64).alias(count[0])
    )
    rows = (
        pl.concat([begin, frame.select(begin.columns)], how="vertical_relaxed") if frame[x].min() else frame
    )
    days = rows[x].to_list()
    data = []
    for i, (column, name) in enumerate(parts.items()):
        values = numbers(rows[column] * 100)
        is_open = i == len(parts) - 1
        at_risk = rows[count[0]].to_list()
        told = ["" if n is None else f" · {plain(count[1])} {n:,}" for n in at_risk]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": plain(name),
                "x": days,
                "y": values,
                "stackgroup": "all",
                "customdata": told,
                "line": {"shape": "hv", "width": 1},
                "hovertemplate": f"{plain(name)} %{{y:.1f}}%%{{customdata}}<extra></extra>",
                **({"line": {"shape": "hv", "width": 1, "color": NEUTRAL}} if is_open else {}),
            }
        )
    frame_of = layout(
        alt=alt,
        height=280,
        hovermode="x unified",
        showlegend=True,
        legend=legend() | {"traceorder": "normal"},
        xaxis=axis(title={"text": plain(x_title)}, rangemode="tozero", nticks=8),
        yaxis=axis(range=[0, 100], ticksuffix="%", nticks=5),
    )
    frame_of["margin"] |= {"t": 34}
    return {"data": data, "layout": frame_of}
