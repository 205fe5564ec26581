"""A report as slides: one a page of the cockpit, with the finding as its title.

Charts and tables are PowerPoint's own and can be edited. What does not fit goes on to a further slide
of the same title; nothing is shrunk until it cannot be read.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from pptx.enum.text import MSO_ANCHOR

from ui.base.words import t
from ui.paper.blocks import (
    GAP,
    add_cards,
    add_table,
    card_rows,
    card_width,
    heights,
    natural_width,
    row_height,
    text_size,
)
from ui.paper.chart import add_chart, has_numbers
from ui.paper.model import Chart, Report, Section
from ui.paper.slide import MUTED, Box, Frame, add_slide, add_text, deck, fitting, text_box
from ui.paper.text import listed, plain
from ui.parts.cards import RED_UP
from ui.parts.model import Card, Row, Table

ROWS = 12  # rows of a table on one slide
_TITLE, _CHART, _NOTE, _FEW = 0.28, 2.4, 0.22, 4  # inches; the fewest rows worth beginning a table with


@dataclass(frozen=True)
class Part:
    """Something on a slide: a row of cards, charts side by side, or rows of a table."""

    box: Box
    cards: Sequence[Card] = ()
    charts: Sequence[Chart] = ()
    table: Table | None = None
    rows: Sequence[Row] = ()
    size: float = 0.0  # of a table's texts in points, of a card in inches
    note: str = ""


def pptx(report: Report, template: Path | None = None, colours: Mapping[str, str] = RED_UP) -> bytes:
    """The slides, on the bank's template where there is one; `colours` are those for up and down."""
    slides, layout, frame = deck(template, report.language)
    properties = slides.core_properties
    properties.title = plain(f"{report.institution} {report.period}")[:250]
    properties.author = properties.last_modified_by = plain(report.bank)[:250]
    for section in report.sections or (Section(report.institution, listed(report, report.finding)),):
        pages = _pages(section, frame.body)
        for number, parts in enumerate(pages, 1):
            count = f" ({number}/{len(pages)})" if len(pages) > 1 else ""
            slide = add_slide(slides, layout)
            _head(slide, frame, section, count)
            _foot(slide, frame, report)
            for part in parts:
                _draw(slide, part, colours)
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def _head(slide: Any, frame: Frame, section: Section, count: str) -> None:
    """The finding as the title; the name of the page as a small line beside it."""
    finding = plain(section.finding) or plain(section.heading)
    size = fitting(finding, (24, 22, 20, 18, 16, 14, 12), frame.title)
    title = slide.shapes.title.text_frame
    title.vertical_anchor = MSO_ANCHOR.TOP if frame.heading.top < frame.title.top else MSO_ANCHOR.MIDDLE
    title.word_wrap = True
    if frame.heading.top < frame.title.top:
        title.margin_left = title.margin_right = title.margin_top = title.margin_bottom = 0
    add_text(title.paragraphs[0], finding, size, bold=True)
    heading = text_box(slide, frame.heading, "Heading", MSO_ANCHOR.MIDDLE)
    add_text(heading.text_frame.paragraphs[0], section.heading + count, 12, lighter=MUTED)


def _foot(slide: Any, frame: Frame, report: Report) -> None:
    """Whose numbers of which day these are, on every slide: slides are copied one by one."""
    marks = listed(report, report.marks)
    facts = [
        report.bank,
        report.institution,
        report.period,
        t("Data to {day}", day=report.as_of),
        t("Snapshot {id}", id=report.snapshot),
    ]
    facts += [report.taken] if report.taken else []
    if report.filters:
        facts.append(t("Filters: {filters}", filters=listed(report, report.filters)))
    line = " · ".join(plain(fact) for fact in facts if fact)
    size = fitting(f"{marks} · {line}", (9, 8, 7, 6), replace(frame.footer, width=frame.footer.width + 0.2))
    paragraph = text_box(slide, frame.footer, "Footer", MSO_ANCHOR.MIDDLE).text_frame.paragraphs[0]
    if marks:
        add_text(paragraph, marks, size, bold=True)
    add_text(paragraph, line, size, before=" · " if marks else "", lighter=MUTED)


def _draw(slide: Any, part: Part, colours: Mapping[str, str]) -> None:
    box = part.box
    if part.cards:
        add_cards(slide, part.cards, box, part.size, colours)
    each = (box.width - GAP * (len(part.charts) - 1)) / max(len(part.charts), 1)
    for place, chart in enumerate(part.charts):
        add_chart(slide, chart, replace(box, left=box.left + place * (each + GAP), width=each), colours)
    if part.table:
        title = text_box(slide, replace(box, height=_TITLE), plain(part.table.title), MSO_ANCHOR.TOP)
        add_text(title.text_frame.paragraphs[0], part.table.title, 12, bold=True)
        below = Box(box.left, box.top + _TITLE, box.width, box.height - _TITLE - (_NOTE if part.note else 0))
        add_table(slide, part.table, part.rows, below, part.size, colours)
    if part.note:
        note = text_box(slide, Box(box.left, box.bottom - _NOTE, box.width, _NOTE), "Note", MSO_ANCHOR.BOTTOM)
        add_text(note.text_frame.paragraphs[0], part.note, 9, lighter=MUTED)


# --------------------------------------------------------------------- pages


def _pages(section: Section, body: Box) -> list[list[Part]]:
    """What stands on which slide: cards on top, charts below them, tables beside or after."""
    pages: list[list[Part]] = [[]]
    top = body.top
    rows = card_rows(section.cards, body.width)
    each = card_width(rows, body.width)
    for row in rows:
        high = row_height(row, each)
        if pages[-1] and top + high > body.bottom:
            pages.append([])
            top = body.top
        pages[-1].append(Part(Box(body.left, top, body.width, high), cards=row, size=each))
        top += high + GAP
    charts = [chart for chart in section.charts if has_numbers(chart)]
    tables = [table for table in section.tables if table.columns]
    beside = _halves(tables[0], _rest(body, top)) if len(charts) == 1 and tables else None
    if beside:
        left, right, size = beside
        table = tables[0]
        whole = Part(right, table=table, rows=table.rows, size=size, note=table.note)
        pages[-1] += [Part(left, charts=charts), whole]
        return pages + _tables(tables[1:], body)
    for start in range(0, len(charts), 2):
        if pages[-1] and body.bottom - top < _CHART:
            pages.append([])
            top = body.top
        pages[-1].append(Part(_rest(body, top), charts=charts[start : start + 2]))
        top = body.bottom
    if not tables:
        return pages
    first, *others = tables
    if _needed(first, body.width, text_size(first, body.width), _FEW) > body.bottom - top:
        return pages + _tables(tables, body)
    begun = _tables([first], body, top)
    pages[-1] += begun[0]
    return pages + begun[1:] + _tables(others, body)


def _rest(body: Box, top: float) -> Box:
    return Box(body.left, top, body.width, body.bottom - top)


def _tables(tables: Sequence[Table], body: Box, top: float | None = None) -> list[list[Part]]:
    """Each table on slides of its own, rows spread evenly; the first may begin below `top`."""
    pages = []
    for table in tables:
        box = _rest(body, body.top if top is None else top)
        size, rest = _size(table, box), table.rows
        while True:
            count = _count(table, len(rest), box, size, begins_low=box.top > body.top)
            shown, rest = rest[:count], rest[count:]
            note = "" if rest else table.note
            pages.append([Part(box, table=table, rows=shown, size=size, note=note)])
            if not rest:
                break
            box = body
        top = None
    return pages


def _size(table: Table, box: Box) -> float:
    """A slightly smaller text where it spares a second slide."""
    best = text_size(table, box.width)
    sizes = [size for size in (best, best - 1, best - 2, best - 3) if size >= 9]
    if len(table.rows) > ROWS:
        return best
    return next((size for size in sizes if _needed(table, box.width, size) <= box.height), best)


def _count(table: Table, left: int, box: Box, size: float, *, begins_low: bool) -> int:
    """How many of the last `left` rows stand on this slide: an even share, below cards as many as fit.

    A total never stands alone on the next.
    """
    head, high = heights(table, box.width, size)
    room = box.height - _TITLE - head - (_NOTE if table.note else 0)
    fits = 0
    for height in high[len(high) - left :][:ROWS]:
        room -= height
        fits += room >= 0
    if not begins_low and left:
        fits = min(fits, ceil(left / ceil(left / ROWS)))
    return max(left - _FEW if left - _FEW < fits < left else fits, 1)


def _needed(table: Table, wide: float, size: float, rows: int | None = None) -> float:
    """The height of a table, or of its first rows."""
    head, high = heights(table, wide, size)
    return _TITLE + head + sum(high[:rows]) + (_NOTE if table.note else 0)


def _halves(table: Table, box: Box) -> tuple[Box, Box, float] | None:
    """A short and narrow table beside a chart, which takes the rest; nothing where it would be cramped."""
    for size in (11.0, 10.0, 9.0):
        wide = natural_width(table, size) * 1.08
        fits = len(table.rows) <= ROWS and _needed(table, wide, size) <= box.height
        if fits and wide <= 0.6 * box.width and box.height >= _CHART:
            left = replace(box, width=box.width - wide - 2 * GAP)
            return left, replace(box, left=left.left + left.width + 2 * GAP, width=wide), size
    return None
