"""The workbook, read back: printed numbers, raw values, definitions, and texts that stay texts."""

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
import streamlit as st

from tests.ui.paper.example import LONG, example, renamed
from ui.base.words import t
from ui.paper.model import Report, raw_unit
from ui.paper.xlsx import sheet_name, xlsx
from ui.parts.model import Column, Table

BEFORE = 3  # contents, key figures, charts
_LEADS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    " =",
    "\xa0=",
    "＝",
    "＋",
    "－",
    "＠",
    "|",
    "%",
    "'=",
    '"=',
)
_LINK = 'HYPERLINK("http://example.org","x")'
_ENDS = ("1+1", _LINK, "cmd|' /C calc'!A0")
PAYLOADS = [lead + end for lead in _LEADS for end in _ENDS] + [
    "http://example.org",
    "https://example.org/?a=1",
    "mailto:a@example.org",
    "internal:Sheet1!A1",
    "external:c:\\x.xlsx",
    "file:///etc/passwd",
    "{=1+1}",
    "甲\n=1+1",
    "a\r\n=cmd",
    "[x]:*?/\\",
    "'",
    "History",
    "&L&P&[File]",
    "_x003D_1",
    "1,234.5",
    "8.2%",
    "TRUE",
    "#REF!",
    "<b>&amp;",
    "\x00=1",
    "",
    " ",
]


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


def opened(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(report)))


def links(sheet: Any) -> list[str]:
    """Where the links of a sheet lead, which is never out of the book."""
    found = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert not [link for link in found if link.target or not link.location.endswith("!A1")]
    return [link.location.removesuffix("!A1")[1:-1].replace("''", "'") for link in found]


def tables(report: Report) -> list[Table]:
    return [table for section in report.sections for table in section.tables]


def as_shown(value: object, pattern: str) -> str:
    """A number as Excel shows it in one of our formats."""
    if isinstance(value, str) or value is None:
        return value or ""
    assert isinstance(value, int | float)
    match = re.fullmatch(r"(\+?)(#,##)?0(?:\.(0+))?(%?)", pattern)
    assert match, pattern
    plus, comma, decimals, percent = match.groups()
    number = value * 100 if percent else value
    return f"{number:{plus}{',' if comma else ''}.{len(decimals or '')}f}{percent}"


@pytest.mark.parametrize("rows", [8, 60])
def test_printed_sheets_show_what_the_page_shows(language: str, rows: int) -> None:
    report = example(language, rows)
    book = opened(report)
    for table, sheet in zip(tables(report), book.worksheets[BEFORE:], strict=False):
        lines = list(sheet.iter_rows())
        assert lines[0][0].value == table.title
        above = " ".join(str(line[0].value) for line in lines[:4])
        assert all(one in above for one in (report.institution, report.period, report.as_of, *report.marks))
        head = int(sheet.print_title_rows.split("$")[-1])
        wanted = [f"{c.label} ({c.unit})" if c.unit else c.label for c in table.columns]
        assert [cell.value for cell in lines[head - 1]] == wanted
        for row, line in zip(table.rows, lines[head:], strict=False):
            for column, cell in zip(table.columns, line, strict=True):
                assert as_shown(cell.value, cell.number_format) == row.cells[column.key].text
                is_number = (
                    column.kind in ("number", "change", "rate") and row.cells[column.key].value is not None
                )
                assert isinstance(cell.value, int | float) == is_number
                assert bool(cell.font.b) == (row.role == "total")
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert report.bank in sheet.oddFooter.left.text
        assert report.snapshot in sheet.oddFooter.left.text
        assert "&P" in sheet.oddFooter.right.text and "&N" in sheet.oddFooter.right.text


def test_contents_lead_to_every_sheet(language: str) -> None:
    report = example(language)
    first, *others = opened(report).worksheets
    assert first.title == t("Contents") and others[0].title == t("Key figures")
    assert links(first) == [sheet.title for sheet in others]
    told = "\n".join(str(cell.value) for row in first.iter_rows() for cell in row if cell.value)
    facts = (report.institution, report.period, report.bank, report.as_of, report.snapshot, *report.marks)
    assert [one for one in facts if one not in told] == []


def test_charts_stand_beside_their_numbers(language: str) -> None:
    report = example(language)
    sheet = opened(report)[t("Charts")]
    wanted = [chart for section in report.sections for chart in section.charts]
    assert len(sheet._charts) == len(wanted)
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    for chart in wanted:
        assert set(chart.categories) <= values
        assert {value for _, numbers in chart.series for value in numbers} <= values


def test_raw_units_are_the_languages_own(language: str) -> None:
    report = replace(example(language), currency="CNY")
    found = {raw_unit(report, noun) for noun in ("money", "customers", "deals", "cases", "rate", "days")}
    if language == "zh":
        assert found == {"元", "户", "笔", "件", "比例", "天"}
    else:
        assert found == {"CNY", "customers", "deals", "cases", "share", "days"}
    heads = [cell.value for sheet in opened(report).worksheets for cell in sheet[1] if cell.value]
    assert [one for one in heads if "CNY" in one] == [] or language == "en"
    assert raw_unit(replace(report, currency="XXX"), "money") == "XXX"


def _raw_head(report: Report, column: Column) -> str:
    unit = raw_unit(report, column.noun)
    return f"{column.label} ({unit})" if unit else column.label


def test_raw_sheets_hold_whole_currency_units_and_shares(language: str) -> None:
    report = example(language, 60)
    book = opened(report)
    every = tables(report)
    for table, sheet in zip(every, book.worksheets[BEFORE + len(every) :], strict=False):
        lines = list(sheet.iter_rows(values_only=True))
        wanted = [_raw_head(report, column) for column in table.columns]
        assert list(lines[0]) == wanted
        assert len(lines) == 1 + len(table.rows)
        for row, line in zip(table.rows, lines[1:], strict=True):
            for column, value in zip(table.columns, line, strict=True):
                cell = row.cells[column.key]
                assert value == (cell.text or None if cell.value is None else cell.value)


def test_cards_and_definitions(language: str) -> None:
    report = example(language)
    book = opened(report)
    cards = [card for section in report.sections for card in section.cards]
    lines = list(book[t("Key figures")].iter_rows(min_row=2, values_only=True))
    assert [line[1] for line in lines] == [card.label for card in cards]
    assert [line[3] for line in lines] == [card.value for card in cards]
    assert all(card.shown in line[2] for card, line in zip(cards, lines, strict=True))
    assert all(c.text in line[5] for card, line in zip(cards, lines, strict=True) for c in card.changes)
    about = [value for line in book[t("Definitions")].iter_rows(values_only=True) for value in line if value]
    facts = (report.period, report.comparison, report.as_of, report.snapshot, *report.filters, *report.marks)
    assert set(facts) <= set(about)
    defined = {c.definition for table in tables(report) for c in table.columns if c.definition}
    assert defined | {card.definition for card in cards} <= set(about)


def test_no_name_becomes_a_formula_or_a_link(language: str) -> None:
    assert len(PAYLOADS) >= 40
    for payload in PAYLOADS[language == "zh" :: 2]:
        data = xlsx(renamed(example(language), payload))
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            for name in file.namelist():
                xml = file.read(name).decode("utf-8")
                assert "<f>" not in xml and "<f " not in xml, (payload, name)
                contents = name == "xl/worksheets/sheet1.xml"  # its links lead to sheets of the book, below
                assert contents or "<hyperlink" not in xml, (payload, name)
                assert "relationships/hyperlink" not in xml, (payload, name)
        first, *others = openpyxl.load_workbook(io.BytesIO(data)).worksheets
        assert links(first) == [sheet.title for sheet in others], payload
        for sheet in others:
            cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert {cell.data_type for cell in cells} <= {"s", "n"}, payload
            assert not [cell for cell in cells if cell.hyperlink], payload


def test_a_name_that_looks_like_a_number_stays_a_name(language: str) -> None:
    sheet = opened(renamed(example(language), "1,234.5")).worksheets[BEFORE]
    assert sheet.cell(6, 1).value == "1,234.5"


def test_sheet_names() -> None:
    taken: set[str] = set()
    names = [sheet_name(name, taken) for name in [*PAYLOADS, LONG, LONG, LONG[:35], "A", "a", "😀" * 30]]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name[0] not in "'=+-@" and name[-1] != "'"


def test_a_report_without_tables_or_anything(language: str) -> None:
    report = example(language)
    bare = [replace(report, sections=()), replace(report, sections=(replace(report.sections[0], tables=()),))]
    table = replace(tables(report)[0], rows=(), note="")
    bare.append(replace(report, sections=(replace(report.sections[0], tables=(table,)),)))
    assert [len(opened(one).worksheets) for one in bare] == [3, 4, 6]


def test_long_names_have_room(language: str) -> None:
    sheet = opened(renamed(example(language), LONG)).worksheets[BEFORE]
    head = int(sheet.print_title_rows.split("$")[-1])
    assert sheet.column_dimensions["A"].width >= 40
    assert sheet.row_dimensions[head + 1].height >= 32  # two lines


def test_an_ampersand_in_the_banks_name_is_no_sign_of_the_footer(language: str) -> None:
    data = xlsx(replace(example(language), bank="A&P Bank"))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        xml = file.read("xl/worksheets/sheet1.xml").decode("utf-8")
    assert "A&amp;&amp;P Bank" in xml
