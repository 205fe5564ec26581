"""Metrics as tables: institutions that add up, relationship managers, stages, lists of deals."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from data_access.reading import BETWEEN, OWN, REST
from data_access.subject import Measure, Metric, message
from data_access.view import UNASSIGNED, View
from ui.formats import Scale, scale_for
from ui.key_figures import basis, colours
from ui.page import heading
from ui.state import go
from ui.table import table
from ui.words import language, t

WORDS = {
    OWN: message("Booked here"),
    BETWEEN: message("Transfers between institutions"),
    REST: message("Elsewhere below"),
    UNASSIGNED: message("Unassigned"),
}
Notes = Callable[[dict[str, Any], str], str]  # row and column without a number → the word in its place
LEAD, NAME, SHARE = "_lead", "_name", "_share"


def children_table(view: View, name: str, columns: Sequence[str], *, key: str) -> None:
    """The institutions below with a metric's additive columns: the first as bars with its change and share.

    The table ends with what is booked at the institution itself, transfers, and the total; every
    column sums to the card exactly. An institution without children lists its relationship managers.
    """
    metric = view.catalogue()[name]
    if not view.store.tree.children(view.node):
        manager_table(view, key=key)
        return
    by, wanted = "children", tuple(columns)
    now = view.metric(name, by, columns=wanted)
    here = [column for column in columns if column in now.columns]
    lead = metric.measure(here[0])
    earlier = view.compared(flow=lead.flow)
    covered = view.covers(metric, earlier.period, flow=lead.flow)
    past = earlier.metric(name, by, columns=wanted) if covered else None
    frame = _with_change(now, past, "institution", lead.name)
    frame = _without_empty(view, frame, here)
    spark = view.series(name, lead.name, by=by)
    _draw(view, metric, frame, here, "institution", spark, caption=t("Institutions below"), key=key)


def manager_table(view: View, *, key: str) -> None:
    """The relationship managers of an institution without children."""
    if not view.store.snapshot.has("marts", "managers.own.parquet"):
        st.info(t("Relationship managers are shown when customers carry manager_id."))
        return
    metric = view.catalogue()["book.managers"]
    now = view.metric(metric.name, "manager")
    earlier = view.compared(flow=False)
    past = earlier.metric(metric.name, "manager") if view.covers(metric, earlier.period) else None
    if now.is_empty():
        st.info(t("No customer is booked here at the end of the period."))
        return
    frame = _with_change(now, past, "manager", "aum" if "aum" in now.columns else "customers")
    here: list[str] = [column for column in ("aum", "customers", "deposit", "loan") if column in now.columns]
    _draw(view, metric, frame, here, "manager", None, caption=t("Relationship managers"), key=key)


def _with_change(now: pl.DataFrame, past: pl.DataFrame | None, label: str, lead: str) -> pl.DataFrame:
    """The change of the leading column; an institution that is new changed by all it has."""
    if past is None:
        return now.with_columns(pl.lit(None, dtype=pl.Float64).alias(LEAD))
    old = past.select(label, pl.col(lead).alias("_past"))
    joined = now.join(old, on=label, how="left", maintain_order="left")
    return joined.with_columns((pl.col(lead) - pl.col("_past").fill_null(0)).alias(LEAD)).drop("_past")


def _without_empty(view: View, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rows of closed institutions and of transfers that hold nothing are left out; no sum changes."""
    tree = view.store.tree
    closed = [tree.ids[child] for child in tree.children(view.node) if tree.closed[child]]
    zeros = pl.all_horizontal(pl.col(c).fill_null(0) == 0 for c in [*columns, LEAD])
    return frame.filter(~(pl.col("institution").is_in([*closed, BETWEEN]) & zeros))


def _draw(
    view: View, metric: Metric, frame: pl.DataFrame, columns: list[str], label: str,
    spark: pl.DataFrame | None, *, caption: str, key: str,
) -> None:  # fmt: skip
    lead = metric.measure(columns[0])
    currency, minor = view.store.manifest["currency"], view.store.minor_units
    measures = {name: metric.measure(name) for name in columns}
    totals = {
        name: frame[name].sum() if frame[name].null_count() < frame.height else None
        for name in [*columns, LEAD]
    }
    scales = {
        name: _finer(scale_for(m, frame[name].to_list(), currency, minor)) for name, m in measures.items()
    }
    heads = _heads(view, metric, columns, scales, spark is not None, label)
    rows = [_row(row, columns, scales, totals, label, spark) for row in frame.to_dicts()]
    total = {label: None, "name": t("Total"), **totals}
    if frame[LEAD].null_count() == frame.height:
        total[LEAD] = None
    rows.append({**_row(total, columns, scales, totals, label, None), "role": "total", "id": None})
    heading(caption, basis(view, lead))
    table(
        heads, rows, key=key, caption=caption, colours=colours(view), sort=(columns[0], True),
        more=t("Show all {n} rows"), language=language(),
        on_select=(lambda chosen: go(at=chosen)) if label == "institution" else None,
    )  # fmt: skip


def _finer(scale: Scale) -> Scale:
    """The scale is that of the largest row; small rows keep two decimals, the total is as long as it gets."""
    return replace(scale, decimals=2) if scale.decimals else scale


def _heads(
    view: View, metric: Metric, columns: list[str], scales: dict[str, Scale], spark: bool, label: str
) -> list[dict[str, Any]]:
    lead = metric.measure(columns[0])
    title = t("Institution") if label == "institution" else t("Relationship manager")
    heads: list[dict[str, Any]] = [{"key": NAME, "label": title, "kind": "name", "phone": True, "unit": None}]
    for number, name in enumerate(columns):
        measure = metric.measure(name)
        heads.append({"key": name, "label": t(measure.label), "unit": scales[name].unit, "phone": number == 0,
                      "kind": "bar" if number == 0 else "number",
                      "definition": t(measure.definition) if measure.definition else None})  # fmt: skip
        if number == 0:
            change = {"key": LEAD, "label": basis(view, lead), "unit": None, "kind": "change", "phone": True}
            meaning = t("The row's change over the former total; the rows sum to the growth of the total.")
            share = {"key": SHARE, "label": t("Contribution to growth"), "unit": t("pp"), "kind": "number",
                     "phone": False, "definition": meaning}  # fmt: skip
            heads += [change, share]
            if spark:
                heads.append(
                    {
                        "key": "_spark",
                        "label": t("Last 12 months"),
                        "unit": None,
                        "kind": "spark",
                        "phone": False,
                    }
                )
    return heads


def _row(
    row: dict[str, Any], columns: list[str], scales: dict[str, Scale], totals: dict[str, Any],
    label: str, spark: pl.DataFrame | None,
) -> dict[str, Any]:  # fmt: skip
    identity = row[label]
    role = {OWN: "own", BETWEEN: "between", REST: "own"}.get(identity, "child")
    shown = t(WORDS[identity]) if identity in WORDS else row.get("name") or identity or ""
    cells: dict[str, Any] = {NAME: {"text": shown}}
    for name in columns:
        cells[name] = {"text": scales[name].text(row[name]), "value": row[name]}
    change, whole = row[LEAD], totals[LEAD]
    scale = scales[columns[0]]
    cells[LEAD] = {"text": scale.signed(change), "value": change, "direction": scale.direction(change)}
    former = None if whole is None else (totals[columns[0]] or 0) - whole
    part = 100 * change / former if change is not None and former and former > 0 else None
    cells[SHARE] = {"text": "" if part is None else f"{round(part, 2) + 0.0:+.2f}", "value": part}
    if role == "between":  # transfers are no stock: only what they correct is written
        cells = {
            key: cell if cell.get("value") or key == NAME else {"text": ""} for key, cell in cells.items()
        }
    elif spark is not None and spark.height:
        own = spark.filter(pl.col(label) == identity)[columns[0]].to_list()
        cells["_spark"] = {"spark": own, "text": ""}
    clickable = role == "child" and label == "institution"
    return {"id": identity if clickable else None, "role": role, "cells": cells}


def plain_table(
    view: View, metric: Metric, frame: pl.DataFrame, label: tuple[str, str], columns: Sequence[str], *,
    caption: str, key: str, names: dict[str, str] | None = None, notes: Notes = lambda _row, _column: "",
) -> None:  # fmt: skip
    """Any metric frame as a table in its own order: one label column and some of its measures."""
    currency, minor = view.store.manifest["currency"], view.store.minor_units
    measures = [
        metric.measure(name)
        for name in columns
        if name in frame.columns and _any(frame, metric.measure(name))
    ]
    scales = {m.name: scale_for(m, frame[m.name].to_list(), currency, minor) for m in measures}
    field, title = label
    heads = [{"key": field, "label": title, "kind": "name", "phone": True, "unit": None}]
    heads += [{"key": m.name, "label": t(m.label), "unit": scales[m.name].unit, "kind": "number",
               "phone": number < 2, "definition": t(m.definition) if m.definition else None}
              for number, m in enumerate(measures)]  # fmt: skip
    rows = [
        {"id": None, "role": "child",
         "cells": {field: {"text": (names or {}).get(row[field], row[field])},
                   **{m.name: _cell(row, m, scales[m.name], notes) for m in measures}}}
        for row in frame.to_dicts()
    ]  # fmt: skip
    table(heads, rows, key=key, caption=caption, language=language())


def _any(frame: pl.DataFrame, measure: Measure) -> bool:
    return frame[measure.name].null_count() < frame.height


def _cell(row: dict[str, Any], measure: Measure, scale: Scale, notes: Notes) -> dict[str, Any]:
    value = row[measure.name]
    if value is None:
        return {"text": notes(row, measure.name), "value": None}
    title = None
    if measure.part and row.get("low") is not None:
        low, high = (f"{row[name] * 100:.1f}" for name in ("low", "high"))
        title = t(
            "95 % interval {low}–{high} %, n = {n}",
            low=low,
            high=high,
            n=f"{sum(row[c] for c in measure.cases):,}",
        )
    return {"text": scale.text(value), "value": value, "title": title}
