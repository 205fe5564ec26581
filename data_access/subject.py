"""What a subject declares: the marts it stores, the metrics read off them, its lists.

`metrics/` fills these; the builder and the view are handed the list and know no subject by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.policy import Policy


def message(text: str) -> str:
    """Marks a text for translation; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Inputs:
    """What a builder gets: checked and coded tables, and the policy."""

    tables: Mapping[str, nw.LazyFrame[Any]]
    columns: Mapping[str, tuple[str, ...]]  # delivered columns by table
    dimensions: Mapping[str, tuple[str, ...]]  # the bank's own tags by table
    policy: Policy
    minor_units: int
    month: date | None = None  # of a monthly mart
    as_of: Mapping[str, date] = field(default_factory=dict)

    def has(self, table: str, *columns: str) -> bool:
        return table in self.columns and set(columns) <= set(self.columns[table])


@dataclass(frozen=True)
class Mart:
    """Additive rows of one subject.

    `build` gives own rows: institution_no, keys, sums. `movers` gives correction rows: from_no,
    to_no, keys, sums; they are booked at the lowest common ancestor of both institutions.
    `needs`: tables, or table.column, without which the mart is not built. `time` is the column that
    periods cut; `monthly` names the table whose months it is built by (`now` and `before` are then
    among the inputs).
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


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


Window = Callable[[Period], tuple[date | None, date | None]]


@dataclass(frozen=True)
class Measure:
    """One column of a metric: words, unit, and which way is good.

    `unit`: customers, deals, money, rate, days, count, text. `flow`: summed over the period
    instead of read at its end. `good`: 1 more is better, -1 less is better, 0 neither.
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


@dataclass(frozen=True)
class Parameter:
    """A setting of a metric that a reader may change."""

    name: str
    default: str
    definition: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """What a metric is asked: the period, its groups, the parameters, the bank's constants."""

    period: Period
    groups: pl.DataFrame  # one column `group`: every group that must appear
    policy: Policy
    parameters: Mapping[str, str]
    constants: Mapping[str, Any]
    as_of: date
    codes: Mapping[str, list[str]]
    columns: frozenset[str] = frozenset()  # the columns wanted; none named: all

    def wants(self, *columns: str) -> bool:
        """Whether any of these columns is wanted; a metric may skip what costs and nobody reads."""
        return not self.columns or not self.columns.isdisjoint(columns)

    def sums(self, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """The columns summed per group, 0 where a group has no row."""
        here = [name for name in columns if name in rows.columns]
        totals = rows.group_by("group").agg(pl.col(name).sum() for name in here)
        return self.groups.join(totals, on="group", how="left", maintain_order="left").with_columns(
            pl.col(name).fill_null(0) for name in here
        )


@dataclass(frozen=True)
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
class Subject:
    """One subject of the cockpit."""

    name: str
    marts: tuple[Mart, ...] = ()
    metrics: tuple[Metric, ...] = ()
    lists: tuple[ListOf, ...] = ()
    constants: Callable[[Inputs], Mapping[str, Any]] | None = None
