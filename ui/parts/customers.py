"""Lists of customers: pseudonym, relationship manager, amount, and what the list is about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
import streamlit as st

from data_access.subject import Measure
from data_access.view.view import View
from ui.base.formats import Scale, scale_for
from ui.base.words import language, t
from ui.parts.table import table

SHOWN = 200
Told = tuple[str, Callable[[dict[str, Any]], str]]


def pseudonym(number: int | None) -> str:
    """The stable number, not the bank's id, not a name."""
    return "" if number is None else t("Customer {no}", no=number)


def money(view: View, values: Iterable[float | None]) -> Scale:
    """One scale for amounts."""
    return scale_for(
        Measure(name="amount", label="", unit="money"),
        values,
        view.store.manifest["currency"],
        view.store.minor_units,
    )


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
    heads: list[dict[str, Any]] = [
        {"key": "customer", "label": t("Customer"), "kind": "name", "phone": True, "unit": None},
        {
            "key": "amount",
            "label": amount or t("Amount"),
            "kind": "number",
            "phone": "amount" in narrow,
            "unit": scale.unit,
        },
        *(
            {"key": name, "label": label, "kind": "text", "phone": name in narrow, "unit": None}
            for name, (label, _) in columns.items()
        ),
        {"key": "manager", "label": t("Relationship manager"), "kind": "text", "phone": False, "unit": None},
    ]
    rows = [
        {
            "id": None,
            "role": "child",
            "cells": {
                "customer": {"text": pseudonym(row["customer_no"])},
                "amount": {"text": scale.text(row["amount"]), "value": row["amount"]},
                **{name: {"text": told(row)} for name, (_, told) in columns.items()},
                "manager": {"text": view.store.managers.get(row["manager_no"], t("Unassigned"))},
            },
        }
        for row in shown.to_dicts()
    ]
    if frame.height > SHOWN:
        st.caption(t("The {shown} most urgent of {n}, by amount and urgency.", shown=SHOWN, n=frame.height))
    table(heads, rows, key=key, caption=caption, language=language(), more=t("Show all {n} rows"))
