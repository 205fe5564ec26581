"""Stages side by side: what became of those that came in, and what open deals are expected to bring."""

import polars as pl

from charts.theme import NEUTRAL, Figure, axis, layout, legend, numbers, plain, wrapped


def stacked(rows: pl.DataFrame, parts: dict[str, str], *, labels: dict[str, str], alt: str) -> Figure:
    """One bar per stage, top down, made of its parts (column: name); stages without numbers stay empty.

    The last part is what has not happened yet: it is grey.
    """
    places = list(range(rows.height))
    names = [plain(labels[stage]) for stage in rows["stage"]]
    data = []
    for i, (column, name) in enumerate(parts.items()):
        values = numbers(rows[column])
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": plain(name),
                "y": places,
                "x": values,
                "width": 0.62,
                "text": [f"{v:,.0f}" if v else "" for v in values],
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "customdata": [
                    f"<b>{names[at]}</b><br>{plain(name)} {v or 0:,.0f}" for at, v in enumerate(values)
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
                **({"marker": {"color": NEUTRAL}} if i == len(parts) - 1 else {}),
            }
        )
    return {"data": data, "layout": _rows(rows, labels, alt=alt, barmode="stack")}


def expected(
    rows: pl.DataFrame, *, labels: dict[str, str], words: dict[str, str], unit: str, decimals: int, alt: str
) -> Figure:
    """Per stage the whole amount as a pale bar, and on it the expected part with its interval.

    `rows` has stage, amount, expected_amount, low, high, scaled; `words` has amount and expected.
    """
    places = list(range(rows.height))
    amount, value, low, high = (numbers(rows[name]) for name in ("amount", "expected_amount", "low", "high"))
    names = [plain(labels[stage]) for stage in rows["stage"]]

    def told(number: float | None) -> str:
        return "–" if number is None else f"{number:,.{decimals}f} {plain(unit)}"

    hover = [
        f"<b>{names[i]}</b><br>{plain(words['amount'])} {told(amount[i])}<br>{plain(words['expected'])} "
        f"{told(value[i])}<br>{told(low[i])} – {told(high[i])}"
        for i in places
    ]
    common = {"y": places, "customdata": hover, "hovertemplate": "%{customdata}<extra></extra>"}
    whole = {
        "type": "bar",
        "orientation": "h",
        "name": plain(words["amount"]),
        "x": amount,
        "width": 0.62,
        "marker": {"color": NEUTRAL, "opacity": 0.35},
        **common,
    }
    part = {
        "type": "bar",
        "orientation": "h",
        "name": plain(words["expected"]),
        "x": value,
        "width": 0.36,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "thickness": 1.25,
            "width": 3,
            "color": NEUTRAL,
            "array": [(high[i] or 0) - (value[i] or 0) for i in places],
            "arrayminus": [(value[i] or 0) - (low[i] or 0) for i in places],
        },
        **common,
    }
    frame = _rows(rows, labels, alt=alt, barmode="overlay")
    frame["xaxis"] |= {"visible": True, "title": {"text": plain(unit)}, "nticks": 5}
    frame["height"] += 40
    return {"data": [part | {"zorder": 1}, whole], "layout": frame}


def _rows(rows: pl.DataFrame, labels: dict[str, str], *, alt: str, barmode: str) -> Figure:
    frame = layout(
        alt=alt,
        height=60 + 40 * max(rows.height, 1),
        barmode=barmode,
        showlegend=True,
        legend=legend() | {"traceorder": "normal"},
        xaxis=axis(visible=False, rangemode="tozero"),
        yaxis=axis(
            tickvals=list(range(rows.height)),
            ticktext=[wrapped(labels[stage]) for stage in rows["stage"]],
            range=[rows.height - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    )
    frame["margin"]["t"] = 34
    return frame
