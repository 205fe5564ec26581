"""Answers of few people withheld: a protected metric is computed without the hidden cells, and says so."""

from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from data_access import periods
from data_access.errors import CallError, NotDelivered
from data_access.subject import Ask, Metric, Period
from data_access.view.lacking import without_lacking
from data_access.view.rows import Group, Piece, Rows, filter_code, is_institutional
from data_access.view.scope import Scope
from data_access.view.store import Store

SCALES = ("month", "quarter", "year")


def whole(period: Period, last: date) -> Period:
    """A period for which small cells were decided: a month, quarter or year, else the last whole month."""
    if periods.kind(period) in SCALES and period.last <= last:
        return period
    return periods.last_months(Period(period.first, min(period.last, last)), 1)[0]


def check_period(metric: Metric, period: Period) -> None:
    """Refuses a period whose small cells were not decided, with the nearest that were."""
    if periods.kind(period) in SCALES:
        return
    month = Period(period.last.replace(day=1), periods.month_end(period.last.year, period.last.month))
    quarter = periods.parse(f"{period.last.year}-Q{(period.last.month + 2) // 3}")
    near = (periods.previous(month), month, quarter, periods.parse(f"{period.last.year}"))
    raise CallError(
        "{metric} protects answers of few people and takes whole months, quarters and years only, not "
        "{period}. Nearest: {near}.",
        metric=metric.name,
        period=period,
        near=", ".join(periods.name(each) for each in near),
    )


def dimension_of(scope: Scope, metric: Metric, by: str | None) -> str:
    """The one dimension that cuts the answers; two at once were never decided and are refused."""
    cuts = [*scope.filters, *([by] if by and not is_institutional(by) else [])]
    if len(set(cuts)) > 1:
        raise NotDelivered(
            "“{label}” protects answers of few people: it can be cut by one of “{cuts}” at a time.",
            label=metric.label,
            cuts="”, “".join(sorted(set(cuts))),
        )
    return cuts[0] if cuts else ""


def values_of(scope: Scope, metric: Metric, by: str | None) -> list[int] | None:
    """The codes of a breakdown that the whole bank has: which of them occur here is not told."""
    if metric.hiding is None or by is None or is_institutional(by):
        return None
    return next((kinds[by] for kinds in scope.store.protected.values() if by in kinds), None)


def answer(scope: Scope, metric: Metric, rows: Rows, ask: Ask, by: str | None) -> pl.DataFrame:
    """The metric's rows; those of hidden cells hold no number and say `hidden`."""
    if metric.hiding is None:
        return without_lacking(metric.compute(rows, ask), metric, scope.store, ask.period)
    dimension = dimension_of(scope, metric, by)
    check_period(metric, ask.period)
    name, stratum, floor = metric.hiding(ask.parameters, ask.policy)
    hidden = hidden_cells(scope.store, name, stratum, dimension, ask.period)
    for tag, value in scope.filters.items():  # a value that is rare in the whole bank is part of "other"
        if filter_code(scope.store, tag, value) not in (values_of(scope, metric, tag) or ()):
            hidden[:] = True
    if by is None or is_institutional(by):
        groups = scope.groups(by)
        few = [i for i, group in enumerate(groups) if hidden[cells_of(scope.store, group)].any()]
    else:
        [here] = scope.groups(None)
        few = ask.groups["group"].to_list() if hidden[cells_of(scope.store, here)].any() else []
    told = Rows({mart: _without(rows, mart, few) for mart in rows}) if few else rows
    frame = metric.compute(told, ask)
    if not few:
        return frame.with_columns(hidden=pl.lit(None, dtype=pl.String))
    is_few = pl.col("group").is_in(few)
    numbers = [name for name, dtype in frame.schema.items() if name != "group" and dtype.is_numeric()]
    return frame.with_columns(
        *(pl.when(~is_few).then(pl.col(name)).alias(name) for name in numbers),
        hidden=pl.when(is_few).then(pl.lit(f"n<{floor}")),
    )


def _without(rows: Rows, mart: str, few: list[int]) -> Callable[[], pl.DataFrame]:
    return lambda: rows[mart].filter(~pl.col("group").is_in(few))


def hidden_cells(
    store: Store, name: str, stratum: int, dimension: str, period: Period
) -> npt.NDArray[np.bool_]:
    """Which totals (then which own bookings) of the tree are hidden in a period."""
    scale = periods.kind(period)
    shared = {"month": 3, "quarter": 6, "year": 12}[scale]  # months of the periods that have one pattern
    first = period.first.replace(month=(period.first.month - 1) // shared * shared + 1, day=1)

    def read() -> pl.DataFrame:
        stored = store.rows("models", "hidden.parquet")
        return (
            stored.filter(
                (pl.col("name") == name)
                & (pl.col("stratum") == stratum)
                & (pl.col("dimension") == dimension)
                & (pl.col("scale") == scale)
                & (pl.col("first") == first)
            )
            .select("cell")
            .collect()
        )

    hidden = np.zeros(2 * len(store.tree), dtype=bool)
    hidden[store.answers.get(("hidden", name, stratum, dimension, scale, first), read)["cell"].to_numpy()] = 1
    return hidden


def cells_of(store: Store, group: Group) -> list[int]:
    """The cells that a group is the sum of: totals of whole subtrees, else what is booked at single ones."""
    return [cell for piece in group.pieces for cell in _cells(store, piece)]


def _cells(store: Store, piece: Piece) -> list[int]:
    tree, found = store.tree, list[int]()
    if piece.part == 1:  # transfers of customers: nobody answers there
        return found
    if piece.node is not None:
        return [piece.node]
    for first, last in piece.ranges:
        node = first
        while node <= last:
            if tree.last[node] <= last and (piece.part is None or tree.last[node] == node):
                found.append(node)
                node = tree.last[node] + 1
            else:
                found.append(len(tree) + node)
                node += 1
    return found
