"""What a page declares of itself, once: title, metrics, cards, rows, lists, choices, its part of files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_access.subject import Metric, Parameter, message
from data_access.view.store import Store
from data_access.view.view import View
from metrics import METRICS
from ui.base.link import ALL
from ui.parts.todo import ActionList

Wanted = Sequence[tuple[str, str]]  # (metric, column) pairs
TABLES = {
    "customer_months": message("Customers"),
    "opportunities": message("Deals"),
    "daily_balances": message("Balances"),
    "complaints": message("Complaints"),
    "surveys": message("Surveys"),
}


def of(metric: str, *columns: str) -> tuple[tuple[str, str], ...]:
    """Columns of one metric as (metric, column) pairs."""
    return tuple((metric, column) for column in columns)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What readers of a page choose beside institution, period and filters; it stands in the link.

    A choice `of` a metric is a parameter of it: values and default are those declared there. With `shared` it
    holds for every metric of that subject which has such a parameter. Without `of` it is of the page alone.
    """

    name: str
    label: str  # what it is, where a link asks for a value that does not exist
    of: str = ""
    shared: bool = False
    values: tuple[str, ...] = ()  # those offered, in this order, where not all or none are declared
    also: Callable[[Store], Iterable[str]] | None = None  # values that this bank's data have
    default: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)  # of values, where a value is said

    @property
    def key(self) -> str:
        """Under which it travels in the view."""
        owner = self.of.partition(".")[0] if self.shared else self.of
        return f"{owner}.{self.name}" if owner else self.name

    @property
    def parameter(self) -> Parameter | None:
        """The parameter as its metric declares it."""
        declared = METRICS[self.of].parameters if self.of else ()
        return next((parameter for parameter in declared if parameter.name == self.name), None)

    @property
    def offered(self) -> tuple[str, ...]:
        return self.values or (self.parameter.values if self.parameter else ())

    def usual(self, store: Store) -> str:
        """The value of who has not chosen."""
        if self.default is not None:
            return self.default
        return self.parameter.usual(store.models) if self.parameter else self.offered[0]

    def has(self, store: Store, word: str) -> bool:
        """Whether a link may ask for this word."""
        known = {value or ALL for value in self.offered}
        return word in known or (self.also is not None and word in self.also(store))

    def value(self, word: str) -> str:
        """What a word of the link means: “all” where nothing is set."""
        return "" if word == ALL and ALL not in self.offered else word


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page. `metrics` are those whose data decide its last month and its filters.

    `cards` are (metric, column) pairs: the first leads, the finding names the others where they changed.
    `below` are the columns of its table of institutions; `lists` what may be done next. `report` makes its
    sections of a file; a page without stands on the screen alone. `weekly`: it opens at the last week where
    the bank delivers days. `counts`: what it rests on, of which a month may have too few; it then opens at
    the quarter.
    """

    script: str
    section: str
    title: str
    metrics: tuple[str, ...]
    cards: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[str, str], ...] = ()
    lists: tuple[ActionList, ...] = ()
    choices: tuple[Choice, ...] = ()
    report: tuple[Callable[[View, "Page"], Any], ...] = ()
    weekly: bool = False
    counts: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return self.script.rpartition("/")[2].removesuffix(".py")


def chosen(view: View, choice: Choice) -> str:
    """What the reader has chosen, else what is usual."""
    return view.settings.get(choice.key, choice.usual(view.store))


def table_of(metric: Metric) -> str:
    """The table whose dates say how far a metric reaches."""
    return "customer_months" if metric.grain == "month" else metric.needs[0]


def delivered(page: Page, store: Store) -> list[Metric]:
    """The page's metrics for which the bank delivers data."""
    return [METRICS[name] for name in page.metrics if store.has(table_of(METRICS[name]))]


def tables_of(page: Page, store: Store) -> list[str]:
    """The delivered tables that a page reads, whose dates it shows."""
    return list(dict.fromkeys(table_of(metric) for metric in delivered(page, store)))


def covered(page: Page, store: Store) -> tuple[date, date, date]:
    """The first day that a page has data for, the last that all its tables have, the last that any has.

    A page without metrics keeps whatever period its reader comes with.
    """
    reach = [store.reach(metric) for metric in delivered(page, store)]
    if not page.metrics:
        reach = [(first, store.as_of[table]) for table, first in store.first_days.items()]
    today = max(store.as_of.values())
    firsts, lasts = [first for first, _ in reach], [last for _, last in reach]
    return min(firsts, default=today), min(lasts, default=today), max(lasts, default=today)
