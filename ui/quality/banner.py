"""What every page must say of the data themselves: too old, a build that failed, a ledger that differs."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from data_access.subject import message
from data_access.view import quality
from data_access.view.view import View
from ui.base.formats import plain
from ui.base.snapshot import live
from ui.base.words import counted, t
from ui.quality.words import table_word


def banner(view: View, tables: Sequence[str]) -> None:
    """Of the tables that the page reads; more stands on the page of data quality."""
    late = [name for name in quality.late_tables(view.store, live().register.today()) if name in tables]
    said = []
    if late:
        names = t(", ").join(table_word(name) for name in late)
        said.append(t("{tables} should have newer data by now.", tables=names))
    failed = quality.failure(view.scope)
    if failed is not None:
        said.append(failed_words(failed[0]))
    off = sum(not total.agrees for total in quality.totals(view.scope) if total.table in tables)
    if off:
        said.append(
            counted(
                off,
                message("{n} total differs from the ledger."),
                message("{n} totals differ from the ledger."),
            )
        )
    if said:
        said.append(t("More stands under “Data quality”."))
        st.warning(plain(" ".join(said)))
    news = [(name, month) for name in tables for month in quality.restated_lately(view.store, name)]
    if news:
        months = t(", ").join(f"{table_word(name)} {month:%Y-%m}" for name, month in news)
        st.caption(plain(t("Told otherwise than before: {months}.", months=months)))


def failed_words(at: datetime) -> str:
    """When the last build failed, and what is shown instead."""
    day = f"{at:%Y-%m-%d %H:%M} UTC"
    return t("The build of {day} failed; what is shown is of the one before it.", day=day)
