"""Whose an institution or a manager is: the name of the one above, where a table has those of several."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from data_access.view.view import View
from ui.base.formats import grouped
from ui.base.words import t
from ui.parts.model import Row

MANAGER = "manager"
MOST = 50  # managers that are told one by one: a large bank has thousands
OTHERS = "others"  # the column that marks the row of all others


def above(view: View, node: int) -> str:
    """The name of the institution above, as far as it may be viewed and is not the one looked at."""
    tree = view.store.tree
    parent = tree.parent[node]
    told = parent >= 0 and view.node not in (node, parent) and view.scope.grant.covers(parent)
    return view.name(tree.ids[parent]) if told else ""


def with_parents(view: View, rows: Sequence[Row], name: str) -> list[Row]:
    """The rows of institutions, each with its parent's name under its own where not all have one parent."""
    tree = view.store.tree
    nodes = {row.id: tree.node_of[row.id] for row in rows if row.id in tree.node_of}
    if len({tree.parent[node] for node in nodes.values()}) < 2:
        return list(rows)

    def told(row: Row) -> Row:
        if row.id not in nodes:
            return row
        return replace(
            row, cells={**row.cells, name: replace(row.cells[name], note=above(view, nodes[row.id]))}
        )

    return [told(row) for row in rows]


def by_manager(view: View, name: str) -> pl.DataFrame:
    """A metric's rows by relationship manager, each with his number and, above the outlets, the name of the
    institution that he belongs to."""
    frame = view.metric(name, MANAGER)
    metric = view.catalogue()[name]
    numbers = view.once(
        "numbers of managers", name, lambda: view.by_group(metric, MANAGER, (), {})[0]["group"].to_list()
    )
    return frame.with_columns(
        pl.Series("number", numbers, dtype=pl.Int64),
        pl.Series("place", [place_of(view, number) for number in numbers], dtype=pl.String),
    )


def busiest(frame: pl.DataFrame, leads: str, *sums: str) -> pl.DataFrame:
    """At most so many managers, those with the most of what leads; all others are one row with their sums."""
    if frame.height <= MOST:
        return frame
    ordered = frame.sort(leads, descending=True, nulls_last=True, maintain_order=True)
    rest = ordered.slice(MOST)
    others = rest.select(
        pl.lit(t("{n} other managers", n=grouped(rest.height))).alias(MANAGER),
        pl.lit(True).alias(OTHERS),
        *[pl.col(name).sum() for name in (leads, *sums)],
        *[pl.lit(-1, dtype=pl.Int64).alias("number")] * ("number" in frame.columns),
    ).head(1)
    return pl.concat([ordered.head(MOST), others], how="diagonal_relaxed")


def place_of(view: View, manager: int | None) -> str:
    """Where a relationship manager belongs to, told above the outlets alone."""
    node = view.store.seats.get(manager) if manager is not None else None
    if node is None or node == view.node or not view.scope.grant.covers(node):
        return ""
    return view.name(view.store.tree.ids[node])
