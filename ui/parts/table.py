"""A table that reads like a page of a report and opens what is clicked: a small component of our own.

`st.dataframe` has no total row, no whole-row click without check boxes and no word per cell. Texts arrive
translated and formatted and are only ever set as text; values serve sorting and bar lengths alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.base.components import component, filled
from ui.base.words import own, t
from ui.parts.cards import RED_UP
from ui.parts.model import Cell, Column, Row, Table, on_one_line
from ui.parts.quiet import drawn, nothing

NO_CELL = Cell()
DRAWN = "tables_drawn"  # in the session: the tables of this run, for who takes them along
_mount = component("table", '<div class="root"></div>')


def table(
    found: Table,
    *,
    key: str,
    caption: str,
    colours: dict[str, str] = RED_UP,
    sort: tuple[str, bool] | None = None,
    more: str | None = None,
    first: int = 20,
    rest: str | None = None,
    language: str = "zh",
    fixed: bool = False,
    on_select: Callable[[str], None] | None = None,
    on_open: Callable[[str, str], None] | None = None,
    opens: Sequence[str] = (),
    stays: bool = False,
) -> None:
    """Draw a table; the reader sorts by clicking a heading.

    Child rows are sorted, the others close the table in the order own, between, total. `sort` is a column
    and whether it falls (True: largest first). `more` is the button under the `first` child rows, such as
    "全部 {n} 行"; without it all rows are shown. `rest` names the row in which those not shown are summed,
    such as "其余 {n} 家", where there is a total. `on_select` is called with a row's id before the next run,
    so it may set `st.query_params` and `st.session_state`; `on_open` likewise with the row's id and the
    column of a single cell of those that it `opens`; `stays`: what a row opens is on this page, which is not
    scrolled back to its top. `fixed` rows keep their order; a row of the role
    `line` heads those after it. A table of numbers all of which are zero or not known is not drawn.
    """
    if is_empty(found):
        nothing(t("Every number is zero."))
        return
    drawn()
    st.session_state.setdefault(DRAWN, []).append(replace(on_one_line(found), title=caption))
    if rest is None and any(row.role == "total" for row in found.rows):
        rest = t("Other {n}", n="{n}")
    children = sum(row.role == "child" for row in found.rows)
    data = {
        "columns": [_column(column, opens=column.key in opens) for column in found.columns],
        "rows": [_row(row, found.columns) for row in found.rows],
        "caption": caption,
        "colours": colours,
        "sort": sort,
        "more": more.format(n=children) if more else None,
        "first": first,
        "rest": rest,
        "language": language,
        "fixed": fixed,
        "selectable": on_select is not None,
        "stays": stays,
    }
    if on_select is None:
        _mount(key=key, data=data)
        return
    ids = {row.id for row in found.rows if row.id is not None}

    def selected() -> None:
        chosen = st.session_state[key].get("selected")
        if chosen in ids:  # the browser may only choose what it was shown
            on_select(chosen)

    def opened() -> None:
        row, column = st.session_state[key].get("opened") or ("", "")
        if on_open is not None and row in ids and column in opens:
            on_open(row, column)

    called = {"on_opened_change": opened} if on_open is not None else {}
    _mount(key=key, data=data, on_selected_change=selected, **called)


def is_empty(found: Table) -> bool:
    """Whether a table of numbers holds none but zeros; one that tells something in words too is not empty."""
    told = [column for column in found.columns if column.kind not in ("name", "status")]
    if not any(column.is_number for column in told):
        return False
    for row in found.rows:
        cells = {column.key: row.cells.get(column.key, Cell()) for column in told}
        for column in told:
            cell = cells[column.key]
            if cell.value or (cell.text and not column.is_number):
                return False
    return True


def _column(column: Column, *, opens: bool) -> dict[str, Any]:
    """A heading as the browser reads it."""
    told = {
        "key": column.key,
        "label": column.label,
        "unit": column.unit,
        "kind": column.kind,
        "phone": column.phone,
        "opens": opens,
        "definition": column.definition,
        "sum": column.adds_up and {"divisor": column.adds_up.divisor, "decimals": column.adds_up.decimals},
    }
    return filled(told)


def _row(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """A row, its cells in the order of the columns: with the names of all in each they were twice as long."""
    cells = [_cell(row.cells.get(column.key, NO_CELL)) for column in columns]
    return filled({"id": row.id, "role": row.role, "cells": cells})


def _cell(cell: Cell) -> list[Any]:
    """Text, value, and what few cells have beside them."""
    more = {"title": cell.title, "direction": cell.direction or None, "spark": list(cell.spark)}
    more = filled(more | {"key": cell.key, "mark": cell.mark, "note": cell.note})
    if more:
        return [own(cell.text), cell.value, more]
    if cell.value is not None:
        return [own(cell.text), cell.value]
    return [own(cell.text)] if cell.text else []
