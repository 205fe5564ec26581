"""The finding of the churn page: who will leave with how much, where, and how that compares."""

from collections.abc import Mapping

import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import plain, unit_of
from ui.base.words import counted, t
from ui.churn.bridge import churn_bridge_rows
from ui.churn.institutions import league_rows
from ui.churn.lists import next_said
from ui.churn.words import (
    KINDS_OF_CHURN,
    definition_of,
    horizon_of,
    leavers,
    leavers_span,
    money_text,
    suited,
    within,
)
from ui.parts.child_rows import NAME
from ui.parts.model import Cell


def churn_said(view: View) -> list[str]:
    """How many will leave, with how much, where most of it is, who lost more than foretold."""
    look, kind = suited(view), t(KINDS_OF_CHURN[definition_of(view)])
    row = look.metric("churn.expected").row(0, named=True)
    if not row["customers"]:
        return [t("There is nobody here who could leave.")]
    count = f"{leavers(row['expected_leavers'])} {unit_of('customers')}".strip()
    lead = t("{kind}, expected in {n} months: {count}", kind=kind, n=horizon_of(view), count=count)
    if interval := within(leavers_span(row)):
        lead = t("{text} ({word})", text=lead, word=interval)
    whole = counted(row["customers"], message("of {n} customer"), message("of {n} customers"))
    lead = t("{so_far}, {next}", so_far=lead, next=whole)
    said = [t("{sentence}.", sentence=lead)]
    if row["balance_at_risk"]:
        said.append(t("Balance at risk: {amount}.", amount=money_text(view, row["balance_at_risk"])))
    said += _below(view) if view.store.tree.children(view.node) else []
    before = churn_bridge_rows(view)
    if before is not None:
        said.append(t("A month ago {n} were expected.", n=before.rows[0].cells["expected"].text))
    return said + next_said(view)


def _below(view: View) -> list[str]:
    """Where most of it is, and who lost more than the risk of its customers let expect."""
    found = league_rows(view)
    children = [row.cells for row in found.rows if row.role == "child"]
    said = []
    amount = next((column for column in found.columns if column.key == "money"), None)
    if amount is not None and children:
        most = max(children, key=lambda cells: _value(cells, "money"))
        held = f"{most['money'].text} {amount.unit}".strip()
        said.append(t("Most of it: {who}, {amount}.", who=most[NAME].text, amount=held))
    above = [cells for cells in children if cells["word"].key == "above"]
    if above:
        worst = max(above, key=lambda cells: _value(cells, "ratio"))
        said.append(
            t(
                "More left than foretold: {who}, {ratio} times as many.",
                who=worst[NAME].text,
                ratio=worst["ratio"].text,
            )
        )
    elif any(cells["word"].key in ("within", "below") for cells in children):
        said.append(t("Nowhere below did more leave than foretold, beyond chance."))
    return said


def _value(cells: Mapping[str, Cell], key: str) -> float:
    return float(cells[key].value or 0)


def churn_finding(view: View) -> None:
    """The finding above the cards."""
    with st.container(key="finding"):
        first, *others = (plain(sentence) for sentence in churn_said(view))
        st.markdown(" ".join([f"**{first}**", *others]))
