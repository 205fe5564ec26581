"""Notes beside the plan gaps and alerts that they are of: how far it is in hand, who has it, until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from data_access import periods
from data_access.errors import CockpitError
from data_access.notes.notes import Kind, Note, State, Subject
from data_access.subject import Measure, message
from data_access.view.notes import notes_here
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import plain
from ui.base.link import go
from ui.base.reader import VIEW_AS
from ui.base.snapshot import live
from ui.base.words import error_text, language, t
from ui.parts.child_rows import NAME
from ui.parts.folded import folded
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.parents import above
from ui.parts.plans import plans
from ui.parts.quiet import absent
from ui.parts.table import table

STATES = {
    State.open: message("not begun"),
    State.in_hand: message("in hand"),
    State.done: message("done"),
}
KINDS = {Kind.plan: message("Plan gap"), Kind.alert: message("Alert")}
SHOWN = 20  # rows of the list, until all are asked for


@dataclass(frozen=True)
class Notes:
    """The notes of a look by their subject; `is_beside`: its figures are those that notes are written on."""

    found: Mapping[str, Note]
    today: date
    is_beside: bool = True
    can_write: bool = False

    def of(self, subject: Subject | None) -> Note | None:
        """The note of a subject, where the figure that is shown is that of the note."""
        return self.found.get(subject.id) if subject is not None and self.is_beside else None

    def has(self, kind: Kind) -> bool:
        """Whether anything of the kind is to be marked here."""
        return self.is_beside and any(note.subject.kind is kind for note in self.found.values())

    def cell(self, subject: Subject | None) -> Cell:
        """A note in a table: its state with a mark, below it who has it and until when."""
        note = self.of(subject)
        return Cell() if note is None else note_cell(note, self.today)

    @property
    def open_ones(self) -> list[Note]:
        """What is not done, what is overdue first, then what is due soonest."""
        still = [note for note in self.found.values() if note.said.state is not State.done]
        return sorted(still, key=lambda note: (note.said.due_on or date.max, note.changed_at))


def read_notes(view: View) -> Notes:
    """The notes of this look by one query, for this reader alone; that they cannot be read is said."""
    today = live().register.today()
    is_beside = not (view.filters or view.scope.without or view.store.part)
    try:
        found = notes_here(view.scope, live().notes, last_month(view)[0])
        writable = live().notes.may_write
    except CockpitError as error:
        absent(error_text(error))
        return Notes({}, today, is_beside)
    if not writable:
        absent(t("Notes cannot be written: the folder of the snapshots is read-only."))
    newest = view.store.id == live().store().id
    can_write = writable and is_beside and newest and VIEW_AS not in st.session_state
    return Notes({one.subject.id: one for one in found}, today, is_beside, can_write)


def last_month(view: View) -> tuple[date, date]:
    """The first and last day of the last whole month, which alerts are of."""
    month = periods.last_months(view.period, 1)[0]
    return month.first, month.last


def alert_subject(view: View, metric: str, institution: str) -> Subject:
    return Subject(Kind.alert, metric, institution, *last_month(view))


def plan_subjects(
    view: View, by: str | None, wanted: Sequence[str]
) -> dict[tuple[str, str], tuple[Subject, dict[str, Any]]]:
    """The plans of these measures, of the institution or of each below: what a note is written on, and the
    plan's row, by institution and measure."""
    own = view.store.tree.ids[view.node]
    rows: dict[str, list[dict[str, Any]]] = {}
    for each in plans(view, by):
        rows.setdefault(each.get("institution") or own, []).append(each)
    found = {}
    for institution in (one for one in rows if one in view.store.tree.node_of):
        for full in wanted:
            row = shown(rows[institution], full)
            if row is not None:
                window = row["period_start"], row["period_end"]
                found[institution, full] = Subject(Kind.plan, full, institution, *window), row
    return found


def of_cards(view: View, notes: Notes, wanted: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What stands on a card whose plan has a note."""
    if not notes.has(Kind.plan):
        return {}
    planned = plan_subjects(view, None, [".".join(pair) for pair in wanted])
    told = {full: notes.of(subject) for (_, full), (subject, _) in planned.items()}
    return {full: t("Note: {said}", said=in_words(note, notes.today)) for full, note in told.items() if note}


def beside_plans(view: View, notes: Notes, found: Table) -> Table:
    """The table of who is behind, in each cell whose plan has a note its state."""
    if not notes.has(Kind.plan):
        return found
    planned = plan_subjects(view, view.rows, [column.key for column in found.columns[1:]])
    subjects = {place: subject for place, (subject, _) in planned.items()}

    def told(row: Row) -> Row:
        cells = dict(row.cells)
        for key, cell in row.cells.items():
            if (note := notes.of(subjects.get((row.id or "", key)))) is not None:
                said = t("note: {state}", state=state_word(note, notes.today))
                title = "\n".join(filter(None, [cell.title, in_words(note, notes.today), note.said.note]))
                cells[key] = replace(cell, note=" · ".join(filter(None, [cell.note, said])), title=title)
        return replace(row, cells=cells)

    return replace(found, rows=[told(row) for row in found.rows])


def state_word(note: Note, today: date) -> str:
    """How far it is; that it is overdue comes before all else."""
    return t("overdue") if note.is_overdue(today) else t(STATES[note.said.state])


def note_cell(note: Note, today: date) -> Cell:
    mark = "bad" if note.is_overdue(today) else "good" if note.said.state is State.done else ""
    below = [note.said.owner, t("due {day}", day=note.said.due_on) if note.said.due_on else ""]
    return Cell(
        state_word(note, today), mark=mark, note=" · ".join(filter(None, below)), title=note.said.note
    )


def in_words(note: Note, today: date) -> str:
    """State, who has it and until when, in a line."""
    due = t("due {day}", day=note.said.due_on) if note.said.due_on else ""
    state = t(STATES[note.said.state])
    late = t("overdue") if note.is_overdue(today) else ""
    return " · ".join(filter(None, [state, note.said.owner, due, late]))


def measure_of(view: View, full: str) -> Measure | None:
    """The measure that a note is on; None where this version of the cockpit has none of that name."""
    name, _, column = full.rpartition(".")
    metric = view.catalogue().get(name)
    return next((one for one in metric.columns if one.name == column), None) if metric else None


def label_of(view: View, full: str) -> str:
    measure = measure_of(view, full)
    return t(measure.label) if measure is not None else full


def notes_list(view: View, notes: Notes, *, key: str) -> None:
    """What is not done here and below, folded; nothing where there is none. A row opens the institution."""
    still = notes.open_ones
    if not still:
        return
    late = sum(note.is_overdue(notes.today) for note in still)
    title = t("Notes: {n} not done, {late} overdue", n=len(still), late=late) if late else ""
    title = title or t("Notes: {n} not done", n=len(still))
    heads = [
        Column(NAME, t("Institution"), kind="name", phone=True),
        Column("about", t("About"), kind="text", phone=True),
        Column("state", t("State"), kind="status", phone=True),
        Column("note", t("Note"), kind="text"),
        Column("who", t("Last changed"), kind="text"),
    ]
    with folded(title, key=key):
        table(
            Table(heads, [_row(view, note, notes.today) for note in still]),
            key=key,
            caption=t("Notes"),
            language=language(),
            first=SHOWN,
            more=t("Show all {n} rows"),
            on_select=lambda chosen: go(at=chosen),
        )


def _row(view: View, note: Note, today: date) -> Row:
    about = note.subject
    window = t("{first} to {last}", first=about.first_day, last=about.last_day)
    place = view.store.tree.node_of[about.institution]
    own = place == view.node
    cells = {
        NAME: Cell(view.name(about.institution), note=above(view, place)),
        "about": Cell(
            t("{kind}: {figure}", kind=t(KINDS[about.kind]), figure=label_of(view, about.metric)), note=window
        ),
        "state": note_cell(note, today),
        "note": Cell(note.said.note),
        "who": Cell(note.author, note=at_the_bank(note)),
    }
    return Row(cells, id=None if own else about.institution)


def at_the_bank(note: Note) -> str:
    """When a note was changed, by the bank's clock."""
    return f"{_local(note.changed_at):%Y-%m-%d %H:%M}"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(live().config.timezone))


def said_of(view: View, found: Sequence[Note], today: date) -> tuple[str, ...]:
    """Open notes of one institution as lines of a text, overdue ones first."""
    still = Notes({one.subject.id: one for one in found}, today).open_ones
    return tuple(
        t(
            "{figure}: {said}",
            figure=label_of(view, note.subject.metric),
            said=plain_line(" · ".join(filter(None, [in_words(note, today), note.said.note]))),
        )
        for note in still
    )


def plain_line(said: str) -> str:
    return " ".join(said.split())


def about_text(view: View, subject: Subject, word: str = "") -> str:
    """What a note is on, in the list of the menu that writes one."""
    name, figure = view.name(subject.institution), label_of(view, subject.metric)
    return " · ".join(filter(None, [name, figure, word]))


def as_markdown(said: str) -> str:
    return plain(plain_line(said))
