"""Lists of customers: pseudonym, relationship manager, amount, and what the list is about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
import streamlit as st

from data_access.subject import Measure
from data_access.view.view import View
from ui.base.formats import MONEY, Scale, scale_in
from ui.base.words import language, t
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.table import table

SHOWN = 200
Told = tuple[str, Callable[[dict[str, Any]], str]]


def pseudonym(number: int | None) -> str:
    """The stable number, not the bank's id, not a name."""
    return "" if number is None else t("Customer {no}", no=number)


def money(view: View, values: Iterable[float | None]) -> Scale:
    """One scale for amounts."""
    return scale_in(view, Measure(name="amount", label="", unit=MONEY), values)


def customer_rows(
    view: View,
    frame: pl.DataFrame,
    columns: Mapping[str, Told],
    *,
    caption: str,
    key: str,
    amount: str = "",
    phone: tuple[str, ...] = (),
) -> None:
    """Rows of a list as stored, most urgent first: amount (named where it is the AUM), then what it adds.

    `phone`: the columns a phone has room for; else the amount and the first one.
    """
    if frame.is_empty():
        st.info(t("The list is empty."))
        return
    shown = frame.head(SHOWN)
    scale, narrow = money(view, shown["amount"].to_list()), phone or ("amount", next(iter(columns)))
    heads = [
        Column("customer", t("Customer"), kind="name", phone=True),
        Column("amount", amount or t("Amount"), unit=scale.unit, phone="amount" in narrow),
        *(Column(name, label, kind="text", phone=name in narrow) for name, (label, _) in columns.items()),
        Column("manager", t("Relationship manager"), kind="text"),
    ]
    rows = [
        Row(
            {
                "customer": Cell(pseudonym(row["customer_no"])),
                "amount": Cell(scale.text(row["amount"]), row["amount"]),
                **{name: Cell(told(row)) for name, (_, told) in columns.items()},
                "manager": Cell(view.store.managers.get(row["manager_no"], t("Unassigned"))),
            }
        )
        for row in shown.to_dicts()
    ]
    if frame.height > SHOWN:
        st.caption(t("The {shown} most urgent of {n}, by amount and urgency.", shown=SHOWN, n=frame.height))
    table(Table(heads, rows), key=key, caption=caption, language=language(), more=t("Show all {n} rows"))
