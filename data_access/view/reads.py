"""Which marts a metric reads for a look, each read when it is first asked for."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Mart, Metric, Only, Period, Span
from data_access.view.labels import settled
from data_access.view.rows import Rows, span_of
from data_access.view.scope import Scope
from data_access.view.store import Store


class Look(Protocol):
    """What is needed of a look to read for it."""

    @property
    def settings(self) -> Mapping[str, str]: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def store(self) -> Store: ...
    @property
    def filters(self) -> Mapping[str, str]: ...
    def marts(self) -> dict[str, Mart]: ...
    def mart(
        self, mart: Mart, span: Span, by: str | None, only: Only, tags: tuple[str, ...]
    ) -> pl.DataFrame: ...


def rows_for(
    view: Look, metric: Metric, wanted: list[Period], by: str | None, asked: Mapping[str, str]
) -> Rows:
    """The rows of every mart that a metric reads, for all the periods at once; read when asked for.

    By one of the bank's own tags of customers a mart's copy by tags is read instead; marts that lack
    the dimension of a breakdown are not.
    """
    read: dict[str, Callable[[], pl.DataFrame]] = {}
    models = view.store.models
    only = metric.only(settled(metric, asked, view.settings, models), models) if metric.only else {}
    tagged = metric.tags_of == "customers" and {by, *view.filters} & set(view.scope.tags(metric))
    for mart_name, window in list(metric.marts.items())[: 1 if tagged else None]:
        mart = view.marts()[f"{mart_name}_tags" if tagged else mart_name]
        lacks = by in metric.dimensions and by not in mart.keys
        if not lacks and view.store.snapshot.has("marts", f"{mart.name}.own.parquet"):
            span = span_of([window(period) for period in wanted])
            read[mart_name] = partial(view.mart, mart, span, by, only, tuple(view.scope.tags(metric)))
    missing = [table for table in metric.needs if not view.store.has(table)]
    if missing or (metric.marts and not read):
        needs = missing or view.marts()[next(iter(metric.marts))].needs
        raise NotDelivered(
            "“{label}” needs {needs}, which this bank has not delivered. "
            "Add it to cockpit.toml and build again.",
            label=metric.label,
            needs=" + ".join(needs),
        )
    return Rows(read)
