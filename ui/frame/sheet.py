"""The page on A4: its tables and charts below each other, no controls, and on each sheet whose it is."""

import streamlit as st

from ui.base.formats import period_name
from ui.base.link import COMPARE
from ui.base.words import t
from ui.frame.look import Look
from ui.frame.places import name_of

_CSS = """
<style>
@page { size: A4; margin: 16mm 11mm 13mm; }
@page { @top-left { content: "%s"; font: 9pt sans-serif; color: #555; } }
@page { @top-right { content: "%s"; font: 9pt sans-serif; color: #555; } }
@page { @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; color: #555; } }
@media print {
  [data-testid="stHeader"], [data-testid="stSelectbox"], [data-testid="stButtonGroup"],
  [data-testid="stButton"], [data-testid="stPopover"] { display: none !important; }
  [data-testid="stMainBlockContainer"] { padding: 0; }
  [data-testid="stVerticalBlock"] { gap: 0.5rem; }
  :is([data-testid="stLayoutWrapper"], [data-testid="stElementContainer"]):has(
    > .st-key-frame_top, > .st-key-frame_line) {
    display: none !important;
  }
  [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]) { display: block !important; }
  [data-testid="stColumn"] { width: 100%% !important; margin-bottom: 0.75rem; }
  [data-testid="stPlotlyChart"], [data-testid="stHeading"], h4, h5 { break-inside: avoid; }
  :is([data-testid="stElementContainer"], [data-testid="stLayoutWrapper"]):has(:is(h3, h4, h5)) {
    break-after: avoid;
  }
  [data-testid="stPlotlyChart"] { zoom: 0.5; }
  [data-testid="stColumn"] [data-testid="stPlotlyChart"] { zoom: 1; }
}
</style>
"""


def sheet(look: Look) -> None:
    """How the browser prints this look."""
    bases = [t(COMPARE[look.values[key]]) for key in ("compare", "also") if look.values[key] in COMPARE]
    said = [name_of(look, look.node), t(look.page.title)]
    when = [*([period_name(look.period), *bases] if look.page.metrics else []), look.store.id]
    st.html(_CSS % tuple(_quoted(" · ".join(parts)) for parts in (said, when)))


def _quoted(text: str) -> str:
    r"""A text inside a quoted text of a style sheet: whatever is not a letter or a digit by its number.

    >>> _quoted('A"}</style>')
    'A\\22 \\7d \\3c \\2f style\\3e '
    """
    return "".join(sign if sign.isalnum() else f"\\{ord(sign):x} " for sign in text)
