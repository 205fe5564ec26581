"""The slides, read back: every number, every footer, nothing over the edge or over something else."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pptx as reader
import pytest
import streamlit as st
from pptx.util import Emu

from data_access.errors import DataError
from tests.ui.paper.example import LONG, example, renamed
from tests.ui.paper.test_xlsx import PAYLOADS
from ui.base.formats import grouped
from ui.base.words import t
from ui.paper.chart import stacked, steps
from ui.paper.model import Chart, Report, Section
from ui.paper.pptx import pptx
from ui.parts.model import Cell, verdict_word


@pytest.fixture(params=["zh", "en"], autouse=True)
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


def opened(report: Report, template: Path | None = None) -> Any:
    return reader.Presentation(io.BytesIO(pptx(report, template)))


def titled(deck: Any, finding: str) -> list[Any]:
    return [slide for slide in deck.slides if slide.shapes.title.text_frame.text == finding]


def texts(slide: Any) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def named(slide: Any, name: str) -> str:
    return next(str(shape.text_frame.text) for shape in slide.shapes if shape.name == name)


def said(deck: Any) -> str:
    """Every text of the slides, cells of tables included."""
    cells = [
        cell.text
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]
    return "\n".join([*map(texts, deck.slides), *cells])


@pytest.mark.parametrize("rows", [8, 60])
def test_tables_hold_every_row_once_and_in_order(language: str, rows: int) -> None:
    report = example(language, rows)
    deck = opened(report)
    shapes = [shape for slide in deck.slides for shape in slide.shapes if shape.has_table]
    for section in report.sections:
        for wanted in section.tables:
            titles = (wanted.title, t("{title}, further rows", title=wanted.title))
            drawn = [shape.table for shape in shapes if shape.name in titles]
            found = [[cell.text for cell in line.cells] for table in drawn for line in list(table.rows)[1:]]
            assert found == [[row.cells[c.key].text for c in wanted.columns] for row in wanted.rows]
            assert all(len(table.rows) <= 1 + 12 for table in drawn)
            heads = [cell.text.split("\n") for cell in drawn[0].rows[0].cells]
            assert heads == [[c.label, c.unit] if c.unit else [c.label] for c in wanted.columns]
    assert len(shapes) > len([table for section in report.sections for table in section.tables])


def test_charts_hold_every_number(language: str) -> None:
    report = example(language)
    deck = opened(report)
    drawn = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    wanted = [chart for section in report.sections for chart in section.charts]
    assert len(drawn) == len(wanted)
    for chart, found in zip(wanted, drawn, strict=True):
        assert found.chart_title.text_frame.text.startswith(f"{chart.title}  {chart.unit}")
        assert tuple(found.plots[0].categories) == chart.categories
        if chart.kind == "waterfall":
            assert_waterfall(chart, found)
        else:
            assert [(s.name, tuple(s.values)) for s in found.plots[0].series] == list(chart.series)
        sheet = openpyxl.load_workbook(io.BytesIO(found.part.chart_workbook.xlsx_part.blob)).active
        assert [cell.value for cell in sheet["A"][1:]] == list(chart.categories)


def assert_waterfall(chart: Chart, found: Any) -> None:
    values = chart.series[0][1]
    foot, high, low, label = ([v or 0 for v in s.values] for s in found.plots[0].series)
    for place, (start, end) in enumerate(steps(values)):
        bottom = min(foot[place], 0) + low[place] if low[place] else max(foot[place], 0)
        top = max(foot[place], 0) + high[place] if high[place] else min(foot[place], 0)
        assert (bottom, top) == pytest.approx((min(start, end), max(start, end)))
        text = found.plots[0].series[3].points[place].data_label.text_frame.text
        assert float(text) == values[place]
        assert text.startswith("+") == (0 < place < len(values) - 1 and (values[place] or 0) > 0)
    assert label
    fill = found.plots[0].series[0].format.fill
    assert fill.type == reader.enum.dml.MSO_FILL.BACKGROUND
    colours = [found.plots[0].series[1].points[n].format.fill.fore_color for n in range(1, len(values) - 1)]
    assert [str(c.rgb) for c in colours] == ["C8322B" if (v or 0) > 0 else "1E7F4F" for v in values[1:-1]]


def test_a_waterfall_on_a_large_balance_says_where_it_begins(language: str) -> None:
    chart = Chart("waterfall", "A", "B", ("a", "b", "c"), (("x", (948.2, 75.0, 1023.2)),))
    report = replace(example(language), sections=(Section("A", "B", charts=(chart,)),))
    found = next(shape.chart for shape in opened(report).slides[2].shapes if shape.has_chart)
    assert 0 < found.value_axis.minimum_scale < 948.2
    assert found.chart_title.text_frame.text.count("·") == 1
    assert stacked(-2, -5) == (-2, 0, -3)


def test_cards_say_everything(language: str) -> None:
    report = example(language)
    shown = said(opened(report))
    for section in report.sections:
        for card in section.cards:
            parts = [card.label, card.shown, card.unit, *card.notes]
            parts += [part for c in card.changes for part in (c.basis, c.text, verdict_word(c.verdict))]
            assert [part for part in parts if part not in shown] == []


def test_every_slide_says_whose_numbers_these_are(language: str) -> None:
    report = example(language, 60)
    for slide in opened(report).slides:
        footer = named(slide, "Footer")
        facts = (report.bank, report.institution, report.period, report.as_of, report.snapshot)
        assert [fact for fact in (*facts, *report.marks, *report.filters) if fact not in footer] == []


def test_a_change_that_is_printed_as_zero_has_no_colour(language: str) -> None:
    report = example(language)
    overview = report.sections[0]
    table = overview.tables[0]
    row = replace(
        table.rows[0], cells={**table.rows[0].cells, "change": Cell(grouped(0.0001, 1, signed=True), 12_345)}
    )
    section = replace(overview, charts=(), tables=(replace(table, rows=(row,)),))
    slide = opened(replace(report, sections=(section,))).slides[2]
    cell = next(shape.table for shape in slide.shapes if shape.has_table).cell(1, 2)
    colour = cell.text_frame.paragraphs[0].runs[0].font.color
    assert colour.type == reader.enum.dml.MSO_COLOR_TYPE.SCHEME


def test_colours_show_direction_only(language: str) -> None:
    deck = opened(example(language))
    table = next(shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table)
    cells = [line.cells[2].text_frame.paragraphs[0] for line in list(table.rows)[1:]]
    for cell in cells:
        colour = cell.runs[0].font.color
        red = {"+": "C8322B", "-": "1E7F4F"}.get(cell.text[0])
        assert (str(colour.rgb) if colour.type == reader.enum.dml.MSO_COLOR_TYPE.RGB else None) == red


def assert_in_order(deck: Any) -> None:
    """Nothing over the edge of the slide, nothing over anything else."""
    for slide in deck.slides:
        boxes = []
        for shape in slide.shapes:
            if shape.is_placeholder and shape != slide.shapes.title:
                continue
            high = sum(row.height for row in shape.table.rows) if shape.has_table else shape.height
            boxes.append((shape.left, shape.top, shape.left + shape.width, shape.top + high, shape.name))
        for left, top, right, bottom, name in boxes:
            assert left >= 0 and top >= 0 and right <= deck.slide_width and bottom <= deck.slide_height, name
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                across = min(one[2], other[2]) - max(one[0], other[0])
                down = min(one[3], other[3]) - max(one[1], other[1])
                assert across <= Emu(20_000) or down <= Emu(20_000), (one[4], other[4])


@pytest.mark.parametrize("name", ["", LONG, "Wenzhou Branch of the Example Commercial Bank"])
@pytest.mark.parametrize("rows", [0, 3, 11, 12, 13, 60])
def test_nothing_overlaps(language: str, rows: int, name: str) -> None:
    report = example(language, rows)
    assert_in_order(opened(renamed(report, name) if name else report))


def test_many_cards_and_charts(language: str) -> None:
    report = example(language)
    first, second, third = report.sections
    sections = [replace(first, cards=first.cards * n, charts=second.charts * (n % 3)) for n in range(1, 7)]
    deck = opened(replace(report, sections=(*sections, replace(third, tables=third.tables * 3))))
    assert_in_order(deck)
    assert sum(shape.has_chart for slide in deck.slides for shape in slide.shapes) == 2 * (1 + 2 + 0) * 2


def test_the_banks_template(language: str, tmp_path: Path) -> None:
    bank = reader.Presentation()  # 4:3, names in another language, an example slide
    bank.slide_master.name = "Example master"
    for number, layout in enumerate(bank.slide_layouts):
        layout.name = f"布局 {number}"
    bank.slides.add_slide(bank.slide_layouts[1]).shapes.title.text = "Example"
    path = tmp_path / "bank.pptx"
    bank.save(str(path))
    report = example(language, 30)
    deck = opened(report, path)
    assert (deck.slide_width, deck.slide_height) == (bank.slide_width, bank.slide_height)
    assert deck.slide_master.name == "Example master"
    assert {slide.slide_layout.name for slide in deck.slides} == {"布局 5"}
    assert not titled(deck, "Example")
    assert_in_order(deck)
    for slide in deck.slides:
        title, footer = slide.shapes.title, next(s for s in slide.shapes if s.name == "Footer")
        assert all(s.top >= title.top + title.height for s in slide.shapes if not s.is_placeholder)
        assert footer.top + footer.height <= Emu(6_356_350)  # where the bank's own footer line begins


def test_a_template_without_a_title_is_refused(tmp_path: Path) -> None:
    bank = reader.Presentation()
    for layout in list(bank.slide_layouts):
        if layout.name != "Blank":
            bank.slide_layouts.remove(layout)
    bank.save(str(tmp_path / "bank.pptx"))
    with pytest.raises(DataError, match="title"):
        pptx(example(), tmp_path / "bank.pptx")


def test_fonts_for_chinese_on_windows(language: str) -> None:
    with zipfile.ZipFile(io.BytesIO(pptx(example(language)))) as file:
        theme = file.read("ppt/theme/theme1.xml").decode("utf-8")
    assert theme.count('<a:ea typeface="Microsoft YaHei"') == 2
    assert theme.count(f'<a:latin typeface="{"Microsoft YaHei" if language == "zh" else "Arial"}"') == 2


def test_empty_reports(language: str) -> None:
    report = example(language)
    alone = opened(replace(report, sections=()))
    assert len(alone.slides) == 2
    assert report.institution in texts(alone.slides[0])
    assert [one for one in report.finding if one not in texts(alone.slides[1])] == []
    gaps = Chart("line", "A", "", ("a",), (("x", (None,)),))
    sections = (
        Section("A", "B"),
        Section("C", ""),
        Section("D", "E", charts=(gaps, replace(gaps, categories=()))),
    )
    deck = opened(replace(report, sections=sections))
    assert [slide.shapes.title.text_frame.text for slide in list(deck.slides)[2:]] == ["B", "C", "E"]
    assert not [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def test_no_name_becomes_a_formula_or_a_link(language: str) -> None:
    for payload in PAYLOADS[language == "zh" :: 2]:
        with zipfile.ZipFile(io.BytesIO(pptx(renamed(example(language, 2), payload)))) as file:
            for name in file.namelist():
                if name.endswith(".xlsx"):
                    sheet = openpyxl.load_workbook(io.BytesIO(file.read(name))).active
                    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
                    assert {cell.data_type for cell in cells} <= {"s", "n"}, payload
                    assert not [cell for cell in cells if cell.hyperlink], payload
                elif name.endswith((".xml", ".rels")):
                    xml = file.read(name).decode("utf-8")
                    assert "hlinkClick" not in xml and "relationships/hyperlink" not in xml, (payload, name)


def test_the_file_names_its_bank_and_nobody_else(language: str) -> None:
    report = example(language)
    properties = opened(report).core_properties
    assert (properties.author, properties.last_modified_by) == (report.bank, report.bank)
    assert report.institution in properties.title
