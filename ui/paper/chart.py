"""Charts of a report as PowerPoint's own, with their numbers in a sheet behind them.

A reader can restyle them and edit the numbers. Series take the colours of the deck's theme; only the
steps of a waterfall have the colours for up and down.
"""

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import Any

from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.enum.dml import MSO_LINE_DASH_STYLE, MSO_THEME_COLOR
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from ui.base.words import t
from ui.paper.model import Chart
from ui.paper.native import SMALL, clean, draw, number_format
from ui.paper.slide import Box, add_text, rgb
from ui.paper.text import width

_LABELS = 26  # more numbers than this in one chart cannot be read
_DASHES = (None, MSO_LINE_DASH_STYLE.DASH, MSO_LINE_DASH_STYLE.ROUND_DOT, MSO_LINE_DASH_STYLE.DASH_DOT)


def has_numbers(chart: Chart) -> bool:
    """A chart without any number is not drawn."""
    return any(clean(value) is not None for _, values in chart.series for value in values)


def add_chart(slide: Any, chart: Chart, box: Box, colours: Mapping[str, str]) -> None:
    """Draw one chart in its place."""
    if chart.kind == "waterfall":
        _waterfall(slide, chart, box, colours)
    elif chart.kind == "line":
        _line(slide, chart, box)
    else:
        _bar(slide, chart, box)


def _accent(place: int) -> Any:
    return getattr(MSO_THEME_COLOR, f"ACCENT_{place % 6 + 1}")


def _line(slide: Any, chart: Chart, box: Box) -> None:
    """A line per series, which ends in its last number; a gap stays a gap."""
    series = [(name, [clean(v) for v in values]) for name, values in chart.series]
    drawn = draw(slide, chart, box, XL_CHART_TYPE.LINE_MARKERS, series)
    known = [v for _, values in series for v in values if v is not None]
    drawn.value_axis.tick_labels.number_format = _axis_format(known, chart)
    drawn.value_axis.tick_labels.number_format_is_linked = False
    if axis_foot(known):
        drawn.value_axis.minimum_scale = axis_foot(known)
    _skip(drawn.category_axis, chart, box)
    for place, line in enumerate(drawn.plots[0].series):
        line.smooth = False
        line.format.line.width = Pt(2.25)
        line.format.line.color.theme_color = _accent(place)
        if _DASHES[place % 4]:
            line.format.line.dash_style = _DASHES[place % 4]
        line.marker.size = 5
        line.marker.format.fill.solid()
        line.marker.format.fill.fore_color.theme_color = _accent(place)
        line.marker.format.line.fill.background()
    _ends(drawn, [values for _, values in series])


def _ends(drawn: Any, series: list[list[float | None]]) -> None:
    """The last number of one line, or of two: the higher above, the lower below."""
    last = [max((n for n, v in enumerate(values) if v is not None), default=-1) for values in series]
    ends = [values[n] if n >= 0 else None for values, n in zip(series, last, strict=True)]
    if len(series) > 2:
        return
    for line, place, end in zip(drawn.plots[0].series, last, ends, strict=True):
        if end is None:
            continue
        label = line.points[place].data_label
        top = all(other is None or end >= other for other in ends)
        label.position = XL_LABEL_POSITION.ABOVE if top else XL_LABEL_POSITION.BELOW
        label.font.size, label.font.bold = Pt(SMALL), True


def _axis_format(known: list[float], chart: Chart) -> str:
    """An axis needs no decimals where its numbers are large."""
    spread = max(known) - min(known)
    return number_format(0 if spread >= 20 else max(chart.decimals, 1))


def _skip(axis: Any, chart: Chart, box: Box) -> None:
    """Months that would collide are named every second or third time."""
    longest = max(map(width, chart.categories), default=1) * 0.55 * SMALL / 72 + 0.12
    step = ceil(len(chart.categories) * longest / max(box.width - 0.6, 1))
    if step > 1:
        before = axis._element.find("{*}noMultiLvlLbl")
        for name in ("tickLblSkip", "tickMarkSkip"):
            skip = parse_xml(f'<c:{name} {nsdecls("c")} val="{step}"/>')
            before.addprevious(skip) if before is not None else axis._element.append(skip)


def _bar(slide: Any, chart: Chart, box: Box) -> None:
    """Names that are long stand beside lying bars, the first on top; short ones under columns."""
    longest = max(map(width, chart.categories), default=1) * 0.55 * SMALL / 72
    lying = longest > 0.9 * box.width / max(len(chart.categories), 1)
    kind = XL_CHART_TYPE.BAR_CLUSTERED if lying else XL_CHART_TYPE.COLUMN_CLUSTERED
    series = [(name, [clean(v) for v in values]) for name, values in chart.series]
    drawn = draw(slide, chart, box, kind, series)
    drawn.category_axis.reverse_order = lying
    drawn.plots[0].gap_width = 50
    known = [v for _, values in series for v in values if v is not None]
    if min(known) >= 0:
        drawn.value_axis.minimum_scale = 0  # Office may cut the foot off columns
    for place, bars in enumerate(drawn.plots[0].series):
        bars.invert_if_negative = False
        bars.format.fill.solid()
        bars.format.fill.fore_color.theme_color = _accent(place)
    if len(known) <= _LABELS:
        drawn.value_axis.visible = False
        labels = drawn.plots[0]
        labels.has_data_labels = True
        labels.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        labels.data_labels.show_value = True
        labels.data_labels.number_format = number_format(chart.decimals)
        labels.data_labels.number_format_is_linked = False
        labels.data_labels.font.size = Pt(SMALL)


# ----------------------------------------------------------------- waterfall


def steps(values: tuple[float | None, ...]) -> list[tuple[float, float]]:
    """Where each bar of a waterfall begins and ends: the first and last stand on zero, steps on the last.

    >>> steps((10.0, 2.0, -15.0, -3.0))
    [(0.0, 10.0), (10.0, 12.0), (12.0, -3.0), (0.0, -3.0)]
    """
    bars, level = [], 0.0
    for place, value in enumerate(values):
        start = level if 0 < place < len(values) - 1 else 0.0
        level = start + (clean(value) or 0.0)
        bars.append((start, level))
    return bars


def stacked(start: float, end: float) -> tuple[float, float, float]:
    """A bar as a stack: the invisible foot, the part above zero, the part below it.

    >>> stacked(10, 12), stacked(12, -3), stacked(-3, -5)
    ((10, 2, 0), (0, 12, -3), (-3, 0, -2))
    """
    low, high = min(start, end), max(start, end)
    if low >= 0:
        return low, high - low, 0
    if high <= 0:
        return high, 0, low - high
    return 0, high, low


def _waterfall(slide: Any, chart: Chart, box: Box, colours: Mapping[str, str]) -> None:
    """Stacked columns on an invisible foot; each number stands at the end of its bar."""
    name, values = chart.series[0]
    bars = steps(values)
    parts = [stacked(*bar) for bar in bars]
    levels = [end for _, end in bars]
    cut = axis_foot(levels)
    room = 0.09 * ((max(*levels, 0) - min(*levels, 0)) - cut or 1)
    above = [max(bar) > 0 or not min(bar) < 0 for bar in bars]
    series: list[tuple[str, list[float | None]]] = [
        (t("Foot (invisible)"), [foot or None for foot, _, _ in parts]),
        (name, [high or None for _, high, _ in parts]),
        (t("{name}, below zero", name=name), [low or None for _, _, low in parts]),
        (t("Room for labels (invisible)"), [room if up else -room for up in above]),
    ]
    remark = t("the axis does not start at zero") if cut else ""
    drawn = draw(slide, chart, box, XL_CHART_TYPE.COLUMN_STACKED, series, remark)
    drawn.has_legend = False
    drawn.plots[0].gap_width, drawn.plots[0].overlap = 40, 100
    drawn.value_axis.visible = False
    if min(levels) >= 0:
        drawn.value_axis.minimum_scale = cut
    foot, high, low, label = drawn.plots[0].series
    for hidden in (foot, label):
        hidden.format.fill.background()
    for part in (high, low):
        part.invert_if_negative = False
        for place, (start, end) in enumerate(bars):
            fill = part.points[place].format.fill
            fill.solid()
            if place in (0, len(bars) - 1):
                fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
            else:
                colour = colours["up" if end > start else "down"]
                fill.fore_color.rgb = rgb(colour)
    for place, value in enumerate(values):
        _number(label.points[place].data_label, chart, place, clean(value))


def _number(label: Any, chart: Chart, place: int, value: float | None) -> None:
    """The opening and closing values carry no plus sign, steps do."""
    step = 0 < place < len(chart.categories) - 1
    sign = "+" if step and value and value > 0 else ""
    text = "" if value is None else f"{sign}{value:,.{chart.decimals}f}"
    add_text(label.text_frame.paragraphs[0], text, SMALL, bold=not step)
    label.position = XL_LABEL_POSITION.INSIDE_BASE


def axis_foot(levels: list[float]) -> float:
    """Where small steps on a large balance begin to be visible: a round number below all of them."""
    low, high = min(levels), max(levels)
    if low <= 0 or high - low > 0.3 * high:
        return 0.0
    gap = high - low or high
    unit = 10.0 ** ceil(log10(gap)) / 2
    return max(0.0, floor((low - gap / 4) / unit) * unit)
