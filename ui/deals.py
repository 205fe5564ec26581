"""The list behind the funnel: open deals past their expected closing day."""

import polars as pl
import streamlit as st

from data_access.view import View
from ui.breakdown import WORDS
from ui.formats import scale_for
from ui.key_figures import colours
from ui.page import heading
from ui.state import go
from ui.table import table
from ui.words import language, t

SHOWN = 200


def overdue_deals(view: View, *, key: str) -> None:
    """Above the outlet the list counted by child; at an outlet the deals themselves, most urgent first."""
    day = view.store.as_of["opportunities"]
    heading(t("Open deals past their expected closing day"), t("at {day}", day=day))
    total = view.metric("funnel.overdue").row(0, named=True)
    if not total["deals"]:
        st.info(t("No open deal is past its expected closing day."))
        return
    if view.store.tree.children(view.node):
        _by_child(view, key=key)
    else:
        _rows(view, total["deals"], key=key)


def _by_child(view: View, *, key: str) -> None:
    metric = view.catalogue()["funnel.overdue"]
    frame = view.metric(metric.name, "children").filter(pl.col("deals") > 0)
    n, amount = int(frame["deals"].sum()), float(frame["amount"].sum())
    amounts = frame["amount"].to_list()
    money = scale_for(metric.measure("amount"), amounts, _currency(view), view.store.minor_units)
    heads = [
        {"key": "name", "label": t("Institution"), "kind": "name", "phone": True, "unit": None},
        {"key": "deals", "label": t("Deals"), "kind": "bar", "phone": True, "unit": None},
        {"key": "amount", "label": t("Expected amount"), "kind": "number", "phone": True, "unit": money.unit},
    ]
    rows = []
    for row in frame.to_dicts():
        special = row["institution"] in WORDS
        rows.append({
            "id": None if special else row["institution"],
            "role": "own" if special else "child",
            "cells": {
                "name": {"text": t(WORDS[row["institution"]]) if special else row["name"]},
                "deals": {"text": f"{row['deals']:,}", "value": row["deals"]},
                "amount": {"text": money.text(row["amount"]), "value": row["amount"]},
            },
        })  # fmt: skip
    rows.append({"id": None, "role": "total", "cells": {
        "name": {"text": t("Total")}, "deals": {"text": f"{n:,}", "value": n},
        "amount": {"text": money.text(amount), "value": amount}}})  # fmt: skip
    caption = t("Open deals past their expected closing day")
    more = t("Show all {n} rows")
    table(heads, rows, key=key, caption=caption, colours=colours(view), sort=("deals", True), more=more,
          language=language(), on_select=lambda chosen: go(at=chosen))  # fmt: skip


def _rows(view: View, total: int, *, key: str) -> None:
    frame = view.list("deals_overdue").sort("weight", descending=True, maintain_order=True).head(SHOWN)
    stages = {stage.key: stage.zh if language() == "zh" else stage.en for stage in view.store.policy.stages}
    names = ["", *stages.values()]
    amount = view.catalogue()["funnel.overdue"].measure("amount")
    money = scale_for(amount, frame["expected_amount"].to_list(), _currency(view), view.store.minor_units)
    columns = [
        ("deal", t("Deal"), "name", True, None),
        ("customer", t("Customer"), "text", False, None),
        ("manager", t("Relationship manager"), "text", True, None),
        ("stage", t("Stage"), "text", False, None),
        ("amount", t("Expected amount"), "number", True, money.unit),
        ("due", t("Expected to close"), "text", False, None),
        ("late", t("Days late"), "number", False, None),
    ]
    heads = [{"key": k, "label": label, "kind": kind, "phone": phone, "unit": unit}
             for k, label, kind, phone, unit in columns]  # fmt: skip
    rows = []
    for row in frame.to_dicts():
        rows.append({"id": None, "role": "child", "cells": {
            "deal": {"text": row["title"] or row["opportunity_id"]},
            "customer": {"text": _customer(row["customer_no"])},
            "manager": {"text": view.store.managers.get(row["manager_no"], t("Unassigned"))},
            "stage": {"text": names[row["stage"]]},
            "amount": {"text": money.text(row["expected_amount"]), "value": row["expected_amount"]},
            "due": {"text": str(row["expected_close_on"])},
            "late": {"text": f"{row['days_late']:,}", "value": row["days_late"]},
        }})  # fmt: skip
    st.caption(t("The {shown} most urgent of {n}, by amount × days late.", shown=len(rows), n=total))
    caption = t("Open deals past their expected closing day")
    table(heads, rows, key=key, caption=caption, language=language(), more=t("Show all {n} rows"))


def _customer(number: int | None) -> str:
    """A pseudonym: the stable number, not the bank's id, not a name."""
    return "" if number is None else t("Customer {no}", no=number)


def _currency(view: View) -> str:
    return str(view.store.manifest["currency"])
