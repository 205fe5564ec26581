"""What may be told of a failure: its kind and the code it passed, never its text, which may hold data."""

import traceback
from pathlib import Path

import streamlit as st

from ui.base.words import t


def traced(error: BaseException) -> str:
    """The kind of a failure and its way, the innermost line first.

    >>> try:
    ...     int("secret")
    ... except ValueError as error:
    ...     traced(error).startswith("ValueError at ")
    True
    """
    frames = reversed(traceback.extract_tb(error.__traceback__))
    way = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {way}"


def regret() -> None:
    """What a reader sees instead of the page."""
    st.error(
        t("This page could not be computed. Choose another period or institution, or tell the administrator.")
    )


def failed_click(_: Exception) -> bool:
    """The same where a click failed before the page began to run; Streamlit logs it and says no more."""
    regret()
    return True
