"""What stands on which slide: a conclusion, one slide for each page of the cockpit, then an appendix.

Nothing is shrunk until it cannot be read: what a slide has no room for goes on in the appendix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ui.base.words import t
from ui.paper.appendix import key_figures, of_tables, pairs
from ui.paper.blocks import GAP, card_rows, card_width, row_height
from ui.paper.chart import has_numbers
from ui.paper.headline import cards_said, table_said
from ui.paper.model import Chart, Conclusion, Report, Section
from ui.paper.room import CHART, FEW, Group, Part, begun, beside, further, needed, rest_of, table_size, whole
from ui.paper.slide import LEADING, Box, lines
from ui.parts.model import Card, Table

AT_MOST = 12  # slides of an institution without any below
STRIP = 5  # key figures above a chart or a table
_SAID = (16.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0)  # sizes of the sentences of the conclusion


def groups(report: Report, body: Box) -> tuple[list[Group], bool]:
    """All slides after the cover, and whether those of an institution without any below were cut."""
    main = [_conclusion(report, report.conclusion or Conclusion(report.finding), body)]
    calls: list[Group] = []
    charts: list[tuple[str, Chart]] = []
    tables: list[tuple[str, Table]] = []
    told: set[str] = set()
    for section in report.sections:
        if section.aside:
            calls += of_tables(section.heading, section.tables, body, section.finding)
            continue
        found = _main(section, body)
        main.append(Group(section.heading, (section.finding, *_said(section)), found.slides))
        told |= {section.heading} if found.tells_cards else set()
        charts += [(section.heading, chart) for chart in found.charts]
        tables += [(section.heading, table) for table in found.tables]
    behind = key_figures(report, [one for one in report.sections if one.heading not in told], body)
    paired, tables = pairs(charts, tables, body)
    behind += paired
    for heading, table in tables:
        behind += of_tables(heading, [table], body)
    every = [*main, *calls, *behind]
    if not report.lowest:
        return every, False
    return _first(every, AT_MOST - 1), sum(len(group.slides) for group in every) >= AT_MOST


def _first(groups: Sequence[Group], most: int) -> list[Group]:
    kept, left = [], most
    for group in groups:
        if left > 0:
            kept.append(replace(group, slides=group.slides[:left]))
        left -= len(group.slides)
    return kept


def _said(section: Section) -> tuple[str, ...]:
    """What else may head a slide whose sentence already heads another."""
    tables = (table_said(table) for table in section.tables[:1])
    return (*tables, cards_said(section.heading, section.cards), section.heading)


# --------------------------------------------------------------- conclusion


def _conclusion(report: Report, found: Conclusion, body: Box) -> Group:
    """The sentences and the plans to the left, two pictures to the right."""
    first, *others = found.sentences or (report.institution,)
    charts = [chart for chart in found.charts if has_numbers(chart)][:2]
    wide = (body.width - 2 * GAP) * 0.5 if charts else body.width
    plans = found.plans if found.plans and found.plans.rows else None
    parts, top = [], body.top
    if others:
        room = Box(body.left, top, wide, body.height * (0.5 if plans else 1))
        size = next((s for s in _SAID if _high(others, s, wide) <= room.height), _SAID[-1])
        high = min(_high(others, size, wide), room.height)
        parts.append(Part(replace(room, height=high), sentences=others, size=size))
        top += high + GAP
    if plans:
        parts.append(begun(plans, Box(body.left, top, wide, body.bottom - top)))
    high = (body.height - GAP * (len(charts) - 1)) / max(len(charts), 1)
    for place, chart in enumerate(charts):
        left = body.left + wide + 2 * GAP
        box = Box(left, body.top + place * (high + GAP), body.width - wide - 2 * GAP, high)
        parts.append(Part(box, charts=(chart,)))
    return Group(t("Conclusion"), (first,), [parts])


def _high(sentences: Sequence[str], size: float, wide: float) -> float:
    """The height of sentences, each a paragraph of its own."""
    return sum((lines(one, size, wide) * LEADING + 0.5) * size / 72 for one in sentences) + 0.05


# ----------------------------------------------------------- a page's slide


@dataclass(frozen=True)
class _Placed:
    """The slides of a page, whether they tell its key figures in full, and what goes to the appendix."""

    slides: Sequence[Sequence[Part]]
    tells_cards: bool
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


def _main(section: Section, body: Box) -> _Placed:
    """Key figures above a chart beside its table; a page of key figures alone tells them in full."""
    charts = [chart for chart in section.charts if has_numbers(chart)]
    tables = [table for table in section.tables if table.columns and table.rows]
    if not charts and not tables:
        return _Placed(_cards(section.cards, body), True)
    strip, top = _strip(section.cards, body)
    for parts, box in ((strip, rest_of(body, top)), ([], body)):
        found = _below(charts, tables, box)
        if found is not None:
            drawn, charts_left, tables_left = found
            return _Placed([[*parts, *drawn]], not section.cards, charts_left, tables_left)
    return _Placed(_cards(section.cards, body) if section.cards else (), True, charts, tables)


def _below(
    charts: Sequence[Chart], tables: Sequence[Table], box: Box
) -> tuple[list[Part], Sequence[Chart], Sequence[Table]] | None:
    """A chart beside the first table, or two charts, or a table and one more; None where there is no room."""
    if charts and tables and (found := beside(charts[0], tables[0], box)):
        parts, rest = found
        return parts, charts[1:], [*rest, *tables[1:]]
    if charts:
        return ([Part(box, charts=charts[:2])], charts[2:], tables) if box.height >= CHART else None
    table = tables[0]
    size = table_size(table, box)
    if needed(table, box.width, size, FEW) > box.height:
        return None
    part = begun(table, box)
    if len(part.rows) < len(table.rows):
        return [part], (), [further(table, len(part.rows)), *tables[1:]]
    top = box.top + needed(table, box.width, part.size) + GAP
    if len(tables) > 1 and (second := whole(tables[1], rest_of(box, top))):
        return [replace(part, box=replace(box, height=top - GAP - box.top)), second], (), tables[2:]
    return [part], (), tables[1:]


def _cards(cards: Sequence[Card], body: Box) -> list[list[Part]]:
    """Key figures in full, in rows."""
    pages: list[list[Part]] = [[]]
    top = body.top
    rows = card_rows(cards, body.width)
    each = card_width(rows, body.width)
    for row in rows:
        high = row_height(row, each)
        if pages[-1] and top + high > body.bottom:
            pages.append([])
            top = body.top
        pages[-1].append(Part(Box(body.left, top, body.width, high), cards=row, size=each))
        top += high + GAP
    return pages


def _strip(cards: Sequence[Card], body: Box) -> tuple[list[Part], float]:
    """The first key figures with their first change; the appendix tells them all in full."""
    row = next(iter(card_rows(cards[:STRIP], body.width)), ())
    if not row:
        return [], body.top
    brief = [replace(card, changes=card.changes[:1], plan=None, place=None) for card in row]
    each = card_width([brief], body.width)
    high = row_height(brief, each)
    return [Part(replace(body, height=high), cards=brief, size=each)], body.top + high + GAP
