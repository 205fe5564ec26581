"""What a subject declares: its tables and settings, the marts it stores, the metrics, its lists.

`metrics/` fills these; the builder and the view are handed the list and know no subject by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.contract.rules import Table
from data_access.errors import NotDelivered
from data_access.hiding import Hiding
from data_access.intake.intake import Intake
from data_access.joined import Joined
from data_access.learning import Learned, Models, learned_of
from data_access.policy import Policy, Setting
from data_access.sums import sum_of

FILTERS = ("kind", "tier")
EVENTS = ("customers", "deals", "cases")  # what is counted one by one


def message(text: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Inputs:
    """What a builder gets: checked and coded tables, and the policy."""

    tables: Mapping[str, nw.LazyFrame[Any]]
    columns: Mapping[str, tuple[str, ...]]  # delivered columns by table
    tags: Mapping[str, tuple[str, ...]]  # columns of the bank's own tags by table
    policy: Policy
    minor_units: int
    month: date | None = None  # of a monthly mart
    as_of: Mapping[str, date] = field(default_factory=dict)
    months: Mapping[date, nw.LazyFrame[Any]] = field(default_factory=dict)  # of customers, as far as declared
    models: Models = field(default_factory=dict)  # what was learned so far
    own: Callable[[str], pl.DataFrame] | None = None  # own rows of marts already written
    # what several marts rest on is worked out once a build; without it each works it out anew
    once: Callable[[str, Callable[[], nw.LazyFrame[Any]]], nw.LazyFrame[Any]] | None = None

    def has(self, table: str, *columns: str) -> bool:
        return table in self.columns and set(columns) <= set(self.columns[table])

    def learned(self, kind: type[Learned]) -> Learned:
        return learned_of(self.models, kind)


@dataclass(frozen=True, kw_only=True)
class Mart:
    """Additive rows of one subject.

    `build` gives own rows: institution_no, keys, sums. `movers` gives correction rows: from_no,
    to_no, keys, sums; they are booked at the lowest common ancestor of both institutions.
    `needs`: tables, or table.column, without which the mart is not built, or `lists.NAME`, which it sums.
    `time` is the column that periods cut; `monthly` names the table whose months it is built by (with
    `now` and `before` among the inputs, the delivered month before).
    """

    name: str
    keys: tuple[str, ...]
    time: str
    needs: tuple[str, ...]
    build: Callable[[Inputs], nw.LazyFrame[Any]]
    monthly: str | None = None
    recent: int | None = None  # only so many months, counted from the last
    movers: Callable[[Inputs], nw.LazyFrame[Any] | None] | None = None
    counts: tuple[str, ...] = ()  # sums that are counts (Int32 on disk); all others are Int64
    tags_of: str | None = None  # the table whose own tags it is broken down by; without any it is not built
    unless: str | None = None  # not built where this table is delivered: it says the same better
    back: tuple[int, ...] = ()  # earlier month ends among the inputs of a monthly mart: `before_3`, …
    windows: tuple[int, ...] = ()  # of a monthly mart: summed over the last so many months, the key `window`
    booked: str = "own"  # or `rolled`: at the lowest with stored totals; or `whole`: at the head office
    models: tuple[type, ...] = ()  # what must be learned before, because its rows rest on it
    settings: tuple[str, ...] = ()  # of the policy, by name, that its rows rest on
    joins: tuple[Joined, ...] = ()  # what a partition rests on of other tables, where they are delivered


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


Span = tuple[date | None, date | None] | frozenset[date]  # first and last day, or single days
Window = Callable[[Period], Span]
Only = Mapping[str, tuple[Any, ...]]  # key → the values wanted


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One column of a metric: words, unit, and which way is good.

    `unit`: customers, deals, cases, money, rate, ratio, gini, score, days, count, text.
    `flow`: summed over the period instead of read at its end. `good`: 1 more is better, -1 less, 0 neither.
    How its change is judged follows from what it is, and stands in `judged`.
    """

    name: str
    label: str
    unit: str
    definition: str = ""
    flow: bool = False
    good: int = 0
    needs: tuple[str, str] | None = None  # table and column without which it is absent
    part: str | None = None  # of a rate: the column counted; its interval stands in `low` and `high`
    cases: tuple[str, ...] = ()  # of a rate or median: the columns whose sum is the number of cases
    net: bool = False  # of a flow: what came less what went, so no count to be tested as one
    additive: bool = True  # of a count or an amount: what groups have sums to what all of them have
    error: str | None = None  # of a score: the column with its standard error
    interval: tuple[str, str] | None = None  # the columns with its own 95 % interval
    floor: str = ""  # a setting of the policy: among fewer customers it is not told
    tiered: bool = False  # rests on tiers: not told of corporate customers, who have none
    ranked: bool = False  # an institution is told its place by it: a rate, a stock by its growth, a count
    per: tuple[str, ...] = ()  # by its part of the sum of these columns
    watched: int | None = None  # by alerts, from so many cases, or currency units of a stock's change, on
    planned: bool = False  # steered by plan: where plans are delivered, having none is said
    no_divisor: str = ""  # of a ratio: what is said where there are cases but nothing to divide by

    @property
    def judged(self) -> str:
        """The test of chance before a change of it is called better or worse.

        cases: two shares of cases, or two counts of events. interval: its own error or interval. months: its
        own months' scatter. Empty: none is known, and the change is told without a word.
        """
        is_count = self.flow and not self.net and self.unit in EVENTS
        if is_count or (self.part and self.cases != (self.part,)):  # a part of itself is no share of cases
            return "cases"
        if self.error or self.interval:
            return "interval"
        return "months" if self.unit in (*EVENTS, "money") and not self.cases else ""


@dataclass(frozen=True)
class Parameter:
    """A setting of a metric that a reader may change."""

    name: str
    default: str
    definition: str
    values: tuple[str, ...] = ()
    delivered: Callable[[Models], str | None] | None = None  # the default where the bank has no data of it

    def usual(self, models: Models) -> str:  # one that has data
        return (self.delivered(models) if self.delivered else None) or self.default


@dataclass(frozen=True)
class More:
    """What a metric that rests on others may ask for: always the same groups, always within the view."""

    metric: Callable[..., pl.DataFrame]  # name, columns, period, parameters → by group
    months: Callable[[str, tuple[str, ...], int], pl.DataFrame]  # name, columns, n → by group and month
    # metric, columns (what is ranked and what it rests on), period → peers' values by group
    place: Callable[[str, tuple[str, ...], Period], pl.DataFrame]
    place_months: Callable[
        [str, str, int], pl.DataFrame
    ]  # metric, column, n → months of all peers of any group
    targets: Callable[[], pl.DataFrame]  # plans set for the very institutions of the groups
    declared: Mapping[str, "Metric"]
    whole: Callable[..., pl.DataFrame]  # as `metric`, of all groups together
    reference: Callable[..., pl.DataFrame | None]  # as `metric`, of the whole parent
    reach: Callable[[str], date] = lambda _: date.max  # metric → the last day that its data cover


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a metric is asked: the period, its groups, the parameters, what is delivered and learned."""

    period: Period
    groups: pl.DataFrame  # one column `group`: every group that must appear
    policy: Policy
    parameters: Mapping[str, str]
    as_of: date
    minor_units: int
    codes: Mapping[str, list[str]]
    columns: frozenset[str] = frozenset()  # the columns wanted; none named: all
    more: More | None = None
    comparison: str = "year_start"
    cut: frozenset[str] = frozenset()  # the dimensions that filter or break down the rows
    filters: Mapping[str, str] = field(default_factory=dict)  # those that filter, with the value chosen
    delivered: Mapping[str, Sequence[str]] = field(default_factory=dict)  # columns by table
    months: tuple[date, ...] = ()  # of customers, oldest first
    first_days: Mapping[str, date] = field(default_factory=dict)  # by table
    models: Models = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table (and columns of it) is delivered."""
        return table in self.delivered and set(columns) <= set(self.delivered[table])

    def learned(self, kind: type[Learned]) -> Learned:
        """What the build learned of a kind; its defaults where nothing was."""
        return learned_of(self.models, kind)

    def wants(self, *columns: str) -> bool:
        """Whether any of these columns is wanted; a metric may skip what costs and nobody reads."""
        return not self.columns or not self.columns.isdisjoint(columns)

    def sums(self, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """The columns summed per group, 0 where a group has no row."""
        here = [name for name in columns if name in rows.columns]
        kinds = [(name, rows.schema[name]) for name in here]
        none = [pl.Series(name, [0] * self.groups.height, dtype=kind) for name, kind in kinds]
        of_group = pl.concat([self.groups.select("group").hstack(none), rows[["group", *here]]])
        sums = (sum_of(name) if kind.is_float() else pl.col(name).sum() for name, kind in kinds)
        return of_group.group_by("group", maintain_order=True).agg(sums)  # first each group with nothing


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A pure function of mart rows, with its words."""

    name: str
    label: str
    compute: Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
    marts: Mapping[str, Window]
    columns: tuple[Measure, ...]
    grain: str  # month or day
    dimensions: tuple[str, ...] = ()  # breakdowns beside children and levels
    tags_of: str | None = None  # the table whose own tags are breakdowns and filters too
    parameters: tuple[Parameter, ...] = ()
    filters: tuple[str, ...] = FILTERS
    # the wanted columns for many whole months at once, where that is cheaper; None: ask month by month
    by_month: Callable[[Mapping[str, pl.DataFrame], Sequence[Ask]], pl.DataFrame | None] | None = None
    # tables without which there is nothing to say; the first one's date is its own
    needs: tuple[str, ...] = ()
    # why an answer, here the ask's groups, is null or has no row, to be said in the reader's language; None
    # where it is not
    why_missing: Callable[[Ask], NotDelivered | None] | None = None
    # told for the date of the data, whatever the period: there is nothing to compare it with
    latest: bool = False
    protected: bool = False  # of answers: whole months, quarters and years only
    alone: bool = False  # what it says of a group rests on other groups or the institution above
    # parameters and what was learned → the values of keys outside which rows are not even read
    only: Callable[[Mapping[str, str], Models], "Only"] | None = None
    # parameters and policy → name and stratum of what hides its rows, and the floor
    hiding: Callable[[Mapping[str, str], Policy], tuple[str, int, int]] | None = None

    @property
    def definition(self) -> str:
        """The business definition: the first paragraph of the function's text."""
        text = (self.compute.__doc__ or "").strip()
        return " ".join(text.split("\n\n")[0].split())

    def measure(self, name: str) -> Measure:
        return next(measure for measure in self.columns if measure.name == name)


@dataclass(frozen=True)
class ListOf:
    """Rows that may be shown one by one, cut at build."""

    name: str
    label: str
    needs: tuple[str, ...]
    build: Callable[[Inputs], pl.DataFrame]


@dataclass(frozen=True)
class Model:
    """What is learned at build: its kind, a frozen dataclass of plain values, and how.

    `needs`: tables, or table.column, and `marts`: own rows, without which the kind's defaults hold. It is
    learned when the first mart that names it is built, else after the marts of its subject.
    """

    kind: type
    learn: Callable[[Inputs], Any]
    needs: tuple[str, ...] = ()
    marts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One subject of the cockpit; `prepare` makes of its checked tables those that its builders get."""

    name: str
    tables: tuple[Table, ...] = ()
    prepare: Callable[[Intake], Mapping[str, pl.DataFrame]] | None = None
    settings: tuple[Setting[Any], ...] = ()
    marts: tuple[Mart, ...] = ()
    metrics: tuple[Metric, ...] = ()
    lists: tuple[ListOf, ...] = ()
    models: tuple[Model, ...] = ()
    hidings: tuple[Hiding, ...] = ()
