"""To call today: the most urgent customers as far as lists are granted, and how many by institution and
manager."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import CallError, NotDelivered
from data_access.view.rows import OWN
from data_access.view.view import View
from metrics.contacts import CALL_AHEAD, COUNTED, FRESH, LABELS, TODAY, newest
from ui.base.formats import WHOLE, grouped, plain, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, WORDS
from ui.parts.customers import money, named, names_switch
from ui.parts.folded import folded
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.one_customer import listed, open_customer, opened_customer
from ui.parts.parents import OTHERS, busiest, by_manager, place_of, with_parents
from ui.parts.quiet import absent, heading, nothing
from ui.parts.table import table

MOST = 20
SHOWN = 8  # of them at first
METRIC = "contacts.today"
CHOSEN = "called_by"  # in the session: the institution, and the manager whose list is shown there
MANAGER = "manager"


def to_call(view: View, *, key: str) -> None:
    """The most urgent by name, and above the outlets how many are to be called where and by whom."""
    try:
        found = view.metric(METRIC).row(0, named=True)
    except NotDelivered:
        return
    if not _delivered(view):
        absent(t("Whom to call today is shown when customers, deals, holdings or complaints are delivered."))
        return
    heading(t("To call today"), _note(view, found))
    manager = _chosen(view)
    rows = most_urgent(view, manager)
    if not found["customers"] and (rows is None or rows.is_empty()):
        nothing(t("Nobody is to be called today."))
        return
    if manager is not None:
        _of_manager(view, manager, key=key)
    if rows is not None and not rows.is_empty():
        called = named(view, rows, shown=names_switch(view, key=key), key=key)
        table(
            listed(view, rows, called),
            key=key,
            caption=t("To call today"),
            language=language(),
            fixed=True,
            more=t("Show all {n} rows"),
            first=SHOWN,
            on_select=lambda chosen: open_customer(view, key, rows["customer_no"][int(chosen)]),
            stays=True,
        )
        if not view.store.tree.children(view.node):
            st.caption(ranked_by(view))
        opened_customer(view, rows, called, key=key)
    elif rows is None:
        st.caption(t("Your grant shows how many are to be called, not whom."))
    if view.store.tree.children(view.node):
        with folded(t("By institution and manager, and how it is ordered"), key=f"{key}_counted"):
            st.caption(ranked_by(view))
            left, right = st.columns(2, gap="medium")
            with left:
                _counted(view, view.rows, t("Institution"), key=f"{key}_children")
            with right:
                _counted(view, MANAGER, t("Relationship manager"), key=f"{key}_managers")


def _choose(view: View, manager: int | None) -> None:
    """The list of one manager, at this institution alone."""
    st.session_state[CHOSEN] = view.node, manager


def _chosen(view: View) -> int | None:
    node, manager = st.session_state.get(CHOSEN, (None, None))
    return manager if node == view.node else None


def _of_manager(view: View, manager: int, *, key: str) -> None:
    name = view.store.managers.get(manager, t("Unassigned"))
    label = t("Only {name}; show all", name=" · ".join(filter(None, [name, place_of(view, manager)])))
    st.button(plain(label), key=f"{key}_all", type="tertiary", on_click=_choose, args=(view, None))


def most_urgent(view: View, manager: int | None = None) -> pl.DataFrame | None:
    """The first twenty, or those of one manager, each customer once over all that may be listed; None where
    nobody may be."""
    if not view.scope.sees_customers:
        return None
    try:
        return view.list(TODAY, cut=lambda rows: _heaviest(rows, manager))
    except CallError:
        return None


def _heaviest(rows: pl.LazyFrame, manager: int | None) -> pl.LazyFrame:
    rows = rows if manager is None else rows.filter(pl.col("manager_no") == manager)
    nobody = pl.col("customer_no").is_null()
    whom = pl.when(nobody).then(-1 - pl.int_range(pl.len())).otherwise("customer_no")
    first = rows.filter("first").with_columns(whom=whom)
    first = first.with_columns(others=(pl.col("others") + 1).sum().over("whom") - 1)
    order = ["weight", "due", "reason", "customer_no"]
    return (
        first.sort(order, descending=[True, False, False, False])
        .unique("whom", keep="first", maintain_order=True)
        .head(MOST)
    )


def ranked_by(view: View) -> str:
    """The order in one sentence."""
    return t(
        "The {n} most urgent by money × urgency: what is due or at most {past} days past its day counts in "
        "full, what is due in {days} days or twice as long past by half. Each customer stands once, with the "
        "most urgent reason.",
        n=MOST,
        past=FRESH,
        days=view.store.policy.of(CALL_AHEAD),
    )


def _delivered(view: View) -> bool:
    return view.store.snapshot.has("lists", f"{TODAY}.parquet") and newest(view.store.as_of) is not None


def _note(view: View, found: dict[str, Any]) -> str:
    today = newest(view.store.as_of)
    if not found["customers"]:
        return t("at {day}", day=today)
    who = f"{grouped(found['customers'])} {unit_of('customers')}".strip()
    late = grouped(found["late"])
    return t("{n} at {day}, of them {late} past their day", n=who, day=today, late=late)


def _counted(view: View, by: str, title: str, *, key: str) -> None:
    found = counted_rows(view, by, title)
    table(
        found,
        key=key,
        caption=t("To call today"),
        colours=colours(view),
        sort=("customers", True),
        language=language(),
        stays=by == MANAGER,
        more=t("Show all {n} rows"),
        on_select=(lambda chosen: _choose(view, int(chosen)))
        if by == MANAGER
        else lambda chosen: go(at=chosen),
    )


def counted_rows(view: View, by: str, title: str) -> Table:
    """How many are to be called by institution or manager."""
    frame = by_manager(view, METRIC) if by == MANAGER else view.metric(METRIC, by)
    frame = frame.filter(pl.col("customers") > 0)
    scale = money(view, frame["amount"].to_list())
    heads = [
        Column(NAME, title, "name", phone=True),
        Column("customers", t("To call"), "bar", unit_of("customers"), "customers", True, adds_up=WHOLE),
        Column("late", t("Past their day"), unit=unit_of("customers"), phone=True, adds_up=WHOLE),
        Column("amount", t("Money in question"), unit=scale.unit, noun="money", adds_up=scale),
    ]

    def cells(name: str, row: dict[str, Any]) -> dict[str, Cell]:
        counts = {key: Cell(grouped(row[key]), row[key]) for key in ("customers", "late")}
        return {
            NAME: Cell(name, note=row.get("place", "")),
            **counts,
            "amount": Cell(scale.text(row["amount"]), row["amount"]),
        }

    rows, sums = [], {key: frame[key].sum() for key in ("customers", "late", "amount")}
    for row in (busiest(frame, *sums) if by == MANAGER else frame).to_dicts():
        who, name = (row[MANAGER], row[MANAGER]) if by == MANAGER else (row["institution"], row["name"])
        rows.append(
            Row(
                cells(t(WORDS[who]) if who in WORDS else name, row),
                role="own" if who == OWN or row.get(OTHERS) else "child",
                id=_door(view, row, by),
            )
        )
    rows = with_parents(view, rows, NAME) if by != MANAGER else rows
    rows.append(Row(cells(t("Total"), sums), role="total"))
    return Table(heads, rows)


def _door(view: View, row: dict[str, Any], by: str) -> str | None:
    """What a row opens: the institution, or the list of the manager where lists are granted."""
    if by == MANAGER:
        return str(row["number"]) if view.scope.sees_customers and row["number"] >= 0 else None
    return None if row["institution"] in WORDS else row["institution"]


def to_call_said(view: View) -> str:
    """In one sentence: how many are to be called, and for what most; nothing where nobody is."""
    try:
        found = view.metric(METRIC).row(0, named=True)
    except NotDelivered:
        return ""
    if not found["customers"]:
        return ""
    who = f"{grouped(found['customers'])} {unit_of('customers')}".strip()
    most = sorted(COUNTED, key=lambda name: -found[name])[:3]
    why = t(", ").join(f"{t(LABELS[name])} {grouped(found[name])}" for name in most if found[name])
    late = grouped(found["late"])
    return t("To call today: {n}, of them {late} past their day ({why}).", n=who, late=late, why=why)
