"""The churn forecast for each of its horizons."""

import streamlit as st

from data_access.view.view import View
from ui.base.formats import unit_of
from ui.base.words import language, t
from ui.churn.words import (
    FORECAST,
    leavers,
    leavers_span,
    model_of,
    money_ends,
    origin_of,
    share_of,
    suited,
)
from ui.parts.customers import money
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading
from ui.parts.table import table


def horizon_rows(view: View) -> Table:
    """A table: leavers and balance at risk within 3, 6 and 12 months, with their intervals."""
    frame = suited(view).metric("churn.outlook")
    has_money = view.store.has("customer_months", "aum")
    level = t("{level} % interval", level=FORECAST)
    scale = money(view, frame["balance_at_risk"].to_list() if has_money else [])
    heads = [
        Column("horizon", t("Months ahead"), kind="name", phone=True),
        Column("leavers", t("Expected leavers"), unit=unit_of("customers"), noun="customers", phone=True),
        Column("span", level, kind="text"),
        Column("share", t("Expected to leave"), unit="%"),
    ]
    if has_money:
        heads += [
            Column("money", t("Balance at risk"), unit=scale.unit, noun="money", phone=True),
            Column("money_span", level, kind="text", unit=scale.unit),
        ]
    rows = []
    for row in frame.to_dicts():
        share = row["expected_leavers"] / row["customers"] if row["customers"] else None
        cells = {
            "horizon": Cell(t("{n} months", n=row["horizon"])),
            "leavers": Cell(leavers(row["expected_leavers"]), row["expected_leavers"]),
            "span": Cell(leavers_span(row)),
            "share": Cell(share_of(share), share),
            "money": Cell(scale.text(row["balance_at_risk"]), row["balance_at_risk"]),
            "money_span": Cell(money_ends(scale, row)),
        }
        rows.append(Row(cells))
    return Table(heads, rows)


def horizon_table(view: View, *, key: str) -> None:
    """The forecast for each horizon; nothing is told beyond twelve months."""
    if not suited(view).metric("churn.expected")["customers"][0]:
        return
    heading(t("Expected leavers and balance at risk"), t("forecast of {day}", day=origin_of(view)))
    table(
        horizon_rows(view),
        key=key,
        caption=t("Expected leavers and balance at risk"),
        language=language(),
        fixed=True,
    )
    if model_of(view)["shocks"] is None:
        st.caption(t("Intervals are shown when eighteen months and more could be foretold one by one."))
