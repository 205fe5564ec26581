"""What needs attention: alerts against the own past, and open tasks."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.subject import Measure
from data_access.view.view import View
from ui.base.formats import scale_for
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.children import NAME, WORDS
from ui.parts.key_figures import colours
from ui.parts.page import heading
from ui.parts.table import table

MOST = 8


def alerts(view: View, *, key: str) -> None:
    """Figures beyond their usual scatter, of the institution and those below; a row leads there."""
    heading(t("Alerts"), t("beyond the usual scatter of the last 12 months"))
    rows = [*_rows(view, None), *(_rows(view, "children") if view.store.tree.children(view.node) else [])]
    if not rows:
        st.caption(t("Nothing lies beyond its usual scatter."))
        return
    heads = [
        {"key": NAME, "label": t("Institution"), "kind": "name", "phone": True, "unit": None},
        {"key": "figure", "label": t("Figure"), "kind": "text", "phone": True, "unit": None},
        {"key": "value", "label": t("Last month"), "kind": "number", "phone": True, "unit": None},
        {"key": "usual", "label": t("Usual"), "kind": "number", "phone": False, "unit": None},
        {"key": "word", "label": t("Verdict"), "kind": "text", "phone": False, "unit": None},
    ]
    order = {"bad": 0, "": 1, "good": 2}
    rows.sort(key=lambda row: order[row["verdict"]])
    table(
        heads,
        [row["row"] for row in rows[:MOST]],
        key=key,
        caption=t("Alerts"),
        colours=colours(view),
        language=language(),
        on_select=lambda chosen: go(at=chosen),
    )
    if len(rows) > MOST:
        st.caption(t("{n} more; open an institution below to see its own.", n=len(rows) - MOST))


def _rows(view: View, by: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row in view.metric("alerts.watch", by).to_dicts():
        name, _, column = row["metric"].rpartition(".")
        measure = view.catalogue()[name].measure(column)
        own = view.store.tree.ids[view.node]
        here = row.get("institution") or own
        shown = t(WORDS[here]) if here in WORDS else row.get("name") or view.name(own)
        text = [_text(view, measure, row[key]) for key in ("value", "low", "high")]
        words = {"good": t("better"), "bad": t("worse")}
        cells = {
            NAME: {"text": shown},
            "figure": {"text": t(measure.label)},
            "value": {"text": text[0], "value": row["value"], "direction": row["direction"]},
            "usual": {"text": f"{text[1]} – {text[2]}", "value": row["baseline"]},
            "word": {"text": words.get(row["verdict"], "")},
        }
        linked = None if here in WORDS or by is None else here
        found.append({"verdict": row["verdict"], "row": {"id": linked, "role": "child", "cells": cells}})
    return found


def _text(view: View, measure: Measure, value: float) -> str:
    unit = view.store.minor_units if measure.unit == "money" else 1
    scale = scale_for(measure, [value * unit], view.store.manifest["currency"], view.store.minor_units)
    return f"{scale.text(value * unit)} {scale.unit}".strip()


def tasks(view: View, *, key: str) -> None:
    """Open tasks of the institution and its children, overdue ones first."""
    found = view.tasks()
    heading(t("Open tasks"))
    if found.is_empty():
        st.caption(
            t("No task is open here.")
            if view.store.has("annotations")
            else t("Tasks are shown when annotations are delivered.")
        )
        return
    heads = [
        {"key": "task", "label": t("Task"), "kind": "name", "phone": True, "unit": None},
        {"key": "place", "label": t("Institution"), "kind": "text", "phone": False, "unit": None},
        {"key": "owner", "label": t("Responsible"), "kind": "text", "phone": False, "unit": None},
        {"key": "due", "label": t("Due"), "kind": "text", "phone": True, "unit": None},
        {"key": "state", "label": t("State"), "kind": "text", "phone": True, "unit": None},
    ]
    rows = [_task(view, row) for row in found.with_columns(pl.col("owner").fill_null("")).to_dicts()]
    table(heads, rows, key=key, caption=t("Open tasks"), language=language(), more=t("Show all {n} rows"))


def _task(view: View, row: dict[str, Any]) -> dict[str, Any]:
    late = row["days_late"]
    state = t("{n} days overdue", n=late) if late is not None and late > 0 else t("open")
    return {
        "id": None,
        "role": "child",
        "cells": {
            "task": {"text": row["text"]},
            "place": {"text": view.name(view.store.tree.ids[row["node"]])},
            "owner": {"text": row["owner"]},
            "due": {"text": str(row["due_on"] or "")},
            "state": {"text": state},
        },
    }
