"""What needs attention: alerts against the own past, and open tasks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from data_access.notes.notes import Kind, Subject
from data_access.subject import Measure
from data_access.view.rows import BETWEEN
from data_access.view.view import View
from metrics.alerts import FALSE_SHARE
from ui.base.formats import MONEY, plain, scale_in
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, WORDS
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table, Verdict, verdict_word
from ui.parts.parents import above
from ui.parts.quiet import absent, heading, nothing
from ui.parts.table import table
from ui.review.note_menu import note_menu
from ui.review.notes import Notes, about_text, alert_subject

MOST = 8
FALSE = round(FALSE_SHARE * 100)
VERDICTS = {"good": Verdict.BETTER, "bad": Verdict.WORSE, "": Verdict.NONE}
ORDER = (Verdict.WORSE, Verdict.NONE, Verdict.BETTER)


@dataclass(frozen=True)
class Standing:
    """A figure that stands out: how it is judged, its row, what a note on it is of."""

    verdict: Verdict
    row: Row
    subject: Subject | None = None


def alerts(view: View, *, key: str, notes: Notes | None = None) -> None:
    """Figures beyond their usual scatter, of the institution and those below; a row leads there. A note
    stands beside its figure."""
    notes = notes or Notes({}, date.today())
    has_below = bool(view.store.tree.children(view.node))
    note = t("beyond the usual scatter of the last 12 months")
    among = t("of those below, together, at most {share} % by chance", share=FALSE)
    heading(t("Alerts"), t("; ").join([note, among]) if has_below else note)
    below = _rows(view, "children", notes) if has_below else []
    rows = sorted([*_rows(view, None, notes), *below], key=lambda one: ORDER.index(one.verdict))
    if not rows:
        nothing(t("Nothing lies beyond its usual scatter."))
        return
    _first_below(below, key=key)
    heads = [
        Column(NAME, t("Institution"), kind="name", phone=True),
        Column("figure", t("Figure"), kind="text", phone=True),
        Column("value", t("Last month"), phone=True),
        Column("usual", t("Usual")),
        Column("word", t("Verdict"), kind="text"),
    ]
    if notes.has(Kind.alert):
        heads.append(Column("note", t("Note"), kind="status", phone=True))
    table(
        Table(heads, [one.row for one in rows[:MOST]]),
        key=key,
        caption=t("Alerts"),
        colours=colours(view),
        language=language(),
        on_select=lambda chosen: go(at=chosen),
    )
    if len(rows) > MOST:
        st.caption(t("{n} more; open an institution below to see its own.", n=len(rows) - MOST))
    named = [one.subject for one in rows if one.subject is not None]
    offered = {subject.id: (subject, about_text(view, subject)) for subject in named}
    note_menu(view, notes, lambda: offered, label=t("Write a note on an alert"), key=key)


def _first_below(below: list[Standing], *, key: str) -> None:
    """The institution below that stands out most, in a sentence that leads there."""
    named = sorted((one for one in below if one.row.id), key=lambda one: ORDER.index(one.verdict))
    if not named:
        return
    row = named[0].row
    cells = {column: cell.text for column, cell in row.cells.items()}
    said = t(
        "{name}: {figure} {value}, usually {usual}.",
        name=cells[NAME],
        figure=cells["figure"],
        value=cells["value"],
        usual=cells["usual"],
    )
    more = len({one.row.id for one in named}) - 1
    said += " " + t("{n} more institutions below stand out.", n=more) if more else ""
    st.button(plain(said), key=f"{key}_first", type="tertiary", on_click=go, kwargs={"at": row.id})


def _rows(view: View, by: str | None, notes: Notes) -> list[Standing]:
    found = []
    for row in view.metric("alerts.watch", by).to_dicts():
        if row.get("institution") == BETWEEN:  # what moves between them is nobody's figure
            continue
        name, _, column = row["metric"].rpartition(".")
        measure = view.catalogue()[name].measure(column)
        own = view.store.tree.ids[view.node]
        here = row.get("institution") or own
        shown = t(WORDS[here]) if here in WORDS else row.get("name") or view.name(own)
        text = [_text(view, measure, row[key]) for key in ("value", "low", "high")]
        verdict = VERDICTS[row["verdict"]]
        subject = alert_subject(view, row["metric"], here) if _is_whole(view, here) else None
        cells = {
            NAME: Cell(shown),
            "figure": Cell(t(measure.label)),
            "value": Cell(text[0], row["value"], direction=row["direction"]),
            "usual": Cell(f"{text[1]} – {text[2]}", row["baseline"]),
            "word": Cell(verdict_word(verdict)),
            "note": notes.cell(subject),
        }
        linked = None if here in WORDS or by is None else here
        found.append(Standing(verdict, Row(cells, id=linked), subject))
    return found


def _is_whole(view: View, institution: str) -> bool:
    """Whether a row is of one institution, all of which the reader may view."""
    node = view.store.tree.node_of.get(institution)
    return node is not None and view.scope.grant.covers(node)


def _text(view: View, measure: Measure, value: float) -> str:
    unit = view.store.minor_units if measure.unit == MONEY else 1
    return scale_in(view, measure, [value * unit]).with_unit(value * unit)


def tasks(view: View, *, key: str) -> None:
    """Open tasks of the institution and its children, overdue ones first."""
    found = view.tasks()
    if not view.store.has("annotations"):
        absent(t("Tasks are shown when annotations are delivered."))
        return
    heading(t("Open tasks"))
    if found.is_empty():
        nothing(t("No task is open here."))
        return
    heads = [
        Column("task", t("Task"), kind="name", phone=True),
        Column("place", t("Institution"), kind="text"),
        Column("owner", t("Responsible"), kind="text"),
        Column("due", t("Due"), kind="text", phone=True),
        Column("state", t("State"), kind="text", phone=True),
    ]
    rows = [_task(view, row) for row in found.with_columns(pl.col("owner").fill_null("")).to_dicts()]
    table(
        Table(heads, rows), key=key, caption=t("Open tasks"), language=language(), more=t("Show all {n} rows")
    )


def _task(view: View, row: dict[str, Any]) -> Row:
    late = row["days_late"]
    state = t("{n} days overdue", n=late) if late is not None and late > 0 else t("open")
    return Row(
        {
            "task": Cell(row["text"]),
            "place": Cell(view.name(view.store.tree.ids[row["node"]]), note=above(view, row["node"])),
            "owner": Cell(row["owner"]),
            "due": Cell(str(row["due_on"] or "")),
            "state": Cell(state),
        }
    )
