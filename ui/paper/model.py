"""A report to take along: the cards and tables of the pages, with charts, as plain values for slides, a
workbook or a chat.

It is filled from the same frames as cards and tables (`brief/compose.py`): a file says what the screen says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite

from data_access.subject import message
from ui.base.formats import MONEY, currency_word
from ui.base.words import t
from ui.parts.model import Card, Number, Row, Table, on_one_line

ENDS = ("child", "own", "between", "total")  # how a table closes, on paper as on the screen
RAW = {
    "customers": message("customers"),
    "deals": message("deals"),
    "cases": message("cases"),
    "rate": message("share"),
    "days": message("days"),
}


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
class Section:
    """One page's part: `heading` names it, `finding` is the sentence that stands above it; what stands
    `aside` is looked up or worked through, so slides have it in their appendix."""

    heading: str
    finding: str
    cards: Sequence[Card] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    aside: bool = False


@dataclass(frozen=True)
class Conclusion:
    """What decides: how we stand, who is behind, whom to call; two pictures; how the plans stand."""

    sentences: tuple[str, ...]
    charts: tuple[Chart, ...] = ()
    plans: Table | None = None


@dataclass(frozen=True)
class Report:
    """One institution's report; `marks` are warnings that belong on every file (an earlier snapshot,
    excluded institutions, sample data), `taken` says who took it along, and when. Money is stored in so many
    `minor_units` of its `currency`."""

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
    marks: tuple[str, ...] = ()
    taken: str = ""
    conclusion: Conclusion | None = None
    notes: tuple[str, ...] = ()  # what readers have noted and is not done; told in the text alone
    lowest: bool = False  # no institution is below
    language: str = "zh"
    currency: str = "CNY"
    minor_units: int = 1


def raw_unit(report: Report, noun: str) -> str:
    """The unit of raw values in the reader's language: the currency, customers, deals, share, or nothing."""
    if noun == MONEY:
        return currency_word(report.currency)
    return t(RAW[noun]) if noun in RAW else ""


def raw_value(report: Report, noun: str, value: Number | str | None) -> Number | None:
    """A stored value in whole currency units, as a count or as a share; a word has none."""
    if not isinstance(value, int | float) or not isfinite(value):
        return None
    return value / report.minor_units if noun == MONEY else value


def on_paper(title: str, table: Table, note: str = "") -> Table:
    """A table of a page under its title on paper; sparklines stay on the screen."""
    kept = [column for column in table.columns if column.kind != "spark"]
    return replace(on_one_line(table), columns=kept, title=title, note=note)


def closed(table: Table, lead: str) -> Table:
    """The rows in the order of the screen: institutions by the leading column, the largest first, then the
    rows that close the table."""

    def place(row: Row) -> tuple[int, float]:
        value = row.cells[lead].value
        return ENDS.index(row.role), -(value if isinstance(value, int | float) else 0)

    return replace(table, rows=sorted(table.rows, key=place))
