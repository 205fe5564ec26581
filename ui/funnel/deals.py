"""Lists of open deals that call for action: who holds them, how much is in them, how urgent they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import CockpitError, NotDelivered
from data_access.subject import Period, message
from data_access.view.rows import OWN
from data_access.view.view import View
from ui.base.formats import WHOLE, grouped, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import WORDS
from ui.parts.customers import SHOWN, money, named, names_switch
from ui.parts.folded import folded
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import stage_names
from ui.parts.parents import OTHERS, busiest, by_manager
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.parts.todo import ActionList, told

REASONS = {
    "no_contact": message("no contact in time"),
    "no_visit": message("no visit in time"),
    "no_deal": message("not won in time"),
    "released": message("released"),
    "unknown": message("Unknown"),
}
Told = Callable[[View, dict[str, Any]], str]


@dataclass(frozen=True)
class Listed:
    """One list: its name among the stored ones, the metric and columns that count it, and its words.

    `row`: of a metric with several rows for an institution, the one that counts. `columns` are those that
    the list adds, each with its heading and what it tells of a row.
    """

    name: str
    todo: ActionList
    metric: str
    deals: str
    amount: str
    title: str
    none: str
    columns: tuple[tuple[str, Told], ...]
    by_manager: bool = True
    row: str = ""


def _days(name: str) -> Told:
    return lambda _view, row: f"{row[name]:,}"


def _overdue(view: View) -> tuple[int, int]:
    row = view.metric("funnel.overdue").row(0, named=True)
    return int(row["deals"]), int(row["amount"] or 0)


def _stalled(view: View) -> tuple[int, int]:
    day = view.store.reach(view.catalogue()["funnel.stage_time"])[1]
    rows = view.during(Period(day, day)).metric("funnel.stage_time").filter(pl.col("stage") == "cycle")
    return int(rows["stalled"][0]), int(rows["stalled_amount"][0] or 0)


def _returning(view: View) -> tuple[int, int]:
    row = view.metric("funnel.pool").row(0, named=True)
    return int(row["returning_7d"]), int(row["returning_7d_amount"] or 0)


TO_CLOSE = ActionList(
    name="overdue",
    label=message("open deals past their expected closing day"),
    noun="deals",
    read=_overdue,
)
STALLING = ActionList(name="stalled", label=message("stalled deals"), noun="deals", read=_stalled)
GOING_BACK = ActionList(
    name="returning",
    label=message("deals that go back to the pool within 7 days"),
    noun="deals",
    read=_returning,
)
OVERDUE = Listed(
    "deals_overdue",
    TO_CLOSE,
    "funnel.overdue",
    "deals",
    "amount",
    message("Open deals past their expected closing day"),
    message("No open deal is past its expected closing day."),
    (
        (message("Expected to close"), lambda _, row: str(row["expected_close_on"])),
        (message("Days late"), _days("days_late")),
    ),
)
STALLED = Listed(
    "deals_stalled",
    STALLING,
    "funnel.stage_time",
    "stalled",
    "stalled_amount",
    message("Stalled deals"),
    message("No open deal has stalled."),
    ((message("Days in stage"), _days("days_here")), (message("Usual days"), _days("usual_days"))),
    by_manager=False,
    row="cycle",
)
RETURNING = Listed(
    "deals_returning",
    GOING_BACK,
    "funnel.pool",
    "returning_7d",
    "returning_7d_amount",
    message("Deals that go back to the pool within 7 days"),
    message("No deal goes back to the pool within 7 days."),
    (
        (message("Goes back on"), lambda _, row: str(row["return_on"])),
        (message("Reason"), lambda view, row: reason(view, row["pool_reason"])),
    ),
)


def reason(view: View, code: int) -> str:
    """Why a deal goes back to the pool; reasons of the bank's own stand as delivered."""
    value = view.store.codes["pool_reason"][code]
    return t(REASONS[value]) if value in REASONS else value


def deal_list(view: View, listed: Listed, *, key: str) -> None:
    """Above the outlet the list counted by child and manager; at an outlet the deals, most urgent first."""
    try:
        total = _counts(view, listed, None)[listed.deals][0]
    except NotDelivered as error:
        notice(error)
        return
    day = view.store.as_of["opportunities"]
    heading(t(listed.title), " · ".join(filter(None, [t("at {day}", day=day), told(view, listed.todo)])))
    if not total:
        nothing(t(listed.none))
        return
    if not view.store.tree.children(view.node):
        _rows(view, listed, key=key)
        return
    left, right = st.columns(2, gap="medium")
    with left:
        _counted(view, listed, "children", t("Institution"), key=f"{key}_children")
    if listed.by_manager:
        with right, folded(t("By relationship manager"), key=f"{key}_managers"):
            _counted(view, listed, "manager", t("Relationship manager"), key=f"{key}_managers")


def _counts(view: View, listed: Listed, by: str | None) -> pl.DataFrame:
    """The metric at the date of the data, for that is what the list holds."""
    metric = view.catalogue()[listed.metric]
    day = view.store.reach(metric)[1]
    look = view.during(Period(day, day))
    frame = by_manager(look, metric.name) if by == "manager" else look.metric(metric.name, by)
    return frame.filter(pl.col("stage") == listed.row) if listed.row else frame


def _counted(view: View, listed: Listed, by: str, title: str, *, key: str) -> None:
    """The list counted by the institutions below, or by relationship manager."""
    frame = _counts(view, listed, by).filter(pl.col(listed.deals) > 0)
    n, amounts = int(frame[listed.deals].sum()), frame[listed.amount].to_list()
    amount = sum(value for value in amounts if value is not None)
    scale = money(view, amounts)
    heads = [
        Column("name", title, kind="name", phone=True),
        Column("deals", t("Deals"), kind="bar", unit=unit_of("deals"), phone=True, adds_up=WHOLE),
        Column("amount", t("Expected amount"), unit=scale.unit, phone=True, adds_up=scale),
    ][: 3 if view.store.has("opportunities", "expected_amount") else 2]
    rows = []
    told = busiest(frame, listed.deals, listed.amount) if by == "manager" else frame
    for row in told.to_dicts():
        who, name = (row["institution"], row["name"]) if by == "children" else (row[by], row[by])
        is_below = by == "children" and who not in WORDS
        rows.append(
            Row(
                {
                    "name": Cell(t(WORDS[who]) if who in WORDS else name, note=row.get("place", "")),
                    "deals": Cell(grouped(row[listed.deals]), row[listed.deals]),
                    "amount": Cell(scale.text(row[listed.amount]), row[listed.amount]),
                },
                role="own" if who == OWN or row.get(OTHERS) else "child",
                id=who if is_below else None,
            )
        )
    rows.append(
        Row(
            {
                "name": Cell(t("Total")),
                "deals": Cell(grouped(n), n),
                "amount": Cell(scale.text(amount), amount),
            },
            role="total",
        )
    )
    more = t("Show all {n} rows")
    table(
        Table(heads, rows),
        key=key,
        caption=t(listed.title),
        colours=colours(view),
        sort=("deals", True),
        more=more,
        language=language(),
        on_select=lambda chosen: go(at=chosen),
    )


def _rows(view: View, listed: Listed, *, key: str) -> None:
    try:
        whole = view.list(listed.name).sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    frame = whole.head(SHOWN)
    called = named(view, frame, shown=names_switch(view, key=key), key=key)
    if called.known:  # the names of the customers may stand in the titles
        titles = view.list(listed.name, unmasked=True).select("opportunity_id", "title")
        frame = frame.drop("title").join(titles, on="opportunity_id", how="left", maintain_order="left")
    names = ["", *stage_names(view).values()]
    scale = money(view, frame["expected_amount"].to_list())
    columns = [
        ("deal", t("Deal"), "name", True, ""),
        ("customer", t("Customer"), "text", False, ""),
        ("manager", t("Relationship manager"), "text", True, ""),
        ("stage", t("Stage"), "text", False, ""),
        ("amount", t("Expected amount"), "number", True, scale.unit),
        *((f"more{n}", t(label), "text", False, "") for n, (label, _) in enumerate(listed.columns)),
    ]
    heads = [Column(k, label, kind=kind, unit=unit, phone=phone) for k, label, kind, phone, unit in columns]
    rows = [
        Row(
            {
                "deal": Cell(row["title"] or row["opportunity_id"]),
                "customer": Cell(called(row["customer_no"])),
                "manager": Cell(view.store.managers.get(row["manager_no"], t("Unassigned"))),
                "stage": Cell(names[row["stage"]]),
                "amount": Cell(scale.text(row["expected_amount"]), row["expected_amount"]),
                **{f"more{n}": Cell(told(view, row)) for n, (_, told) in enumerate(listed.columns)},
            }
        )
        for row in frame.to_dicts()
    ]
    if whole.height > len(rows):
        st.caption(
            t("The {shown} most urgent of {n}, by amount and urgency.", shown=len(rows), n=whole.height)
        )
    table(
        Table(heads, rows), key=key, caption=t(listed.title), language=language(), more=t("Show all {n} rows")
    )
