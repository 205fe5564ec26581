"""The sales funnel: how many entered each stage, and how many went on."""

import polars as pl

from charts.theme import Figure, axis, layout, note, numbers, plain, wrapped


def bars(stages: pl.DataFrame, *, labels: dict[str, str], words: dict[str, str], alt: str) -> Figure:
    """One bar per stage, top down, and between two bars the share that went on.

    `stages` has stage, entered, reached_next, conversion, low, high; nulls are stages without dates,
    kept as an empty row with a word. `labels` names the stages; `words` has undated, entered,
    reached_next and conversion. The interval stands in the hover text.
    """
    rows = stages.to_dicts()
    entered = numbers(stages["entered"])
    conversion, low, high = (numbers(stages[name]) for name in ("conversion", "low", "high"))
    top = max((n for n in entered if n is not None), default=0)
    heading = {"yref": "paper", "y": 1, "yanchor": "bottom", "xref": "paper"}
    notes = [
        note(plain(words["entered"]), x=0, xanchor="left", **heading),
        note(plain(words["conversion"]), x=1, xanchor="right", **heading),
    ]
    hover = []
    for i, row in enumerate(rows):
        text = f"<b>{plain(labels[row['stage']])}</b>"
        if entered[i] is None:
            notes.append(note(plain(words["undated"]), x=0, y=i, xanchor="left"))
            hover.append("")
            continue
        text += f"<br>{plain(words['entered'])} {entered[i]:,.0f}"
        if row["reached_next"] is not None:
            text += f"<br>{plain(words['reached_next'])} {row['reached_next']:,}"
        share = conversion[i]
        if share is not None:
            text += f"<br>{plain(words['conversion'])} {share:.1%}"
            if low[i] is not None and high[i] is not None:
                text += f" ({low[i]:.1%} – {high[i]:.1%})"
            notes.append(
                note(f"↓ {share:.1%}", x=1, xref="paper", xanchor="right", y=i + 0.5, hovertext=text)
            )
        hover.append(text)
    series = {
        "type": "bar",
        "orientation": "h",
        "y": list(range(len(rows))),
        "x": entered,
        "width": 0.62,
        "text": ["" if n is None else f"{n:,.0f}" for n in entered],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    frame_of = layout(
        alt=alt,
        height=36 + 44 * max(len(rows), 1),
        annotations=notes,
        # Room to the right of the longest bar for its number, and a column for the shares.
        xaxis=axis(visible=False, range=[0, 1.3 * (top or 1)], domain=[0, 0.82]),
        yaxis=axis(
            tickvals=list(range(len(rows))),
            ticktext=[wrapped(labels[row["stage"]]) for row in rows],
            range=[len(rows) - 0.4, -0.6],
            showgrid=False,
            zeroline=False,
        ),
    )
    frame_of["margin"]["t"] = 24
    return {"data": [series], "layout": frame_of}
