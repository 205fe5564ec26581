"""Rows of a mart for the groups of a breakdown.

Stored totals where a whole subtree is meant, own rows elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data_access.errors import CallError
from data_access.grants import Grant
from data_access.marts import PART
from data_access.store import Store
from data_access.subject import Mart
from data_access.tree import Ranges, intersect, merge_ranges

OWN, BETWEEN, REST = "own", "between", "rest"


@dataclass(frozen=True)
class Group:
    """One row of a breakdown: an institution's subtree, or own, between, rest."""

    name: str  # institution id, or own, between, rest
    ranges: Ranges
    node: int | None = None  # of an institution whose whole subtree is meant
    part: int | None = None  # own: 0, between: 1


def is_institutional(by: str) -> bool:
    return by == "children" or by.startswith("level:")


def groups_of(store: Store, grant: Grant, node: int, by: str | None) -> list[Group]:
    """The institutions that a breakdown has a row for, with what each may show of itself."""
    tree = store.tree
    if by == "children":
        groups = [_whole(store, grant, child) for child in tree.children(node)]
        if grant.covers(node):
            here: Ranges = ((node, node),)
            groups += [Group(OWN, here, part=0), Group(BETWEEN, here, part=1)]
        return [group for group in groups if group.ranges]
    if by and by.startswith("level:"):
        groups = [_whole(store, grant, at) for at in tree.at_level(node, by.removeprefix("level:"))]
        covered = merge_ranges(r for group in groups for r in group.ranges)
        scope = intersect(grant.ranges, (tree.subtree(node),))
        return [group for group in [*groups, Group(REST, _minus(scope, covered))] if group.ranges]
    return [_whole(store, grant, node)]


def _whole(store: Store, grant: Grant, node: int) -> Group:
    """A subtree as far as it is granted; only a whole one may use stored totals."""
    subtree: Ranges = (store.tree.subtree(node),)
    allowed = intersect(grant.ranges, subtree)
    return Group(store.tree.ids[node], allowed, node if allowed == subtree else None)


def read_rows(
    store: Store, mart: Mart, groups: list[Group], first: date | None, last: date | None,
    codes: Mapping[str, int],
) -> pl.DataFrame:  # fmt: skip
    """The rows of the groups between two days with these codes, each with the number of its `group`."""
    when = pl.lit(True)
    if first is not None:
        when &= pl.col(mart.time) >= first
    if last is not None:
        when &= pl.col(mart.time) <= last
    for name, code in codes.items():
        when &= pl.col(name) == code
    frames = [_read_rollup(store, mart, groups, when), _read_own(store, mart, groups, when)]
    rows = pl.concat([frame for frame in frames if frame is not None], how="diagonal_relaxed")
    return rows.with_columns(pl.col(pl.Int32).cast(pl.Int64))


def _read_rollup(store: Store, mart: Mart, groups: list[Group], when: pl.Expr) -> pl.DataFrame | None:
    nodes = {group.node: i for i, group in enumerate(groups) if group.node in store.rolled}
    if not nodes:
        return None
    file = store.file("marts", f"{mart.name}.rollup.parquet")
    rows = pl.scan_parquet(file).filter(pl.col("node").is_in(list(nodes)) & when).collect()
    return rows.with_columns(group=pl.col("node").replace_strict(nodes, return_dtype=pl.Int64))


def _read_own(store: Store, mart: Mart, groups: list[Group], when: pl.Expr) -> pl.DataFrame | None:
    wanted = [
        (first, last, group.part, i)
        for i, group in enumerate(groups)
        if group.node not in store.rolled
        for first, last in group.ranges
    ]
    if not wanted and any(group.node in store.rolled for group in groups):
        return None
    file = store.file("marts", f"{mart.name}.own.parquet")
    within = in_ranges((first, last) for first, last, *_ in wanted)
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


def in_ranges(ranges: Iterable[tuple[int, int]]) -> pl.Expr:
    """Whether a row's node lies in one of the ranges."""
    within = pl.lit(False)
    for first, last in merge_ranges(ranges):
        within |= pl.col("node").is_between(first, last)
    return within


def filter_code(store: Store, name: str, value: str) -> int:
    """The code of a filter's value; refuses what the bank does not have."""
    values = store.codes.get(name, [])
    if value not in values:
        raise CallError(
            "{name} = “{value}” does not exist. Known: {known}.",
            name=name,
            value=value,
            known=", ".join(values),
        )
    return values.index(value)


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


class Rows(Mapping[str, pl.DataFrame]):
    """Rows by mart, each read when a metric first asks for it."""

    def __init__(self, read: Mapping[str, Callable[[], pl.DataFrame]]) -> None:
        self._read = read

    def __getitem__(self, mart: str) -> pl.DataFrame:
        return self._read[mart]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)
