"""The table of contents: one line per page, with the metrics it needs."""

from dataclasses import dataclass
from datetime import date

from data_access.subject import Metric, message
from data_access.view.store import Store
from metrics import METRICS


@dataclass(frozen=True)
class Entry:
    """One page: its script, section, title, and the metrics whose data decide its last month."""

    path: str
    section: str
    title: str
    metrics: tuple[str, ...]

    @property
    def url(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(".py")


TABLES = {
    "customer_months": message("Customers"),
    "opportunities": message("Deals"),
    "daily_balances": message("Balances"),
    "complaints": message("Complaints"),
    "surveys": message("Surveys"),
}
REVIEW, SALES, SERVICE = message("Weekly review"), message("Sales"), message("Service")
CUSTOMERS = message("Customer base")
PAGES = (
    Entry(
        "pages/review/overview.py",
        REVIEW,
        message("Business overview"),
        ("balance.lines", "book.summary", "funnel.outcomes"),
    ),
    Entry("pages/review/balances.py", REVIEW, message("Balances"), ("balance.lines", "balance.summary")),
    Entry("pages/customers/value.py", CUSTOMERS, message("Customer value"), ("value.summary",)),
    Entry(
        "pages/customers/migration.py",
        CUSTOMERS,
        message("Tier migration"),
        ("migration.rates", "migration.matrix", "migration.observation"),
    ),
    Entry("pages/customers/churn.py", CUSTOMERS, message("Churn"), ("churn.expected",)),
    Entry("pages/sales/funnel.py", SALES, message("Sales funnel"), ("funnel.stages", "funnel.outcomes")),
    Entry(
        "pages/sales/outlook.py", SALES, message("Pipeline outlook"), ("funnel.outlook", "funnel.coverage")
    ),
    Entry(
        "pages/sales/reasons.py",
        SALES,
        message("Why deals are won or lost"),
        ("funnel.outcomes", "funnel.peers"),
    ),
    Entry("pages/sales/pool.py", SALES, message("Pool of deals"), ("funnel.pool", "funnel.clashes")),
    Entry(
        "pages/service/satisfaction.py",
        SERVICE,
        message("Satisfaction"),
        ("satisfaction.nps", "satisfaction.csat", "satisfaction.effort"),
    ),
    Entry("pages/service/complaints.py", SERVICE, message("Complaints"), ("complaints.summary",)),
)


def table_of(metric: Metric) -> str:
    """The table whose dates say how far a metric reaches."""
    return "customer_months" if metric.grain == "month" else metric.needs[0]


def delivered(entry: Entry, store: Store) -> list[Metric]:
    """The page's metrics for which the bank delivers data."""
    return [METRICS[name] for name in entry.metrics if store.has(table_of(METRICS[name]))]


def tables_of(entry: Entry, store: Store) -> list[str]:
    """The delivered tables that a page reads, whose dates it shows."""
    return list(dict.fromkeys(table_of(metric) for metric in delivered(entry, store)))


def covered(entry: Entry, store: Store) -> tuple[date, date, date]:
    """The first day that a page has data for, the last that all its tables have, the last that any has."""
    reach = [store.reach(metric) for metric in delivered(entry, store)]
    today = max(store.as_of.values())
    firsts, lasts = [first for first, _ in reach], [last for _, last in reach]
    return min(firsts, default=today), min(lasts, default=today), max(lasts, default=today)
