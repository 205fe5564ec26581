"""A bank as an analyst asks it, on the command line or in a notebook: metrics as frames of currency units."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from data_access import periods
from data_access.errors import CallError, nearest
from data_access.intake.config import Config, read_config
from data_access.intake.source import tag_column
from data_access.subject import Metric, Period
from data_access.view.grants import everything
from data_access.view.output import in_currency
from data_access.view.rows import is_institutional
from data_access.view.scope import Scope
from data_access.view.store import Store, by_tree, open_store
from data_access.view.view import View
from metrics import CONTRACT, METRICS, SUBJECTS

SIDES = ","  # between two breakdowns at once


@dataclass(frozen=True, kw_only=True)
class Bank:
    """One institution of a snapshot over one period, seen whole: for whoever may read the snapshot's files.

    `metric` answers; `at`, `during` and `where` give the same bank elsewhere, at another time, or cut to a
    kind, a tier or one of the bank's own tags.
    """

    view: View

    @property
    def institutions(self) -> pl.DataFrame:
        """Every institution of the tree: id, name, level and the one above."""
        tree, names = self.view.store.tree, self.view.store.tree.names
        names = names if self.view.language == "zh" else tree.names_en
        above = [tree.ids[parent] if parent >= 0 else None for parent in tree.parent]
        return pl.DataFrame(
            {"institution": tree.ids, "name": names, "level": tree.levels, "parent": above},
            schema_overrides={"parent": pl.String},
        )

    @property
    def months(self) -> list[str]:
        """The delivered months of customers, such as 2026-10."""
        return [f"{month:%Y-%m}" for month in self.view.store.months]

    def at(self, institution: str) -> "Bank":
        """The same at another institution, by its id or an unambiguous name."""
        node = self.view.store.find(institution)
        return replace(self, view=self.view.within(replace(self.view.scope, node=node)))

    def during(self, period: str) -> "Bank":
        """The same over 2026-10, 2026-W43, 2026-Q3 or 2026."""
        return replace(self, view=self.view.during(periods.parse(period)))

    def where(self, **filters: str) -> "Bank":
        """The same of customers of a kind, a tier or a tag alone: where(tier="private")."""
        scope = replace(self.view.scope, filters={**self.view.filters, **filters})
        return replace(self, view=self.view.within(scope))

    def metric(self, name: str, by: str | None = None, **parameters: str) -> pl.DataFrame:
        """A metric as a frame: a row per group of `by`, money in currency units, shares from 0 to 1.

        `by`: children, level:KEY, a dimension, or two of them at once (children,tier). `parameters` are those
        that `metric --list` names. The period is cut to what the metric counts: whole months, no day past
        its data.
        """
        metric = metric_named(name)
        frame = asked(self.view.suited(metric), metric, by, parameters)
        return in_currency(frame, metric, self.view.store.minor_units)


def open_bank(
    config: str | Path,
    *,
    institution: str | None = None,
    period: str | None = None,
    language: str = "en",
    snapshot: str | None = None,
    tree: str = "now",
) -> Bank:
    """Opens a bank's newest snapshot for a notebook; `period` is its last month unless told otherwise.

    `tree`: now, or then: institutions where they hung on the day of what is counted.

    >>> open_bank("nowhere.toml")
    Traceback (most recent call last):
    data_access.errors.CallError: There is no configuration at ...
    """
    store = by_tree(open_store(read_config(Path(config), CONTRACT), snapshot), tree)
    last = store.months[-1] if store.months else max(store.as_of.values())
    when = periods.parse(period) if period else Period(last.replace(day=1), last)
    view = view_of(store, institution, when, language)
    return Bank(view=view)


def view_of(
    store: Store,
    institution: str | None,
    period: Period,
    language: str,
    filters: dict[str, str] | None = None,
) -> View:
    """A view of whoever may read the snapshot's own files: of everything, without names of customers."""
    grant = everything(store.tree)
    node = grant.home if institution is None else store.find(institution)
    scope = Scope(store=store, grant=grant, node=node, filters=filters or {})
    return View(scope=scope, subjects=SUBJECTS, period=period, language=language)


def metric_named(name: str) -> Metric:
    """The metric of this name; a mistyped one is told the nearest."""
    if name not in METRICS:
        raise CallError(
            "There is no metric “{name}”. Nearest: {near}. Known: {known}.",
            name=name,
            near=nearest(name, METRICS),
            known=", ".join(METRICS),
        )
    return METRICS[name]


def asked(view: View, metric: Metric, by: str | None, parameters: dict[str, str]) -> pl.DataFrame:
    """A metric by one breakdown, or by two where what it counts carries both: of the second, each value is a
    filter, so every cell is what a page shows under that filter."""
    first, _, second = (by or "").partition(SIDES)
    if unknown := parameters.keys() & {"name", "by", "columns", "self"}:
        raise CallError(
            "--set {text}: {metric} has no such parameter.", text=min(unknown), metric=metric.name
        )
    if not second:
        return view.metric(metric.name, first or None, columns=(), **parameters)
    if second not in (*metric.filters, *view.scope.tags(metric)):
        first, second = second, first
    known = [*metric.filters, *view.scope.tags(metric)]
    if second not in known or first == second or second in view.filters:
        raise CallError(
            "{metric} cannot be broken down by “{by}” at once. One of the two is one of: {known}; "
            "the other one is children, level:KEY or a dimension.",
            metric=metric.name,
            by=by,
            known=", ".join(known) or "none",
        )
    column = tag_column(second) if second in view.scope.tags(metric) else second
    frames = []
    for value in view.store.codes.get(column, []):
        scope = replace(view.scope, filters={**view.filters, second: value})
        frame = view.within(scope).metric(metric.name, first, columns=(), **parameters)
        place = 2 if is_institutional(first) else 1
        frames.append(frame.insert_column(place, pl.lit(value).alias(second)))
    return (
        pl.concat(frames, how="vertical_relaxed")
        if frames
        else view.metric(metric.name, first, columns=(), **parameters)
    )


def opened(config: Config, snapshot: str | None) -> tuple[Store, str]:
    """The snapshot asked for, and what to say where it is not the live one because that is damaged."""
    store = open_store(config, snapshot)
    if not store.instead_of:
        return store, ""
    return store, (
        f"The newest snapshot {store.instead_of} is damaged and not read; these are the numbers of "
        f"{store.id}. Build again."
    )
