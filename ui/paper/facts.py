"""What a file is of, and what its figures mean."""

from itertools import chain

from ui.base.words import t
from ui.paper.model import Report


def facts(report: Report) -> list[tuple[str, str]]:
    """Bank, institution, period, data, filters, marks, findings: a name and a value each."""
    taken = [(t("Taken along"), report.taken)] if report.taken else []
    return [
        *taken,
        (t("Bank"), report.bank),
        (t("Institution"), f"{report.institution} ({report.institution_id})"),
        (t("Institution level"), report.level),
        (t("Period"), report.period),
        (t("Comparison"), report.comparison),
        (t("As of"), report.as_of),
        (t("Snapshot"), report.snapshot),
        *((t("Filter"), one) for one in report.filters),
        *((t("Note"), one) for one in report.marks),
        *((t("Finding"), one) for one in report.finding),
        *((section.heading, section.finding) for section in report.sections),
    ]


def definitions(report: Report) -> list[list[str]]:
    """Label, definition and unit of every figure in the report, each once."""
    cards = ((c.label, c.definition, c.unit) for s in report.sections for c in s.cards)
    tables = (table for section in report.sections for table in section.tables)
    columns = ((c.label, c.definition, c.unit) for table in tables for c in table.columns)
    return [list(row) for row in dict.fromkeys(chain(cards, columns)) if row[1]]
