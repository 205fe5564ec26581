"""The table of contents: every page, in the order of the menu and of the files to take along."""

from data_access.view.store import Store
from ui.churn import page as churn
from ui.complaints import page as complaints
from ui.funnel import page as funnel
from ui.glossary import page as glossary
from ui.migration import page as migration
from ui.parts.contents import Page, delivered
from ui.quality import page as quality
from ui.review import page as review
from ui.satisfaction import page as satisfaction
from ui.value import page as value

PAGES: tuple[Page, ...] = (
    review.OVERVIEW,
    review.BALANCES,
    value.PAGE,
    migration.PAGE,
    churn.PAGE,
    funnel.FUNNEL,
    funnel.OUTLOOK,
    funnel.REASONS,
    funnel.POOL,
    satisfaction.PAGE,
    complaints.PAGE,
    quality.PAGE,
    glossary.PAGE,
)


def shown(store: Store) -> tuple[Page, ...]:
    """The pages of the menu: those that the bank delivers data for and those about the data themselves, all
    of them where it delivers none."""
    found = [page for page in PAGES if delivered(page, store)]
    return tuple(page for page in PAGES if page in found or not page.metrics) if found else PAGES
