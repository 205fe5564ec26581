"""Customers near an edge of their tier (临界客户): by tier, by institution, and at an outlet whom to call."""

import polars as pl
import streamlit as st

from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.value.marts import SIDES
from metrics.value.settings import NEAR_EDGE_SHARE
from ui.base.formats import WHOLE, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.breakdown import middle
from ui.parts.child_rows import NAME, ROLES, WORDS
from ui.parts.customers import Amount, Told, money
from ui.parts.key_figures import colours
from ui.parts.key_items import has_tiers
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.one_customer import customer_rows
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.parts.todo import ActionList, told
from ui.value.spread import day_note, suited, tier_names

WAYS = {"below": message("Short of the next tier"), "above": message("Just above the lower edge")}
LISTED = "customers_near_edge"


def _just_short(view: View) -> tuple[int, int]:
    """Those to be lifted, and the money that lifts them."""
    look = view.suited(view.catalogue()["value.near_edge"])
    rows = look.metric("value.near_edge").filter(pl.col("side") == "below")
    return int(rows["customers"].sum()), int(rows["gap"].sum())


NEAR_EDGE = ActionList(
    name="near_edge",
    label=message("customers just short of the next tier"),
    noun="customers",
    read=_just_short,
)


def near_edge(view: View, *, key: str) -> None:
    """By tier and side; by institution below, or the customers themselves at an outlet."""
    if not has_tiers(view):
        return
    share = f"{view.store.policy.of(NEAR_EDGE_SHARE):.0%}"
    try:
        frame = suited(view).metric("value.near_edge")
    except NotDelivered as error:
        notice(error)
        return
    heading(
        t("Customers near an edge of their tier"),
        " · ".join(filter(None, [day_note(view), told(view, NEAR_EDGE)])),
    )
    if not frame["customers"].sum():
        nothing(t("No customer is within {share} of an edge of the tier.", share=share))
        return
    st.caption(
        t(
            "Within {share} of the edge. Lift: customers short of the next tier and the money that takes "
            "them there. Hold: customers just above the edge and the money whose loss takes them down.",
            share=share,
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _table(view, "tier", key=f"{key}_tiers")
    with right:
        if view.store.tree.children(view.node):
            _table(view, "institution", key=f"{key}_institutions")
        else:
            _list(view, key=f"{key}_list")


def _frame(view: View, by: str) -> pl.DataFrame:
    """Customers and gap by side and tier, or by side and institution below."""
    if by == "tier":
        return suited(view).metric("value.near_edge")
    found = suited(view).metric("value.near_edge", view.rows)
    sums = pl.col("customers", "gap").sum()
    return found.group_by("institution", "name", "side", maintain_order=True).agg(sums)


def _rows(view: View, by: str) -> Table:
    """Customers to lift and to hold with the money in question, and the total."""
    frame = _frame(view, by)
    scale = money(view, middle(frame["gap"].to_list()))
    title = t("Tier") if by == "tier" else t("Institution")
    cells = [
        ("below", "customers", t("Lift")),
        ("below", "gap", t("Money to lift")),
        ("above", "customers", t("Hold")),
        ("above", "gap", t("Money to hold")),
    ]
    heads = [Column(NAME, title, kind="name", phone=True)]
    heads += [
        Column(
            f"{side}_{column}",
            label,
            unit=unit_of("customers") if column == "customers" else scale.unit,
            phone=column == "customers",
            adds_up=WHOLE if column == "customers" else scale,
        )
        for side, column, label in cells
    ]

    def row(identity: str | None, name: str, found: pl.DataFrame, role: str) -> Row:
        told_cells: dict[str, Cell] = {NAME: Cell(name)}
        for side, column, _ in cells:
            own = found.filter(pl.col("side") == side)[column]
            value = int(own.sum()) if len(own) else None  # the highest tier has no next one
            text = "" if value is None else f"{value:,}" if column == "customers" else scale.text(value)
            told_cells[f"{side}_{column}"] = Cell(text, value)
        return Row(told_cells, role=role, id=identity if role == "child" else None)

    names, rows = tier_names(view), []
    for value in frame[by].unique(maintain_order=True):
        own = frame.filter(pl.col(by) == value)
        if not own["customers"].sum():
            continue
        if by == "tier":
            rows.append(row(None, names[value], own, "child"))
        else:
            name = t(WORDS[value]) if value in WORDS else own["name"][0]
            rows.append(row(value, name, own, ROLES.get(value, "child")))
    rows.append(row(None, t("Total"), frame, "total"))
    return Table(heads, rows)


def _table(view: View, by: str, *, key: str) -> None:
    chosen = {"on_select": lambda at: go(at=at), "more": t("Show all {n} rows")} if by != "tier" else {}
    table(
        view.once("near_edge", by, lambda: _rows(view, by)),
        key=key,
        caption=t("Customers near an edge of their tier"),
        colours=colours(view),
        language=language(),
        fixed=by == "tier",
        sort=None if by == "tier" else ("below_gap", True),
        **chosen,  # type: ignore[arg-type]
    )


def _list(view: View, *, key: str) -> None:
    """The customers of the outlet, the most money and the nearest first."""
    try:
        frame = view.list(LISTED).sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    names, codes = tier_names(view), view.store.codes["tier"]
    kinds = view.store.codes["kind"]
    if "kind" not in view.filters and "corporate" in kinds:
        frame = frame.filter(pl.col("kind") != kinds.index("corporate"))
    ways = [t(WAYS[side]) for side in SIDES]
    columns: dict[str, Told | Amount] = {
        "side": (t("Side"), lambda row: ways[row["side"]]),
        "gap": Amount(t("Distance to the edge")),
        "tier": (t("Tier"), lambda row: names[codes[row["tier"]]]),
    }
    st.caption(t("At the last month end of the data, {day}.", day=view.store.months[-1]))
    customer_rows(
        view, frame, columns, caption=t("Customers near an edge of their tier"), key=key, amount=t("AUM")
    )
