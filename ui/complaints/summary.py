"""Complaints by category and channel, and the list of those that wait for an answer beyond the promise."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.rows import OWN
from data_access.view.view import View
from ui.base.formats import WHOLE, grouped, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.breakdown import children_table, plain_rows
from ui.parts.child_rows import NAME, WORDS
from ui.parts.contents import Wanted
from ui.parts.customers import SHOWN, money, named, names_switch
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.parents import OTHERS, busiest, by_manager
from ui.parts.quiet import absent, heading, nothing, notice
from ui.parts.table import table

COLUMNS = ("opened", "regulator", "open", "on_time", "median_days", "repeated")
LABELS = {"category": message("Category"), "channel": message("Channel")}
SOURCES = {"regulator": message("Regulator"), "media": message("Media"), "customer": message("Customer")}


def complaints_below(view: View, columns: Wanted, *, key: str) -> None:
    """The institutions below; an outlet has none, and what its managers hold says nothing of complaints."""
    if view.store.tree.children(view.node):
        children_table(view, columns, key=key)


def complaint_table(view: View, by: str, *, key: str) -> None:
    """Complaints by one of their labels, those with most new cases first."""
    if not view.store.has("complaints", by):
        return
    heading(t("By category") if by == "category" else t("By channel"))
    found = complaint_rows(view, by)
    if not found.rows:
        nothing(t("There was no complaint in the period."))
        return
    table(found, key=key, caption=t(LABELS[by]), language=language(), sort=("opened", True))


def complaint_rows(view: View, by: str) -> Table:
    """The complaints by one of their labels."""
    metric = view.catalogue()["complaints.summary"]
    frame = view.metric(metric.name, by, columns=COLUMNS)
    filled = pl.any_horizontal(pl.col("opened", "open", "promised").fill_null(0) > 0)
    frame = frame.filter(filled).sort("opened", descending=True, maintain_order=True)

    def notes(row: dict[str, Any], column: str) -> str:
        """Why there is no number."""
        if column == "median_days":
            return t("not reached yet") if row["open"] or row["opened"] else ""
        return t("none due") if column == "on_time" else ""

    return plain_rows(
        view, metric, frame, (by, t(LABELS[by])), COLUMNS, names={"unknown": t("Unknown")}, notes=notes
    )


def waiting(view: View) -> dict[str, Any] | None:
    """How many complaints wait beyond the promise; None where nobody can say."""
    try:
        row = view.metric("complaints.late").row(0, named=True)
    except NotDelivered:
        return None
    return row if row["cases"] is not None else None


def next_step(view: View) -> str:
    """The last sentence of the finding: what waits for an answer."""
    found = waiting(view)
    if not found or not found["cases"]:
        return ""
    cases, forwarded = f"{found['cases']:,}", f"{found['regulator']:,}"
    return t(
        "Next: complaints past the promised day without an answer, {n} in all, "
        "{forwarded} from the regulator.",
        n=cases,
        forwarded=forwarded,
    )


def late_complaints(view: View, *, key: str) -> None:
    """Counted by child and manager above the outlet; there the cases, the regulator's first."""
    title = t("Complaints past the promised day without an answer")
    found = waiting(view)
    if found is None:
        absent(t("{title}: shown when complaints carry due_on, and answered_on or resolved_on.", title=title))
        return
    note = []
    if found["cases"]:
        note.append(t("at {day}", day=view.store.as_of["complaints"]))
        cases, forwarded = f"{found['cases']:,}", f"{found['regulator']:,}"
        note.append(t("{n} in all, {forwarded} from the regulator", n=cases, forwarded=forwarded))
    heading(title, " · ".join(note))
    if not found["cases"]:
        nothing(t("No complaint is past the promised day without an answer."))
    elif not view.store.tree.children(view.node):
        _cases(view, found["cases"], key=key)
    else:
        left, right = st.columns(2, gap="medium")
        with left:
            _counted(view, "children", t("Institution"), key=f"{key}_children")
        with right:
            _counted(view, "manager", t("Relationship manager"), key=f"{key}_managers")


def _counted(view: View, by: str, title: str, *, key: str) -> None:
    frame = by_manager(view, "complaints.late") if by == "manager" else view.metric("complaints.late", by)
    frame = frame.filter(pl.col("cases") > 0)
    scale = money(view, frame["aum"].to_list())
    columns = [
        ("cases", t("Complaints"), "bar", unit_of("cases")),
        ("regulator", t("From the regulator"), "number", unit_of("cases")),
        ("aum", t("Customers' AUM"), "number", scale.unit),
    ][: 3 if frame["aum"].null_count() < frame.height else 2]
    heads = [Column(NAME, title, kind="name", phone=True)]
    heads += [
        Column(k, label, kind, unit, phone=k != "aum", adds_up=scale if k == "aum" else WHOLE)
        for k, label, kind, unit in columns
    ]

    def cells(name: str, row: dict[str, Any]) -> dict[str, Cell]:
        numbers = {k: Cell(grouped(row[k]), row[k]) for k in ("cases", "regulator")}
        return {
            NAME: Cell(name, note=row.get("place", "")),
            **numbers,
            "aum": Cell(scale.text(row["aum"]), row["aum"]),
        }

    rows, sums = [], {k: frame[k].sum() for k in ("cases", "regulator", "aum")}
    for row in (busiest(frame, *sums) if by == "manager" else frame).to_dicts():
        who, name = (row["institution"], row["name"]) if by == "children" else (row[by], row[by])
        is_below = by == "children" and who not in WORDS
        rows.append(
            Row(
                cells(t(WORDS[who]) if who in WORDS else name, row),
                role="own" if who == OWN or row.get(OTHERS) else "child",
                id=who if is_below else None,
            )
        )
    rows.append(Row(cells(t("Total"), sums), role="total"))
    table(
        Table(heads, rows),
        key=key,
        caption=title,
        colours=colours(view),
        sort=("cases", True),
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )


def _cases(view: View, total: int, *, key: str) -> None:
    try:
        frame = view.list("complaints_late")
    except CockpitError as error:
        notice(error)
        return
    order = ["regulator", "weight", "days_late"]
    frame = frame.sort(order, descending=True, maintain_order=True).head(SHOWN)
    called = named(view, frame, shown=names_switch(view, key=key), key=key)
    scale = money(view, frame["aum"].to_list())
    words = {name: view.store.codes.get(name, ["unknown"]) for name in ("category", "source")}
    columns = [
        ("case", t("Case"), "name", True, ""),
        ("source", t("Source"), "text", True, ""),
        ("customer", t("Customer"), "text", False, ""),
        ("category", t("Category"), "text", False, ""),
        ("aum", t("Customers' AUM"), "number", False, scale.unit),
        ("due", t("Promised for"), "text", False, ""),
        ("late", t("Days late"), "number", True, unit_of("days")),
        ("manager", t("Relationship manager"), "text", False, ""),
    ]
    heads = [Column(k, label, kind=kind, unit=unit, phone=phone) for k, label, kind, phone, unit in columns]
    rows = [
        Row(
            {
                "case": Cell(row["case_id"]),
                "source": Cell(t(SOURCES.get(words["source"][row["source"]], "Unknown"))),
                "customer": Cell(called(row["customer_no"])),
                "category": Cell(_word(words["category"][row["category"]])),
                "aum": Cell(scale.text(row["aum"]), row["aum"]),
                "due": Cell(str(row["due_on"])),
                "late": Cell(grouped(row["days_late"]), row["days_late"]),
                "manager": Cell(view.store.managers.get(row["manager_no"], t("Unassigned"))),
            }
        )
        for row in frame.to_dicts()
    ]
    if total > len(rows):
        st.caption(
            t(
                "The {shown} most urgent of {n}: the regulator's first, then by AUM × days late.",
                shown=len(rows),
                n=total,
            )
        )
    table(
        Table(heads, rows),
        key=key,
        caption=t("Complaints past the promised day without an answer"),
        language=language(),
        more=t("Show all {n} rows"),
    )


def _word(value: str) -> str:
    return t("Unknown") if value == "unknown" else value
