"""The view: the only door from a page or the command line to data.

It holds what a reader may see, cut to the institution chosen, with period, comparison and language.
Metrics get rows that are already cut; rights are made in `grants.py` and kept by `scope.py`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar, cast

import polars as pl

from data_access import periods
from data_access.errors import CallError
from data_access.intake.source import tag_column
from data_access.subject import Ask, Mart, Metric, Only, Period, Span, Subject
from data_access.view import annotations, customers
from data_access.view.labels import institutions, labelled, settled, values
from data_access.view.lacking import without_lacking
from data_access.view.others import more_of, reference_of
from data_access.view.protection import answer, values_of, whole
from data_access.view.reads import rows_for
from data_access.view.refusals import check_ask
from data_access.view.rows import Group, is_institutional
from data_access.view.scope import Cut, Scope
from data_access.view.store import Store
from data_access.view.together import each_group, own_part

YOURS = {"zh": "您的机构", "en": "Your institutions"}  # together, where what holds them all is not granted
T = TypeVar("T")
_ALL: Only = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class View:
    """Scope × period × comparison × language of one reader's look."""

    scope: Scope
    subjects: tuple[Subject, ...]
    period: Period
    comparison: str = periods.YEAR_START
    language: str = "zh"
    also: str = ""  # a second comparison, shown beside the first
    rows: str = "children"  # of tables: the institutions below, or level:KEY
    settings: Mapping[str, str] = field(default_factory=dict)  # metric or subject, and parameter → value
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def store(self) -> Store:
        return self.scope.store

    @property
    def node(self) -> int:  # the institution chosen
        return self.scope.node

    @property
    def filters(self) -> Mapping[str, str]:
        return self.scope.filters

    def within(self, scope: Scope) -> "View":
        """The same look at other rows."""
        return replace(self, scope=scope)

    def without_filters(self, names: Iterable[str]) -> "View":
        """The same look where these filters are not chosen."""
        kept = {name: value for name, value in self.filters.items() if name not in names}
        return replace(self, scope=replace(self.scope, filters=kept))

    def during(self, period: Period) -> "View":
        """The same look at another period."""
        return replace(self, period=period, _memo=self._memo)

    def compared(self, *, flow: bool) -> "View":
        """The same look at the period that this one is compared with."""
        return self.during(periods.compared(self.period, self.comparison, flow=flow))

    def suited(self, metric: Metric) -> "View":
        """The same look at the period that this metric can count: whole months, nothing past its data."""
        if metric.grain == "month":
            comparison, also = periods.of_months(self.comparison, self.also)
            return replace(self.during(periods.whole_months(self.period)), comparison=comparison, also=also)
        last = self.store.reach(metric)[1]
        if metric.protected:
            return self.during(whole(self.period, last))
        clipped = Period(min(self.period.first, last), min(self.period.last, last))
        return self if clipped == self.period else self.during(clipped)

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Worked out once in all that comes of one look, whatever part of it asks first."""
        if key not in self._memo:
            self._memo[key] = compute()
        return cast(T, self._memo[key])

    def once(self, name: str, asked: Hashable, compute: Callable[[], T]) -> T:
        """A part of a page at this very look, worked out once for everybody who may have the look."""
        look = (*self.scope.key, *self._chosen, self.period, self.comparison, self.also, self.rows)
        return self.store.answers.get(("part", name, asked, self.language, *look), compute)

    def catalogue(self) -> dict[str, Metric]:
        return self._once("catalogue", lambda: {m.name: m for one in self.subjects for m in one.metrics})

    def metric(
        self, name: str, by: str | None = None, *, columns: tuple[str, ...] = (), **parameters: str
    ) -> pl.DataFrame:
        """A metric of the scope, one row per group of `by` (children, level:KEY or a dimension).

        `columns` names those that are wanted, where the others would cost and nobody reads them.
        """
        metric = self.catalogue().get(name)
        if metric is None:
            raise CallError(
                "There is no metric “{name}”. Known: {known}.", name=name, known=", ".join(self.catalogue())
            )
        self._check(metric, by, parameters)
        key = (name, by, columns, tuple(sorted(parameters.items())), self.period, self.comparison)
        return self._answer(key, lambda: labelled(*self.by_group(metric, by, columns, parameters), by))

    def _check(self, metric: Metric, by: str | None, parameters: Mapping[str, str]) -> None:
        here = self.name(self.store.tree.ids[self.node])
        check_ask(self.scope, self.marts(), metric, by, parameters, self.period, here)

    def by_group(
        self, metric: Metric, by: str | None, columns: tuple[str, ...], parameters: Mapping[str, str]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The groups of a breakdown with their words, and the metric's rows by group; worked out once in a
        look, for what rests on others asks for the same again, month after month."""
        told = tuple(sorted(settled(metric, parameters, self.settings, self.store.models).items()))
        key = (metric.name, columns, told, self.period, self.comparison, *self._chosen)
        frame = own_part(self, metric, by, key, lambda one: one.by_group(metric, by, columns, parameters)[1])
        if frame is not None:
            return self._labels(metric, {}, by)[1], frame

        def compute() -> tuple[pl.DataFrame, pl.DataFrame]:
            rows = rows_for(self, metric, [self.period], by, parameters)
            groups, labels = self._labels(metric, rows, by)
            ask = self.ask(metric, self.period, groups, parameters, columns, by)
            return labels, answer(self.scope, metric, rows, ask, by)

        return self._once(("group", by, self.language, *self.scope.key, *key), compute)

    def reference(self, name: str, **parameters: str) -> pl.DataFrame | None:
        """The same metric of the parent, one row; None where there is none to compare with."""
        key = ("reference", name, tuple(sorted(parameters.items())), self.period, self.comparison)
        asked = partial(reference_of, self, name, (), self.period, **parameters)
        found = self._answer(key, lambda: pl.DataFrame() if (above := asked()) is None else above)
        return found if found.width else None

    def _answer(self, key: tuple[object, ...], compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Remembered per snapshot under scope and plain parameters, never under a frame."""
        return self.store.answers.get((*self.scope.key, *self._chosen, self.language, *key), compute)

    @property
    def _chosen(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.settings.items()))

    def series(self, name: str, *columns: str, months: int = 12, by: str | None = None) -> pl.DataFrame:
        """Columns of a metric by month up to the period's last whole one, as far as the data cover them."""
        metric = self.catalogue()[name]
        self._check(metric, by, {})
        wanted = [p for p in periods.last_months(self.period, months) if self.covers(metric, p)]
        if not wanted:
            return pl.DataFrame(schema={"month": pl.Date, **dict.fromkeys(columns, pl.Float64)})
        key = (name, by, columns, months, wanted[-1])

        def compute() -> pl.DataFrame:
            labels, frame = self.by_month(metric, wanted, by, columns)
            named = labels.join(frame, on="group", how="inner", maintain_order="left")
            return named.drop("group").rename({tag_column(by or ""): by or ""}, strict=False)

        return self._answer(key, compute)

    def by_month(
        self, metric: Metric, wanted: list[Period], by: str | None, columns: tuple[str, ...]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The groups with their words, and the columns by group and month."""
        key = ("months", metric.name, columns, *wanted, *self._chosen)
        frame = own_part(self, metric, by, key, lambda look: look.by_month(metric, wanted, by, columns)[1])
        if frame is not None:
            return self._labels(metric, {}, by)[1], frame
        rows = rows_for(self, metric, wanted, by, {})
        groups, labels = self._labels(metric, rows, by)
        asks = [self.ask(metric, period, groups, {}, columns, by) for period in wanted]
        if metric.by_month is not None and (frame := metric.by_month(rows, asks)) is not None:
            for each in wanted:
                frame = without_lacking(frame, metric, self.store, each, pl.col("month") == each.last)
            return labels, frame.select("group", *columns, "month")
        frames = [
            answer(self.scope, metric, rows, ask, by).select("group", *columns, month=pl.lit(ask.period.last))
            for ask in asks
        ]
        return labels, pl.concat(frames)

    def covers(self, metric: Metric, period: Period, *, flow: bool = False) -> bool:
        """Whether the data reach back far enough; flows of the first delivered month are not known."""
        if metric.grain == "month":
            if periods.whole_months(period) != period:
                return False
            known = self.store.months[1:] if flow else self.store.months
            first = periods.month_end(period.first.year, period.first.month) if flow else period.last
            return bool(known) and known[0] <= first
        return self.store.reach(metric)[0] <= (period.first if flow else period.last)

    def ask(
        self,
        metric: Metric,
        period: Period,
        groups: pl.DataFrame,
        parameters: Mapping[str, str],
        columns: Iterable[str] = (),
        by: str | None = None,
    ) -> Ask:
        by_dimension = [by] if by and not is_institutional(by) else []
        return Ask(
            period=period,
            groups=groups,
            policy=self.store.policy,
            parameters=settled(metric, parameters, self.settings, self.store.models),
            as_of=self.store.reach(metric)[1],
            minor_units=self.store.minor_units,
            codes=self.store.codes,
            columns=frozenset(columns),
            more=more_of(self.during(period), by),
            comparison=self.comparison,
            cut=frozenset([*self.filters, *by_dimension]),
            filters=self.filters,
            delivered=self.store.manifest["columns"],
            months=tuple(sorted(self.store.months)),
            first_days=self.store.first_days,
            models=self.store.models,
        )

    def marts(self) -> dict[str, Mart]:
        marts = [mart for subject in self.subjects for mart in subject.marts]
        return self._once("marts", lambda: {mart.name: mart for mart in reversed(marts)})

    def _column(self, metric: Metric, by: str | None) -> str:
        """The column behind a breakdown: that of one of the bank's own tags has a prefix."""
        return tag_column(by) if by is not None and by in self.scope.tags(metric) else by or ""

    def mart(
        self,
        mart: Mart,
        span: Span,
        by: str | None = None,
        only: Only = _ALL,
        tags: tuple[str, ...] = (),
    ) -> pl.DataFrame:
        """The rows of the scope in a span of days, each with its `group`; of some keys `only` some values.

        `tags`: the bank's own, by which the rows may be cut too.
        """
        key = (mart.name, *self.scope.key, span, by, tags, tuple(sorted(only.items())))
        return self._once(key, lambda: self.scope.rows(mart, self.groups(by), span, by, only, tags))

    def groups(self, by: str | None) -> list[Group]:
        """The institutions that a breakdown has a row for."""
        return self._once(("groups", *self.scope.key, by), lambda: self.scope.groups(by))

    def _labels(
        self, metric: Metric, rows: Mapping[str, pl.DataFrame], by: str | None
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every group, and its words: institution and name, or the value of the dimension's column."""
        if by is None:
            each = each_group(self.scope)
            return each, each
        if is_institutional(by):
            names = [group.name for group in self.groups(by)]
            return institutions(names, [self.name(name) for name in names])
        if not rows:
            raise CallError("This metric is told of institutions only, not by “{by}”.", by=by)
        known = values_of(self.scope, metric, by)
        return values(self.store, rows, by, known, self._column(metric, by))

    def name(self, institution: str) -> str:
        """An institution's name in the reader's language; own, between and rest stay marks."""
        if (node := self.store.tree.node_of.get(institution)) is None:
            return institution
        if node == self.node and not self.scope.grant.covers(node):
            return YOURS[self.language]
        return (self.store.tree.names if self.language == "zh" else self.store.tree.names_en)[node]

    def tasks(self) -> pl.DataFrame:
        """Open tasks of the institution and its children, overdue ones first."""
        return self.once("tasks", (), lambda: annotations.tasks(self.store, self.scope.ranges, self.node))

    def events(self) -> list[tuple[date, str]]:
        """What happened at the institution or above it: days and words, oldest first."""
        known = self.scope.grant.covers(self.node)
        return self.once("events", (), lambda: annotations.events(self.store, self.node)) if known else []

    def list(self, name: str, *, unmasked: bool = False, cut: Cut | None = None) -> pl.DataFrame:
        """The rows of a list; needs `customers`. `unmasked`: texts as delivered, where that is granted."""
        return self.scope.list(name, unmasked=unmasked, cut=cut)

    def names(self, rows: pl.DataFrame) -> dict[int, customers.Customer]:
        """Who the customers of some rows of a list are, by number, where `unmask` covers the row."""
        return customers.names(self.store, rows, self.scope.named)
