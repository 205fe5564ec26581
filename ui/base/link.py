"""What stands in a link: its words, and the way a widget changes it."""

import streamlit as st

from data_access import periods
from data_access.subject import message

ALL, NONE, LIVE = "all", "none", "live"
TAG = "tag_"  # before the name of one of the bank's own tags
CHILDREN = "children"
KINDS = {
    ALL: message("All customers"),
    "personal": message("Personal"),
    "corporate": message("Corporate"),
    "unknown": message("Kind unknown"),
}
COMPARE = {
    periods.YEAR_START: message("vs start of year"),
    periods.LAST_YEAR: message("vs same period last year"),
    periods.PREVIOUS: message("vs previous period"),
    periods.QUARTER_END: message("vs last quarter end"),
    periods.MONTH_END: message("vs last month end"),
    periods.WEEK: message("vs last week"),
    periods.DAY: message("vs previous day"),
}
WIDTHS = {"zh": 132, "en": 176}  # of a select box


OPEN = "open_page"  # in the session: the page that a click asks for, and what its link says


def go_to_page(url: str, **changes: str) -> None:
    """Called by widgets that lead to another page: `ui/main.py` opens it in the next run."""
    st.session_state[OPEN] = url, {**st.query_params.to_dict(), **changes}


def go(**changes: str) -> None:
    """Called by widgets: the new values go into the URL, and the next run reads them there."""
    st.query_params.from_dict({**st.query_params.to_dict(), **changes})
