"""Texts in cells of a workbook: never a formula, wide and high enough to be read."""

from collections.abc import Iterable, Sequence
from typing import Any

from ui.paper.text import plain, width

WIDEST, NARROWEST, LINE_HEIGHT = 44, 9, 16
FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
CELL = 32_767  # the longest text a cell takes


def write(sheet: Any, line: int, column: int, value: str, look: Any) -> None:
    text = cut(plain(value), CELL)
    if text:
        sheet.write_string(line, column, text, look)
    else:
        sheet.write_blank(line, column, None, look)  # empty for Excel's own functions, too


def across(sheet: Any, line: int, value: str, look: Any, widths: Sequence[float]) -> None:
    """A line over the whole width, so that it is neither cut nor wider than the page."""
    look.set_text_wrap()
    if len(widths) > 1:
        sheet.merge_range(line, 0, line, len(widths) - 1, "", look)
    write(sheet, line, 0, value, look)
    size = look.font_size / FONT["font_size"]
    sheet.set_row(line, LINE_HEIGHT * size * lines(value, sum(widths) / size) + 4)


def column_width(texts: Iterable[str]) -> float:
    """Room for the longest text; what is longer still takes a second line."""
    return float(min(max(max(map(width, texts), default=0) * 1.1 + 2, NARROWEST), WIDEST))


def lines(value: str, wide: float) -> int:
    return max(1, -(-int(width(plain(value)) * 1.15) // max(int(wide) - 1, 1)))


def cut(name: str, length: int) -> str:
    """Excel counts a rare character as two."""
    return name.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore")
