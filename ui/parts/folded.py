"""What a page says after it has decided: there in full, one click away, and no server run for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def folded(title: str, *, key: str) -> Iterator[None]:
    """What is drawn inside stands in a closed part under this title."""
    with st.expander(title, key=f"fold_{key}"):
        yield
