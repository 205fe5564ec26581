"""The list behind the funnel: open deals past their expected closing day."""

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.reading import OWN
from data_access.view import View
from ui.children import WORDS
from ui.customers import pseudonym
from ui.formats import scale_for, unit_of
from ui.key_figures import colours
from ui.page import heading
from ui.state import go
from ui.table import table
from ui.todo import told
from ui.words import error_text, language, t

SHOWN = 200


def overdue_deals(view: View, *, key: str) -> None:
    """Above the outlet the list counted by child; at an outlet the deals themselves, most urgent first."""
    try:
        total = view.metric("funnel.overdue").row(0, named=True)
    except NotDelivered as error:
        st.info(error_text(error))
        return
    day = view.store.as_of["opportunities"]
    note = [t("at {day}", day=day), told(view, "overdue")]
    heading(t("Open deals past their expected closing day"), " · ".join(filter(None, note)))
    if not total["deals"]:
        st.info(t("No open deal is past its expected closing day."))
        return
    if not view.store.tree.children(view.node):
        _rows(view, total["deals"], key=key)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _counted(view, "children", t("Institution"), key=f"{key}_children")
    with right:
        _counted(view, "manager", t("Relationship manager"), key=f"{key}_managers")


def _counted(view: View, by: str, title: str, *, key: str) -> None:
    """The list counted by the institutions below, or by relationship manager."""
    metric = view.catalogue()["funnel.overdue"]
    frame = view.metric(metric.name, by).filter(pl.col("deals") > 0)
    n, amounts = int(frame["deals"].sum()), frame["amount"].to_list()
    amount = sum(value for value in amounts if value is not None)
    money = scale_for(metric.measure("amount"), amounts, _currency(view), view.store.minor_units)
    heads = [
        {"key": "name", "label": title, "kind": "name", "phone": True, "unit": None},
        {"key": "deals", "label": t("Deals"), "kind": "bar", "phone": True, "unit": unit_of("deals")},
        {"key": "amount", "label": t("Expected amount"), "kind": "number", "phone": True, "unit": money.unit},
    ][: 3 if view.store.has("opportunities", "expected_amount") else 2]
    rows = []
    for row in frame.to_dicts():
        who, name = (row["institution"], row["name"]) if by == "children" else (row[by], row[by])
        is_below = by == "children" and who not in WORDS
        rows.append({
            "id": who if is_below else None,
            "role": "own" if who == OWN else "child",
            "cells": {
                "name": {"text": t(WORDS[who]) if who in WORDS else name},
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
            "customer": {"text": pseudonym(row["customer_no"])},
            "manager": {"text": view.store.managers.get(row["manager_no"], t("Unassigned"))},
            "stage": {"text": names[row["stage"]]},
            "amount": {"text": money.text(row["expected_amount"]), "value": row["expected_amount"]},
            "due": {"text": str(row["expected_close_on"])},
            "late": {"text": f"{row['days_late']:,}", "value": row["days_late"]},
        }})  # fmt: skip
    if total > len(rows):
        st.caption(t("The {shown} most urgent of {n}, by amount × days late.", shown=len(rows), n=total))
    caption = t("Open deals past their expected closing day")
    table(heads, rows, key=key, caption=caption, language=language(), more=t("Show all {n} rows"))


def _currency(view: View) -> str:
    return str(view.store.manifest["currency"])
