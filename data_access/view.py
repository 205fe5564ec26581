"""The view: the only door from a page or the command line to data.

It holds what a reader may see, cut to the institution chosen, with period, comparison, filters and
language. Metrics get rows that are already cut; nothing outside this file and `grants.py` knows of
rights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data_access import periods
from data_access.errors import CallError, NotDelivered
from data_access.grants import CUSTOMERS, Grant
from data_access.marts import PART
from data_access.store import Store
from data_access.subject import Ask, Mart, Metric, Period, Subject
from data_access.tree import Ranges, intersect, merge_ranges

OWN, BETWEEN, REST = "own", "between", "rest"
UNASSIGNED = "unassigned"
FILTERS = ("kind", "tier")


@dataclass(frozen=True)
class Group:
    """One row of a breakdown: an institution's subtree, or own, between, rest."""

    name: str  # institution id, or own, between, rest
    ranges: Ranges
    node: int | None = None  # of an institution whose whole subtree is meant
    part: int | None = None  # own: 0, between: 1


@dataclass(frozen=True)
class View:
    """Scope × period × comparison × filters × language of one reader's look."""

    store: Store
    subjects: tuple[Subject, ...]
    grant: Grant
    node: int
    period: Period
    comparison: str = periods.YEAR_START
    filters: Mapping[str, str] = field(default_factory=dict)
    language: str = "zh"
    _memo: dict[Any, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @property
    def scope(self) -> Ranges:
        """What the reader may see of the institution chosen."""
        return intersect(self.grant.ranges, (self.store.tree.subtree(self.node),))

    def during(self, period: Period) -> "View":
        """The same look at another period."""
        return replace(self, period=period, _memo=self._memo)

    def compared(self, *, flow: bool) -> "View":
        """The same look at the period that this one is compared with."""
        return self.during(periods.compared(self.period, self.comparison, flow=flow))

    def catalogue(self) -> dict[str, Metric]:
        return {metric.name: metric for subject in self.subjects for metric in subject.metrics}

    def metric(self, name: str, by: str | None = None, **parameters: str) -> pl.DataFrame:
        """A metric of the scope, one row per group of `by` (children, level:KEY or a dimension)."""
        metric = self.catalogue().get(name)
        if metric is None:
            raise CallError(
                "There is no metric “{name}”. Known: {known}.", name=name, known=", ".join(self.catalogue())
            )
        self._check(metric, by, parameters)
        rows = self._rows(metric, [self.period], by)
        groups, labels = self._labels(rows, by)
        frame = metric.compute(rows, self._ask(metric, self.period, groups, parameters))
        return labels.join(frame, on="group", how="inner", maintain_order="left").drop("group")

    def series(self, name: str, *columns: str, months: int = 12, by: str | None = None) -> pl.DataFrame:
        """Columns of a metric month by month up to the period's last whole month, with the column `month`.

        Months that the data do not cover are left out. Rows are read once for all months.
        """
        metric = self.catalogue()[name]
        wanted = [p for p in periods.last_months(self.period, months) if self.covers(metric, p)]
        if not wanted:
            return pl.DataFrame(schema={"month": pl.Date})
        rows = self._rows(metric, wanted, by)
        groups, labels = self._labels(rows, by)
        frames = [
            metric.compute(rows, self._ask(metric, period, groups, {}, columns))
            .select("group", *columns)
            .with_columns(month=pl.lit(period.last))
            for period in wanted
        ]
        frame = pl.concat(frames)
        return labels.join(frame, on="group", how="inner", maintain_order="left").drop("group")

    def covers(self, metric: Metric, period: Period, *, flow: bool = False) -> bool:
        """Whether the data reach back far enough; flows of the first delivered month are not known."""
        if metric.grain == "month":
            months = self.store.months
            known = months[1:] if flow else months
            return bool(known) and known[0] <= (periods.month_end(period.first.year, period.first.month)
                                                if flow else period.last)  # fmt: skip
        return date.fromisoformat(self.store.constants["first_day"]) <= period.first

    def _rows(self, metric: Metric, wanted: list[Period], by: str | None) -> dict[str, pl.DataFrame]:
        """The rows of every mart that a metric reads, for all the periods at once."""
        rows = {}
        for number, (mart_name, window) in enumerate(metric.marts.items()):
            mart = self._mart(mart_name)
            if self.store.snapshot.has("marts", f"{mart_name}.own.parquet"):
                firsts, lasts = zip(*(window(period) for period in wanted), strict=True)
                first = None if None in firsts else min(firsts)
                last = None if None in lasts else max(lasts)
                rows[mart_name] = self.mart(mart, first, last, by=by)
            elif number == 0:
                raise NotDelivered(
                    "“{label}” needs {needs}, which this bank has not delivered. "
                    "Add it to cockpit.toml and build again.",
                    label=metric.label,
                    needs=" + ".join(mart.needs),
                )
        return rows

    def _ask(
        self, metric: Metric, period: Period, groups: pl.DataFrame, parameters: Mapping[str, str],
        columns: Iterable[str] = (),
    ) -> Ask:  # fmt: skip
        return Ask(
            period,
            groups,
            self.store.policy,
            {p.name: parameters.get(p.name, p.default) for p in metric.parameters},
            self.store.constants,
            max(self.store.as_of.values(), default=period.last),
            self.store.codes,
            frozenset(columns),
        )

    def _check(self, metric: Metric, by: str | None, parameters: Mapping[str, str]) -> None:
        known = {parameter.name for parameter in metric.parameters}
        for name in parameters.keys() - known:
            raise CallError(
                "{metric} has no parameter “{name}”. It has: {known}.",
                metric=metric.name,
                name=name,
                known=", ".join(sorted(known | set(FILTERS))),
            )
        ways = ["children", *[f"level:{key}" for key in self.store.tree.levels_below(self.node)]]
        ways += [*metric.dimensions, *self.tags(metric)]
        if by is not None and by not in ways:
            raise CallError(
                "{metric} of {institution} cannot be broken down by “{by}”. Possible: {ways}.",
                metric=metric.name,
                institution=self.store.tree.names[self.node],
                by=by,
                ways=", ".join(ways),
            )
        if metric.grain == "month" and periods.kind(self.period) == "free":
            self._whole_months(metric)

    def _whole_months(self, metric: Metric) -> None:
        first, last = self.period.first, self.period.last
        ends = [month for month in self.store.months if abs((month - last).days) < 32]
        if first.day != 1 or last != periods.month_end(last.year, last.month):
            raise CallError(
                "{metric} is counted by whole months; {period} cuts one. Nearest month ends: {ends}.",
                metric=metric.name,
                period=self.period,
                ends=", ".join(map(str, ends)),
            )

    def tags(self, metric: Metric) -> list[str]:
        """The bank's own dimensions of deals."""
        is_deal = metric.dimensions[:1] == ("product",)
        return self.store.manifest["dimensions"].get("opportunities", []) if is_deal else []

    def _mart(self, name: str) -> Mart:
        return next(mart for subject in self.subjects for mart in subject.marts if mart.name == name)

    # ---------------------------------------------------------------- rows

    def mart(
        self, mart: Mart, first: date | None, last: date | None, by: str | None = None
    ) -> pl.DataFrame:
        """The rows of the scope between two days, each with its `group`."""
        key = (mart.name, self.node, first, last, by)
        if key not in self._memo:
            self._memo[key] = self._read(mart, first, last, by)
        return self._memo[key]

    def _read(self, mart: Mart, first: date | None, last: date | None, by: str | None) -> pl.DataFrame:
        groups = self._groups(by)
        when = pl.lit(True)
        if first is not None:
            when &= pl.col(mart.time) >= first
        if last is not None:
            when &= pl.col(mart.time) <= last
        for name, value in self.filters.items():
            if name in mart.keys:
                when &= pl.col(name) == self._filter_code(name, value)
        frames = [
            self._read_rollup(mart, groups, when),
            self._read_own(mart, groups, when),
        ]
        rows = pl.concat([frame for frame in frames if frame is not None], how="diagonal_relaxed")
        rows = rows.with_columns(pl.col(pl.Int32).cast(pl.Int64))
        if by is not None and not _institutional(by):
            rows = rows.with_columns(group=pl.col(by).cast(pl.Int64))
        return rows

    def _read_rollup(self, mart: Mart, groups: list[Group], when: pl.Expr) -> pl.DataFrame | None:
        nodes = {group.node: i for i, group in enumerate(groups) if group.node in self.store.rolled}
        if not nodes:
            return None
        file = self.store.file("marts", f"{mart.name}.rollup.parquet")
        rows = pl.scan_parquet(file).filter(pl.col("node").is_in(list(nodes)) & when).collect()
        return rows.with_columns(group=pl.col("node").replace_strict(nodes, return_dtype=pl.Int64))

    def _read_own(self, mart: Mart, groups: list[Group], when: pl.Expr) -> pl.DataFrame:
        wanted = [
            (first, last, group.part, i)
            for i, group in enumerate(groups)
            if group.node not in self.store.rolled
            for first, last in group.ranges
        ]
        file = self.store.file("marts", f"{mart.name}.own.parquet")
        within = pl.lit(False)
        for first, last in merge_ranges((first, last) for first, last, *_ in wanted):
            within |= pl.col("node").is_between(first, last)
        rows = pl.scan_parquet(file).filter(within & when).collect()
        plain = sorted((first, i) for first, _, part, i in wanted if part is None)
        group = np.full(rows.height, -1, dtype=np.int64)
        nodes = rows["node"].to_numpy()
        if plain:
            starts = np.array([first for first, _ in plain])
            at = np.searchsorted(starts, nodes, side="right") - 1
            group = np.where(at >= 0, np.array([i for _, i in plain])[at], -1)
        for first, _, part, i in wanted:
            if part is not None:
                group = np.where((nodes == first) & (rows[PART].to_numpy() == part), i, group)
        return rows.with_columns(group=pl.Series(group, dtype=pl.Int64)).filter(pl.col("group") >= 0)

    def _filter_code(self, name: str, value: str) -> int:
        values = self.store.codes.get(name, [])
        if value not in values:
            raise CallError(
                "{name} = “{value}” does not exist. Known: {known}.",
                name=name,
                value=value,
                known=", ".join(values),
            )
        return values.index(value)

    # -------------------------------------------------------------- groups

    def _groups(self, by: str | None) -> list[Group]:
        """The institutions that a breakdown has a row for, with what each may show of itself."""
        tree = self.store.tree
        if by == "children":
            groups = [self._whole(child) for child in tree.children(self.node)]
            if self.grant.covers(self.node):
                here: Ranges = ((self.node, self.node),)
                groups += [Group(OWN, here, part=0), Group(BETWEEN, here, part=1)]
            return [group for group in groups if group.ranges]
        if by and by.startswith("level:"):
            level = by.removeprefix("level:")
            groups = [self._whole(node) for node in tree.at_level(self.node, level)]
            covered = merge_ranges(r for group in groups for r in group.ranges)
            groups.append(Group(REST, _minus(self.scope, covered)))
            return [group for group in groups if group.ranges]
        return [self._whole(self.node)]

    def _whole(self, node: int) -> Group:
        """A subtree as far as it is granted; only a whole one may use stored totals."""
        subtree: Ranges = (self.store.tree.subtree(node),)
        allowed = intersect(self.grant.ranges, subtree)
        return Group(self.store.tree.ids[node], allowed, node if allowed == subtree else None)

    def _labels(self, rows: Mapping[str, pl.DataFrame], by: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every group, and its words: institution and name, or the dimension's value."""
        if by is None:
            groups = pl.DataFrame({"group": [0]}, schema={"group": pl.Int64})
            return groups, groups
        if _institutional(by):
            found = self._groups(by)
            names = [self.name(group.name) for group in found]
            labels = pl.DataFrame(
                {"group": range(len(found)), "institution": [group.name for group in found], "name": names},
                schema={"group": pl.Int64, "institution": pl.String, "name": pl.String},
            )
            return self._without_empty(labels, rows)
        codes = pl.concat([frame.select("group") for frame in rows.values()]).unique().sort("group")
        if by == "manager":
            values = [self.store.managers.get(code, UNASSIGNED) for code in codes["group"]]
        else:
            known = self.store.codes.get(by, [])
            values = [known[code] if 0 <= code < len(known) else str(code) for code in codes["group"]]
        return codes, codes.with_columns(pl.Series(by, values, dtype=pl.String))

    def _without_empty(
        self, labels: pl.DataFrame, rows: Mapping[str, pl.DataFrame]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """own, between and rest are rows only where something is booked there."""
        filled = {group for frame in rows.values() for group in frame["group"].unique()}
        special = pl.col("institution").is_in([OWN, BETWEEN, REST])
        labels = labels.filter(~special | pl.col("group").is_in(list(filled)))
        return labels.select("group"), labels

    def name(self, institution: str) -> str:
        """An institution's name in the reader's language; own, between and rest stay marks."""
        node = self.store.tree.node_of.get(institution)
        if node is None:
            return institution
        return (self.store.tree.names if self.language == "zh" else self.store.tree.names_en)[node]

    # --------------------------------------------------------------- lists

    def list(self, name: str) -> pl.DataFrame:
        """The stored rows of a list within the scope; needs the permission `customers`."""
        if CUSTOMERS not in self.grant.permissions:
            raise CallError("Your grant does not include lists of customers and deals.")
        within = pl.lit(False)
        for first, last in self.scope:
            within |= pl.col("node").is_between(first, last)
        frame = pl.scan_parquet(self.store.file("lists", f"{name}.parquet")).filter(within)
        for key, value in self.filters.items():
            frame = frame.filter(pl.col(key) == self._filter_code(key, value))
        return frame.collect()


def _institutional(by: str) -> bool:
    return by == "children" or by.startswith("level:")


def _minus(a: Ranges, b: Ranges) -> Ranges:
    """What lies in a and not in b.

    >>> _minus(((0, 9),), ((2, 3), (9, 9)))
    ((0, 1), (4, 8))
    """
    left = []
    for first, last in a:
        here = first
        for start, end in b:
            if end < here or start > last:
                continue
            if start > here:
                left.append((here, start - 1))
            here = max(here, end + 1)
        if here <= last:
            left.append((here, last))
    return tuple(left)
