"""What stands behind the retention curve: causes of leaving, months stayed, whether groups differ."""

import polars as pl
import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from metrics.churn.retention import STAYED
from metrics.churn.settings import FLOOR_AT_RISK
from ui.base.formats import grouped
from ui.base.link import CHILDREN
from ui.base.words import language, t
from ui.parts.breakdown import plain_rows
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading
from ui.parts.table import table

CAUSES = {
    "closed": message("Closed by the customer"),
    "silent": message("Silently gone"),
    "death": message("Death"),
    "bank": message("Closed by the bank"),
    "merged": message("Merged into another number"),
    "other": message("Another cause"),
    STAYED: message("Still a customer"),
}
AHEAD = (12, 24, 36)


def method(view: View, definition: str, window: str, by: str | None, *, key: str) -> None:
    """The drawer under the curve."""
    causes_table(view, definition, window, key=f"{key}_causes")
    means_table(view, definition, window, key=f"{key}_means")
    if difference := logrank_text(view, by or CHILDREN, definition, window):
        st.markdown(difference)
    clock = t(
        "Kaplan–Meier with late entry: a customer counts only in the months with the bank that the window "
        "shows, so it is a period table and not the course of one year's newcomers."
    )
    if not view.store.months:
        clock = t("Kaplan–Meier: every customer counts from its first month to the last one delivered.")
    ends = t(
        "The curve and the months customers stay count every cause of leaving; the test above counts one "
        "churn, and another cause ends the observation. The curve begins and ends where {n} customers are at "
        "risk; the 95 % "
        "interval is Greenwood's on the log-log scale.",
        n=view.store.policy.of(FLOOR_AT_RISK),
    )
    said = f"{clock} {ends}"
    means = view.metric("churn.restricted_mean", definition=definition, window=window)
    if unknown := means["unknown_at_risk"][0]:
        said += " " + t(
            "Not counted: {n} months at risk of customers of whom it is not known since when.",
            n=f"{unknown:,}",
        )
    st.caption(said)


def causes_table(view: View, definition: str, window: str, *, key: str) -> None:
    """Shares that have left by each cause after 12, 24 and 36 months; with those still here they are all."""
    frame = view.metric("churn.incidence", definition=definition, window=window)
    first = int(frame["month"].min() or 1)  # type: ignore[arg-type]
    reached = [m for m in AHEAD if (frame["month"] == first - 1 + m).any()]
    if not reached:
        return
    heads = [Column("cause", t("Cause"), kind="name", phone=True)]
    heads += [Column(str(m), t("after {n} months", n=m), unit="%", phone=True) for m in reached]
    rows = []
    for cause in CAUSES:
        mine = frame.filter(pl.col("cause") == cause)
        if mine.height:
            share = dict(mine.select("month", "incidence").iter_rows())
            cells = {
                str(m): Cell(grouped(share[first - 1 + m] * 100, 1), share[first - 1 + m]) for m in reached
            }
            role = "total" if cause == STAYED else "child"
            rows.append(Row({"cause": Cell(t(CAUSES[cause]), key=cause), **cells}, role=role))
    heading(t("Causes of leaving"), t("share of 100 customers, causes compete"))
    table(Table(heads, rows), key=key, caption=t("Causes of leaving"), language=language(), fixed=True)


def means_table(view: View, definition: str, window: str, *, key: str) -> None:
    """Months stayed on average of the next 12, 24 and 36, and by when half have left."""
    metric = view.catalogue()["churn.restricted_mean"]
    frames = [
        view.metric(metric.name, definition=definition, window=window, horizon=str(m)).with_columns(
            within=pl.lit(t("within {n} months", n=m))
        )
        for m in AHEAD
    ]
    frame = pl.concat(frames, how="vertical_relaxed").filter(pl.col("mean_months").is_not_null())
    if not frame.height:
        return
    stays, alone = ("stayed_months", "stayed_low", "stayed_high"), ("mean_months", "low", "high")
    label = ("within", t("Months looked ahead"))
    found = plain_rows(view, metric, frame, label, (*stays, *alone), together=(*stays, *alone))
    heading(t("Months customers stay"), t("under the curve; beside it, were this churn the only cause"))
    table(found, key=key, caption=t("Months customers stay"), language=language(), fixed=True)
    half, half_alone = frame["stayed_median"][0], frame["median_month"][0]
    said = [
        t("Half have left by month {n} with the bank.", n=half)
        if half is not None
        else t("In the months observed fewer than half have left.")
    ]
    if half_alone is not None:
        said.append(t("Were this churn the only cause: by month {n}.", n=half_alone))
    st.caption(" ".join(said))


def logrank_text(view: View, by: str, definition: str, window: str) -> str:
    """Whether the groups lose customers at different rates; nothing where there are no two of them."""
    if by == CHILDREN and not view.store.tree.children(view.node):
        return ""
    row = view.metric("churn.logrank", by, definition=definition, window=window).row(0, named=True)
    if row["p_value"] is None:
        return ""
    p = "< 0.001" if row["p_value"] < 0.001 else f"= {row['p_value']:.3f}"
    told = {"chi2": f"{row['chi2']:.1f}", "df": row["df"], "p": p}
    if row["p_value"] < 0.05:
        return t(
            "The groups below lose customers at different rates at the same age beyond chance (log-rank "
            "χ² {chi2}, {df} degrees of freedom, p {p}).",
            **told,
        )
    return t(
        "The groups below do not lose customers at different rates at the same age beyond chance "
        "(log-rank χ² {chi2}, {df} degrees of freedom, p {p}).",
        **told,
    )
