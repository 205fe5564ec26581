"""Key figures and tables of a report as native boxes and tables of a slide, sized so that nothing is cut."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt

from ui.base.formats import Printed
from ui.paper.slide import LEADING, MUTED, Box, add_text, lines, text_box
from ui.paper.text import plain, width
from ui.parts.model import Card, Cell, Column, Row, Table, Verdict, verdict_word

GAP = 0.2
_EDGE = 0.07  # above and below them
_ROOM = 0.09  # left and right of a card's texts and of a cell's
_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's table style without lines and fills
_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0)
_CELL = 0.03  # above and below a cell's text
_EM = 0.55  # a column of text in ems

# --------------------------------------------------------------------- cards


def card_rows(cards: Sequence[Card], wide: float) -> list[Sequence[Card]]:
    """Cards in rows of at most five, evenly filled; fewer on a narrow slide."""
    most = min(5, max(2, int(wide // 2.05)))
    count = ceil(len(cards) / most)
    each = ceil(len(cards) / count) if count else 1
    return [cards[start : start + each] for start in range(0, len(cards), each)]


def card_width(rows: Sequence[Sequence[Card]], wide: float) -> float:
    """All rows have cards of one width; one or two cards do not stretch over the whole slide."""
    count = max([3, *map(len, rows)])
    return (wide - GAP * (count - 1)) / count


def row_height(cards: Sequence[Card], each: float) -> float:
    """What the tallest card of a row needs."""
    return max(_card_height(card, each - 2 * _ROOM) for card in cards)


def add_cards(slide: Any, cards: Sequence[Card], box: Box, each: float, colours: Mapping[str, str]) -> None:
    """One row of key figures: label, number with its unit, changes in their colours, notes."""
    for place, card in enumerate(cards):
        room = Box(box.left + place * (each + GAP), box.top, each, box.height)
        _card(slide, card, room, colours)


def _card_parts(card: Card) -> list[tuple[str, float]]:
    """The texts of a card with their sizes, as far as its height depends on them."""
    number = f"{card.shown} {card.unit}"
    changes = [(f"{c.basis}  {c.text}  {verdict_word(c.verdict)}", 11.0) for c in card.changes]
    return [
        (card.label, 11.0),
        (number, _number_size(card)),
        *changes,
        *((note, 10.0) for note in card.notes),
    ]


def _number_size(card: Card) -> float:
    return 14.0 if card.value is None else 24.0 if width(card.shown + card.unit) <= 16 else 18.0


def _card_height(card: Card, wide: float) -> float:
    parts = _card_parts(card)
    return sum(lines(text, size, wide) * size * LEADING + 2 for text, size in parts) / 72 + 2 * _EDGE


def _card(slide: Any, card: Card, box: Box, colours: Mapping[str, str]) -> None:
    shape = text_box(slide, box, plain(card.label))
    _quiet_line(shape.line)
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = Inches(_ROOM)
    frame.margin_top = frame.margin_bottom = Inches(_EDGE)
    add_text(frame.paragraphs[0], card.label, 11, lighter=MUTED)
    line = _next(frame)
    missing = card.value is None
    add_text(line, card.shown, _number_size(card), bold=not missing, lighter=MUTED if missing else 0)
    if card.unit and not missing:
        percent = card.unit == "%"
        add_text(line, card.unit, 24 if percent else 12, before="" if percent else " ", lighter=MUTED)
    for change in card.changes:
        line = _next(frame)
        add_text(line, change.basis, 11, lighter=MUTED)
        colour = {1: colours["up"], -1: colours["down"]}.get(change.direction, "")
        add_text(line, change.text, 11, before="  ", colour=colour)
        if word := verdict_word(change.verdict):
            is_worse = change.verdict is Verdict.WORSE
            add_text(line, word, 11, before="  ", bold=is_worse, lighter=MUTED)
    for note in card.notes:
        add_text(_next(frame), note, 10, lighter=MUTED)


def _next(frame: Any) -> Any:
    paragraph = frame.add_paragraph()
    paragraph.space_before = Pt(2)
    return paragraph


def _quiet_line(line: Any) -> None:
    line.width = Pt(0.75)
    line.color.theme_color = MSO_THEME_COLOR.TEXT_1
    line.color.brightness = 0.75


# -------------------------------------------------------------------- tables


def text_size(table: Table, wide: float) -> float:
    """The largest size at which no cell needs a second line; names take one before a text gets small."""
    whole = (size for size in _SIZES[:3] if natural_width(table, size) <= wide)
    folded = (size for size in _SIZES[2:] if natural_width(table, size) - _foldable(table, size) <= wide)
    return next(whole, next(folded, _SIZES[-1]))


def _foldable(table: Table, size: float) -> float:
    """The width that is saved when long names and texts take two lines."""
    sized = zip(table.columns, _wanted(table, size), strict=True)
    return sum(max(one - 1.0, 0) / 2 for column, one in sized if not column.is_number)


def natural_width(table: Table, size: float) -> float:
    """The width at which no cell needs a second line."""
    return sum(_wanted(table, size))


def heights(table: Table, wide: float, size: float) -> tuple[float, list[float]]:
    """Height of the headings, and of each row."""
    widths = _widths(table, wide, size)
    head = max(
        lines(c.label, size - 1, room - 2 * _ROOM) + bool(c.unit)
        for c, room in zip(table.columns, widths, strict=True)
    )
    sized = list(zip(table.columns, widths, strict=True))
    rows = [max(lines(_cell(row, c).text, size, room - 2 * _ROOM) for c, room in sized) for row in table.rows]
    edges = 2 * _CELL + 0.01
    return head * (size - 1) * LEADING / 72 + edges, [count * size * LEADING / 72 + edges for count in rows]


def add_table(
    slide: Any, table: Table, rows: Sequence[Row], box: Box, size: float, colours: Mapping[str, str]
) -> None:
    """Some rows of a table under its headings, within the box; rows stand apart where there is room."""
    wide = min(box.width, max(natural_width(table, size) * 1.5, 0.7 * box.width))
    place = map(Inches, (box.left, box.top, wide, box.height))
    shape = slide.shapes.add_table(len(rows) + 1, len(table.columns), *place)
    shape.name = plain(table.title)
    drawn = shape.table
    drawn._tbl.tblPr.find("{*}tableStyleId").text = _PLAIN
    drawn.horz_banding = False
    for column, room in zip(drawn.columns, _widths(table, wide, size), strict=True):
        column.width = Inches(room)
    head, every = heights(table, wide, size)
    high = [height for height, row in zip(every, table.rows, strict=True) if any(row is one for one in rows)]
    spare = (box.height - head - sum(high)) / max(len(rows), 1)
    drawn.rows[0].height = Inches(head)
    for column, cell in zip(table.columns, drawn.rows[0].cells, strict=True):
        _heading(cell, column, size)
    for line, height, row in zip(list(drawn.rows)[1:], high, rows, strict=True):
        line.height = Inches(height + min(max(spare, 0), 0.12))
        for column, cell in zip(table.columns, line.cells, strict=True):
            _fill(cell, row, column, size, colours)


def _wanted(table: Table, size: float) -> list[float]:
    """The width of each column: its longest text, its heading on one or two lines."""
    room = [
        max([_head_width(c, size), *(_em(_cell(row, c).text, size) for row in table.rows)]) + 2 * _ROOM
        for c in table.columns
    ]
    return [max(one, 0.5) for one in room]


def _em(text: str, size: float) -> float:
    return width(text) * _EM * size * 1.06 / 72


def _head_width(column: Column, size: float) -> float:
    folds = 1 if width(column.label) <= 16 else 2 if width(column.label) <= 36 else 3
    label = max(_em(column.label, size - 1) / folds, _longest_word(column, size))
    return max(label, _em(column.unit, size - 1))


def _longest_word(column: Column, size: float) -> float:
    """Latin words are not broken; Chinese ones may be."""
    words = (word for word in column.label.split() if word.isascii())
    return max((_em(word, size) for word in words), default=0)


def _widths(table: Table, wide: float, size: float) -> list[float]:
    """Room for every column; too little is taken from names and texts, what is left over is shared."""
    wanted = _wanted(table, size)
    spare = wide - sum(wanted)
    if spare >= 0:
        return [one + spare * one / sum(wanted) for one in wanted]
    texts = [0 if c.is_number else max(one - 1.0, 0) for c, one in zip(table.columns, wanted, strict=True)]
    give = min(1, -spare / sum(texts)) if sum(texts) else 0
    taken = [one - give * part for one, part in zip(wanted, texts, strict=True)]
    return [one * min(1, wide / sum(taken)) for one in taken]


def _cell(row: Row, column: Column) -> Cell:
    return row.cells.get(column.key, Cell(""))


def _heading(cell: Any, column: Column, size: float) -> None:
    paragraph = _open(cell, column, MSO_ANCHOR.BOTTOM)
    add_text(paragraph, column.label, size - 1, bold=True)
    if column.unit:
        below = cell.text_frame.add_paragraph()
        below.alignment = paragraph.alignment
        add_text(below, column.unit, size - 2, lighter=MUTED)
    _border(cell, "lnB", 1.0, 35)


def _fill(cell: Any, row: Row, column: Column, size: float, colours: Mapping[str, str]) -> None:
    paragraph = _open(cell, column, MSO_ANCHOR.MIDDLE)
    found = _cell(row, column)
    total, quiet = row.role in ("total", "line"), row.role in ("own", "between", "rest")
    word = column.is_number and found.value is None
    colour = _direction(found, colours) if column.kind == "change" else ""
    add_text(paragraph, found.text, size, bold=total, lighter=MUTED if quiet or word else 0, colour=colour)
    if not found.text:  # an empty cell would be as high as PowerPoint's own text size
        paragraph.clear()
        paragraph._p.get_or_add_endParaRPr().set("sz", str(int(size * 100)))
    if total:
        _border(cell, "lnT", 1.25, 0)
    _border(cell, "lnB", 0.5, 80)


def _direction(cell: Cell, colours: Mapping[str, str]) -> str:
    """The colour for up or down; a change that is printed as zero has none."""
    if not isinstance(cell.value, int | float) or (isinstance(cell.text, Printed) and not cell.text.number):
        return ""
    return colours["up" if cell.value > 0 else "down"]


def _open(cell: Any, column: Column, anchor: Any) -> Any:
    cell.margin_left = cell.margin_right = Inches(_ROOM)
    cell.margin_top = cell.margin_bottom = Inches(_CELL)
    cell.vertical_anchor = anchor
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if column.is_number else PP_ALIGN.LEFT
    return paragraph


def _border(cell: Any, side: str, points: float, lighter: int) -> None:
    """A line in the theme's text colour, lightened by some percent."""
    shade = f'<a:lumMod val="{(100 - lighter) * 1000}"/><a:lumOff val="{lighter * 1000}"/>' if lighter else ""
    fill = f'<a:solidFill><a:schemeClr val="tx1">{shade}</a:schemeClr></a:solidFill>'
    line = parse_xml(f'<a:{side} {nsdecls("a")} w="{int(points * 12700)}">{fill}</a:{side}>')
    cell._tc.get_or_add_tcPr().append(line)
