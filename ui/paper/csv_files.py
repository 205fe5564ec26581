"""The tables of a report as CSV, one file each in a ZIP, for other programs.

UTF-8 with a mark at the beginning, commas, CRLF; the first line says whose they are, the second heads the
columns. Numbers are plain, with a point; days are ISO. No text is taken for a formula or a number.
"""

import csv
import io
import re
import unicodedata
import zipfile
from decimal import Decimal

from ui.base.formats import Printed
from ui.base.words import t
from ui.paper.facts import definitions, facts
from ui.paper.model import Report, raw_unit, raw_value
from ui.paper.text import plain
from ui.parts.model import Cell, Column, Number, Row, Table

KEEPS_TEXT = "\u00a0"  # after digits: spreadsheets then keep them as they are; a strip() takes it away
_STARTS = "=+-@|%'\"＝＋－＠｜％"  # with what a spreadsheet may begin to reckon
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?%?")
_MISREAD = re.compile(r"0\d+|\d{12,}|\d+[eE]\d+|\d{1,4}[-/]\d{1,2}([-/]\d{1,4})?|\d+:\d+(:\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\s]+')


def csv_zip(report: Report) -> bytes:
    """What it is of and what the columns mean, then a file for each table."""
    tables = [table for section in report.sections for table in section.tables if table.columns]
    about = [[t("Key figure"), t("Definition"), t("Unit")], *definitions(report)]
    about = [list(map(safe, row)) for row in [*facts(report), [], *about]]
    files = {
        f"00_{file_stem(t('Definitions'))}.csv": about,
        **{
            f"{number:02}_{file_stem(table.title)}.csv": _rows(report, table)
            for number, table in enumerate(tables, 1)
        },
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, rows in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16  # else nobody could read what was unpacked
            content = _text([[safe(report.taken)], *rows]).encode("utf-8-sig")
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def file_stem(title: str) -> str:
    """A table's title as a part of a file's name that every system takes.

    >>> file_stem("=Balances: by/line ..")
    'Balances_by_line'
    """
    name = _FORBIDDEN.sub("_", plain(title)).lstrip(f"{_STARTS}._ ")[:60]
    return name.strip("._ ") or "table"


def _text(rows: list[list[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue()


def safe(value: str) -> str:
    """A text that no spreadsheet reckons with and none makes another number or a day of.

    What begins like a formula gets an apostrophe before it, as OWASP advises; digits that would lose a zero
    or become a day get a no-break space after them. Plain numbers and whole days stay.

    >>> [safe(one) for one in ("=1+1", "-1,024.5", "001101", "2026-10-31", "10-31", "张伟")]
    ["'=1+1", '-1,024.5', '001101\\xa0', '2026-10-31', '10-31\\xa0', '张伟']
    """
    text = plain(value)
    lead = text.lstrip("".join(c for c in text if unicodedata.category(c) in ("Zs", "Cf", "Mn")))
    if lead and lead[0] in _STARTS and not _NUMBER.fullmatch(text):
        return f"'{text}"
    if _MISREAD.fullmatch(text) and not _DAY.fullmatch(text):
        return f"{text}{KEEPS_TEXT}"
    return text


def _rows(report: Report, table: Table) -> list[list[str]]:
    """The heading and the rows; those that are of institutions begin with its id."""
    columns = [column for column in table.columns if column.kind != "spark"]
    has_ids = any(row.id for row in table.rows)
    heads = [_head(report, column) for column in columns]
    rows = [[_cell(report, column, row) for column in columns] for row in table.rows]
    if not has_ids:
        return [heads, *rows]
    ids = [safe(row.id or "") for row in table.rows]
    return [
        [t("Institution id"), *heads],
        *([key, *row] for key, row in zip(ids, rows, strict=True)),
    ]


def _head(report: Report, column: Column) -> str:
    unit = raw_unit(report, column.noun) if column.noun else column.unit
    return safe(f"{column.label} ({unit})" if unit else column.label)


def _cell(report: Report, column: Column, row: Row) -> str:
    """A raw number where it is known what it is of, else the number as printed, else the words."""
    cell = row.cells.get(column.key, Cell())
    if column.is_number and cell.value is not None:
        if column.noun and (value := raw_value(report, column.noun, cell.value)) is not None:
            return _digits(value)
        if not column.noun and isinstance(cell.text, Printed):
            return f"{cell.text.number:.{cell.text.decimals}f}"
    return safe(cell.text)


def _digits(value: Number) -> str:
    """All digits, never a power of ten."""
    return str(value) if isinstance(value, int) else f"{Decimal(repr(value)):f}".removesuffix(".0")
