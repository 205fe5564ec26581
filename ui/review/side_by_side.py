"""The institutions below in one picture: how each went in a year, and where each stands at two dates."""

from collections.abc import Sequence

import streamlit as st

from charts import multiples, slope
from data_access.view.view import View
from ui.base.formats import scale_in
from ui.base.words import t
from ui.parts.child_rows import LEAD, NAME, SPARK
from ui.parts.children import Children, children
from ui.parts.contents import Wanted
from ui.parts.figure import figure
from ui.parts.model import Row
from ui.parts.quiet import heading

MOST, FEWEST = 12, 2  # institutions that a picture has room for, and that make one


def course_figure(view: View, below: Wanted, *, key: str) -> None:
    """Twelve months of the leading measure of each, the first known month 100, on one scale; those that fell
    most first. The table of institutions has the same months."""
    if (found := _below(view, below)) is None:
        return
    lines = [
        (row.cells[NAME].text, indexed(row.cells[SPARK].spark)) for row in _rows(found) if SPARK in row.cells
    ]
    known = [(name, values) for name, values in lines if sum(value is not None for value in values) > 1]
    if len(known) < FEWEST:
        return
    shown = sorted(known, key=lambda line: [value for value in line[1] if value is not None][-1])[:MOST]
    label = t(found.lead[1].label)
    alt = t(
        "{measure} over twelve months, each institution in a field of its own on one scale", measure=label
    )
    with st.container(key="wide_only_courses"):  # a phone has no room for three names beside each other
        heading(
            t("{measure} of the institutions below", measure=label),
            t("12 months, first month = 100, weakest first"),
        )
        figure(multiples.multiples(shown, base=100, unit="", alt=alt), key=key)


def slope_figure(view: View, below: Wanted, *, key: str) -> None:
    """The leading measure of each at the comparison and now; of many the largest. The table of institutions
    has the amounts and their change."""
    if (found := _below(view, below)) is None:
        return
    head = found.table.columns[1]
    told = [
        (row.cells[NAME].text, now - change, now)
        for row in _rows(found)
        if (now := _number(row, head.key)) is not None and (change := _number(row, LEAD)) is not None
    ]
    if len(told) < FEWEST:
        return
    largest = sorted(told, key=lambda line: -line[2])[:MOST]
    scale = scale_in(view, found.lead[1], [now for *_, now in largest])
    shown = [(name, then / scale.divisor, now / scale.divisor) for name, then, now in largest]
    label = t(found.lead[1].label)
    title = t("{measure} at two dates", measure=label)
    heading(title, " · ".join([found.basis, scale.unit]))
    alt = t("{measure} of the institutions below at the comparison and now", measure=label)
    ends = t("then"), t("now")
    figure(slope.slope(shown, ends=ends, unit=scale.unit, decimals=scale.decimals, alt=alt), key=key)


def indexed(values: Sequence[float | None]) -> list[float | None]:
    """Values with the first known one as 100; nothing where that is not above zero.

    >>> indexed([None, 50.0, 60.0])
    [None, 100.0, 120.0]
    """
    first = next((value for value in values if value is not None), None)
    if first is None or first <= 0:
        return []
    return [None if value is None else 100 * value / first for value in values]


def _below(view: View, below: Wanted) -> Children | None:
    return children(view, below, view.rows) if view.store.tree.children(view.node) else None


def _rows(found: Children) -> list[Row]:
    return [row for row in found.table.rows if row.role == "child"]


def _number(row: Row, key: str) -> float | None:
    value = row.cells[key].value
    return value if isinstance(value, int | float) else None
