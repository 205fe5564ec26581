"""The page of churn as a section of a report."""

from data_access.view.view import View
from ui.base.words import t
from ui.churn.bridge import churn_bridge_rows
from ui.churn.cards import churn_items
from ui.churn.finding import churn_said
from ui.churn.horizons import horizon_rows
from ui.churn.institutions import league_rows
from ui.churn.words import suited as of_churn
from ui.paper.model import Section, closed, on_paper
from ui.parts.contents import Page


def section(view: View, page: Page) -> Section:
    """Who will leave: the finding, the horizons, the institutions below with what came, and what changed.

    Raises NotDelivered where there is no forecast.
    """
    of_churn(view).metric("churn.expected")
    tables = [on_paper(t("Expected leavers and balance at risk"), horizon_rows(view))]
    if view.store.tree.children(view.node):
        tables.append(on_paper(t("Churn by institution"), closed(league_rows(view), "leavers")))
    if (changed := churn_bridge_rows(view)) is not None:
        tables.append(on_paper(t("What changed since last month's forecast"), changed))
    return Section(t(page.title), churn_said(view)[0], churn_items(view), tables=tuple(tables))
