"""The common pool of deals: what went back, what goes back next, who holds what."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.funnel.settings import POOL_CONTACT_DAYS, POOL_DEAL_DAYS, POOL_VISIT_DAYS
from ui.base.formats import grouped, plain, unit_of
from ui.base.link import go
from ui.base.words import counted, language, t
from ui.funnel.deals import REASONS
from ui.parts.child_rows import ROLES, WORDS
from ui.parts.customers import money
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading, nothing
from ui.parts.table import table

STATES = ("claimed", "returning_7d", "returned")
OTHERS = ("manager", "pool_reason")  # breakdowns that are no institutions


def pool_finding(view: View) -> None:
    """Who holds how much, what went back and what goes back next."""
    row = view.metric("funnel.pool").row(0, named=True)
    clash = view.metric("funnel.clashes").row(0, named=True)

    def told(name: str) -> str:
        amount = row[f"{name}_amount"]
        deals = t("{n} deals", n=f"{row[name]:,}")
        if amount is None:
            return deals
        scale = money(view, [amount])
        return t("{text} ({word})", text=deals, word=scale.with_unit(amount))

    said = [t("{deals} are held by managers.", deals=told("claimed"))]
    said.append(
        t("{deals} go back to the pool within 7 days unless somebody acts.", deals=told("returning_7d"))
        if row["returning_7d"]
        else t("Nothing goes back to the pool within 7 days.")
    )
    said.append(t("{deals} have gone back.", deals=told("returned")))
    if clash["customers"]:
        said.append(
            counted(
                clash["customers"],
                message("Two managers or more are at work on {n} customer."),
                message("Two managers or more are at work on {n} customers."),
            )
        )
    with st.container(key="finding"):
        first, *others = (plain(sentence) for sentence in said)
        st.markdown(" ".join([f"**{first}**", *others]))
    days = [view.store.policy.of(setting) for setting in (POOL_CONTACT_DAYS, POOL_VISIT_DAYS, POOL_DEAL_DAYS)]
    st.caption(
        t(
            "A deal goes back when {a} days after its entry nobody made contact, when there was no "
            "effective visit for {b} days, or when it is not won after {c} days.",
            a=days[0],
            b=days[1],
            c=days[2],
        )
    )


def pool_table(view: View, by: str, title: str, *, key: str) -> None:
    """Held, going back and gone back by institution, manager or reason, with the amounts."""
    metric, frame = view.catalogue()["funnel.pool"], view.metric("funnel.pool", by)
    held = {} if by != "manager" else _held(view)
    frame = frame.filter(pl.col("claimed") + pl.col("returned") > 0)
    heading(title)
    if not frame.height:
        nothing(t("There are no deals to show."))
        return
    has_money = view.store.has("opportunities", "expected_amount")
    scale = money(view, [value for name in STATES for value in frame[f"{name}_amount"].to_list()])
    deals = unit_of("deals")
    heads = [
        Column("name", title, kind="name", phone=True),
        *([Column("customers", t("Customers"), unit=unit_of("customers"))] if held else []),
        *(
            Column(
                name,
                t(metric.measure(name).label),
                kind="bar" if name == "returning_7d" else "number",
                unit=deals,
                phone=name != "claimed",
                definition=t(metric.measure(name).definition),
            )
            for name in STATES
            if by != "pool_reason" or name != "claimed"
        ),
        *(
            [
                Column("amount", t("Returning amount"), unit=scale.unit),
                Column("gone", t("Returned amount"), unit=scale.unit),
            ]
            if has_money
            else []
        ),
    ]
    rows = [
        _row(by, row, scale, held)
        for row in frame.to_dicts()
        if by != "pool_reason" or row["returned"] + row["returning_7d"]
    ]
    numbers = {name: int(frame[name].sum()) for name in STATES}
    if by != "manager":
        rows.append(
            _row(
                by,
                {
                    by: "",
                    "institution": "",
                    "name": t("Total"),
                    **numbers,
                    **{f"{name}_amount": frame[f"{name}_amount"].sum() for name in STATES},
                },
                scale,
                held,
                "total",
            )
        )
    table(
        Table(heads, rows),
        key=key,
        caption=title,
        colours=colours(view),
        language=language(),
        sort=("returning_7d", True),
        more=t("Show all {n} rows"),
        on_select=(lambda chosen: go(at=chosen)) if by not in OTHERS else None,
    )


def _held(view: View) -> dict[str, int]:
    """Customers by relationship manager at the last month end, where that is known."""
    try:
        frame = view.suited(view.catalogue()["book.managers"]).metric("book.managers", "manager")
    except NotDelivered:
        return {}
    return dict(frame.select("manager", "customers").iter_rows())


def _row(by: str, row: dict[str, Any], scale: Any, held: dict[str, int], role: str = "") -> Row:
    who = row["institution"] if by not in OTHERS else row[by]
    names = {**WORDS, **(REASONS if by == "pool_reason" else {})}
    name = (
        row["name"]
        if role or (by not in OTHERS and who not in WORDS)
        else t(names[who])
        if who in names
        else who
    )
    numbers = {state: Cell(grouped(row[state]), row[state]) for state in STATES}
    amounts = {"amount": row["returning_7d_amount"], "gone": row["returned_amount"]}
    return Row(
        {
            "name": Cell(name),
            "customers": Cell(grouped(held.get(who, 0)), held.get(who, 0)),
            **numbers,
            **{k: Cell("" if v is None else scale.text(v), v) for k, v in amounts.items()},
        },
        role=role or ROLES.get(who, "child"),
        id=who if by not in OTHERS and not role and who not in WORDS else None,
    )


def clash_table(view: View, *, key: str) -> None:
    """Customers with two managers at work, by institution."""
    if not view.store.tree.children(view.node):
        return
    frame = view.metric("funnel.clashes", view.rows).filter(pl.col("customers") > 0)
    if not frame.height:
        return
    heading(t("Customers with two managers at work"), t("their open deals have different owners"))
    scale = money(view, frame["amount"].to_list())
    heads = [
        Column("name", t("Institution"), kind="name", phone=True),
        Column("customers", t("Customers"), kind="bar", unit=unit_of("customers"), phone=True),
        Column("deals", t("Open deals"), unit=unit_of("deals"), phone=True),
        Column("amount", t("Expected amount"), unit=scale.unit),
    ]

    def row(who: str, name: str, found: dict[str, Any], role: str) -> Row:
        return Row(
            {
                "name": Cell(name),
                "customers": Cell(grouped(found["customers"]), found["customers"]),
                "deals": Cell(grouped(found["deals"]), found["deals"]),
                "amount": Cell(
                    "" if found["amount"] is None else scale.text(found["amount"]), found["amount"]
                ),
            },
            role=role,
            id=who if role == "child" else None,
        )

    rows = [
        row(
            found["institution"],
            t(WORDS[found["institution"]]) if found["institution"] in WORDS else found["name"],
            found,
            "own" if found["institution"] in WORDS else "child",
        )
        for found in frame.to_dicts()
    ]
    sums = frame.select(pl.col("customers", "deals", "amount").sum()).row(0, named=True)
    rows.append(row("", t("Total"), sums, "total"))
    table(
        Table(heads, rows),
        key=key,
        caption=t("Customers with two managers at work"),
        language=language(),
        sort=("customers", True),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )
