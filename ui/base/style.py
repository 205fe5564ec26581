"""The few lines of page style that the theme has no setting for."""

import streamlit as st

# The gap above comes from `theme.paddingTop`, which knows the height of the menu.
_CSS = """
<style>
[data-testid="stMainBlockContainer"] { max-width: 1440px; padding-left: 2rem; padding-right: 2rem; }
.st-key-frame_top h3 { padding: 0; }
.st-key-frame_top [data-testid="stMarkdownContainer"],
.st-key-frame_top [data-testid="stMarkdownContainer"] p { margin-bottom: 0; }
.st-key-finding p { line-height: 1.6; }
[data-testid="stSelectbox"] input { text-overflow: ellipsis; }
[data-testid="stTopNavSection"][data-current] { font-weight: 600; box-shadow: 0 2px; }
.st-key-history { position: absolute; width: 0 !important; } /* takes no room */
/* Institution and period stay in sight. */
[data-testid="stLayoutWrapper"]:has(> .st-key-frame_line) {
  position: sticky; top: 3.75rem; z-index: 90; padding: 0.375rem 0; background-color: inherit;
}
:is([data-testid="stAppViewContainer"], [data-testid="stAppViewContainer"] > div, [data-testid="stMain"],
  [data-testid="stMainBlockContainer"],
  [data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]) {
  background-color: inherit;
}
/* A phone's first screen: page, way up, one line of choices, the finding, four cards. The rest stands in the
   last menu. */
.st-key-frame_phone, .st-key-frame_narrow, .st-key-dates_narrow { display: none; }
@media (min-width: 641px) {
  [data-testid="stLayoutWrapper"]:has(
    > .st-key-frame_phone, > .st-key-frame_narrow, > .st-key-dates_narrow) { display: none; }
}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] {
    padding-left: 0.75rem; padding-right: 0.75rem; padding-bottom: 1rem;
  }
  [data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: 0.5rem; }
  .st-key-frame_top, .st-key-frame_wide, .st-key-dates_wide, [class*="st-key-wide_only"] { display: none; }
  :is([data-testid="stLayoutWrapper"], [data-testid="stElementContainer"]):has(
    > .st-key-frame_top, > .st-key-frame_wide, > .st-key-dates_wide, > [class*="st-key-wide_only"]) {
    display: none !important;
  }
  .st-key-frame_narrow { display: flex; }
  .st-key-frame_phone {
    display: flex; flex-wrap: nowrap !important; position: fixed; z-index: 999991;
    top: 0; left: 3.5rem; width: auto !important; right: 0.75rem; height: 3.75rem;
  }
  .st-key-frame_phone > :first-child { flex: 0 0 auto; }
  .st-key-frame_phone > :last-child { min-width: 0; }
  .st-key-frame_phone p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  [data-testid="stLayoutWrapper"]:has(> .st-key-frame_phone) { position: absolute; width: 0 !important; }
  .st-key-dates_narrow { display: block; }
  .st-key-frame_line { flex-wrap: nowrap !important; gap: 0.375rem !important; }
  .st-key-frame_line > * { flex: 1 1 0 !important; min-width: 0 !important; width: auto !important; }
  .st-key-frame_line > :last-child { flex: 0 0 2.75rem !important; }
  .st-key-frame_line [data-testid="stPopover"] button { width: 100%; min-width: 0; padding: 0 0.375rem; }
  .st-key-frame_line [data-testid="stSelectbox"] input { font-size: 0.8125rem; padding-left: 0.5rem; }
  [data-testid="stButtonGroup"] button { padding-left: 0.5rem; padding-right: 0.5rem; }
  [data-testid="stMain"] [data-testid="stMarkdownContainer"] p { font-size: 0.875rem; line-height: 1.45; }
}
</style>
"""


def page_style() -> None:
    """Narrow margins and a widest line, called once in a run before the page."""
    st.html(_CSS)
