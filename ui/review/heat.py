"""Who is red: the institutions below by the leading measures, each against its plan, else its past.

A cell says what the institution's own card says; it opens the page of its measure there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.subject import Measure
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import MONEY, change_percent, change_share, plain, scale_in
from ui.base.link import go, go_to_page
from ui.base.words import language, t
from ui.parts.changes import basis, before, change, comparisons, with_parts
from ui.parts.child_rows import NAME
from ui.parts.children import children, shown_whole
from ui.parts.contents import Wanted
from ui.parts.key_items import delivered
from ui.parts.model import Cell, Change, Column, Number, Row, Table, mark_of, verdict_word
from ui.parts.parents import with_parents
from ui.parts.plans import plan_cell, plans
from ui.parts.quiet import heading
from ui.parts.table import table
from ui.parts.verdicts import history
from ui.review.notes import Notes, beside_plans
from ui.review.turned import turned

PAGES = {  # the leading measures, and the page that a cell opens
    ("balance.lines", "deposit"): "balances",
    ("balance.lines", "loan"): "balances",
    ("balance.lines", "fee_income"): "balances",
    ("book.summary", "aum_avg"): "value",
    ("book.summary", "customers"): "migration",
    ("funnel.outcomes", "won_amount"): "funnel",
}
MOST = 20  # institutions that a page shows; the table below has all
JUDGED = 300  # of more institutions nobody asks the months of each, and a change is told without a verdict
NAMED, ON_PHONE = 3, 2
RED = "bad"
Cells = dict[str, dict[str, Cell]]  # of a measure, of an institution


@dataclass(frozen=True)
class Heat:
    """The table, the sentence that names the worst, and how many institutions have no room in it."""

    table: Table
    said: str
    worst: str  # the measure that the sentence names, by which the rows are sorted
    left_out: int
    standing: Mapping[str, Cell]  # how every institution stands in it, where it is planned; else those shown


def heat(view: View, below: Wanted) -> Heat | None:
    """Worked out once for whoever tells of it; None where nothing is below or nothing is told of it."""
    return view.once("heat", tuple(below), lambda: _heat(view, below))


def heat_table(view: View, below: Wanted, *, key: str, notes: Notes | None = None) -> None:
    """Drawn worst first; a row opens the institution, a cell the page of its measure there. A note stands in
    the cell of its plan."""
    found = heat(view, below)
    if found is None:
        return
    heading(t("Who is behind, in what"))
    if said := " ".join(filter(None, [found.said, turned(view)])):
        st.markdown(plain(said))
    columns = [column.key for column in found.table.columns[1:]]
    urls = {f"{name}.{column}": url for (name, column), url in PAGES.items()}
    table(
        found.table if notes is None else beside_plans(view, notes, found.table),
        key=key,
        caption=t("Who is behind, in what"),
        language=language(),
        sort=(found.worst, False),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
        on_open=lambda chosen, column: go_to_page(urls[column], at=chosen),
        opens=columns,
    )
    if found.left_out:
        st.caption(t("{n} more institutions stand in the table below.", n=found.left_out))


def _heat(view: View, below: Wanted) -> Heat | None:
    if not view.store.tree.children(view.node):
        return None
    made = children(view, below, view.rows)
    names = {row.id: row.cells[NAME].text for row in made.table.rows if row.id} if made is not None else {}
    if not names:
        return None
    planned = _planned(view, names)
    first = _most_behind(planned)
    ids = sorted(names, key=lambda one: _worst(planned[first][one] if first else None))[:MOST]
    others = [pair for pair in PAGES if _full(pair) not in planned]
    cells = planned | _changes(view, ids, others, len(names) > JUDGED)
    order = [
        full for full in map(_full, PAGES) if any(cells.get(full, {}).get(one, Cell()).text for one in ids)
    ]
    if not order:
        return None
    cells = {full: {one: cells[full].get(one, Cell()) for one in ids} for full in order}
    red = {full: sum(cell.mark == RED for cell in cells[full].values()) for full in order}
    on_phone = sorted(order, key=lambda full: -red[full])[:ON_PHONE]
    heads = [Column(NAME, t("Institution"), "name", phone=True)]
    heads += [_head(view, full, full in planned, phone=full in on_phone) for full in order]
    rows = [
        Row({NAME: Cell(names[one]), **{full: cells[full][one] for full in order}}, id=one) for one in ids
    ]
    rows = with_parents(view, rows, NAME)
    worst = first or order[0]
    standing = planned[worst] if worst in planned else cells[worst]
    return Heat(Table(heads, rows), _said(view, names, planned), worst, len(names) - len(ids), standing)


def _most_behind(planned: Cells) -> str | None:
    """The measure in whose plan most institutions are behind."""
    return max(planned, key=lambda full: sum(one.mark == RED for one in planned[full].values()), default=None)


def _full(pair: tuple[str, str]) -> str:
    return ".".join(pair)


def _worst(cell: Cell | None) -> tuple[bool, float]:
    """The order of institutions by a plan: the farthest behind first, without one last."""
    value = cell.value if cell is not None else None
    return (False, value) if isinstance(value, int | float) else (True, 0.0)


def _planned(view: View, names: Mapping[str, str]) -> Cells:
    """The measures that a plan is set for here, and how each institution's own stands."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in plans(view, view.rows):
        rows.setdefault(row["institution"], []).append(row)
    whole, found = shown_whole(view, view.rows), {}
    for pair in PAGES:
        name, column = pair
        measure = view.catalogue()[name].measure(column)
        own = {one: shown(rows.get(one, []), _full(pair)) for one in names}
        if delivered(view, measure) and any(own.values()):
            none = {one: Cell(t("No plan set") if one in whole else "") for one in names}
            found[_full(pair)] = none | {one: plan_cell(row, measure) for one, row in own.items() if row}
    return found


def _changes(view: View, ids: Sequence[str], pairs: Sequence[tuple[str, str]], many: bool) -> Cells:
    """The other measures against the first comparison, judged as on the institution's own card."""
    found: Cells = {}
    for name in dict.fromkeys(name for name, _ in pairs):
        metric = view.catalogue()[name]
        columns = [c for n, c in pairs if n == name and delivered(view, metric.measure(c))]
        looks = comparisons(view.suited(metric))
        try:
            now = looks[0].metric(name, view.rows, columns=with_parts(metric, columns)) if columns else None
            past = [
                {flow: _each(before(one, metric, columns, flow=flow, by=view.rows)) for flow in (False, True)}
                for one in looks
            ]
        except NotDelivered:
            continue
        months = _each(history(looks[0], metric, [] if many else columns, looks, by=view.rows))
        here = _each(now)
        for column in columns:
            measure = metric.measure(column)
            first, *others = [each[measure.flow] for each in past]
            cells = {}
            for one in (one for one in ids if one in here and one in first):
                ends = [frame[one][column][0] for frame in (here, first, *others) if one in frame]
                scale = scale_in(view, measure, ends)
                known = months.get(one, pl.DataFrame())
                said = change(looks[0], measure, here[one], first[one], scale, known)
                if said.compared:
                    cells[one] = _of_change(said, measure, *ends[:2], floor=view.store.policy.floor_rank)
            found[f"{name}.{column}"] = cells
    return found


def _of_change(said: Change, measure: Measure, now: Number, then: Number, *, floor: int) -> Cell:
    """In percent, so that institutions of every size compare; how much it is, where one points at it."""
    text = change_percent(measure, now, then, floor=floor) if said.direction or said.verdict else ""
    if not text:
        text = t("from nothing") if measure.unit == MONEY and now and not then else said.text
    word = verdict_word(said.verdict)
    return Cell(
        text,
        change_share(measure, now, then),
        title=said.text,
        mark=mark_of(said.verdict),
        note=word,
    )


def _each(frame: pl.DataFrame | None) -> dict[str, pl.DataFrame]:
    """The rows of each institution."""
    if frame is None or "institution" not in frame.columns:
        return {}
    return {str(one): part for (one,), part in frame.partition_by("institution", as_dict=True).items()}


def _measure(view: View, full: str) -> Measure:
    name, _, column = full.rpartition(".")
    return view.catalogue()[name].measure(column)


def _head(view: View, full: str, planned: bool, *, phone: bool) -> Column:
    measure = _measure(view, full)
    unit = t("Plan completion") if planned else basis(view, measure)
    meaning = t(measure.definition) if measure.definition else ""
    return Column(full, t(measure.label), "status", unit, phone=phone, definition=meaning)


def _said(view: View, names: Mapping[str, str], planned: Cells) -> str:
    """The measure with most institutions behind, and the farthest behind in it; else that none is."""
    judged = {full: [one for one, cell in cells.items() if cell.mark] for full, cells in planned.items()}
    behind = {full: [one for one in judged[full] if planned[full][one].mark == RED] for full in planned}
    most = _most_behind(planned)
    if most is None or not any(judged.values()):
        return ""
    if not behind[most]:
        return t("None of the institutions below is behind its plans.")
    worst = sorted(behind[most], key=lambda one: _worst(planned[most][one]))[:NAMED]
    who = [
        t("{text} ({word})", text=names[one], word=planned[most][one].note or planned[most][one].text)
        for one in worst
    ]
    said = t(
        "{n} of {all} institutions are behind plan in {measure}: {who}.",
        n=len(behind[most]),
        all=len(judged[most]),
        measure=t(_measure(view, most).label),
        who=t(", ").join(who) + (t(" and others") if len(behind[most]) > len(worst) else ""),
    )
    others = [
        t("{measure} {n} of {all}", measure=t(_measure(view, full).label), n=len(ones), all=len(judged[full]))
        for full, ones in behind.items()
        if ones and full != most
    ]
    return " ".join([said, t("Also behind: {measures}.", measures=t(", ").join(others))]) if others else said
