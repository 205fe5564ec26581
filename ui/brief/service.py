"""The satisfaction page as a section of a report."""

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.words import t
from ui.paper.model import Card, Cell, Chart, Column, Row, Section, Table
from ui.parts.finding import finding
from ui.satisfaction.page import PAGE
from ui.satisfaction.rows import NPS, heads_and_rows, stand_out


def satisfaction(view: View, cards: tuple[Card, ...]) -> Section:
    """Cards, the scores of the institutions below and the NPS of twelve months, as the page shows them."""
    metric = view.catalogue()[NPS]
    missing = [table for table in metric.needs if not view.store.has(table)]
    if missing:
        raise NotDelivered("This page is shown when {tables} is delivered.", tables=", ".join(missing))
    series = view.suited(metric).series(NPS, "nps")
    months = tuple(f"{month:%Y-%m}" for month in series["month"])
    values = tuple(series["nps"]) if months else ()
    chart = Chart("line", t("NPS"), t("points"), months, ((t("NPS"), values),), 1)
    charts = (chart,) if any(value is not None for value in values) else ()
    said = " ".join(filter(None, [finding(view, PAGE)[0], stand_out(view)]))
    below = (_table(view),) if view.store.tree.children(view.node) else ()
    return Section(t("Satisfaction"), said, cards, charts, below)


def _table(view: View) -> Table:
    heads, rows = heads_and_rows(view)
    columns = tuple(Column(h["key"], h["label"], h["kind"], h["unit"] or "") for h in heads)
    order = {"child": 0, "own": 1, "total": 2}
    printed = [
        Row(row["role"], {key: Cell(cell["text"], cell.get("value")) for key, cell in row["cells"].items()})
        for row in sorted(rows, key=lambda row: order[row["role"]])
    ]
    return Table(t("NPS of the institutions below"), columns, tuple(printed))
