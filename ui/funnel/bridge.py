"""What changed in the pipeline over the period, as a waterfall and as a table."""

from typing import Any

import polars as pl
import streamlit as st

from charts import waterfall
from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import Scale, table_scales
from ui.base.link import go
from ui.base.words import language, t
from ui.funnel.choices import CLOSING
from ui.parts.contents import chosen
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.key_items import delivered
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import drawn, heading, nothing
from ui.parts.table import table

STEPS = {
    "opening": message("Opening"),
    "new": message("New deals"),
    "increased": message("Amount raised"),
    "decreased": message("Amount cut"),
    "pulled_in": message("Pulled in"),
    "pushed_out": message("Pushed out"),
    "won": message("Won"),
    "lost": message("Lost"),
    "lapsed": message("Lapsed"),
    "transferred": message("Transfers"),
    "closing": message("Closing"),
}
LEVELS = ("opening", "closing")
WINDOWS = {
    "all": message("all open deals"),
    "quarter": message("closing by quarter end"),
    "year": message("closing by year end"),
}


def pipeline_bridge_figure(view: View, *, key: str) -> None:
    """From the open deals before the period to those at its end; a phone gets the table alone."""
    look = view.suited(view.catalogue()["funnel.bridge"])
    first, last = look.period.first, look.period.last
    heading(t("What changed in the pipeline"), t("{first} to {last}", first=first, last=last))
    labels = {name: t(word) for name, word in WINDOWS.items()}
    widget, closing = f"{key}_closing", chosen(view, CLOSING)
    column, frame, scales = steps(look, closing)
    is_empty = not any(frame["deals"]) and not any(frame["moves"])
    if is_empty and closing == next(iter(WINDOWS)):  # of all open deals
        nothing(t("No deal was open in the period."))
        return
    drawn()
    st.session_state[widget] = closing
    st.segmented_control(
        t("Pipeline looked at"),
        list(WINDOWS),
        format_func=lambda name: labels[name],
        key=widget,
        on_change=lambda: go(closing=st.session_state[widget]),
        label_visibility="collapsed",
        required=True,
        wrap=True,
    )
    if is_empty:
        nothing(t("No deal was open in the period."))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="wide_only"):
        shown = frame.filter((pl.col(column) != 0) | pl.col("step").is_in(LEVELS))
        values = [value / scales[column].divisor for value in shown[column]]
        fig = waterfall.steps(
            [t(STEPS[step]) for step in shown["step"]],
            values,
            unit=scales[column].unit,
            alt=t("The open pipeline from opening to closing by cause"),
            colours=colours(view),
            decimals=scales[column].decimals,
            cut=t("axis from {start}"),
        )
        figure(fig, key=key)
    with right:
        caption = t("What changed in the pipeline")
        table(
            pipeline_bridge_rows(look, frame, scales),
            key=f"{key}_table",
            caption=caption,
            language=language(),
            colours=colours(view),
            fixed=True,
        )
    notes = [
        t("Overdue deals count, for they are still expected; those without an expected day do not.")
        if closing in ("quarter", "year")
        else "",
        ""
        if view.store.has("opportunity_changes", "old")
        else t(
            "Amounts and expected days are those of today; what changed in them, and transfers, are shown "
            "when opportunity_changes is delivered."
        ),
    ]
    if any(notes):
        st.caption(" ".join(filter(None, notes)))


def steps(view: View, closing: str) -> tuple[str, pl.DataFrame, dict[str, Scale]]:
    """The column that is drawn (amounts, where there are any), the steps, a scale for each column."""
    metric = view.catalogue()["funnel.bridge"]
    frame = view.metric(metric.name, closing=closing)
    if closing == "all":  # there is no edge to move across
        frame = frame.filter(~pl.col("step").is_in(["pulled_in", "pushed_out"]))
    names = ["deals", "moves"] + (["amount"] if delivered(view, metric.measure("amount")) else [])
    measures = {name: metric.measure(name) for name in names}
    scales = table_scales(view, measures, {name: frame[name].to_list() for name in names})
    is_told = "amount" in scales and any(frame["amount"])
    return "amount" if is_told else "deals", frame, scales


def pipeline_bridge_rows(view: View, frame: pl.DataFrame, scales: dict[str, Scale]) -> Table:
    """A row for each step: the change of deals and amount, and how many deals moved."""
    metric = view.catalogue()["funnel.bridge"]
    heads = [
        Column("step", t("Step"), kind="name", phone=True),
        *(
            Column(
                name,
                t(metric.measure(name).label),
                unit=scales[name].unit,
                phone=name != "moves",
                definition=t(metric.measure(name).definition),
            )
            for name in ("amount", "deals", "moves")
            if name in scales
        ),
    ]

    def cell(row: dict[str, Any], name: str) -> Cell:
        value, scale = row[name], scales[name]
        is_level = row["step"] in LEVELS or name == "moves"
        return Cell(scale.text(value) if is_level else scale.signed(value) if value else "0", value)

    rows = [
        Row(
            {"step": Cell(t(STEPS[row["step"]])), **{name: cell(row, name) for name in scales}},
            role="total" if row["step"] == "closing" else "child",
        )
        for row in frame.to_dicts()
    ]
    return Table(heads, rows)
