"""The table of contents: one line per page, with the metrics it needs."""

from dataclasses import dataclass

from data_access.store import Store
from data_access.subject import message
from metrics import METRICS, SUBJECTS


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


REVIEW, SALES = message("Weekly review"), message("Sales")
PAGES = (
    Entry(
        "pages/review/overview.py", REVIEW, message("Business overview"), ("book.summary", "funnel.outcomes")
    ),
    Entry("pages/sales/funnel.py", SALES, message("Sales funnel"), ("funnel.stages", "funnel.outcomes")),
)


def tables_of(entry: Entry, store: Store) -> list[str]:
    """The delivered tables that a page reads, whose dates it shows."""
    marts = {name for metric in entry.metrics for name in METRICS[metric].marts}
    needs = {
        need.partition(".")[0]
        for subject in SUBJECTS
        for mart in subject.marts
        if mart.name in marts
        for need in mart.needs
    }
    return [name for name in ("customer_months", "opportunities") if name in needs and store.has(name)]
