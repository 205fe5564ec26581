"""The satisfaction page as a section of a report."""

from dataclasses import replace

from data_access.view.view import View
from ui.base.words import t
from ui.paper.model import ENDS, Chart, Section, on_paper
from ui.paper.section import cards, needs, said
from ui.parts.contents import Page
from ui.parts.model import Table
from ui.satisfaction.rows import NPS, compared_table, stand_out


def section(view: View, page: Page) -> Section:
    """Cards, the scores of the institutions below and the NPS of twelve months, as the page shows them."""
    metric = view.catalogue()[NPS]
    needs(view, *metric.needs)
    series = view.suited(metric).series(NPS, "nps")
    months = tuple(f"{month:%Y-%m}" for month in series["month"])
    values = tuple(series["nps"]) if months else ()
    chart = Chart("line", t("NPS"), t("points"), months, ((t("NPS"), values),), 1)
    charts = (chart,) if any(value is not None for value in values) else ()
    sentences = " ".join(filter(None, [said(view, page), stand_out(view)]))
    title, has_below = t("NPS of the institutions below"), view.store.tree.children(view.node)
    beneath = (on_paper(title, _in_order(compared_table(view))),) if has_below else ()
    return Section(t(page.title), sentences, cards(view, page.cards), charts, beneath)


def _in_order(table: Table) -> Table:
    """The rows as they stand on the page before a reader sorts them; definitions stay on the screen."""
    columns = [replace(column, definition="") for column in table.columns]
    rows = sorted(table.rows, key=lambda row: ENDS.index(row.role))
    return replace(table, columns=columns, rows=rows)
