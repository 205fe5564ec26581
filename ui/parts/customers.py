"""How customers of lists are called, by code or name, and the unit of their amounts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from data_access.access.audit import Act
from data_access.errors import CockpitError
from data_access.subject import Measure
from data_access.view.customers import MOST, Customer
from data_access.view.view import View
from ui.base.formats import MONEY, Scale, plain, scale_in
from ui.base.trail import forget, note_once
from ui.base.words import error_text, t

SHOWN = MOST
NAMES = "names_shown"  # in the session: a list of this run names customers
Told = tuple[str, Callable[[dict[str, Any]], str]]


@dataclass(frozen=True)
class Amount:
    """A column of a list that holds amounts, under its heading; `signed`: changes."""

    label: str
    signed: bool = False


@dataclass(frozen=True)
class Named:
    """How the customers of some rows are called: `known` by name, the others by their code."""

    view: View
    known: Mapping[int, Customer]

    def __call__(self, number: int | None) -> str:
        if number is None or number not in self.known:
            return pseudonym(self.view, number)
        who = self.known[number]
        return f"{who.name} ({who.id})" if who.name else who.id


def pseudonym(view: View, number: int | None) -> str:
    """The code of a customer, the same on every list: not the bank's id, not a name."""
    return "" if number is None else view.store.pseudonym(number)


def names_switch(view: View, *, key: str) -> bool:
    """In a list's head, for who may see names here: whether they are shown. Off at first."""
    if not view.scope.named:
        return False
    return st.toggle(
        t("Show names"),
        key=f"names_{key}",
        help=t(
            "Names and ids as the bank writes them, where you may see them. That they were shown is recorded."
        ),
    )


def named(view: View, rows: pl.DataFrame, *, shown: bool, key: str) -> Named:
    """How the customers of the rows that are shown are called; both the list and the names are recorded."""
    note_once(Act.list, view, key, rows=rows.height)
    if not shown:
        forget(Act.unmask, key)
        return Named(view, {})
    try:
        known = view.names(rows)
        note_once(Act.unmask, view, key, rows=rows.filter(pl.col("customer_no").is_in(list(known))).height)
    except CockpitError as error:  # without a record no name
        st.error(plain(error_text(error)))
        return Named(view, {})
    st.session_state[NAMES] = bool(known) or st.session_state.get(NAMES, False)
    return Named(view, known)


def money(view: View, values: Iterable[float | None]) -> Scale:
    """One scale for amounts."""
    return scale_in(view, Measure(name="amount", label="", unit=MONEY), values)
