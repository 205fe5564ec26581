"""A report to take along: what stands on the pages, as plain values for slides, a workbook or a chat.

It is filled from the same frames as cards and tables (`brief/compose.py`): a file says what the screen says.
Every text is already in the reader's language; a cell keeps the printed text and the raw number apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """One column of a table. `kind`: name, text, number, change or rate; `unit` is that of the printed
    texts, `raw_unit` that of the raw values (the currency, customers, deals, share, days, or nothing)."""

    key: str
    label: str
    kind: str = "number"
    unit: str = ""
    raw_unit: str = ""
    definition: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell as printed, and its raw value: whole currency units, counts, shares 0..1. A text without a
    value is a word in place of a number."""

    text: str
    value: float | int | None = None


@dataclass(frozen=True)
class Row:
    """`role`: child, own, between, rest or total; line heads the rows after it."""

    role: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """`kind`: line, bar or waterfall. A waterfall has one series: the opening value, steps with their
    signs, the closing value. Values are in `unit` already."""

    kind: str
    title: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    decimals: int = 1


@dataclass(frozen=True)
class Change:
    """A comparison on a card; `direction` 1, 0, -1; `verdict` good, bad or nothing, with its word."""

    basis: str
    text: str
    direction: int = 0
    verdict: str = ""
    word: str = ""


@dataclass(frozen=True)
class Card:
    """A key figure. Without a number (`value` None) `text` is the word in its place."""

    label: str
    text: str
    unit: str = ""
    value: float | int | None = None
    raw_unit: str = ""
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()  # plan, rank, older date, few cases
    definition: str = ""


@dataclass(frozen=True)
class Section:
    """One page's part: `heading` names it, `finding` is the sentence that stands above it."""

    heading: str
    finding: str
    cards: tuple[Card, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Report:
    """One institution's report; `marks` are warnings that belong on every file (an earlier snapshot,
    excluded institutions, sample data)."""

    bank: str
    institution_id: str
    institution: str
    level: str
    period: str
    comparison: str
    as_of: str
    snapshot: str
    finding: tuple[str, ...]
    sections: tuple[Section, ...]
    filters: tuple[str, ...] = ()
    marks: tuple[str, ...] = field(default=())
    language: str = "zh"
