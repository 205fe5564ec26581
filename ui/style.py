"""The few lines of page style that the theme has no setting for."""

import streamlit as st

# The gap above comes from `theme.paddingTop`, which knows the height of the menu.
_CSS = """
<style>
[data-testid="stMainBlockContainer"] { max-width: 1440px; padding-left: 2rem; padding-right: 2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 0.75rem; padding-right: 0.75rem; }
}
</style>
"""


def page_style() -> None:
    """Narrow margins and a widest line, called once in a run before the page."""
    st.html(_CSS)
