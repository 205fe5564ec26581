"""The satisfaction page as a section of a report."""

from dataclasses import replace

import polars as pl

from data_access.view.view import View
from ui.base.words import t
from ui.paper.model import ENDS, Chart, Section, on_paper
from ui.paper.section import cards, needs, said
from ui.parts.choice import NAMES, breakdown_of, name_of
from ui.parts.contents import Page, chosen
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
    drawn = (chart,) if any(value is not None for value in values) else ()
    charts = (*drawn, *_by_breakdown(view))
    sentences = " ".join(filter(None, [said(view, page), stand_out(view)]))
    title, has_below = t("NPS of the institutions below"), view.store.tree.children(view.node)
    beneath = (on_paper(title, _in_order(compared_table(view))),) if has_below else ()
    return Section(t(page.title), sentences, cards(view, page.cards), charts, beneath)


def _by_breakdown(view: View) -> tuple[Chart, ...]:
    """NPS by the breakdown that was chosen on the page; institutions stand in the table."""
    choice = breakdown_of(NPS)
    by = chosen(view, choice)
    if by == choice.usual(view.store):
        return ()
    frame = view.suited(view.catalogue()[NPS]).metric(NPS, by).filter(pl.col("nps").is_not_null())
    names = tuple(name_of(view, by, row) for row in frame.to_dicts())
    title = t("{name}: {value}", name=t("NPS"), value=t(NAMES[by]) if by in NAMES else by)
    return (Chart("bar", title, t("points"), names, ((t("NPS"), tuple(frame["nps"])),), 1),) if names else ()


def _in_order(table: Table) -> Table:
    """The rows as they stand on the page before a reader sorts them; definitions stay on the screen."""
    columns = [replace(column, definition="") for column in table.columns]
    rows = sorted(table.rows, key=lambda row: ENDS.index(row.role))
    return replace(table, columns=columns, rows=rows)
