"""What a metric that rests on others may ask for: their numbers for the same groups, the months behind,
the place among peers, the plans. All of it within the view; of peers only a place leaves this file.
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import polars as pl

from data_access import periods
from data_access.subject import Metric, More, Period
from data_access.view.refusals import check_filters
from data_access.view.rows import Group
from data_access.view.scope import Scope

Frames = tuple[pl.DataFrame, pl.DataFrame]


class Look(Protocol):
    """What is needed of a look to ask more of it: its rows, its period, and answers by group."""

    @property
    def scope(self) -> Scope: ...
    @property
    def period(self) -> Period: ...
    def catalogue(self) -> dict[str, Metric]: ...
    def within(self, scope: Scope) -> "Look": ...
    def during(self, period: Period) -> "Look": ...
    def suited(self, metric: Metric) -> "Look": ...
    def covers(self, metric: Metric, period: Period, *, flow: bool = False) -> bool: ...
    def groups(self, by: str | None) -> list[Group]: ...
    def by_group(
        self, metric: Metric, by: str | None, columns: tuple[str, ...], parameters: Mapping[str, str]
    ) -> Frames: ...
    def by_month(
        self, metric: Metric, wanted: list[Period], by: str | None, columns: tuple[str, ...]
    ) -> Frames: ...


def more_of(view: Look, by: str | None) -> More:
    return More(
        metric=partial(_metric, view, by),
        whole=partial(_whole, view),
        reference=partial(reference_of, view),
        months=partial(_months, view, by),
        place=partial(_place, view, by),
        place_months=partial(_place_months, view, by),
        targets=partial(_targets, view, by),
        declared=view.catalogue(),
        reach=lambda name: view.scope.store.reach(view.catalogue()[name])[1],
    )


def _at(view: Look, metric: Metric, period: Period) -> Look:
    """The look at the period that the metric can count: whole months, nothing past its data."""
    check_filters(view.scope, metric)
    return view.during(period).suited(metric)


def _reaches(view: Look, metric: Metric, *, flow: bool) -> bool:
    """Whether the data of a metric cover the view's period, from its first day to its last."""
    period = view.period
    return view.covers(metric, period, flow=flow) and period.last <= view.scope.store.reach(metric)[1]


def _metric(
    view: Look, by: str | None, name: str, columns: tuple[str, ...], period: Period, **parameters: str
) -> pl.DataFrame:
    """Columns of another metric by group, null where its data do not reach the period."""
    metric = view.catalogue()[name]
    here = _at(view, metric, period)
    flow = any(metric.measure(column).flow for column in columns)
    _, frame = here.by_group(metric, by, columns, parameters)
    if not _reaches(here, metric, flow=flow):
        frame = frame.with_columns(
            pl.lit(None, dtype=frame.schema[c]).alias(c) for c in columns if c in frame
        )
    return frame


def _whole(
    view: Look, name: str, columns: tuple[str, ...], period: Period, **parameters: str
) -> pl.DataFrame:
    assert not view.scope.together, "a metric that asks for the whole is declared alone"
    return _metric(view, None, name, columns, period, **parameters)


def reference_of(
    view: Look, name: str, columns: tuple[str, ...], period: Period, **parameters: str
) -> pl.DataFrame | None:
    """The metric of the whole parent in one row, whatever the reader is granted there; never one by sibling.

    None at the top, and where the parent has so few institutions that its total would tell of single ones.
    """
    assert not view.scope.together, "a metric that asks for the institution above is declared alone"
    tree = view.scope.store.tree
    above = tree.parent[view.scope.node]
    if above < 0 or len(tree.children(above)) < view.scope.store.policy.peers_least:
        return None
    parent = view.within(view.scope.compared_at(above))
    return _metric(parent, None, name, columns, period, **parameters)


def _months(view: Look, by: str | None, name: str, columns: tuple[str, ...], months: int) -> pl.DataFrame:
    """The delivered columns by group and month, for the last months that the data cover whole."""
    metric = view.catalogue()[name]
    measures = [m for m in map(metric.measure, columns) if not m.needs or view.scope.store.has(*m.needs)]
    here, flow = _at(view, metric, view.period), any(measure.flow for measure in measures)
    wanted = [
        p for p in periods.last_months(view.period, months) if _reaches(view.during(p), metric, flow=flow)
    ]
    if not wanted or not measures:
        return pl.DataFrame(schema={"group": pl.Int64, "month": pl.Date})
    return here.by_month(metric, wanted, by, tuple(measure.name for measure in measures))[1]


def _targets(view: Look, by: str | None) -> pl.DataFrame:
    """Plans set for exactly the institutions of the groups; one that is shown in part has none."""
    nodes = {group.node: i for i, group in enumerate(view.groups(by)) if group.node is not None}
    numbers = {view.scope.store.tree.numbers[node]: i for node, i in nodes.items()}
    stored = view.scope.store.rows("tables", "targets.parquet")
    frame = stored.filter(pl.col("institution_no").is_in(list(numbers))).collect()
    group = pl.col("institution_no").replace_strict(numbers, return_dtype=pl.Int64)
    return frame.select("metric", "basis", "period_start", "period_end", "value", group=group)


def _place(view: Look, by: str | None, name: str, columns: tuple[str, ...], period: Period) -> pl.DataFrame:
    """Each group's peers' values and its own, for the metric to rank: group, peer, own, among, the columns.

    Peers are open institutions of the same level and peer group, where these are fewer than the policy
    asks for those of the level; who has no value in the first column is none. Their names stay here; the
    frame is for a metric, never for a page.
    """
    metric, tree = view.catalogue()[name], view.scope.store.tree
    found = []
    for i, group in enumerate(view.groups(by)):
        if group.node is None or _is_closed(view, group.node):
            continue
        values = _of_level(view, metric, tree.levels[group.node], columns, period)
        told = pl.col(columns[0]).is_not_null()
        peers = pl.col("peer_group").eq_missing(pl.lit(tree.groups[group.node]))
        known, among = values.filter(peers & told), "group"
        if known.height < view.scope.store.policy.peers_least:
            known, among = values.filter(told), "level"
        found.append(
            known.select(
                group=pl.lit(i, dtype=pl.Int64),
                peer="node",
                own=pl.col("node") == group.node,
                among=pl.lit(among),
                **{column: pl.col(column).cast(pl.Float64) for column in columns},
            )
        )
    schema = {"group": pl.Int64, "peer": pl.Int64, "own": pl.Boolean, "among": pl.String}
    return pl.concat(found) if found else pl.DataFrame(schema=schema | dict.fromkeys(columns, pl.Float64))


def _place_months(view: Look, by: str | None, name: str, column: str, months: int) -> pl.DataFrame:
    """The column of every open institution of the groups' levels over the last months: peer, month, value."""
    metric, tree = view.catalogue()[name], view.scope.store.tree
    levels = {tree.levels[group.node] for group in view.groups(by) if group.node is not None}
    schema = {"peer": pl.Int64, "month": pl.Date, "value": pl.Float64}
    found = [
        _months_of_level(view, metric, level, column, months) for level in sorted(levels - {tree.levels[0]})
    ]
    return pl.concat(found) if found else pl.DataFrame(schema=schema)


def _months_of_level(view: Look, metric: Metric, level: str, column: str, months: int) -> pl.DataFrame:
    whole = view.within(view.scope.compared_at(0))
    here, by = _at(whole, metric, view.period), f"level:{level}"
    filters = tuple(sorted(view.scope.filters.items()))

    def compute() -> pl.DataFrame:
        nodes = dict(enumerate(group.node for group in here.groups(by)))
        frame = _months(whole, by, metric.name, (column,), months)
        if frame.is_empty():
            return pl.DataFrame(schema={"peer": pl.Int64, "month": pl.Date, "value": pl.Float64})
        peer = pl.col("group").replace_strict(nodes, return_dtype=pl.Int64)
        return frame.select(peer=peer, month="month", value=pl.col(column).cast(pl.Float64)).drop_nulls()

    key = ("level months", metric.name, level, column, here.period, months, filters)
    return view.scope.store.answers.get(key, compute)


def _is_closed(view: Look, node: int) -> bool:
    """Whether an institution was closed at the date of the data."""
    return view.scope.store.tree.closed[node] is not None


def _of_level(
    view: Look, metric: Metric, level: str, columns: tuple[str, ...], period: Period
) -> pl.DataFrame:
    """The columns of every open institution of a level of the whole bank; the same for every reader."""
    tree = view.scope.store.tree
    whole = view.within(view.scope.compared_at(0))
    here, by = _at(whole, metric, period), f"level:{level}"
    filters = tuple(sorted(view.scope.filters.items()))

    def compute() -> pl.DataFrame:
        if tree.levels[0] == level:
            return pl.DataFrame(
                schema={"node": pl.Int64, "peer_group": pl.String} | dict.fromkeys(columns, pl.Float64)
            )
        _, frame = here.by_group(metric, by, columns, {})
        nodes = [group.node for group in here.groups(by)]
        flow = metric.measure(columns[0]).flow
        unknown = {column for column in columns if column not in frame.columns}
        unknown |= set() if _reaches(here, metric, flow=flow) else {columns[0]}
        frame = frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in sorted(unknown))
        frame = frame.with_columns(
            node=pl.col("group").replace_strict(dict(enumerate(nodes)), return_dtype=pl.Int64)
        )
        frame = frame.filter(pl.col("node").is_not_null())
        closed = pl.Series([_is_closed(view, node) for node in frame["node"]], dtype=pl.Boolean)
        groups = pl.Series([tree.groups[node] for node in frame["node"]], dtype=pl.String)
        return frame.select("node", *columns, peer_group=groups).filter(~closed)

    key = ("level", metric.name, level, columns, here.period, filters)
    return view.scope.store.answers.get(key, compute)
