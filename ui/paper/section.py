"""A page as a section of a report: its cards, its institutions below, and what most sections are made of."""

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.words import t
from ui.paper.model import Section, closed, on_paper
from ui.parts.children import children
from ui.parts.contents import Page, Wanted
from ui.parts.finding import finding
from ui.parts.key_items import items
from ui.parts.model import Card, Table


def cards(view: View, wanted: Wanted) -> tuple[Card, ...]:
    """The cards of a page as they are drawn."""
    found, _ = items(view, wanted, course=False)
    return tuple(found)


def said(view: View, page: Page) -> str:
    """The first sentence of the page's finding, which heads its section."""
    return finding(view, page)[0]


def below(view: View, columns: Wanted) -> Table | None:
    """The institutions below with these columns, the largest first; None where there are none."""
    found = children(view, columns, view.rows) if view.store.tree.children(view.node) else None
    return None if found is None else closed(found.table, found.table.columns[1].key)


def needs(view: View, *tables: str) -> None:
    """Leaves a section out where the bank does not deliver what it is about."""
    missing = [table for table in tables if not view.store.has(table)]
    if missing:
        raise NotDelivered("This page is shown when {tables} is delivered.", tables=", ".join(missing))


def plain(view: View, page: Page) -> Section:
    """A section of the page's cards and its table of institutions."""
    needs(view, *view.catalogue()[page.metrics[0]].needs)
    found = below(view, page.below) if page.below else None
    tables = (on_paper(t("Institutions below"), found),) if found is not None else ()
    return Section(t(page.title), said(view, page), cards(view, page.cards), tables=tables)
