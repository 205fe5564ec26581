"""What a page opens at for who has chosen nothing: the last whole month; the weekly review at a week, what is
counted in few cases at the quarter."""

from data_access import periods
from data_access.subject import Period
from data_access.view.grants import grant_for_comparison
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import View
from metrics import METRICS, SUBJECTS
from ui.base.offered import choices, weeks
from ui.base.words import language
from ui.parts.contents import Page, covered, delivered, table_of


def opening_period(scope: Scope, page: Page) -> Period:
    """The last whole week of a page that is reviewed by the week, else the last month that every table of the
    page covers whole; the last quarter where that month has too few cases here."""
    store = scope.store
    if page.weekly and store.policy.review_weekly and (week := _week(store, page)):
        return week
    first, last, _ = covered(page, store)
    offered = choices(first, last)
    quarter = next((one for one in offered if periods.kind(one) == "quarter"), None)
    if quarter is not None and thin_month(scope, page) is not None:
        return quarter
    return offered[0] if offered else Period(first, last)


def thin_month(scope: Scope, page: Page) -> Period | None:
    """The month that the page would open at, where fewer cases than policy's floor_rank of what it counts
    fall into it: nothing there could be judged."""
    first, last, _ = covered(page, scope.store)
    offered = choices(first, last)
    if page.counts is None or not offered or not delivered(page, scope.store):
        return None
    name, column = page.counts
    cases = _view(scope, offered[0]).metric(name, columns=(column,))[column][0]
    return offered[0] if cases is not None and cases < scope.store.policy.floor_rank else None


def opening_comparisons(page: Page, period: Period) -> dict[str, str]:
    """What a week is held against first, and any other period."""
    if page.weekly and periods.kind(period) == "week":
        return {"compare": periods.WEEK, "also": periods.YEAR_START}
    return {"compare": periods.YEAR_START, "also": periods.LAST_YEAR}


def _week(store: Store, page: Page) -> Period | None:
    """The last whole week in which the page's leading figures moved. Where none did they are no daily ones: a
    day without a delivery has the balances of the last delivered day."""
    lead, _ = page.cards[0]
    metric = METRICS[lead]
    if not store.has(table_of(metric)):
        return None
    stocks = tuple(name for one, name in page.cards if one == lead and not metric.measure(name).flow)
    first, last = store.reach(metric)
    two = weeks(first, last, 2)
    if len(two) < 2:
        return None
    whole = Scope(store=store, grant=grant_for_comparison(store.tree, 0), node=0)
    now, before = (_view(whole, week).metric(lead, columns=stocks).select(stocks) for week in two)
    return None if now.equals(before) else two[0]


def _view(scope: Scope, period: Period) -> View:
    return View(scope=scope, subjects=SUBJECTS, period=period, language=language())
