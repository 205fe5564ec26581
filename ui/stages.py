"""The stages of the funnel as a figure and as a table."""

from typing import Any

import streamlit as st

from charts import funnel
from data_access.view import View
from ui.breakdown import plain_rows
from ui.figure import figure
from ui.page import stage_names
from ui.table import table
from ui.words import language, t

COLUMNS = ("entered", "conversion", "open_count", "open_amount", "median_days")


def stage_figure(view: View, *, key: str) -> None:
    """How far the deals that began in the period have come."""
    stages = view.metric("funnel.stages")
    if not stages["entered"].sum():
        st.info(t("No deal began in the period."))
        return
    words = {
        "undated": t("no dates delivered"),
        "entered": t("Entered"),
        "reached_next": t("Reached the next stage"),
        "conversion": t("Conversion"),
    }
    alt = t("Deals of the period by stage reached")
    figure(funnel.bars(stages, labels=stage_names(view), words=words, alt=alt), key=key)


def stage_table(view: View, *, key: str) -> None:
    """Cohort, open deals and time per stage."""
    heads, rows = stage_rows(view)
    table(heads, rows, key=key, caption=t("Stages"), language=language())


def stage_rows(view: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Headings and rows of the stages."""
    metric = view.catalogue()["funnel.stages"]
    label = ("stage", t("Stage"))
    frame, names = view.metric(metric.name), stage_names(view)

    def notes(row: dict[str, Any], column: str) -> str:
        """Why there is no number: a stage without dates, or a median that its deals have not reached."""
        if row["entered"] is None:
            return t("no dates") if column == "entered" else ""
        return (
            t("not reached yet") if column == "median_days" and row["entered"] and row["open_count"] else ""
        )

    return plain_rows(view, metric, frame, label, COLUMNS, names=names, notes=notes)
