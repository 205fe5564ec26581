"""What there is room for on a slide: a table whole, its first rows, beside a chart, or over several."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from ui.base.words import t
from ui.paper.blocks import GAP, heights, natural_width, text_size
from ui.paper.model import Chart
from ui.paper.slide import Box
from ui.parts.model import Card, Row, Table

ROWS = 12  # rows of a table on one slide
LIST = 20  # rows of a list that stands on one slide as a whole
TITLE, NOTE = 0.28, 0.22  # inches
BESIDE = ((11.0, 0.6), (10.0, 0.6), (9.0, 0.6), (9.0, 0.7), (8.0, 0.7))  # text size, share of a slide
CHART, FEW = 2.0, 4  # inches; the fewest rows worth beginning a table with


@dataclass(frozen=True)
class Part:
    """Something on a slide: a row of cards, charts side by side, sentences, or rows of a table."""

    box: Box
    cards: Sequence[Card] = ()
    charts: Sequence[Chart] = ()
    sentences: Sequence[str] = ()
    table: Table | None = None
    rows: Sequence[Row] = ()
    size: float = 0.0  # of texts in points, of a card in inches
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Slides under one headline: the first of `said` that no other has; `heading` is the small line above."""

    heading: str
    said: Sequence[str]
    slides: Sequence[Sequence[Part]]


def beside(chart: Chart, table: Table, box: Box) -> tuple[list[Part], list[Table]] | None:
    """A chart beside its table, or beside the first rows of it, with the rest."""
    for count in range(min(len(table.rows), ROWS), min(FEW, len(table.rows)) - 1, -1):
        shown = first_rows(table, count)
        if (found := halves(shown, box)) is not None:
            left, right, size = found
            whole = Part(right, table=shown, rows=shown.rows, size=size, note=shown.note)
            rest = [further(table, count)] if count < len(table.rows) else []
            return [Part(left, charts=(chart,)), whole], rest
    return None


def first_rows(table: Table, count: int) -> Table:
    """The first rows of a table, which says that there are more."""
    if count >= len(table.rows):
        return table
    note = t("{n} of {all} rows; all of them stand in the workbook", n=count, all=len(table.rows))
    return replace(table, rows=table.rows[:count], note=note)


def further(table: Table, count: int) -> Table:
    """The rows after the first ones."""
    return replace(table, rows=table.rows[count:], title=t("{title}, further rows", title=table.title))


def begun(table: Table, box: Box) -> Part:
    """As many rows as there is room for."""
    count = min(len(table.rows), ROWS)
    size = table_size(first_rows(table, count), box)
    while count > 1 and (needed(first_rows(table, count), box.width, size) > box.height):
        count -= 1
    shown = first_rows(table, count)
    return Part(box, table=shown, rows=shown.rows, size=size, note=shown.note)


def whole(table: Table, box: Box) -> Part | None:
    size = table_size(table, box)
    if len(table.rows) > ROWS or needed(table, box.width, size) > box.height:
        return None
    return Part(box, table=table, rows=table.rows, size=size, note=table.note)


def rest_of(body: Box, top: float) -> Box:
    return Box(body.left, top, body.width, body.bottom - top)


def on_slides(table: Table, body: Box) -> list[list[Part]]:
    """A table on slides of its own, rows spread evenly."""
    pages = []
    size, rest = table_size(table, body), table.rows
    while rest:
        count = _count(table, len(rest), body, size)
        shown, rest = rest[:count], rest[count:]
        pages.append([Part(body, table=table, rows=shown, size=size, note="" if rest else table.note)])
    return pages


def table_size(table: Table, box: Box) -> float:
    """A slightly smaller text where it spares a second slide."""
    best = text_size(table, box.width)
    least = 8 if len(table.rows) > ROWS else 9  # a list of names stands together
    sizes = [size for size in (best, best - 1, best - 2, best - 3, best - 4) if size >= least]
    if len(table.rows) > LIST:
        return best
    return next((size for size in sizes if needed(table, box.width, size) <= box.height), best)


def _count(table: Table, left: int, box: Box, size: float) -> int:
    """How many of the last `left` rows stand on this slide: all of a list that fits, else an even share.

    A total never stands alone on the next.
    """
    if left == len(table.rows) <= LIST and needed(table, box.width, size) <= box.height:
        return left
    head, high = heights(table, box.width, size)
    room = box.height - TITLE - head - (NOTE if table.note else 0)
    fits = 0
    for height in high[len(high) - left :][:ROWS]:
        room -= height
        fits += room >= 0
    fits = min(fits, ceil(left / ceil(left / ROWS)))
    return max(left - FEW if left - FEW < fits < left else fits, 1)


def needed(table: Table, wide: float, size: float, rows: int | None = None) -> float:
    """The height of a table, or of its first rows."""
    head, high = heights(table, wide, size)
    return TITLE + head + sum(high[:rows]) + (NOTE if table.note else 0)


def halves(table: Table, box: Box) -> tuple[Box, Box, float] | None:
    """A short and narrow table beside a chart, which takes the rest; nothing where it would be cramped."""
    for size, share in BESIDE:
        wide = natural_width(table, size) * 1.08
        fits = len(table.rows) <= ROWS and needed(table, wide, size) <= box.height
        if fits and wide <= share * box.width and box.height >= CHART:
            left = replace(box, width=box.width - wide - 2 * GAP)
            return left, replace(box, left=left.left + left.width + 2 * GAP, width=wide), size
    return None
