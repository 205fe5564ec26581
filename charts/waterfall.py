"""From an opening value to a closing one, step by step."""

from charts.theme import NEUTRAL, Figure, axis, layout, note, plain, wrapped


def steps(
    labels: list[str],
    values: list[float],
    *,
    unit: str,
    alt: str,
    colours: dict[str, str],
    cut: str = "≥ {start}",
    decimals: int = 1,
    height: int = 320,
) -> Figure:
    """A waterfall: the first and last value are levels, those between are changes that lead from one to the
    other. The axis does not start at zero where the changes would be too small to see; it says so in the
    words of `cut`.
    """
    running, tops = values[0], [values[0]]
    for value in values[1:-1]:
        running += value
        tops.append(running)
    low, high = min(tops + values[-1:]), max(tops + values[-1:])
    room = 0.18 * (high - low) or abs(high) * 0.1 or 1.0
    broken = low > 0 and (high - low) < 0.6 * high
    start = low - 2 * room if broken else min(low, 0.0)
    start = 0.0 if 0 < start < 0.05 * high else start
    fallen = [top for top, value in zip(tops[1:], values[1:-1], strict=True) if value < 0]
    if fallen and min(fallen) < start + room:
        start -= room  # the number under a bar that falls so far needs a place
    texts = [
        f"{values[0]:,.{decimals}f}",
        *(f"{v:+,.{decimals}f}" for v in values[1:-1]),
        f"{values[-1]:,.{decimals}f}",
    ]
    told = [f"<b>{plain(n)}</b><br>{text} {plain(unit)}" for n, text in zip(labels, texts, strict=True)]
    series = {
        "type": "waterfall",
        "measure": ["absolute", *["relative"] * (len(values) - 2), "total"],
        "x": list(range(len(values))),
        "y": values,
        "base": 0,
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{customdata}<extra></extra>",
        "customdata": told,
        "increasing": {"marker": {"color": colours["up"]}},
        "decreasing": {"marker": {"color": colours["down"]}},
        "totals": {"marker": {"color": NEUTRAL}},
        "connector": {"line": {"width": 0.5}},
    }
    corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    frame_of = layout(
        alt=alt,
        height=height,
        annotations=[note(plain(unit), x=0, y=1, yshift=4, **corner)],
        xaxis=axis(
            tickvals=list(range(len(values))),
            ticktext=[wrapped(label, 8) for label in labels],
            tickangle=0,
            showgrid=False,
        ),
        yaxis=axis(
            range=[start, max(high + room, 0.0)],
            tickformat=",.2~f",
            nticks=6,
            zeroline=False,
            title={"text": "" if start <= 0 else plain(cut.format(start=f"{start:,.{decimals}f}"))},
        ),
    )
    frame_of["margin"]["t"] = 28
    return {"data": [series], "layout": frame_of}
