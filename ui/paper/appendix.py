"""The appendix of slides: the lists to call, every key figure in full, and the tables that are left over."""

from collections.abc import Sequence

from ui.base.words import t
from ui.paper.headline import chart_said, table_said
from ui.paper.model import Chart, Report, Section
from ui.paper.room import Group, Part, beside, on_slides
from ui.paper.slide import Box
from ui.paper.text import listed, number_with_unit
from ui.parts.model import Card, Cell, Column, Row, Table, verdict_word


def key_figures(report: Report, sections: Sequence[Section], body: Box) -> list[Group]:
    """Every key figure that no slide tells in full, with its changes, plan and place."""
    columns = (
        Column("label", t("Key figure"), "name"),
        Column("number", t("As printed"), "text"),
        Column("changes", t("Changes"), "text"),
        Column("notes", t("Notes"), "text"),
    )
    rows = []
    for section in sections:
        rows += [Row({"label": Cell(section.heading)}, "line")] if section.cards else []
        rows += [_key_figure(report, card) for card in section.cards]
    table = Table(columns, rows, t("Key figures"))
    return of_tables(
        t("Key figures"), [table], body, t("All key figures with their changes, plans and places")
    )


def _key_figure(report: Report, card: Card) -> Row:
    changes = tuple(f"{c.basis} {c.text} {verdict_word(c.verdict)}" for c in card.changes)
    return Row(
        {
            "label": Cell(card.label),
            "number": Cell(number_with_unit(card)),
            "changes": Cell(listed(report, changes)),
            "notes": Cell(listed(report, card.notes)),
        }
    )


def pairs(
    charts: Sequence[tuple[str, Chart]], tables: list[tuple[str, Table]], body: Box
) -> tuple[list[Group], list[tuple[str, Table]]]:
    """The charts left over, each beside the table of its title where there is one, and the other tables."""
    made: list[Group] = []
    for heading, chart in charts:
        mate = next((one for one in tables if one[0] == heading and one[1].title == chart.title), None)
        found = beside(chart, mate[1], body) if mate else None
        if mate is None or found is None:
            made.append(
                Group(_small(heading), (chart_said(chart), chart.title), [[Part(body, charts=(chart,))]])
            )
            continue
        parts, rest = found
        at = tables.index(mate)
        tables = [*tables[:at], *((heading, one) for one in rest), *tables[at + 1 :]]
        made.append(Group(_small(heading), (chart_said(chart), table_said(mate[1]), chart.title), [parts]))
    return made, tables


def of_tables(heading: str, tables: Sequence[Table], body: Box, said: str = "") -> list[Group]:
    """Each table under a headline of its own."""
    kept = [table for table in tables if table.columns and table.rows]
    heads = [said, *[""] * len(kept)]
    return [
        Group(_small(heading), (head, table_said(table), table.title), on_slides(table, body))
        for head, table in zip(heads, kept, strict=False)
    ]


def _small(heading: str) -> str:
    return t("Appendix: {name}", name=heading)
