"""Falling due: what matures in 7, 30 and 90 days, and how much of what matured stayed."""

from datetime import timedelta
from typing import Any

import polars as pl
import streamlit as st

from data_access import periods
from data_access.errors import CockpitError, NotDelivered
from data_access.subject import Period, message
from data_access.view.view import View
from metrics.holdings.settings import RENEWAL_DAYS
from ui.base.formats import grouped
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, ROLES, WORDS
from ui.parts.customers import money
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.one_customer import customer_rows
from ui.parts.parents import with_parents
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.parts.todo import ActionList, told

KINDS = {
    "time_deposit": message("Time deposits"),
    "wealth_product": message("Wealth products"),
    "insurance": message("Insurance"),
    "fund": message("Funds"),
    "unknown": message("Unknown"),
}
DAYS = ("7", "30", "90")


def _within_30_days(view: View) -> tuple[int, int]:
    rows = view.metric("holdings.maturing", days="30")
    return int(rows["positions"].sum()), int(rows["amount"].sum())


DUE = ActionList(
    name="due", label=message("money falling due within 30 days"), noun="positions", read=_within_30_days
)


def falling_due(view: View, *, key: str) -> None:
    """By product kind with the share kept, then by institution; at an outlet the positions themselves."""
    try:
        by_kind = _maturing(view, None)
    except NotDelivered as error:
        notice(error)
        return
    note = [t("after {day}", day=view.period.last), told(view, DUE)]
    heading(t("Falling due"), " · ".join(filter(None, note)))
    if not sum(by_kind["90"]):
        nothing(t("Nothing matures within 90 days."))
        return
    left, right = st.columns([3, 2] if view.store.tree.children(view.node) else 2, gap="medium")
    with left:
        _kinds(view, by_kind, key=f"{key}_kinds")
    with right:
        if view.store.tree.children(view.node):
            _institutions(view, key=f"{key}_institutions")
        else:
            _list(view, key=f"{key}_list")


def _maturing(view: View, by: str | None) -> pl.DataFrame:
    """Amounts that mature in so many days, a column each."""
    label = ["institution", "name"] if by else []
    frames = [
        view.metric("holdings.maturing", by, days=days).select(
            *label, "product_kind", pl.col("amount").alias(days)
        )
        for days in DAYS
    ]
    first, *others = frames
    for other in others:  # a longer horizon has every row of a shorter one, and perhaps more kinds
        keys = [*label, "product_kind"]
        first = other.join(first, on=keys, how="left", maintain_order="left")
    return first.with_columns(pl.col(days).fill_null(0) for days in DAYS)


def week_and_month(view: View) -> tuple[Period, Period]:
    """The last whole ISO week and the last whole month up to the page's day."""
    sunday = view.period.last - timedelta(days=view.period.last.isoweekday() % 7)
    return Period(sunday - timedelta(days=6), sunday), periods.last_months(view.period, 1)[0]


def _kinds(view: View, due: pl.DataFrame, *, key: str) -> None:
    week, month = week_and_month(view)
    kept = {row["product_kind"]: row for row in view.during(month).metric("holdings.kept").to_dicts()}
    week_kept = {row["product_kind"]: row for row in view.during(week).metric("holdings.kept").to_dicts()}
    scale = money(view, due["90"].to_list())
    heads = [
        Column(NAME, t("Product kind"), kind="name", phone=True),
        *(Column(days, t("within {n} days", n=days), unit=scale.unit, phone=days == "30") for days in DAYS),
        Column("week", t("Kept, last week"), unit="%"),
        Column(
            "month",
            t("Kept, last month"),
            unit="%",
            phone=True,
            definition=t(
                "Of last month's maturities, what the same customers placed anew within {n} days.",
                n=view.store.policy.of(RENEWAL_DAYS),
            ),
        ),
        Column("same", t("of it in the same kind"), unit="%"),
        Column("gone", t("not placed anew"), unit="%"),
    ]

    def row(
        name: str,
        amounts: dict[str, Any],
        last: list[dict[str, Any]],
        recent: list[dict[str, Any]],
        role: str,
    ) -> Row:
        cells = {days: Cell(scale.text(amounts[days]), amounts[days]) for days in DAYS}
        cells["week"] = _share(recent, "kept")
        cells |= {
            "month": _share(last, "kept"),
            "same": _share(last, "to_same"),
            "gone": _share(last, "gone"),
        }
        return Row({NAME: Cell(name), **cells}, role=role)

    rows = [
        row(
            t(KINDS.get(found["product_kind"], found["product_kind"])),
            found,
            [kept[found["product_kind"]]] if found["product_kind"] in kept else [],
            [week_kept[found["product_kind"]]] if found["product_kind"] in week_kept else [],
            "child",
        )
        for found in due.to_dicts()
    ]
    sums = {days: due[days].sum() for days in DAYS}
    rows.append(row(t("Total"), sums, list(kept.values()), list(week_kept.values()), "total"))
    table(Table(heads, rows), key=key, caption=t("Falling due"), language=language(), sort=("30", True))


def _share(rows: list[dict[str, Any]], column: str) -> Cell:
    matured = sum(row["matured"] for row in rows)
    if not matured:
        pending = sum(row["pending"] for row in rows)
        return Cell(t("too early to say") if pending else t("nothing matured"))
    share = sum(row[column] for row in rows) / matured
    return Cell(grouped(share * 100, 1), share)


def _institutions(view: View, *, key: str) -> None:
    frame = (
        _maturing(view, view.rows)
        .group_by("institution", "name", maintain_order=True)
        .agg(pl.col(days).sum() for days in DAYS)
    )
    scale = money(view, frame["90"].to_list())
    heads = [
        Column(NAME, t("Institution"), kind="name", phone=True),
        *(
            Column(
                days,
                t("within {n} days", n=days),
                kind="bar" if days == "30" else "number",
                unit=scale.unit,
                phone=days != "90",
                adds_up=scale,
            )
            for days in DAYS
        ),
    ]

    def row(name: str, role: str, found: dict[str, Any]) -> Row:
        cells = {days: Cell(scale.text(found[days]), found[days]) for days in DAYS}
        shown = t(WORDS[name]) if name in WORDS else found.get("name") or t("Total")
        return Row({NAME: Cell(shown), **cells}, role=role, id=name if role == "child" else None)

    rows = [
        row(found["institution"], ROLES.get(found["institution"], "child"), found)
        for found in frame.to_dicts()
        if found["90"]
    ]
    rows = with_parents(view, rows, NAME)
    rows.append(row("", "total", {days: frame[days].sum() for days in DAYS}))
    table(
        Table(heads, rows),
        key=key,
        caption=t("Falling due by institution"),
        language=language(),
        sort=("30", True),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )


def _list(view: View, *, key: str) -> None:
    try:
        frame = view.list("holdings_due").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    names = view.store.codes.get("product_kind", [])
    columns = {
        "due": (t("Matures on"), lambda row: str(row["matures_on"])),
        "kind": (
            t("Product kind"),
            lambda row: t(KINDS.get(names[row["product_kind"]], names[row["product_kind"]])),
        ),
    }
    customer_rows(view, frame, columns, caption=t("Positions that mature within 30 days"), key=key)
