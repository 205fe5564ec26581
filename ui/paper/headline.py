"""A sentence that heads a slide: what its table, its picture or its key figures say."""

from collections.abc import Sequence

from ui.base.formats import grouped
from ui.base.words import t
from ui.paper.model import Chart
from ui.parts.model import BAD, Card, Cell, Column, Row, Table


def table_said(table: Table) -> str:
    """Where the first column that tells rows apart is highest; nothing where none does."""
    name, *others = table.columns
    rows = [row for row in table.rows if row.role == "child"]
    for column in others:
        known = [(value, row) for row in rows if (value := _number(row, column)) is not None]
        if len({value for value, _ in known}) < 2:
            continue
        _, best = max(known, key=lambda one: one[0])
        return t(
            "{title}: {column} is highest at {name} ({number})",
            title=table.title,
            column=column.label,
            name=_text(best, name),
            number=_text(best, column) + ("%" if column.unit == "%" else f" {column.unit}".rstrip()),
        )
    return ""


def chart_said(chart: Chart) -> str:
    """From where to where a waterfall leads, and its largest step; nothing of other charts."""
    values = [value or 0.0 for _, one in chart.series[:1] for value in one]
    steps = list(zip(chart.categories, values, strict=False))[1:-1]
    if chart.kind != "waterfall" or not any(value for _, value in steps):
        return ""
    name, most = max(steps, key=lambda one: abs(one[1]))
    return t(
        "{title}: from {start} to {end} {unit}, most by {name} ({change})",
        title=chart.title,
        start=grouped(values[0], chart.decimals),
        end=grouped(values[-1], chart.decimals),
        unit=chart.unit,
        name=name,
        change=grouped(most, chart.decimals, signed=True),
    )


def cards_said(heading: str, cards: Sequence[Card]) -> str:
    """Which key figures got worse or are behind their plan."""
    known = [card for card in cards if card.text]
    if not known:
        return ""
    worse = [card.label for card in known if _is_worse(card)]
    if not worse:
        return t("{heading}: no key figure is judged worse or behind plan", heading=heading)
    return t(
        "{heading}: {n} of {all} key figures got worse or are behind plan ({names})",
        heading=heading,
        n=len(worse),
        all=len(known),
        names=t(", ").join(worse),
    )


def _is_worse(card: Card) -> bool:
    behind = card.plan is not None and card.plan.verdict in BAD
    return behind or any(change.verdict in BAD for change in card.changes[:1])


def _text(row: Row, column: Column) -> str:
    return row.cells.get(column.key, Cell()).text


def _number(row: Row, column: Column) -> float | None:
    value = row.cells.get(column.key, Cell()).value if column.is_number else None
    return value if isinstance(value, int | float) else None
