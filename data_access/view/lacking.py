"""What is not told of months that were delivered without a column: it is absent there, not 0."""

from datetime import date

import polars as pl

from data_access.subject import Measure, Metric, Period
from data_access.view.store import Store
from data_access.windows import month_end_before, stock_month


def without_lacking(
    frame: pl.DataFrame, metric: Metric, store: Store, period: Period, only: pl.Expr | None = None
) -> pl.DataFrame:
    """A metric's rows without the numbers of a period that rest on a column one of its months lacks.

    `only`: the rows that are of this period.
    """
    if not store.lacking:
        return frame
    gone = [
        measure.name
        for measure in metric.columns
        if measure.name in frame.columns and _is_lacking(measure, metric, store, period)
    ]
    told = pl.lit(False) if only is None else ~only
    return frame.with_columns(pl.when(told).then(pl.col(name)).alias(name) for name in gone)


def _is_lacking(measure: Measure, metric: Metric, store: Store, period: Period) -> bool:
    if measure.needs is None:
        return False
    months = store.lacking.get(".".join(measure.needs), frozenset())
    return bool(months) and any(_reads(measure, metric, period, month) for month in months)


def _reads(measure: Measure, metric: Metric, period: Period, month: date) -> bool:
    """Whether a number of the period rests on a month: a stock on its last, what looks further on all."""
    span = next((window(period) for window in metric.marts.values()), (None, None))
    if isinstance(span, frozenset):
        return month in span
    first, last = span
    looks_back = first is None or (first < period.first and first != stock_month(period))
    if not measure.flow and not looks_back:
        return month == stock_month(period)
    first = first or month_end_before(period.first)
    return first <= month and (last is None or month <= last)
