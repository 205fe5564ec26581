"""Customers by tier, tenth and quadrant: the tables of the value page."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.value.marts import LOYAL
from metrics.value.settings import FLOOR_TENTHS, LOYAL_PRODUCTS, LOYAL_TRANSACTIONS, VALUE_EDGE
from ui.base.formats import plain, round_amount
from ui.base.words import language, t
from ui.parts.breakdown import Notes, plain_rows
from ui.parts.key_figures import colours
from ui.parts.key_items import has_tiers
from ui.parts.model import Table
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.value.spread import day_note, suited, tier_names, too_few

QUADRANTS = {
    "A": message("A: high value, loyal"),
    "B": message("B: high value, not loyal"),
    "C": message("C: low value, loyal"),
    "D": message("D: low value, not loyal"),
}
LOYAL_BY = {
    "products": message("{n} products or more"),
    "own_transactions": message("{n} own transactions a month or more"),
}


def _rows(
    view: View,
    name: str,
    field: tuple[str, str],
    columns: tuple[str, ...],
    names: dict[str, str],
    together: tuple[str, ...] = (),
    notes: Notes = lambda _row, _column: "",
) -> Table | None:
    """A metric's headings and rows in their own order; None where nobody is counted."""
    frame = suited(view).metric(name)
    if not frame["customers"].sum():
        return None
    frame = frame.with_columns(pl.col(field[0]).cast(pl.String))
    return plain_rows(
        view,
        view.catalogue()[name],
        frame,
        field,
        columns,
        names=names,
        notes=notes,
        together=together,
        middling=True,
    )


def _draw(view: View, title: str, rows: Callable[[View], Table | None], *, key: str) -> bool:
    """The rows under a title, or why there are none; whether there are any."""
    try:
        found = rows(view)
    except NotDelivered as error:
        notice(error)
        return False
    if found is None:
        nothing(t("No customer is booked here at the end of the period."))
        return False
    table(found, key=key, caption=title, colours=colours(view), language=language(), fixed=True)
    return True


def tier_rows(view: View) -> Table | None:
    """Customers, AUM and contribution by tier."""
    columns = ("customers", "aum", "share_customers", "share_aum", "contribution")
    return _rows(view, "value.tiers", ("tier", t("Tier")), columns, tier_names(view))


def tier_table(view: View, *, key: str) -> None:
    """The tiers as a table."""
    if not has_tiers(view):
        return
    heading(t("Tiers"), day_note(view))
    _draw(view, t("Tiers"), tier_rows, key=key)


def decile_rows(view: View) -> Table | None:
    """Customers in tenths by AUM."""
    columns = ("aum", "share", "customers", "contribution", "products_mean", "deposit", "loan", "wealth")
    names = {str(k): t("Tenth {n}", n=k) for k in range(2, 10)}
    names |= {"1": t("Tenth 1 (most AUM)"), "10": t("Tenth 10 (least AUM)")}
    label = ("decile", t("Tenth of the customers"))

    least = view.store.policy.of(FLOOR_TENTHS)

    def few(row: dict[str, Any], _column: str) -> str:
        return t("under {n} here", n=f"{least:,}") if row["note"] else ""

    return _rows(view, "value.deciles", label, columns, names, ("deposit", "loan", "wealth"), few)


def decile_table(view: View, *, key: str) -> None:
    """The tenths as a table."""
    heading(t("Customers in tenths by AUM"), day_note(view))
    if not too_few(view):
        _draw(view, t("Customers in tenths by AUM"), decile_rows, key=key)


def quadrant_rows(view: View) -> Table | None:
    """Customers, AUM and contribution by loyalty and value."""
    names = {letter: t(words) for letter, words in QUADRANTS.items()}
    columns = ("customers", "aum", "contribution")
    return _rows(view, "value.quadrants", ("quadrant", t("Quadrant")), columns, names)


def quadrant_table(view: View, *, key: str) -> None:
    """Loyalty × value, and where the lines are drawn."""
    heading(t("Loyalty and value"), day_note(view))
    if not _draw(view, t("Loyalty and value"), quadrant_rows, key=key):
        return
    policy = view.store.policy
    by = [name for name in LOYAL if view.store.has("customer_months", name)]
    cuts = {"products": policy.of(LOYAL_PRODUCTS), "own_transactions": policy.of(LOYAL_TRANSACTIONS)}
    if by:
        loyal = t(" and ").join(t(LOYAL_BY[name], n=cuts[name]) for name in by)
        st.caption(
            plain(
                t(
                    "High value: AUM of {edge} or more. Loyal: {loyal}.",
                    edge=round_amount(view, policy.of(VALUE_EDGE)),
                    loyal=loyal,
                )
            )
        )
