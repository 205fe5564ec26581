"""Detractors whom nobody has called back in time: by institution, at an outlet the customers to call."""

import bisect
from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import CockpitError
from data_access.reading import OWN, REST
from data_access.view import View
from ui.children import NAME, WORDS
from ui.customers import customer_rows, money
from ui.key_figures import colours
from ui.page import heading
from ui.state import CHILDREN, go
from ui.table import table
from ui.todo import told
from ui.words import error_text, language, t


def detractors(view: View, *, key: str) -> None:
    """The list, or above the outlet the same list counted by institution."""
    days = view.store.policy.callback_days
    quiet = [t("not called back within {n} working days, at the date of the data", n=days),
             told(view, "detractors")]  # fmt: skip
    heading(t("Detractors to call back"), " · ".join(filter(None, quiet)))
    if not view.store.snapshot.has("lists", "detractors.parquet"):
        st.info(t("Detractors are listed when surveys and contacts name the customer."))
        return
    try:
        frame = view.list("detractors").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        st.info(error_text(error))
        return
    if frame.is_empty():
        st.info(t("Every detractor of the last 90 days has been called back, or is not due yet."))
    elif view.store.tree.children(view.node):
        _by_institution(view, frame, key=key)
    else:
        _rows(view, frame, key=key)


def _by_institution(view: View, frame: pl.DataFrame, *, key: str) -> None:
    """Counted by the institutions below, with those booked at the institution itself."""
    tree = view.store.tree
    below = (tree.children(view.node) if view.rows == CHILDREN
             else tree.at_level(view.node, view.rows.removeprefix("level:")))  # fmt: skip
    owner = [_holder(tree.last, below, node) for node in frame["node"]]
    counted = frame.with_columns(owner=pl.Series(owner, dtype=pl.Int64)).group_by("owner").agg(
        cases=pl.len(), amount=pl.col("amount").sum(), late=pl.col("days_late").max()
    )  # fmt: skip
    scale = money(view, counted["amount"].to_list())
    heads: list[dict[str, Any]] = [
        {"key": NAME, "label": t("Institution"), "kind": "name", "phone": True, "unit": None},
        {"key": "cases", "label": t("Detractors"), "kind": "bar", "phone": True, "unit": None},
        {"key": "amount", "label": t("Their AUM"), "kind": "number", "phone": True, "unit": scale.unit},
        {"key": "late", "label": t("Longest overdue"), "kind": "number", "phone": False, "unit": t("days")},
    ]

    def row(role: str, name: str, found: dict[str, Any], at: str | None = None) -> dict[str, Any]:
        return {"id": at, "role": role, "cells": {
            NAME: {"text": name},
            "cases": {"text": f"{found['cases']:,}", "value": found["cases"]},
            "amount": {"text": scale.text(found["amount"]), "value": found["amount"]},
            "late": {"text": f"{found['late']:,}", "value": found["late"]},
        }}  # fmt: skip

    word = WORDS[OWN if view.rows == CHILDREN else REST]
    elsewhere = t(word)
    rows = []
    for found in counted.to_dicts():
        node = found["owner"]
        rows.append(row("own", elsewhere, found) if node < 0
                    else row("child", view.name(tree.ids[node]), found, tree.ids[node]))  # fmt: skip
    rows.append(row("total", t("Total"), {"cases": frame.height, "amount": frame["amount"].sum(),
                                          "late": frame["days_late"].max()}))  # fmt: skip
    table(heads, rows, key=key, caption=t("Detractors to call back"), colours=colours(view),
          sort=("cases", True), language=language(), more=t("Show all {n} rows"),
          on_select=lambda chosen: go(at=chosen))  # fmt: skip


def _holder(last: Any, below: list[int], node: int) -> int:
    """Which of the institutions holds a node; -1: none."""
    place = bisect.bisect_right(below, node) - 1
    return below[place] if place >= 0 and node <= last[below[place]] else -1


def _rows(view: View, frame: pl.DataFrame, *, key: str) -> None:
    reasons = view.store.codes.get("reason", [])

    def reason(row: dict[str, Any]) -> str:
        return reasons[row["reason"]] if row["reason"] else t("none named")

    columns = {
        "nps": (t("Score"), lambda row: str(row["nps"])),
        "answered": (t("Answered on"), lambda row: str(row["responded_on"])),
        "late": (t("Days overdue"), lambda row: f"{row['days_late']:,}"),
        "reason": (t("Reason"), reason),
    }
    customer_rows(view, frame, columns, caption=t("Detractors to call back"), key=key, amount=t("AUM"))
