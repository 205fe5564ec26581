"""A list of customers or cases counted by the institutions below, above the outlets that work it off."""

import bisect
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from data_access.view.rows import OWN, REST
from data_access.view.view import View
from ui.base.formats import Scale, one_money_scale
from ui.base.link import CHILDREN, go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, WORDS
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.parents import with_parents
from ui.parts.table import table

Counted = tuple[Column, pl.Expr, Callable[[Any], str]]  # heading, what is told of rows, and its text


def by_institution(
    view: View, frame: pl.DataFrame, columns: Sequence[Counted], *, caption: str, key: str
) -> None:
    """A row per institution below, one of what is booked at the institution itself, and all; sorted by the
    first column."""
    tree, grant = view.store.tree, view.scope.grant
    below = (
        grant.below(tree, view.node)
        if view.rows == CHILDREN
        else grant.at_level(tree, view.node, view.rows.removeprefix("level:"))
    )
    owner = pl.Series([_holder(tree.last, below, node) for node in frame["node"]], dtype=pl.Int64)
    told = {head.key: expr for head, expr, _ in columns}
    counted = frame.with_columns(owner=owner).group_by("owner", maintain_order=True).agg(**told)
    heads = [
        Column(NAME, t("Institution"), kind="name", phone=True),
        *(head for head, _, _ in columns),
    ]

    def row(role: str, name: str, found: dict[str, Any], at: str | None = None) -> Row:
        cells = {head.key: Cell(text(found[head.key]), found[head.key]) for head, _, text in columns}
        return Row({NAME: Cell(name), **cells}, role=role, id=at)

    elsewhere = t(WORDS[OWN if view.rows == CHILDREN else REST])
    rows = [
        row("own", elsewhere, found)
        if found["owner"] < 0
        else row("child", view.name(tree.ids[found["owner"]]), found, tree.ids[found["owner"]])
        for found in counted.to_dicts()
    ]
    rows = with_parents(view, rows, NAME)
    rows.append(row("total", t("Total"), frame.select(**told).row(0, named=True)))
    table(
        Table(heads, rows),
        key=key,
        caption=caption,
        colours=colours(view),
        sort=(columns[0][0].key, True),
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )


def scale_of(view: View, frame: pl.DataFrame, *columns: str) -> Scale:
    """One scale for a list's money: of the institution with the most, so that small ones are no zeros."""
    sums = frame.group_by("node").agg(pl.col(*columns).sum())
    return one_money_scale(view, [sums[column].to_list() for column in columns])


def _holder(last: Any, below: list[int], node: int) -> int:
    """Which of the institutions holds a node; -1: none."""
    place = bisect.bisect_right(below, node) - 1
    return below[place] if place >= 0 and node <= last[below[place]] else -1
