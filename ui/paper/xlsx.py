"""A report as a workbook: contents, key figures, charts, the tables as they stand on the pages, then their
raw values and definitions.

Printed sheets hold real numbers in the units of the page, so they can be added up and print as they
look. Whatever a bank's own names begin with, a text stays a text: nothing becomes a formula or a link.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from ui.base.formats import Printed
from ui.base.words import t
from ui.paper.facts import definitions, facts
from ui.paper.model import Report, raw_unit, raw_value
from ui.paper.text import listed, number_with_unit, plain
from ui.paper.xlsx_cells import FONT, LINE_HEIGHT, across, column_width, cut, lines, write
from ui.paper.xlsx_charts import add_charts, charts_of
from ui.paper.xlsx_contents import Held, contents
from ui.parts.model import Cell, Column, Number, Row, Table, verdict_word

LINE, QUIET = "#A3ADBA", "#5F6B7A"
A4 = 9


def xlsx(report: Report) -> bytes:
    """The workbook: contents, key figures, charts, tables as printed, raw values, definitions."""
    file = io.BytesIO()
    # Texts from the bank's data are never read as formulas or addresses, whatever they begin with.
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"in_memory": True, **safe})
    book.set_properties(
        {"title": plain(f"{report.institution} {report.period}"), "author": plain(report.bank)}
    )
    style = _styles(book)
    taken: set[str] = set()
    held: list[Held] = []

    def sheet(name: str, page: str, rows: int) -> Any:
        made = _sheet(book, report, name, taken)
        held.append(Held(made.name, name, page, rows))
        return made

    first = _sheet(book, report, t("Contents"), taken)
    heads, cards = _cards(report)
    _plain_table(sheet(t("Key figures"), "", len(cards)), heads, cards, style)
    if charts := charts_of(report):
        add_charts(book, sheet(t("Charts"), "", len(charts)), charts, style)
    tables = [(one, table) for one in report.sections for table in one.tables if table.columns]
    for section, table in tables:
        _printed(sheet(table.title, section.heading, len(table.rows)), report, table, style)
    for section, table in tables:
        made = sheet(f"{t('Raw values')} {table.title}", section.heading, len(table.rows))
        _plain_table(made, *_raw(report, table), style)
    _about(sheet(t("Definitions"), "", len(definitions(report))), report, style)
    contents(first, report, held, style)
    book.close()
    return file.getvalue()


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes: 31 characters, no signs of its own, none twice whatever its case.

    >>> sheet_name("=A/B: x", set())
    'A B x'
    """
    name = " ".join(re.sub(r"[\[\]:*?/\\]", " ", plain(wanted)).split()).lstrip("=+-@|%＝＋－＠' ")
    number = 1
    while True:
        tail = f" ({number})" if number > 1 else ""
        short = cut(name or t("Raw values"), 31 - len(tail)).strip("' ") + tail
        if short.casefold() not in taken and short.casefold() != "history":  # Excel keeps that one
            taken.add(short.casefold())
            return short
        number += 1


def _pattern(number: Printed) -> str:
    """The number format that shows a number as it is printed."""
    places = f".{'0' * number.decimals}" if number.decimals else ""
    return ("+" if number.plus else "") + f"#,##0{places}"


def _styles(book: Any) -> Any:
    """A format per set of properties, made once."""
    made: dict[tuple[Any, ...], Any] = {}

    def style(**properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in made:
            made[key] = book.add_format(FONT | properties)
        return made[key]

    return style


def _sheet(book: Any, report: Report, name: str, taken: set[str]) -> Any:
    """A sheet that prints on A4, as wide as one page, and says whose it is."""
    sheet = book.add_worksheet(sheet_name(name, taken))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    # A footer takes 255 characters and reads & as a sign of its own.
    bank, snapshot = (plain(s)[:60].replace("&", "&&") for s in (report.bank, report.snapshot))
    page = t("Page {page} of {pages}", page="&P", pages="&N")
    sheet.set_footer(f"&L{bank} · {t('Snapshot {id}', id=snapshot)}&R{page}")
    return sheet


def _printed(sheet: Any, report: Report, table: Table, style: Any) -> None:
    """A table as it stands on the page, under its title, what it is of, and its units."""
    widths = [column_width([_head(c, c.unit), *(_text(row, c) for row in table.rows)]) for c in table.columns]
    for number, wide in enumerate(widths):
        sheet.set_column(number, number, wide, style())
    top = [
        (table.title, style(bold=True, font_size=14)),
        (_whose(report), style(font_color=QUIET)),
        (listed(report, (*report.marks, *report.filters)), style(font_color=QUIET)),
        (_units(table.columns), style(font_color=QUIET)),
        (report.taken, style(font_color=QUIET)),
    ]
    top = [line for line in top if line[0]]
    for number, (line, look) in enumerate(top):
        across(sheet, number, line, look, widths)
    head = len(top)
    sheet.repeat_rows(head)
    sheet.freeze_panes(head + 1, 1)
    for number, column in enumerate(table.columns):
        align = "right" if column.is_number else "left"
        look = style(bold=True, bottom=1, bottom_color=LINE, align=align, text_wrap=True)
        write(sheet, head, number, _head(column, column.unit), look)
    heads = zip(table.columns, widths, strict=True)
    sheet.set_row(head, LINE_HEIGHT * max(lines(_head(c, c.unit), wide) for c, wide in heads) + 4)
    for place, row in enumerate(table.rows, head + 1):
        cells = [_text(row, column) for column in table.columns]
        sheet.set_row(place, LINE_HEIGHT * max(map(lines, cells, widths)) + 2)
        for number, column in enumerate(table.columns):
            _printed_cell(sheet, place, number, row, column, style)
    if table.note:
        across(sheet, head + len(table.rows) + 2, table.note, style(font_color=QUIET), widths)


def _printed_cell(sheet: Any, line: int, number: int, row: Row, column: Column, style: Any) -> None:
    look: dict[str, Any] = {"align": "right" if column.is_number else "left", "text_wrap": True}
    if row.role == "line":
        look |= {"bold": True}
    if row.role == "total":
        look |= {"bold": True, "top": 1, "top_color": LINE}
    elif row.role != "child":
        look |= {"italic": True, "font_color": QUIET}
    cell = row.cells.get(column.key, Cell(""))
    is_number = column.is_number and cell.value is not None
    if is_number and isinstance(cell.text, Printed):
        sheet.write_number(line, number, cell.text.number, style(**look, num_format=_pattern(cell.text)))
    else:
        write(sheet, line, number, cell.text, style(**look))


def _raw(report: Report, table: Table) -> tuple[list[str], list[list[Any]]]:
    """Whole currency units, counts and shares between 0 and 1, one column per key; words stay words."""
    heads = [_head(column, raw_unit(report, column.noun)) for column in table.columns]
    rows = [
        [_raw_cell(report, c.noun, row.cells.get(c.key, Cell())) for c in table.columns] for row in table.rows
    ]
    return heads, rows


def _raw_cell(report: Report, noun: str, cell: Cell) -> str | Number:
    value = raw_value(report, noun, cell.value)
    return cell.text if value is None else value


def _cards(report: Report) -> tuple[list[str], list[list[Any]]]:
    """Every key figure with its changes and notes, one a row."""
    heads = [t("Page"), t("Key figure"), t("As printed"), t("Raw value"), t("Unit"), t("Changes"), t("Notes")]
    rows = [
        [
            section.heading,
            card.label,
            number_with_unit(card),
            _raw_cell(report, card.noun, Cell(value=card.value)),
            raw_unit(report, card.noun),
            listed(report, tuple(f"{c.basis} {c.text} {verdict_word(c.verdict)}" for c in card.changes)),
            listed(report, card.notes),
        ]
        for section in report.sections
        for card in section.cards
    ]
    return heads, rows


def _plain_table(sheet: Any, heads: list[str], rows: list[list[Any]], style: Any) -> None:
    """A table for other programs: one row of headings, then the values."""
    for number, head in enumerate(heads):
        column = [row[number] for row in rows]
        texts = [f"{v:,.2f}" if isinstance(v, float) else str(v) for v in column]
        sheet.set_column(number, number, column_width([head, *texts]), style())
        write(sheet, 0, number, head, style(bold=True, bottom=1, bottom_color=LINE, text_wrap=True))
        for line, value in enumerate(column, 1):
            if isinstance(value, str):
                write(sheet, line, number, value, style(text_wrap=True))
            else:
                sheet.write_number(line, number, value, style(num_format=_raw_format(value)))
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)


def _raw_format(value: float | int) -> str:
    """Every digit of a share, whole currency units without a power of ten."""
    return "#,##0" if value == int(value) else "#,##0.00" if abs(value) >= 100 else "General"


def _about(sheet: Any, report: Report, style: Any) -> None:
    """What the workbook is of, and what its figures mean."""
    rows = [[name, value, ""] for name, value in facts(report)]
    head = len(rows) + 1
    rows += [["", "", ""], [t("Key figure"), t("Definition"), t("Unit")], *definitions(report)]
    sheet.set_column(0, 0, column_width([row[0] for row in rows]), style())
    sheet.set_column(1, 1, 80, style())
    sheet.set_column(2, 2, 16, style())
    for line, row in enumerate(rows):
        bold = {"bold": True, "bottom": 1, "bottom_color": LINE} if line == head else {}
        for number, value in enumerate(row):
            write(sheet, line, number, value, style(text_wrap=True, **bold))


def _whose(report: Report) -> str:
    day = t("Data to {day}", day=report.as_of)
    return " · ".join([report.institution, report.period, report.comparison, day])


def _units(columns: Sequence[Column]) -> str:
    units = dict.fromkeys(column.unit for column in columns if column.unit)
    return t("Unit: {units}", units=" / ".join(units)) if units else ""


def _head(column: Column, unit: str) -> str:
    return f"{column.label} ({unit})" if unit else column.label


def _text(row: Row, column: Column) -> str:
    return row.cells.get(column.key, Cell("")).text
