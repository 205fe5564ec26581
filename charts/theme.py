"""What all figures share: fonts, sizes, margins, the palette, and the small parts of a Plotly dict.

A figure is a plain `{"data": [...], "layout": {...}}`: building it costs nothing and needs no plotly.
Colours stand only on series, and mostly not even there: a series without a colour takes the next one of
the theme in force (`chartCategoricalColors` in .streamlit/config.toml), so dark pages need no second
figure. Texts, grid and background are left to Streamlit's theme for the same reason.
"""

import html
import math
import unicodedata
from datetime import date
from typing import Any

import polars as pl

Figure = dict[str, Any]

FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
TEXT = 13
SMALL = 12

# One accent, then colours that stay apart for readers who confuse red with green, each at least 3:1
# against its background. None is the red or green of a direction.

PALETTE = (
    "#1f5fa8",
    "#c05a10",
    "#26877d",
    "#8557a6",
    "#5f6b7a",
    "#97761c",
    "#b0417b",
    "#3d8fc4",
    "#7a5230",
    "#4b4fa8",
)
PALETTE_DARK = (
    "#6ca6e8",
    "#f0a35e",
    "#5fc3b6",
    "#c39be0",
    "#a3adba",
    "#d9bf6a",
    "#e58ab8",
    "#9fd3f5",
    "#c9a183",
    "#a3a6f0",
)

# Streamlit's own placeholders, which the browser swaps for the theme in force: text (the default of its
# charts is a grey of 3.7:1, too faint to read) and the page behind it.
INK = "#000037"
PAPER = "#000038"
NEUTRAL = "#7d8896"  # reference lines and what cannot be told from chance; 3:1 on white and on dark
BAND = "rgba(88, 140, 200, 0.24)"  # an interval; half transparent, so it shows on white and on dark
DASHES = ("solid", "dash", "dot", "dashdot")  # lines differ in more than colour

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "showAxisDragHandles": False,
}


def layout(*, alt: str, height: int, **more: Any) -> dict[str, Any]:
    """The frame of every figure. Nothing can be dragged or zoomed, so a thumb scrolls the page."""
    return {
        "height": height,
        "margin": {"l": 4, "r": 8, "t": 8, "b": 4, "pad": 4},
        "font": {"family": FONT, "size": TEXT, "color": INK},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"align": "left", "font": {"family": FONT, "size": TEXT, "color": INK}},
        "meta": {"alt": alt},
    } | more


def axis(**more: Any) -> dict[str, Any]:
    """An axis that takes the room its labels need and cannot be moved."""
    return {"automargin": True, "fixedrange": True, "tickfont": {"size": SMALL, "color": INK}} | more


def legend() -> dict[str, Any]:
    """Names of series in one line above the plot, where they cost no width on a phone."""
    return {
        "orientation": "h",
        "xref": "container",
        "x": 0,
        "xanchor": "left",
        "yref": "container",
        "y": 1,
        "yanchor": "top",
        "font": {"size": SMALL, "color": INK},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def note(text: str, **more: Any) -> dict[str, Any]:
    """A word on the figure, in the text colour of the theme."""
    return {"text": text, "showarrow": False, "font": {"size": SMALL, "color": INK}} | more


def numbers(column: pl.Series) -> list[float | None]:
    """The values for JSON: what is no finite number becomes None.

    >>> numbers(pl.Series([1.5, None, float("nan"), float("inf")]))
    [1.5, None, None, None]
    """
    return [None if v is None or not math.isfinite(v) else v for v in column.to_list()]


def places(column: pl.Series) -> list[str]:
    """Dates as ISO text, anything else as a plain label.

    >>> places(pl.Series([date(2025, 1, 31)]))
    ['2025-01-31']
    """
    return [v.isoformat() if isinstance(v, date) else plain(str(v)) for v in column.to_list()]


def plain(text: str) -> str:
    """Text from data as Plotly must show it: its labels understand tags, and names may contain them.

    >>> plain("R&D <b>")
    'R&amp;D &lt;b&gt;'
    """
    return html.escape(text, quote=False)


def wrapped(text: str, width: int = 20) -> str:
    """A label broken into lines of about `width` Latin or half as many Chinese characters.

    >>> wrapped("温州分行鹿城支行五马街支行")
    '温州分行鹿城支行五马<br>街支行'
    >>> wrapped("Wenzhou Branch Lucheng Sub-branch")
    'Wenzhou Branch<br>Lucheng Sub-branch'
    """
    lines, line, used = [], "", 0
    for word in _words(text):
        size = sum(_columns(c) for c in word)
        if line.strip() and used + len(word.rstrip()) - len(word) + size > width:
            lines.append(line)
            line, used = "", 0
        line += word
        used += size
    return "<br>".join(plain(part.strip()) for part in [*lines, line])


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _words(text: str) -> list[str]:
    """Pieces a line may end after: every Chinese character, every Latin word with its space."""
    pieces = [""]
    for character in text:
        if _columns(character) == 2:
            pieces += [character, ""]
        else:
            pieces[-1] += character
            if character == " ":
                pieces.append("")
    return [piece for piece in pieces if piece]
