"""Rows of a mart for the groups of a breakdown.

Stored totals where a whole subtree is meant, own rows elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from data_access.errors import CallError
from data_access.subject import Mart, Only, Span
from data_access.tree import PART, Ranges, Tree, intersect, merge_ranges
from data_access.view.grants import Grant
from data_access.view.store import Store

_WIDE = pl.col(pl.Int32).cast(pl.Int64)
MANY = 50  # ranges beyond which nodes are looked up
OWN, BETWEEN, REST = "own", "between", "rest"


@dataclass(frozen=True)
class Piece:
    """Rows that are read together: ranges of nodes, of all parts or of one."""

    ranges: Ranges
    node: int | None = None  # of a subtree that is meant whole: it may have stored totals
    part: int | None = None  # own: 0, between: 1


@dataclass(frozen=True)
class Group:
    """One row of a breakdown: an institution's subtree, or own, between, rest."""

    name: str  # institution id, or own, between, rest
    pieces: tuple[Piece, ...]
    node: int | None = None  # of an institution that is shown whole: nothing hidden, nothing excluded
    of: int = -1  # of institutions that are worked out together: the one that is broken down


def is_institutional(by: str) -> bool:
    return by == "children" or by.startswith("level:")


def groups_of(
    store: Store, grant: Grant, node: int, by: str | None, without: tuple[int, ...] = ()
) -> list[Group]:
    """The institutions that a breakdown has a row for, with what each may show of itself. Below one that is
    granted in part those are the highest that are granted whole.

    `without` are nodes left out with all below them. Transfers between the institutions that remain are
    then counted at both ends: the correction at their common ancestor does not say who moved where.
    """
    tree = store.tree
    out = tuple(at for at in without if node <= at <= tree.last[node] or _holds(tree, (at,), node))
    if by == "children":
        groups = [_whole(store, grant, child, out) for child in grant.below(tree, node)]
        if grant.covers(node) and not _holds(tree, out, node):
            here: Ranges = ((node, node),)
            groups.append(Group(OWN, (Piece(here, part=0),)))
            groups += [] if out else [Group(BETWEEN, (Piece(here, part=1),))]
        return [group for group in groups if group.pieces]
    if by and by.startswith("level:"):
        found = grant.at_level(tree, node, by.removeprefix("level:"))
        groups = [_whole(store, grant, at, out) for at in found]
        covered = merge_ranges(tree.subtree(at) for at in found)
        left = [(_minus(piece.ranges, covered), piece.part) for piece in _pieces(store, grant, node, out)]
        rest = Group(REST, tuple(Piece(ranges, part=part) for ranges, part in left if ranges))
        return [group for group in [*groups, rest] if group.pieces]
    return [_whole(store, grant, node, out)]


def _holds(tree: Tree, nodes: tuple[int, ...], node: int) -> bool:
    """Whether a node is one of the nodes or lies below one."""
    return any(at <= node <= tree.last[at] for at in nodes)


def _whole(store: Store, grant: Grant, node: int, out: tuple[int, ...]) -> Group:
    """A subtree as far as it is granted and not excluded; only a whole one may use stored totals."""
    pieces = tuple(_pieces(store, grant, node, out))
    is_whole = len(pieces) == 1 and pieces[0].node == node
    return Group(store.tree.ids[node], pieces, node if is_whole else None)


def _pieces(store: Store, grant: Grant, node: int, out: tuple[int, ...]) -> Iterator[Piece]:
    """A subtree without the excluded ones: the whole subtrees beside them, and what is booked above them."""
    first, last = store.tree.subtree(node)
    if any(at <= node <= store.tree.last[at] for at in out):
        return  # left out itself, or below one that is
    inside = tuple(at for at in out if first <= at <= last)
    if not inside:
        allowed = intersect(grant.ranges, ((first, last),))
        if allowed:
            yield Piece(allowed, node if allowed == ((first, last),) else None)
        return
    if grant.covers(node):
        yield Piece(((node, node),), part=0)
    for child in store.tree.children(node):
        yield from _pieces(store, grant, child, inside)


def read_rows(
    store: Store, mart: Mart, groups: list[Group], span: Span, codes: Mapping[str, int], only: Only
) -> pl.DataFrame:
    """The rows of the groups in a span of days with these codes, each with the number of its `group`.

    `only`: of other keys the values that are wanted; the file's other rows never become a frame.
    """
    when = pl.lit(True)
    if isinstance(span, frozenset):
        when &= pl.col(mart.time).is_in(sorted(span))
    else:
        first, last = span
        when &= pl.lit(True) if first is None else pl.col(mart.time) >= first
        when &= pl.lit(True) if last is None else pl.col(mart.time) <= last
    for name, code in codes.items():
        when &= pl.col(name) == code
    for name, values in only.items():
        when &= pl.col(name).is_in(values)
    pieces = [(i, piece) for i, group in enumerate(groups) for piece in group.pieces]
    stored = {piece.node: i for i, piece in pieces if piece.node in store.rolled}
    booked = [
        (first, last, piece.part, i)
        for i, piece in pieces
        if piece.node not in store.rolled
        for first, last in piece.ranges
    ]
    frames = []
    if stored:
        found = store.rows("marts", f"{mart.name}.rollup.parquet")
        of = pl.col("node").replace_strict(stored, return_dtype=pl.Int64)
        wanted = found.filter(pl.col("node").is_in(list(stored)) & when).with_columns(_WIDE, group=of)
        frames.append(wanted.collect())
    if booked or not stored:
        frames.append(_read_own(store, mart, booked, when))
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")


def _read_own(
    store: Store, mart: Mart, wanted: list[tuple[int, int, int | None, int]], when: pl.Expr
) -> pl.DataFrame:
    """Rows booked in these ranges (first, last, part, group)."""
    within = in_ranges((first, last) for first, last, *_ in wanted)
    found = store.rows("marts", f"{mart.name}.own.parquet").filter(within & when)
    rows = found.with_columns(_WIDE).collect()
    plain = sorted((first, i) for first, _, part, i in wanted if part is None)
    group = np.full(rows.height, -1, dtype=np.int64)
    nodes = rows["node"].to_numpy()
    if plain:
        starts = np.array([first for first, _ in plain])
        at = np.searchsorted(starts, nodes, side="right") - 1
        group = np.where(at >= 0, np.array([i for _, i in plain])[at], -1)
    by_part = [(first, part, i) for first, _, part, i in wanted if part is not None]
    for first in {first for first, *_ in by_part}:
        group = np.where(nodes == first, -1, group)  # a node of its own, not of the range before it
    for first, part, i in by_part:
        group = np.where((nodes == first) & (rows[PART].to_numpy() == part), i, group)
    rows = rows.hstack([pl.Series("group", group, dtype=pl.Int64)])
    return rows.filter(pl.col("group") >= 0) if (group < 0).any() else rows


def in_ranges(ranges: Iterable[tuple[int, int]]) -> pl.Expr:
    """Whether a row's node lies in one of the ranges."""
    merged, node = merge_ranges(ranges), pl.col("node")
    if len(merged) > MANY:  # one comparison each would cost more than the rows
        nodes = np.concatenate([np.arange(first, last + 1) for first, last in merged])
        return node.is_between(merged[0][0], merged[-1][1]) & node.is_in(pl.Series(nodes).implode())
    within = pl.lit(False)
    for first, last in merged:
        within |= node.is_between(first, last)
    return within


def filter_code(store: Store, name: str, value: str, column: str | None = None) -> int:
    """The code of a filter's value; refuses what the bank does not have. `column`: of one of its own tags."""
    values = store.codes.get(column or name, [])
    if value not in values:
        raise CallError(
            "{name} = “{value}” does not exist. Known: {known}.",
            name=name,
            value=value,
            known=", ".join(values),
        )
    return values.index(value)


def without_idle(named: pl.DataFrame) -> pl.DataFrame:
    """Rows by institution; own, between and rest only where something is booked there."""
    special = pl.col("institution").is_in([OWN, BETWEEN, REST])
    told = [pl.col(name).fill_null(0) != 0 for name in named.columns if named.schema[name].is_numeric()]
    told += [pl.col("hidden").is_not_null()] if "hidden" in named.columns else []
    filled = pl.any_horizontal(told).any().over("institution")
    return named.filter(~special | filled)


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


def span_of(windows: list[Span]) -> Span:
    """One span for several periods: all their days, or from the first to the last."""
    days = [window for window in windows if isinstance(window, frozenset)]
    if days:
        return frozenset().union(*days)
    firsts, lasts = zip(*(window for window in windows if not isinstance(window, frozenset)), strict=True)
    return (None if None in firsts else min(firsts), None if None in lasts else max(lasts))
