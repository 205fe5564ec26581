"""Lists of customers: code or name, relationship manager, amount, and what the list is about.

A row opens its customer: all reasons to call, the last months, the last contacts. Everything passes the view
as the list itself does, so it holds what the reader may list and no more; the customer is called as on the
list, and the look is recorded as one of one row.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from data_access.access.audit import Act
from data_access.errors import CockpitError
from data_access.subject import message
from data_access.view.customers import History
from data_access.view.view import View
from metrics.contacts import LABELS, NAMES, TODAY, newest
from ui.base.formats import grouped, one_money_scale, plain
from ui.base.trail import note_once
from ui.base.words import language, t
from ui.parts.child_rows import NAME
from ui.parts.choice import name_of
from ui.parts.customers import SHOWN, Amount, Named, Told, money, named, names_switch
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import halves
from ui.parts.parents import above
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table

OPENED = "customer_opened"  # in the session: the institution, the list, and the customer whose row was opened
WHO, WHY, AMOUNT, DUE, MANAGER = "customer", "why", "amount", "due", "manager"
CONTACT_WORDS = {
    "call": message("phone call"),
    "visit": message("visit"),
    "care": message("care"),
    "follow_up": message("follow-up"),
    "complaint_callback": message("call back after a complaint"),
}
EFFECTIVE = {"yes": message("effective"), "no": message("not effective")}


def customer_rows(
    view: View,
    frame: pl.DataFrame,
    columns: Mapping[str, Told | Amount],
    *,
    caption: str,
    key: str,
    amount: str = "",
    phone: tuple[str, ...] = (),
) -> None:
    """Rows of a list as stored, most urgent first: amount (named where it is the AUM), then what it adds.

    All amounts of a list have one unit. `phone`: the columns a phone has room for; else the amount and the
    first one. A row opens its customer.
    """
    if frame.is_empty():
        nothing(t("The list is empty."))
        return
    shown = frame.head(SHOWN)
    called = named(view, shown, shown=names_switch(view, key=key), key=key)
    amounts = ["amount", *(name for name, told in columns.items() if isinstance(told, Amount))]
    scale = one_money_scale(view, [shown[name].to_list() for name in amounts])
    narrow = phone or ("amount", next(iter(columns)))

    def head(name: str, told: Told | Amount) -> Column:
        if isinstance(told, Amount):
            return Column(name, told.label, unit=scale.unit, phone=name in narrow)
        return Column(name, told[0], kind="text", phone=name in narrow)

    def cell(name: str, told: Told | Amount, row: dict[str, Any]) -> Cell:
        if isinstance(told, Amount):
            return Cell((scale.signed if told.signed else scale.text)(row[name]), row[name])
        return Cell(told[1](row))

    heads = [
        Column("customer", t("Customer"), kind="name", phone=True),
        Column("amount", amount or t("Amount"), unit=scale.unit, phone="amount" in narrow),
        *(head(name, told) for name, told in columns.items()),
        Column("manager", t("Relationship manager"), kind="text"),
    ]
    rows = [
        Row(
            {
                "customer": Cell(called(row["customer_no"])),
                "amount": Cell(scale.text(row["amount"]), row["amount"]),
                **{name: cell(name, told, row) for name, told in columns.items()},
                "manager": Cell(view.store.managers.get(row["manager_no"], t("Unassigned"))),
            },
            id=None if row["customer_no"] is None else str(at),
        )
        for at, row in enumerate(shown.to_dicts())
    ]
    if frame.height > SHOWN:
        st.caption(t("The {shown} most urgent of {n}, by amount and urgency.", shown=SHOWN, n=frame.height))
    table(
        Table(heads, rows),
        key=key,
        caption=caption,
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: open_customer(view, key, shown["customer_no"][int(chosen)]),
        stays=True,
    )
    opened_customer(view, shown, called, key=key)


def open_customer(view: View, key: str, customer: int | None) -> None:
    """A row opens its customer, once more closes him."""
    chosen = view.node, key, customer
    st.session_state[OPENED] = None if st.session_state.get(OPENED) == chosen else chosen


def opened_customer(view: View, rows: pl.DataFrame, called: Named, *, key: str) -> None:
    """Under a list the customer whose row was opened."""
    node, of, customer = st.session_state.get(OPENED) or (None, None, None)
    if (node, of) != (view.node, key) or customer is None or customer not in rows["customer_no"]:
        return
    who = called(customer)
    note_once(Act.list, view, f"{key}_customer", rows=1)
    _reasons(view, customer, called, t("{who}: all reasons to call", who=who), key=f"{key}_matters")
    try:
        found = view.scope.history(customer)
    except CockpitError as error:  # by the tree as then there is none
        notice(error)
        return
    left, right = halves()
    with left:
        _drawn(_months(view, found), t("{who}: the last months", who=who), key=f"{key}_months")
    with right:
        _drawn(_contacts(found), t("{who}: the last contacts", who=who), key=f"{key}_contacts")


def _drawn(found: Table, title: str, *, key: str) -> None:
    if found.rows:
        heading(title)
        table(found, key=key, caption=title, language=language(), fixed=True)
    else:
        st.caption(plain(t("{title}: none known.", title=title)))


def _reasons(view: View, customer: int, called: Named, title: str, *, key: str) -> None:
    """All reasons of the customer, as far as they may be listed."""
    if not view.store.snapshot.has("lists", f"{TODAY}.parquet"):
        return
    every = view.list(TODAY, cut=lambda found: found.filter(pl.col("customer_no") == customer))
    every = every.sort("weight", descending=True, maintain_order=True).with_columns(others=0)
    found = listed(view, every, called)
    _drawn(replace(found, rows=[replace(row, id=None) for row in found.rows]), title, key=key)


def _months(view: View, found: History) -> Table:
    """A table: the customer's tier and AUM at the last month ends."""
    scale = money(view, found.months["aum"].to_list())
    heads = [
        Column(NAME, t("Month"), "name", phone=True),
        Column("tier", t("Tier"), "text", phone=True),
        Column("aum", t("AUM"), unit=scale.unit, noun="money", phone=True),
    ]
    tiers = view.store.codes["tier"]

    def tier(code: int | None) -> str:
        return "" if code is None else name_of(view, "tier", {"tier": tiers[code]})

    rows = [
        Row(
            {
                NAME: Cell(f"{row['month']:%Y-%m}"),
                "tier": Cell(tier(row["tier"])),
                "aum": Cell("" if row["aum"] is None else scale.text(row["aum"]), row["aum"]),
            }
        )
        for row in found.months.to_dicts()
    ]
    return Table(heads, rows)


def _contacts(found: History) -> Table:
    """A table: when the customer was spoken to, and whether he was reached."""
    heads = [
        Column(NAME, t("Day"), "name", phone=True),
        Column("kind", t("Contact"), "text", phone=True),
        Column("effective", t("Outcome"), "text", phone=True),
    ]

    def word(words: dict[str, str], key: str | None) -> str:
        return t(words[key]) if key in words else ""

    rows = [
        Row(
            {
                NAME: Cell(str(row["contacted_on"])),
                "kind": Cell(word(CONTACT_WORDS, row["kind"])),
                "effective": Cell(word(EFFECTIVE, row["effective"])),
            }
        )
        for row in found.contacts.to_dicts()
    ]
    return Table(heads, rows)


def listed(view: View, rows: pl.DataFrame, called: Named) -> Table:
    scale = money(view, rows["amount"].to_list())
    heads = [
        Column(WHO, t("Customer"), "name", phone=True),
        Column(WHY, t("Reason"), "text", phone=True),
        Column(AMOUNT, t("Money in question"), unit=scale.unit, noun="money", phone=True),
        Column(DUE, t("Due"), "text"),
        Column(MANAGER, t("Relationship manager"), "text", phone=True),
    ]
    told = [_cells(view, row, called, scale.text(row["amount"])) for row in rows.to_dicts()]
    ids = [None if number is None else str(at) for at, number in enumerate(rows["customer_no"])]
    return Table(heads, [Row(cells, id=at) for cells, at in zip(told, ids, strict=True)])


def _cells(view: View, row: dict[str, Any], called: Named, amount: str) -> dict[str, Cell]:
    return {
        WHO: Cell(called(row["customer_no"]) or t("no customer recorded")),
        WHY: Cell(reason_said(row)),
        AMOUNT: Cell(amount, row["amount"]),
        DUE: Cell(due_said(view, row)),
        MANAGER: Cell(
            view.store.managers.get(row["manager_no"], t("Unassigned")), note=_place(view, row["node"])
        ),
    }


def _place(view: View, node: int) -> str:
    """The institution that is to call, and whose it is; nothing where the page is about it."""
    here = "" if node == view.node else view.name(view.store.tree.ids[node])
    return " · ".join(filter(None, [here, above(view, node)]))


def reason_said(row: dict[str, Any]) -> str:
    """The most urgent reason, and how many others the customer has."""
    name = NAMES[row["reason"]]
    why = t(LABELS[name])
    return t("{why}, {n} more", why=why, n=row["others"]) if row["others"] else why


def due_said(view: View, row: dict[str, Any]) -> str:
    """The day, and how long it is past."""
    today = newest(view.store.as_of)
    late = (today - row["due"]).days if today is not None else 0
    return t("{day}, {n} days past", day=row["due"], n=grouped(late)) if late > 0 else str(row["due"])
