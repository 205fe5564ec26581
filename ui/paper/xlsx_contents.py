"""The first sheet of a workbook: whose it is, and a link to each of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ui.base.words import t
from ui.paper.model import Report
from ui.paper.text import listed, plain
from ui.paper.xlsx_cells import across, column_width, write


@dataclass(frozen=True)
class Held:
    """A sheet: its name, what stands in it, the page it is of, and how many rows it has."""

    sheet: str
    title: str
    page: str
    rows: int


def contents(sheet: Any, report: Report, held: Sequence[Held], style: Any) -> None:
    """Whose workbook it is, then a line for each sheet, which leads there."""
    top = [
        (plain(f"{report.institution} {report.period}"), style(bold=True, font_size=14)),
        (" · ".join(filter(None, [report.bank, report.comparison])), style()),
        (t("Data to {day}", day=report.as_of) + " · " + t("Snapshot {id}", id=report.snapshot), style()),
        (listed(report, (*report.marks, *report.filters)), style()),
        (report.taken, style()),
    ]
    widths = [
        max(column_width(one.title for one in held), 30),
        max(column_width(one.page for one in held), 16),
        9,
    ]
    for number, wide in enumerate(widths):
        sheet.set_column(number, number, wide, style())
    top = [line for line in top if line[0]]
    for line, (told, look) in enumerate(top):
        across(sheet, line, told, look, widths)
    head = len(top) + 1
    for number, word in enumerate((t("Contents"), t("Page"), t("Rows"))):
        write(sheet, head, number, word, style(bold=True, bottom=1, text_wrap=True))
    for line, one in enumerate(held, head + 1):
        # The link leads to a sheet of this book alone; the names of sheets are ours, not the bank's texts.
        place = one.sheet.replace("'", "''")
        look = style(font_color="#1F5FA8", underline=1, text_wrap=True)
        sheet.write_url(line, 0, f"internal:'{place}'!A1", look, plain(one.title) or one.sheet)
        write(sheet, line, 1, one.page, style(text_wrap=True))
        sheet.write_number(line, 2, one.rows, style(num_format="#,##0"))
    sheet.repeat_rows(head)
