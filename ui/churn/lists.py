"""Whom to keep: the list of an outlet, who is silent already, and whether last month's list helped."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import CockpitError
from data_access.subject import message
from data_access.view.view import View
from metrics.churn.settings import CHURN_LEAST_RISK, CHURN_LISTED, SILENT_MONTHS
from ui.base.formats import WHOLE, grouped, interval_ends, plain, unit_of
from ui.base.words import language, t
from ui.churn.words import definition_of, money_text, reasons_of, suited
from ui.parts.child_rows import NAME
from ui.parts.customers import Amount, Told, money, pseudonym
from ui.parts.lists import Counted, by_institution, scale_of
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.one_customer import customer_rows
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table

SHARES = (
    ("contacted", "contact_share", "contact_low", "contact_high"),
    ("here", "here_share", "low", "high"),
    ("money", "money_kept", "money_low", "money_high"),
)


def whom_to_keep(view: View) -> pl.DataFrame:
    """Each manager's customers with the highest expected loss; needs the permission `customers`."""
    found = view.list(f"churn_{definition_of(view)}")
    return found.sort("loss", descending=True, maintain_order=True)


def next_said(view: View) -> list[str]:
    """At an outlet, whom to call first."""
    if view.store.tree.children(view.node):
        return []
    try:
        rows = whom_to_keep(view).head(1).to_dicts()
    except CockpitError:
        return []
    text = message("Next: {who}, expected loss {amount} in 6 months, then the others of the list.")
    return [
        t(
            text,
            who=t("Customer {no}", no=pseudonym(view, row["customer_no"])),
            amount=money_text(view, row["loss"]),
        )
        for row in rows
    ]


def keep_list(view: View, *, key: str) -> None:
    """The customers booked here by expected loss, why they are at risk, when they are to be seen.

    Above the outlets also how many are listed where, and what is at stake there.
    """
    policy = view.store.policy
    note = t(
        "each manager's {n} with the highest expected loss in 6 months, "
        "of the {share} % most likely to leave",
        n=policy.of(CHURN_LISTED),
        share=10 * (11 - policy.of(CHURN_LEAST_RISK)),
    )
    heading(t("Customers to keep"), note)
    try:
        frame = whom_to_keep(view)
    except CockpitError as error:
        notice(error)
        return
    if view.store.tree.children(view.node):
        _counted(view, frame, key=key)
        frame = frame.filter(pl.col("node") == view.node)
        if frame.is_empty():
            return
        here = plain(view.name(view.store.tree.ids[view.node]))
        st.caption(t("Booked at {name} itself:", name=here))
        key = f"{key}_own"
    today = view.store.as_of.get("contacts")

    def due(row: dict[str, Any]) -> str:
        if row["due_on"] is None:
            return t("no duty")
        late = today is not None and row["due_on"] < today
        return t("{day}, overdue", day=row["due_on"]) if late else str(row["due_on"])

    columns: dict[str, Told | Amount] = {
        "why": (t("Reasons, the strongest first"), lambda row: reasons_of(view, row)),
        "loss": Amount(t("Expected loss")),
        "chance": (t("Chance in 6 months"), lambda row: f"{row['chance'] * 100:.1f}%"),
        "last": (t("Last contact"), lambda row: str(row["last_contact"] or t("none known"))),
        "due": (t("Next contact due"), due),
    }
    customer_rows(
        view, frame, columns, caption=t("Customers to keep"), key=key, amount=t("AUM"), phone=("loss", "due")
    )


def _counted(view: View, frame: pl.DataFrame, *, key: str) -> None:
    if frame.is_empty():
        nothing(t("The list is empty."))
        return
    scale = scale_of(view, frame, "amount", "loss")
    columns: list[Counted] = [
        (
            Column("customers", t("Customers"), "bar", unit_of("customers"), phone=True, adds_up=WHOLE),
            pl.len(),
            grouped,
        ),
        (
            Column("amount", t("AUM"), unit=scale.unit, adds_up=scale),
            pl.col("amount").sum(),
            scale.text,
        ),
        (
            Column("loss", t("Expected loss"), unit=scale.unit, phone=True, adds_up=scale),
            pl.col("loss").sum(),
            scale.text,
        ),
    ]
    by_institution(view, frame, columns, caption=t("Customers to keep"), key=key)


def silent_table(view: View, *, key: str) -> None:
    """Silent churn only: who is silent already, and how often as long a silence became churn."""
    if definition_of(view) != "silent":
        return
    frame = suited(view).metric("churn.already_silent")
    heading(t("Already silent"), t("at the newest month end, {day}", day=view.store.months[-1]))
    if not frame["customers"].sum():
        nothing(t("Nobody here is silent at the newest month end."))
        return
    scale = money(view, frame["aum"].to_list())
    customers = unit_of("customers")
    heads = [
        _head(NAME, t("Months silent"), "", "name", phone=True),
        _head("customers", t("Customers"), customers, phone=True),
        _head("aum", t("AUM"), scale.unit),
        _head("rate", t("Gone in the end"), "%", phone=True),
        _head("span", t("{level} % interval", level=95), "", "text"),
        _head("stood", t("Silent as long in the last year"), customers),
    ]
    rows = []
    for row in frame.to_dicts():
        known = row["completion_rate"] is not None
        cells = {
            NAME: Cell(str(row["months"])),
            "customers": Cell(grouped(row["customers"]), row["customers"]),
            "aum": Cell(scale.text(row["aum"]), row["aum"]),
            "rate": Cell(
                grouped(row["completion_rate"] * 100, 1) if known else t("no cases"), row["completion_rate"]
            ),
            "span": Cell(_percents(row) if known else ""),
            "stood": Cell(grouped(row["stood"]), row["stood"]),
        }
        rows.append(Row(cells))
    table(Table(heads, rows), key=key, caption=t("Already silent"), language=language(), fixed=True)
    st.caption(
        t(
            "Gone in the end: of those silent as long in the last twelve months, who stayed silent for "
            "{n} months.",
            n=view.store.policy.of(SILENT_MONTHS),
        )
    )


def follow_rows(view: View) -> Table | None:
    """A table: those on last month's list, and as many just below the cut."""
    frame = suited(view).metric("churn.follow_up")
    if not frame.filter(pl.col("listed") == "yes")["customers"].sum():
        return None
    heads = [
        _head(NAME, t("Last month's list"), "", "name", phone=True),
        _head("customers", t("Customers"), unit_of("customers"), phone=True),
        _head("contacted", t("Contacted in time"), "%", phone=True),
        _head("contacted_span", t("{level} % interval", level=95), "", "text"),
        _head("here", t("Still with the bank"), "%", phone=True),
        _head("here_span", t("{level} % interval", level=95), "", "text"),
        _head("money", t("Money kept"), "%"),
        _head("money_span", t("{level} % interval", level=95), "", "text"),
    ]
    rows = []
    for row in frame.filter(pl.col("customers") > 0).to_dicts():
        cells: dict[str, Cell] = {}
        for key, share, low, high in SHARES:
            text = t("not known") if row[share] is None else grouped(row[share] * 100, 1)
            cells[key] = Cell(text, row[share])
            cells[f"{key}_span"] = Cell("" if row[low] is None else _percents(row, low, high))
        name = t("on the list") if row["listed"] == "yes" else t("just below the cut")
        cells |= {
            NAME: Cell(name),
            "customers": Cell(grouped(row["customers"]), row["customers"]),
        }
        rows.append(Row(cells))
    return Table(heads, rows)


def difference_said(view: View) -> str:
    """Whether more of the listed stayed than of those just below the cut."""
    row = suited(view).metric("churn.follow_up").row(0, named=True)
    if row["here_difference"] is None:
        return ""
    points = f"{row['here_difference'] * 100:+.1f}"
    low, high = (f"{row[end] * 100:+.1f}" for end in ("difference_low", "difference_high"))
    if row["difference_low"] <= 0 <= row["difference_high"]:
        text = message(
            "Still here, listed less just below the cut: {n} percentage points ({low} to {high}), "
            "not significant."
        )
    else:
        text = message("Still here, listed less just below the cut: {n} percentage points ({low} to {high}).")
    return t(text, n=points, low=low, high=high)


def follow_table(view: View, *, key: str) -> None:
    """Did last month's list help? It is a list of closed churn."""
    if definition_of(view) != "closed":
        return
    heading(t("Did last month's list help?"), t("one month later; not an experiment"))
    found = follow_rows(view)
    if found is None:
        nothing(t("Nobody here was on last month's list."))
        return
    table(found, key=key, caption=t("Did last month's list help?"), language=language(), fixed=True)
    caveat = t(
        "This is not an experiment: the two groups differ in what put them on the list, so a "
        "difference does not prove that the list helped. In time: by the day on which the duty ends, "
        "else within the month."
    )
    st.caption(plain(" ".join(filter(None, [difference_said(view), caveat]))))


def _percents(row: dict[str, Any], *ends: str) -> str:
    """The 95 % interval of a share."""
    return "–".join(interval_ends(row, *ends))


def _head(key: str, label: str, unit: str = "", kind: str = "number", *, phone: bool = False) -> Column:
    return Column(key, label, kind, unit, phone=phone)
