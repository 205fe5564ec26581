"""What a page shows, as plain values: key figures and tables, one for screen, finding, text, slides and
workbook.

A printed text and its raw value are kept apart: nothing is ever read back out of a text. Texts are in the
reader's language; raw values are as stored: money in the currency's smallest unit, counts, shares 0..1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from data_access.subject import message
from ui.base.formats import Scale
from ui.base.words import own, t

Number = float | int


class Verdict(Enum):
    """How a change or a plan is judged, or why it is not; the value is the word that is said."""

    BETTER = message("better")
    WORSE = message("worse")
    REACHED = message("reached")
    ON_COURSE = message("on course")
    BEHIND = message("behind")
    WITHIN = message("within plan")
    TOO_FAST = message("faster than the time elapsed")
    USED_UP = message("used up")
    OVER = message("over plan")
    NOT_SIGNIFICANT = message("not significant")
    TOO_FEW_CASES = message("too few cases to judge")
    NONE = ""


GOOD = (Verdict.BETTER, Verdict.REACHED, Verdict.ON_COURSE, Verdict.WITHIN)
BAD = (Verdict.WORSE, Verdict.BEHIND, Verdict.TOO_FAST, Verdict.USED_UP, Verdict.OVER)


def mark_of(verdict: Verdict) -> str:
    """How a judgement is marked, so that no colour is needed to tell good from bad."""
    return "good" if verdict in GOOD else "bad" if verdict in BAD else ""


def verdict_word(verdict: Verdict) -> str:
    """The word of judgement; nothing where nothing is judged."""
    return t(verdict.value) if verdict.value else ""


@dataclass(frozen=True)
class Change:
    """A comparison on a card. `direction` 1, 0, -1 colours it, 0 also where it may be chance; `compared`:
    whether there was a number to compare with, else `text` says why not."""

    basis: str
    text: str
    direction: int = 0
    verdict: Verdict = Verdict.NONE
    compared: bool = True


@dataclass(frozen=True)
class Plan:
    """The plan of a key figure: what is done of it, the time elapsed, what is missing. Without a plan set
    `text` says so, and `done` is None."""

    text: str
    more: str = ""
    left: str = ""
    done: float | None = None
    elapsed: float | None = None
    verdict: Verdict = Verdict.NONE
    word: str = ""  # how it stands, as in tables of institutions
    title: str = ""
    so_far: str = ""  # what is counted, where its window is not that of the figure


@dataclass(frozen=True)
class Place:
    """The own place among peers, or those from which it cannot be told, and how it moved."""

    text: str
    more: str = ""
    title: str = ""


@dataclass(frozen=True)
class Card:
    """A key figure. Without a printed number (`text` empty) `missing` is the word in its place.

    `withheld`: too few answers stand behind it to be told. `dated`: its date where it is older than the page.
    """

    label: str
    text: str = ""
    unit: str = ""
    value: Number | None = None
    noun: str = ""  # what is counted: money, customers, deals, cases, rate, days …
    id: str = ""
    missing: str = ""
    withheld: bool = False
    changes: Sequence[Change] = ()
    plan: Plan | None = None
    place: Place | None = None
    dated: str = ""
    note: str = ""  # its date, few cases
    window: str = ""  # the period it is summed over, or the day it is read on
    definition: str = ""
    spark: Sequence[float | None] = ()
    spark_alt: str = ""

    @property
    def shown(self) -> str:
        """The number, or the word in its place."""
        return self.text or self.missing

    @property
    def notes(self) -> tuple[str, ...]:
        """Plan, place and note, as text and paper say them."""
        said: list[tuple[str, ...]] = []
        if self.plan is not None:
            plan = self.plan
            said.append((plan.text, plan.so_far, plan.more, plan.word, plan.left))
        if self.place is not None:
            said.append((self.place.text, self.place.more))
        return tuple(" ".join(filter(None, words)) for words in (*said, (self.note,)) if any(words))


@dataclass(frozen=True)
class Column:
    """One column of a table. `kind`: name, text, number, bar, change, rate, status or spark; `unit` is that
    of the printed texts, `noun` what the raw values are of; a phone has room for those marked `phone`.
    `adds_up`: the scale in which rows that are not shown are told as one sum."""

    key: str
    label: str
    kind: str = "number"
    unit: str = ""
    noun: str = ""
    phone: bool = False
    definition: str = ""
    adds_up: Scale | None = None

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers, which stand to the right."""
        return self.kind in ("number", "bar", "change", "rate")


@dataclass(frozen=True)
class Cell:
    """A cell as printed, and its raw value. A text without a value is a word in place of a number. `title`
    is told on hover, `direction` colours, `mark` judges (good or bad), `note` stands below, `key` is what the
    text names."""

    text: str = ""
    value: Number | str | None = None
    title: str = ""
    direction: int = 0
    spark: Sequence[float | None] = ()
    key: str = ""
    mark: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """`role`: child, own, between, rest or total; line heads the rows after it. A row with an `id` leads to
    that institution."""

    cells: Mapping[str, Cell]
    role: str = "child"
    id: str | None = None


@dataclass(frozen=True)
class Table:
    """Rows under columns; `note` stands below them on paper."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    title: str = ""
    note: str = ""


BELONGS = "_belongs"  # after the key of a column of names: what stood below them


def on_one_line(table: Table) -> Table:
    """The table where a cell is one text: what stands below it on the screen stands after it, and whose an
    institution or a manager is in a column of its own."""
    table = _with_belongings(table)
    rows = [
        replace(row, cells={key: _joined(cell) for key, cell in row.cells.items()})
        if any(cell.note or own(cell.text) != cell.text for cell in row.cells.values())
        else row
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _with_belongings(table: Table) -> Table:
    named = [column for column in table.columns if column.kind in ("name", "text")]
    told = [
        one.key for one in named if any(row.cells[one.key].note for row in table.rows if one.key in row.cells)
    ]
    columns = []
    for column in table.columns:
        columns.append(column)
        if column.key in told:
            columns.append(Column(f"{column.key}{BELONGS}", t("Belongs to"), "text", phone=True))
    rows = [replace(row, cells=_apart(row.cells, told)) for row in table.rows] if told else table.rows
    return replace(table, columns=columns, rows=rows)


def _apart(cells: Mapping[str, Cell], told: Sequence[str]) -> dict[str, Cell]:
    found = dict(cells)
    for key in told:
        cell = cells.get(key, Cell())
        found |= {key: replace(cell, note=""), f"{key}{BELONGS}": Cell(cell.note)}
    return found


def _joined(cell: Cell) -> Cell:
    text = own(cell.text)
    return replace(cell, text=f"{text} · {cell.note}" if cell.note else text, note="")
