"""The charts of a report in a workbook: Excel's own, beside the numbers they are drawn from."""

from collections.abc import Sequence
from typing import Any

from charts.theme import PALETTE
from ui.base.words import t
from ui.paper.chart import axis_foot, has_numbers, stacked, steps
from ui.paper.model import Chart, Report
from ui.paper.native import clean, number_format
from ui.paper.xlsx_cells import LINE_HEIGHT, write

ROWS = 18  # that a chart covers at least
_KINDS = {
    "line": {"type": "line"},
    "bar": {"type": "column"},
    "waterfall": {"type": "column", "subtype": "stacked"},
}
_WIDE = 620  # pixels
Series = tuple[str, Sequence[float | None]]


def charts_of(report: Report) -> list[Chart]:
    """Those of the conclusion, then those of the pages; without numbers none is drawn."""
    first = report.conclusion.charts if report.conclusion is not None else ()
    found = [*first, *(chart for section in report.sections for chart in section.charts)]
    return [chart for chart in found if has_numbers(chart)]


def add_charts(book: Any, sheet: Any, charts: Sequence[Chart], style: Any) -> None:
    """Each chart to the right of its numbers, one below the other."""
    beside = max(len(_series(chart)) for chart in charts) + 2
    sheet.set_column(0, 0, 28, style())
    sheet.set_column(1, beside - 1, 14, style())
    top = 0
    for chart in charts:
        high = max(ROWS, len(chart.categories) + 3)
        drawn = book.add_chart(_KINDS[chart.kind])
        _numbers(sheet, chart, top, style)
        first = 2 if chart.kind == "waterfall" else 1  # before it the steps with their signs
        for column in range(first, len(_series(chart)) + 1):
            _add_series(drawn, sheet.name, chart, top + 1, column)
        # Titles and names are those of cells: what begins like a formula would else be taken for one.
        drawn.set_title({"name": [sheet.name, top, 0], "name_font": {"size": 11}})
        drawn.set_y_axis({"num_format": number_format(chart.decimals), "min": _least(chart)})
        is_named = chart.kind != "waterfall" and len(chart.series) > 1
        drawn.set_legend({"position": "top"} if is_named else {"none": True})
        drawn.set_size({"width": _WIDE, "height": (high - 1) * LINE_HEIGHT * 4 / 3})
        sheet.insert_chart(top, beside, drawn)
        top += high + 1


def _series(chart: Chart) -> list[Series]:
    """The series of a chart; the steps of a waterfall as a stack on an invisible foot."""
    if chart.kind != "waterfall":
        return list(chart.series)
    name, values = chart.series[0]
    parts = [stacked(*bar) for bar in steps(values)]
    return [
        (name, values),
        (t("Foot (invisible)"), [foot for foot, _, _ in parts]),
        (t("{name}, above zero", name=name), [high for _, high, _ in parts]),
        (t("{name}, below zero", name=name), [low for _, _, low in parts]),
    ]


def _least(chart: Chart) -> float | None:
    """Where the axis of a waterfall begins, so that small steps on a large balance are seen."""
    levels = [end for _, end in steps(chart.series[0][1])] if chart.kind == "waterfall" else []
    return axis_foot(levels) if levels and min(levels) >= 0 else None


def _numbers(sheet: Any, chart: Chart, top: int, style: Any) -> None:
    """Title with the unit, then a row a category."""
    title = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
    write(sheet, top, 0, title, style(bold=True))
    for column, (name, values) in enumerate(_series(chart), 1):
        write(sheet, top + 1, column, name, style(bold=True, text_wrap=True))
        for line, value in enumerate(map(clean, values), top + 2):
            if value is not None:
                sheet.write_number(line, column, value, style(num_format=number_format(chart.decimals)))
    for line, name in enumerate(chart.categories, top + 2):
        write(sheet, line, 0, name, style())


def _add_series(drawn: Any, sheet: str, chart: Chart, head: int, column: int) -> None:
    last = head + len(chart.categories)
    is_foot = chart.kind == "waterfall" and column == 2
    place = max(column - 3, 0) if chart.kind == "waterfall" else column - 1
    colour = PALETTE[place % len(PALETTE)]
    drawn.add_series(
        {
            "name": [sheet, head, column],
            "categories": [sheet, head + 1, 0, last, 0],
            "values": [sheet, head + 1, column, last, column],
            "fill": {"none": True} if is_foot else {"color": colour},
            "line": {"color": colour, "width": 2} if chart.kind == "line" else {"none": True},
            "gap": 50,
        }
    )
