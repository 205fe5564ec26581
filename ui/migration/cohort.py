"""Tier migration a year on: where the customers stand who had entered a tier twelve months before."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.view.view import View
from metrics.migration.cohort import SHARES
from ui.base.formats import interval_said
from ui.base.words import language, t
from ui.migration.states import names
from ui.parts.breakdown import plain_rows
from ui.parts.key_items import unknown
from ui.parts.quiet import absent, heading, nothing, notice
from ui.parts.table import table

COUNTS = ("customers", "kept", "fallen", "left", "transferred_out", "without_tier")
ORDER = (
    "customers",
    "kept_share",
    "fallen_share",
    "left_share",
    "kept",
    "fallen",
    "left",
    "transferred_out",
    "without_tier",
)


def cohort_table(view: View, *, key: str) -> None:
    """By tier entered, highest first: how many still have it, fell below, left, with intervals."""
    metric = view.catalogue()["migration.cohort"]
    view = view.suited(metric)
    try:
        frame = view.metric(metric.name).reverse()
    except NotDelivered:  # the filter does not apply; the cards say so
        return
    title = t("Where who entered a tier stands 12 months later")
    if not frame.height:
        why = unknown(view, metric.name)
        if why is not None and "months" not in why.values:
            heading(title)
            notice(why)
            return
        absent(t("{title}: shown when the month ends 12 and 13 months before are delivered.", title=title))
        return
    month = frame["month"][0]
    heading(title, t("entered in {month}, at {day}", month=f"{month:%Y-%m}", day=view.period.last))
    if not frame["customers"].sum():
        nothing(t("Nobody entered a tier here in {month}.", month=f"{month:%Y-%m}"))
        return
    both = pl.concat(
        [
            frame.filter(pl.col("customers") != 0),
            frame.select(pl.lit("all").alias("tier"), *[pl.col(name).sum() for name in COUNTS]),
        ],
        how="diagonal",
    )
    drawn = [name for name in ORDER if name not in ("transferred_out", "without_tier") or both[name].sum()]
    few = t("too few customers, not shown")

    def note(row: dict[str, Any], _name: str) -> str:
        return "" if row["tier"] == "all" else few

    words = {**names(view, "from_tier"), "all": t("All tiers")}
    label = ("tier", t("Tier entered"))
    shares = {share: (f"{name}_low", f"{name}_high") for name, share in SHARES.items()}

    def interval(row: dict[str, Any], name: str) -> str:
        return interval_said(row, row["customers"], *shares[name]) if name in shares else ""

    found = plain_rows(
        view,
        metric,
        both,
        label,
        drawn,
        names=words,
        notes=note,
        titles=interval,
        together=COUNTS,
        phone=("customers", "kept"),
        total="all",
    )
    table(found, key=key, caption=title, language=language(), fixed=True)
    st.caption(t("Whoever entered later is not counted: the twelve months are not over."))
