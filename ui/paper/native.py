"""What all native charts of a report share: their numbers in a sheet behind them, title, quiet axes."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from ui.paper.model import Chart
from ui.paper.slide import MUTED, Box, add_text, fitting
from ui.paper.text import plain, width

SMALL = 10
_LEFT = '<c:xMode val="edge"/><c:yMode val="edge"/><c:x val="0"/><c:y val="0"/>'


class _Writer(CategoryWorkbookWriter):
    """The sheet behind a chart, in which a name that looks like a formula stays a name."""

    @contextmanager
    def _open_worksheet(self, xlsx_file: Any) -> Iterator[tuple[Any, Any]]:
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        book = Workbook(xlsx_file, {"in_memory": True, **safe})
        yield book, book.add_worksheet()
        book.close()


class _Data(CategoryChartData):
    @property
    def _workbook_writer(self) -> _Writer:
        return _Writer(self)  # type: ignore[no-untyped-call]


def clean(value: float | None) -> float | None:
    """A number, or nothing."""
    return value if value is not None and isfinite(value) else None


def number_format(decimals: int) -> str:
    """As the pages write numbers."""
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")


def draw(
    slide: Any,
    chart: Chart,
    box: Box,
    kind: Any,
    series: list[tuple[str, list[float | None]]],
    remark: str = "",
) -> Any:
    """The parts all charts share: title with unit, quiet axes, names of series in one line on top."""
    data: Any = _Data(number_format=number_format(chart.decimals))  # type: ignore[no-untyped-call]
    data.categories = [plain(name) or " " for name in chart.categories]
    for name, values in series:
        data.add_series(plain(name), values)
    place = map(Inches, (box.left, box.top, box.width, box.height))
    shape = slide.shapes.add_chart(kind, *place, data)
    shape.name = plain(chart.title)
    drawn = shape.chart
    drawn.font.size = Pt(SMALL)
    drawn.font.color.theme_color = MSO_THEME_COLOR.TEXT_1
    drawn.has_title = True
    drawn.chart_title.include_in_layout = False
    paragraph = drawn.chart_title.text_frame.paragraphs[0]
    unit = " · ".join(part for part in (chart.unit, remark) if part)
    size = fitting(f"{chart.title}  {unit}", (12, 11, 10, 9, 8), Box(0, 0, box.width, 0.2))
    add_text(paragraph, chart.title, size, bold=True)
    if unit:
        add_text(paragraph, unit, min(size, SMALL), before="  ", lighter=MUTED)
    title = drawn.chart_title._element
    for old in title.findall("{*}layout"):
        title.remove(old)
    title.find("{*}tx").addnext(
        parse_xml(f"<c:layout {nsdecls('c')}><c:manualLayout>{_LEFT}</c:manualLayout></c:layout>")
    )
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        drawn.legend.font.size = Pt(SMALL)
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    drawn.category_axis.has_major_gridlines = False
    if kind != XL_CHART_TYPE.LINE_MARKERS:
        _level(drawn.category_axis, chart, box)
    _thin(drawn.category_axis.format.line)
    drawn.value_axis.has_major_gridlines = kind == XL_CHART_TYPE.LINE_MARKERS
    if drawn.value_axis.has_major_gridlines:
        _thin(drawn.value_axis.major_gridlines.format.line)
    drawn.value_axis.format.line.fill.background()
    return drawn


def _level(axis: Any, chart: Chart, box: Box) -> None:
    """Names stay level and fold, for slanted ones cannot be read; long ones are smaller."""
    longest = max(map(width, chart.categories), default=1) * 0.55 * SMALL / 72
    folds = longest * len(chart.categories) / box.width
    axis.tick_labels.font.size = Pt(SMALL if folds < 2.5 else 8)
    axis._element.find("{*}txPr/{*}bodyPr").set("rot", "0")


def _thin(line: Any) -> None:
    line.width = Pt(0.5)
    line.color.theme_color = MSO_THEME_COLOR.TEXT_1
    line.color.brightness = 0.75
