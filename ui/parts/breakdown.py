"""Metrics as tables: institutions that add up, relationship managers, stages, lists of deals."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import streamlit as st

from data_access.subject import Measure, Metric
from data_access.view.view import View
from ui.base.formats import Scale, interval_said, table_scales
from ui.base.link import CHILDREN, go
from ui.base.words import language, t, word_of
from ui.parts.children import MANAGER, Children, children
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import absent, heading
from ui.parts.table import table
from ui.parts.verdicts import too_few

Notes = Callable[[dict[str, Any], str], str]  # row and column without a number → the word in its place
MANAGED = [("book.managers", column) for column in ("aum", "customers", "deposit", "loan")]


def children_table(view: View, wanted: Sequence[tuple[str, str]], *, key: str) -> None:
    """The institutions below, or all of the level chosen, with (metric, column) pairs that add up.

    An institution without children lists its relationship managers.
    """
    if not view.store.tree.children(view.node):
        manager_table(view, key=key)
        return
    by = view.rows
    found = children(view, wanted, by)
    if found is None:
        return
    level = view.store.policy.level(by.removeprefix("level:"))
    if by == CHILDREN:
        caption, rest = t("Institutions below"), t("Other {n} institutions", n="{n}")
    else:
        caption = t("all: {level}", level=word_of(level))
        rest = t("Other {n} ({level})", n="{n}", level=word_of(level))
    _draw(view, found, caption, rest, key=key, on_select=lambda chosen: go(at=chosen))
    if found.hidden:
        st.caption(t("{n} smaller institutions are one row together.", n=found.hidden))


def manager_table(view: View, *, key: str) -> None:
    """The relationship managers of an institution without children."""
    if not view.store.snapshot.has("marts", "managers.own.parquet"):
        absent(t("Relationship managers are shown when customers carry manager_id."))
        return
    found = children(view, MANAGED, MANAGER)
    if found is None or len(found.table.rows) < 2:
        absent(t("No customer is booked here at the end of the period."), t("Relationship managers"))
        return
    _draw(view, found, t("Relationship managers"), t("Other {n} managers", n="{n}"), key=key)


def _draw(
    view: View,
    found: Children,
    caption: str,
    rest: str,
    *,
    key: str,
    on_select: Callable[[str], None] | None = None,
) -> None:
    heading(caption, found.basis)
    table(
        found.table,
        key=key,
        caption=caption,
        colours=colours(view),
        language=language(),
        sort=(found.table.columns[1].key, True),
        more=t("Show all {n} rows"),
        rest=rest,
        on_select=on_select,
    )


def plain_rows(
    view: View,
    metric: Metric,
    frame: pl.DataFrame,
    label: tuple[str, str],
    columns: Sequence[str],
    *,
    names: dict[str, str] | None = None,
    notes: Notes = lambda _row, _column: "",
    together: Sequence[str] = (),
    titles: Notes = lambda _row, _column: "",
    middling: bool = False,
    phone: Sequence[str] = (),
    total: str = "",
) -> Table:
    """Any metric frame as a table in its own order: one label column and some of its measures.

    Columns that stand `together` have one unit. `middling`: the unit suits the middle row, not the largest.
    `titles` are told on hover, else the interval of a rate. `phone`: the columns that a phone has room for,
    else the first two. `total`: the label of the row that closes the table.
    """
    measures = [
        metric.measure(name)
        for name in columns
        if name in frame.columns and _any(frame, metric.measure(name))
    ]
    floor = view.store.policy.floor_cases
    shared = [value for name in together if name in frame.columns for value in frame[name].to_list()]
    values = {m.name: shared if m.name in together else frame[m.name].to_list() for m in measures}
    if middling:
        values = {name: middle(column) for name, column in values.items()}
    scales = table_scales(view, {m.name: m for m in measures}, values)
    field, title = label
    heads = [Column(field, title, kind="name", phone=True)]
    heads += [
        Column(
            m.name,
            t(m.label),
            unit=scales[m.name].unit,
            noun=m.unit,
            phone=m.name in phone if phone else number < 2,
            definition=t(m.definition) if m.definition else "",
        )
        for number, m in enumerate(measures)
    ]
    rows = [
        Row(
            {
                field: Cell((names or {}).get(row[field], row[field]), key=row[field]),
                **{m.name: _cell(row, m, scales[m.name], notes, titles, floor) for m in measures},
            },
            role="total" if total and row[field] == total else "child",
        )
        for row in frame.to_dicts()
    ]
    return Table(heads, rows)


def middle(values: Sequence[float | None]) -> list[float]:
    """The middle one of the values that are not zero, by size.

    >>> middle([900.0, 0, None, -3, 40])
    [40]
    """
    sizes = sorted(abs(value) for value in values if value)
    return sizes[len(sizes) // 2 : len(sizes) // 2 + 1]


def _any(frame: pl.DataFrame, measure: Measure) -> bool:
    return frame[measure.name].null_count() < frame.height


def _cell(
    row: dict[str, Any], measure: Measure, scale: Scale, notes: Notes, titles: Notes, floor: int
) -> Cell:
    value, cases = row[measure.name], sum(row.get(case) or 0 for case in measure.cases)
    if value is None:
        return Cell(notes(row, measure.name))
    if measure.cases and cases < floor:
        return Cell(too_few(cases))
    title = titles(row, measure.name)
    if not title and measure.part and row.get("low") is not None:
        title = interval_said(row, sum(row[case] for case in measure.cases))
    return Cell(scale.text(value), value, title=title)
