"""The page of complaints as a section of a report."""

from data_access.view.view import View
from ui.base.words import t
from ui.complaints.summary import LABELS, complaint_rows
from ui.paper.model import Section, on_paper
from ui.paper.section import cards, said
from ui.parts.contents import Page


def section(view: View, page: Page) -> Section | None:
    """The cards, and complaints by each label that is delivered."""
    if not view.store.has("complaints", "opened_on"):
        return None
    labels = [by for by in LABELS if view.store.has("complaints", by)]
    tables = [on_paper(t(LABELS[by]), complaint_rows(view, by)) for by in labels]
    shown = tuple(table for table in tables if table.rows)
    return Section(t(page.title), said(view, page), cards(view, page.cards), tables=shown)
