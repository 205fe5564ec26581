"""The institution tree, numbered in preorder: every subtree is one contiguous range of nodes.

`node` numbers belong to one version of the tree; `institution_no` is assigned once and kept from
snapshot to snapshot. "As now": an institution that was merged hangs below the one that took it over.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from data_access.errors import DataError
from data_access.spelling import spelling

PART = "part"  # 1: a correction at the lowest common ancestor of a move; 0: booked
Ranges = tuple[tuple[int, int], ...]  # sorted, disjoint, both ends included


@dataclass(frozen=True)
class Tree:
    """One version of the tree; every sequence is indexed by node."""

    ids: Sequence[str]
    names: Sequence[str]
    names_en: Sequence[str]
    levels: Sequence[str]
    groups: Sequence[str | None]
    numbers: Sequence[int]  # institution_no
    parent: Sequence[int]  # -1 at the root
    last: Sequence[int]  # last node of the subtree
    closed: Sequence[date | None]
    merged: Sequence[bool]  # closed and taken over by the one above
    node_of: dict[str, int]

    def __len__(self) -> int:
        return len(self.ids)

    def subtree(self, node: int) -> tuple[int, int]:
        """First and last node of the institution and everything below it."""
        return node, self.last[node]

    def children(self, node: int) -> list[int]:
        """The institutions directly below, in preorder."""
        found, child = [], node + 1
        while child <= self.last[node]:
            found.append(child)
            child = self.last[child] + 1
        return found

    def path(self, node: int) -> list[int]:
        """From the root down to the node itself."""
        path = [node]
        while self.parent[path[-1]] >= 0:
            path.append(self.parent[path[-1]])
        return path[::-1]

    def tops(self, ranges: Ranges) -> list[int]:
        """The institutions whose subtrees make up some ranges, the highest of each; in preorder."""
        found = []
        for first, last in ranges:
            node = first
            while node <= last:
                found.append(node)
                node = self.last[node] + 1
        return found

    def common_ancestor(self, a: int, b: int) -> int:
        """The lowest institution that holds both."""
        while not a <= b <= self.last[a]:
            a = self.parent[a]
        return a

    def at_level(self, node: int, level: str) -> list[int]:
        """Institutions of a level below (or at) a node, none inside another."""
        found, here = [], node
        while here <= self.last[node]:
            if self.levels[here] == level:
                found.append(here)
                here = self.last[here] + 1
            else:
                here += 1
        return found

    @cached_property
    def side_by_side(self) -> dict[str, list[int]]:
        """The institutions of each level in the order of the tree, without those below another of the level,
        as one is that was merged into it."""
        found: dict[str, list[int]] = {}
        for node, level in enumerate(self.levels):
            before = found.setdefault(level, [])
            if not before or node > self.last[before[-1]]:
                before.append(node)
        return found

    @cached_property
    def spelled(self) -> list[str]:
        """Each Chinese name in Latin letters, whole and by its initials, as it is typed in a search."""
        return [f"{spelling(name)}\n{spelling(name, initials=True)}" for name in self.names]

    def levels_below(self, node: int) -> list[str]:
        """Level keys that occur below a node, in the order in which they first occur."""
        return list(dict.fromkeys(self.levels[node + 1 : self.last[node] + 1]))

    def ancestors(self, above: int) -> pl.DataFrame:
        """(node, ancestor) for every ancestor with more than `above` institutions in its subtree."""
        pairs = [
            (node, ancestor)
            for ancestor in range(len(self))
            if self.last[ancestor] - ancestor + 1 > above
            for node in range(ancestor, self.last[ancestor] + 1)
        ]
        return pl.DataFrame(pairs, schema={"node": pl.Int64, "ancestor": pl.Int64}, orient="row")


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sorted and disjoint.

    >>> merge_ranges([(5, 9), (1, 2), (3, 3), (7, 8)])
    ((1, 3), (5, 9))
    """
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def intersect(a: Ranges, b: Ranges) -> Ranges:
    """What lies in both.

    >>> intersect(((0, 5), (9, 12)), ((4, 10),))
    ((4, 5), (9, 10))
    """
    return merge_ranges(
        (max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b if max(x[0], y[0]) <= min(x[1], y[1])
    )


def versions(institutions: pl.DataFrame) -> list[date | None]:
    """The days on which the tree changed, oldest first; [None] when it never did."""
    if "valid_from" not in institutions.columns:
        return [None]
    days = institutions["valid_from"].drop_nulls().unique().sort().to_list()
    return [None, *days] if institutions["valid_from"].null_count() else days or [None]


def build_tree(institutions: pl.DataFrame, on: date | None = None) -> Tree:
    """The tree as now, or the version that was in force `on` a day.

    Refuses by name: no root, several roots, unknown parents, cycles, an id twice.
    """
    rows = _version(institutions, on)
    ids: list[str] = rows["institution_id"].to_list()
    if not ids:
        raise DataError("institutions: there is no row. Deliver at least the head office.")
    index = {key: i for i, key in enumerate(ids)}
    if len(index) < len(ids):
        twice = next(key for key in ids if ids.count(key) > 1)
        raise DataError(
            "institutions: “{id}” stands there twice for the same days. Keep one row, "
            "or give each its valid_from and valid_to.",
            id=twice,
        )
    above = _parents(rows, index, as_now=on is None)
    order, last, parent = _number(ids, above)
    columns = {name: _column(rows, name, order) for name in ("name", "name_en", "level", "peer_group")}
    ordered = [ids[i] for i in order]
    names = [name or key for name, key in zip(columns["name"], ordered, strict=True)]
    numbers = rows["institution_no"].to_list() if "institution_no" in rows.columns else list(range(len(ids)))
    closed = rows["closed_on"].to_list() if "closed_on" in rows.columns else [None] * len(ids)
    taken = (
        [bool(into) for into in rows["merged_into"]] if "merged_into" in rows.columns else [False] * len(ids)
    )
    return Tree(
        ids=ordered,
        names=names,
        names_en=[en or name for en, name in zip(columns["name_en"], names, strict=True)],
        levels=[level or "" for level in columns["level"]],
        groups=columns["peer_group"],
        numbers=[numbers[i] for i in order],
        parent=parent,
        last=last,
        closed=[closed[i] for i in order],
        merged=[taken[i] for i in order],
        node_of={key: node for node, key in enumerate(ordered)},
    )


def _column(rows: pl.DataFrame, name: str, order: list[int]) -> list[str | None]:
    if name not in rows.columns:
        return [None] * len(order)
    values = rows[name].to_list()
    return [values[i] for i in order]


def _version(institutions: pl.DataFrame, on: date | None) -> pl.DataFrame:
    """The rows in force on a day; as now: each institution's latest row."""
    rows = institutions
    if on is not None:
        if "valid_from" in rows.columns:
            rows = rows.filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= on))
        if "valid_to" in rows.columns:
            rows = rows.filter(pl.col("valid_to").is_null() | (pl.col("valid_to") >= on))
    if "valid_from" in rows.columns:
        rows = rows.sort("valid_from", nulls_last=False, maintain_order=True)
        rows = rows.unique(["institution_id"], keep="last", maintain_order=True) if on is None else rows
    ids = rows["institution_id"].to_list()
    return rows[sorted(range(len(ids)), key=lambda row: _by_number(ids[row]))]


def _by_number(text: str) -> list[tuple[int, int, str]]:
    """The order of codes: their numbers as numbers, so that 9 comes before 10.

    >>> sorted(["B10", "B9", "10", "9", "A"], key=_by_number)
    ['9', '10', 'A', 'B9', 'B10']
    """
    parts = re.split(r"(\d+)", text)
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part]


def _parents(rows: pl.DataFrame, index: dict[str, int], *, as_now: bool) -> list[int]:
    """Each row's parent row, -1 for the root."""
    ids = rows["institution_id"].to_list()
    parents = rows["parent_id"].to_list() if "parent_id" in rows.columns else [None] * len(ids)
    into = rows["merged_into"].to_list() if "merged_into" in rows.columns else [None] * len(ids)
    above, roots = [], []
    for i, (key, parent, taker) in enumerate(zip(ids, parents, into, strict=True)):
        if as_now and taker:
            column, parent = "merged_into", taker
        else:
            column = "parent_id"
        if not parent:
            roots.append(key)
            above.append(-1)
        elif parent not in index:
            raise DataError(
                "institutions: row {row}, “{id}”: {column} “{parent}” is not in the table. "
                "Deliver that institution, or correct {column}.",
                row=_row(rows, i),
                id=key,
                column=column,
                parent=parent,
            )
        else:
            above.append(index[parent])
    if len(roots) > 1:
        raise DataError(
            "institutions: {n} institutions have no parent_id: {roots}. There is one head office; "
            "give the others their parent_id.",
            n=len(roots),
            roots=", ".join(f"“{key}”" for key in roots[:5]),
        )
    return above


def _row(rows: pl.DataFrame, i: int) -> int:
    return int(rows["_row"][i]) if "_row" in rows.columns else i + 1


def _number(ids: list[str], above: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Preorder: rows in the order of their nodes, last node of each subtree, parent node of each."""
    below: list[list[int]] = [[] for _ in ids]
    for i, parent in enumerate(above):
        if parent >= 0:
            below[parent].append(i)
    root = next((i for i, parent in enumerate(above) if parent < 0), None)
    order: list[int] = []
    last: list[int] = []
    parent_node: list[int] = []
    stack: list[tuple[int, int]] = [] if root is None else [(root, -1)]
    while stack:
        i, parent = stack.pop()
        node = len(order)
        order.append(i)
        parent_node.append(parent)
        stack += [(child, node) for child in reversed(below[i])]
    if len(order) < len(ids):
        raise DataError(
            "institutions: these hang in a circle and never reach the head office: {circle}. "
            "Correct parent_id (or merged_into) of one of them.",
            circle=" → ".join(_circle(ids, above, set(order))),
        )
    last = list(range(len(order)))
    for node in range(len(order) - 1, 0, -1):
        last[parent_node[node]] = max(last[parent_node[node]], last[node])
    return order, last, parent_node


def _circle(ids: list[str], above: list[int], reached: set[int]) -> list[str]:
    here = next(i for i in range(len(ids)) if i not in reached)
    seen: list[int] = []
    while here not in seen:
        seen.append(here)
        here = above[here]
    return [ids[i] for i in [*seen[seen.index(here) :], here]]
