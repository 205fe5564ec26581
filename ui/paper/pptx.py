"""A report as slides: a cover, a conclusion, one slide a page of the cockpit, an appendix.

Each slide has a headline of its own that says what it shows. Charts and tables are PowerPoint's own and can
be edited.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pptx.enum.text import MSO_ANCHOR
from pptx.util import Pt

from ui.base.words import t
from ui.paper.blocks import GAP, add_cards, add_table
from ui.paper.chart import add_chart
from ui.paper.model import Report
from ui.paper.pages import groups
from ui.paper.room import NOTE, TITLE, Part
from ui.paper.slide import MUTED, Box, Frame, add_slide, add_text, deck, fitting, text_box
from ui.paper.text import listed, plain
from ui.parts.cards import RED_UP


def pptx(report: Report, template: Path | None = None, colours: Mapping[str, str] = RED_UP) -> bytes:
    """The slides, on the bank's template where there is one; `colours` are those for up and down."""
    slides, layout, frame = deck(template, report.language)
    properties = slides.core_properties
    properties.title = plain(f"{report.institution} {report.period}")[:250]
    properties.author = properties.last_modified_by = plain(report.bank)[:250]
    found, is_cut = groups(report, frame.body)
    taken: set[str] = set()
    cover = add_slide(slides, layout)
    _head(cover, frame, report.bank, _headline((f"{report.institution} · {report.period}",), taken))
    _cover(cover, frame.body, report, is_cut)
    _foot(cover, frame, report)
    for group in (one for one in found if one.slides):
        headline = _headline((*group.said, group.heading), taken)
        for number, parts in enumerate(group.slides, 1):
            count = f" ({number}/{len(group.slides)})" if len(group.slides) > 1 else ""
            slide = add_slide(slides, layout)
            _head(slide, frame, group.heading + count, headline + (count if number > 1 else ""))
            _foot(slide, frame, report)
            for part in parts:
                _draw(slide, part, colours)
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def _headline(said: Sequence[str], taken: set[str]) -> str:
    """The first sentence that heads no slide yet; where all do, the last one with a number."""
    known = [one for one in map(plain, said) if one] or [t("Report")]
    number = 1
    found = next((one for one in known if one not in taken), known[-1])
    while found in taken:
        number += 1
        found = f"{known[-1]} · {number}"
    taken.add(found)
    return found


def _cover(slide: Any, body: Box, report: Report, is_cut: bool) -> None:
    """Whose report it is, of when, of which data, and who took it along."""
    facts = [
        (t("Institution level"), report.level),
        (t("Period"), report.period),
        (t("Comparison"), report.comparison),
        (t("As of"), report.as_of),
        (t("Snapshot"), report.snapshot),
        (t("Filter"), listed(report, report.filters)),
        (t("Note"), listed(report, report.marks)),
        (t("Taken along"), report.taken),
    ]
    paragraphs = [t("{name}: {value}", name=name, value=plain(value)) for name, value in facts if value]
    paragraphs += [t("Further tables stand in the workbook")] if is_cut else []
    _sentences(
        slide, Part(body, sentences=paragraphs, size=fitting(" ".join(paragraphs), (16, 14, 12, 10), body))
    )


def _sentences(slide: Any, part: Part) -> None:
    frame = text_box(slide, part.box, "Sentences").text_frame
    for place, one in enumerate(part.sentences):
        paragraph = frame.add_paragraph() if place else frame.paragraphs[0]
        paragraph.space_after = Pt(part.size / 2)
        add_text(paragraph, one, part.size)


def _head(slide: Any, frame: Frame, heading: str, finding: str) -> None:
    """The headline as the title; the name of the page as a small line beside it."""
    size = fitting(finding, (24, 22, 20, 18, 16, 14, 12), frame.title)
    title = slide.shapes.title.text_frame
    title.vertical_anchor = MSO_ANCHOR.TOP if frame.heading.top < frame.title.top else MSO_ANCHOR.MIDDLE
    title.word_wrap = True
    if frame.heading.top < frame.title.top:
        title.margin_left = title.margin_right = title.margin_top = title.margin_bottom = 0
    add_text(title.paragraphs[0], finding, size, bold=True)
    line = text_box(slide, frame.heading, "Heading", MSO_ANCHOR.MIDDLE)
    add_text(line.text_frame.paragraphs[0], heading, 12, lighter=MUTED)


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
    if part.sentences:
        _sentences(slide, part)
    each = (box.width - GAP * (len(part.charts) - 1)) / max(len(part.charts), 1)
    for place, chart in enumerate(part.charts):
        add_chart(slide, chart, replace(box, left=box.left + place * (each + GAP), width=each), colours)
    if part.table:
        title = text_box(slide, replace(box, height=TITLE), plain(part.table.title), MSO_ANCHOR.TOP)
        add_text(title.text_frame.paragraphs[0], part.table.title, 12, bold=True)
        below = Box(box.left, box.top + TITLE, box.width, box.height - TITLE - (NOTE if part.note else 0))
        add_table(slide, part.table, part.rows, below, part.size, colours)
    if part.note:
        note = text_box(slide, Box(box.left, box.bottom - NOTE, box.width, NOTE), "Note", MSO_ANCHOR.BOTTOM)
        add_text(note.text_frame.paragraphs[0], part.note, 9, lighter=MUTED)
