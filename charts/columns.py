"""How often each score was given."""

import polars as pl

from charts.theme import Figure, axis, layout, legend, numbers, places, plain


def columns(
    frame: pl.DataFrame, x: str, y: str, *, group: str, unit: str, alt: str, count: str, height: int = 260
) -> Figure:
    """Upright columns in the order of the rows, a colour per value of `group`; `count` is told on hover."""
    names = list(dict.fromkeys(frame[group].to_list())) or [""]
    data = []
    for name in names:
        rows = frame.filter(pl.col(group) == name)
        data.append(
            {
                "type": "bar",
                "name": plain(str(name)),
                "x": places(rows[x]),
                "y": numbers(rows[y]),
                "text": ["" if v is None else f"{v:,.0f}" for v in numbers(rows[y])],
                "textposition": "outside",
                "cliponaxis": False,
                "customdata": [f"{n:,}" if n is not None else "" for n in rows[count].to_list()],
                "hovertemplate": f"%{{x}}: <b>%{{y:,.1f}}{plain(unit)}</b> (%{{customdata}})<extra></extra>",
            }
        )
    top = max((v for v in numbers(frame[y]) if v is not None), default=0.0)
    frame_of = layout(
        alt=alt,
        height=height,
        showlegend=len(names) > 1,
        legend=legend(),
        annotations=[],
        bargap=0.25,
        barmode="overlay",
        xaxis=axis(
            type="category",
            categoryorder="array",
            categoryarray=places(frame[x]),
            visible=frame.height > 0,
            showgrid=False,
            tickangle=0,
        ),
        yaxis=axis(visible=False, range=[0, 1.18 * top or 1.0]),
    )
    frame_of["margin"]["t"] = 34
    return {"data": data, "layout": frame_of}
