"""How long customers stay: the retention curve in words, as a figure and with those at risk behind it."""

import polars as pl
import streamlit as st

from charts import survival
from data_access.errors import NotDelivered
from data_access.view.rows import is_institutional
from data_access.view.view import View
from metrics.churn.settings import FLOOR_AT_RISK
from ui.base.formats import grouped
from ui.base.words import language, t
from ui.churn.retention_method import method
from ui.churn.words import definition_of
from ui.parts.choice import name_of
from ui.parts.figure import figure
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import of_all, of_all_note
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table

CURVE = "churn.survival"
STILL_HERE = {"survival": "stayed", "low": "stayed_low", "high": "stayed_high"}  # what is drawn
ON_PHONE = (0, 12, 36)
AHEAD, AT = (12, 24, 36), (0, 12, 24, 36, 60, 120)  # months told in the sentence; months of those at risk


def retention_figure(view: View, window: str = "12", by: str | None = None, *, key: str) -> None:
    """The curve beside the parent's, or a curve for each of the largest groups of a breakdown.

    `window`: the last 12 or 36 months.
    """
    whose, view, definition = of_all_note(view, CURVE), of_all(view, CURVE), definition_of(view)
    has_months = bool(view.store.months)
    note = t(
        "of any cause of leaving, if each month with the bank is survived as in the last {n} months", n=window
    )
    note = note if has_months else t("by the durations delivered")
    heading(t("Customer retention curve"), t("; ").join(filter(None, (note, whose))))
    try:
        curves = retention_curves(view, definition, window, by)
    except NotDelivered as error:
        notice(error)
        return
    if not curves:
        nothing(no_curve(view, definition, by))
        return
    if by is None:
        st.markdown(sentence(curves[0][1]))
    words = {"x": t("months with the bank"), "at_risk": t("at risk")}
    alt = t("Share of customers still here by months with the bank")
    figure(survival.steps(curves, words=words, alt=alt), key=f"{key}_figure")
    table(
        at_risk_rows(curves, view.store.policy.of(FLOOR_AT_RISK)),
        key=f"{key}_at_risk",
        caption=t("Customers at risk"),
        language=language(),
        fixed=True,
    )
    with st.expander(t("Method: causes of leaving, months stayed, whether retention differs")):
        method(view, definition, window, by, key=key)


def retention_curves(
    view: View, definition: str, window: str, by: str | None
) -> list[tuple[str, pl.DataFrame]]:
    """Names and curves: the institution's and its parent's, or those of the largest groups."""
    if by is None:
        own = view.metric(CURVE, definition=definition, window=window).with_columns(**STILL_HERE)
        if not own.height:
            return []
        tree = view.store.tree
        curves = [(view.name(tree.ids[view.node]), own)]
        parent = view.reference(CURVE, definition=definition, window=window)
        if parent is not None and parent.height:
            curves.append((view.name(tree.ids[tree.parent[view.node]]), parent.with_columns(**STILL_HERE)))
        return curves
    frame = view.metric(CURVE, by, definition=definition, window=window).with_columns(**STILL_HERE)
    label = "name" if "name" in frame.columns else by
    largest = (
        frame.group_by(label).agg(pl.col("at_risk").sum()).sort("at_risk", label, descending=[True, False])
    )
    parts = [frame.filter(pl.col(label) == name) for name in largest[label].head(survival.MOST)]
    return [(name_of(view, by, part.row(0, named=True)), part) for part in parts]


def no_curve(view: View, definition: str, by: str | None) -> str:
    """Why there is no curve."""
    months = "customer_months"
    if definition == "silent" and not (
        view.store.has(months, "own_transactions") and view.store.has(months, "aum")
    ):
        return t("Silent churn is shown when customer_months carries own_transactions and aum.")
    if view.store.months and not view.store.has("customers", "joined_on"):
        return t("The retention curve is shown when customers carry joined_on.")
    is_large = view.node in view.store.rolled or view.node == 0
    if by is not None and not is_institutional(by) and not is_large:
        return t("By this breakdown the retention curve is shown for larger institutions only.")
    return t(
        "Too few customers, not shown: in no month with the bank {n} are at risk.",
        n=view.store.policy.of(FLOOR_AT_RISK),
    )


def sentence(curve: pl.DataFrame) -> str:
    """Of 100 new customers so many are still here after 12, 24 and 36 months."""
    first, by_month = int(curve["month"][0]), {row["month"]: row for row in curve.to_dicts()}
    parts = []
    for months in AHEAD:
        row = by_month.get(first - 1 + months)
        if row is not None:
            n, low, high = (
                "" if row[name] is None else f"{row[name] * 100:.0f}" for name in ("survival", "low", "high")
            )
            told = {"n": n, "months": months, "low": low, "high": high}
            parts.append(
                t("{n} after {months} months ({low}–{high})", **told)
                if low
                else t("{n} after {months} months", n=n, months=months)
            )
    if not parts:
        return t("Too few customers are at risk to follow them for a year.")
    listed = t(", ").join(parts)
    if first == 1:
        return t("Of 100 new customers so many are still here: {listed}.", listed=listed)
    return t(
        "Of 100 customers who have been here for {n} months so many still are: {listed}.",
        n=first - 1,
        listed=listed,
    )


def at_risk_rows(curves: list[tuple[str, pl.DataFrame]], floor: int) -> Table:
    """How many customers each curve rests on at its months; fewer than the floor are not told."""
    heads = [Column("name", t("At risk after months"), kind="name", phone=True)]
    heads += [Column(str(m), str(m), noun="customers", phone=m in ON_PHONE) for m in AT]
    rows = []
    for name, frame in curves:
        at_risk = dict(frame.select("month", "at_risk").iter_rows())
        cells: dict[str, Cell] = {"name": Cell(name, key=name)}
        for m in AT:
            n = at_risk.get(m + 1)
            cells[str(m)] = Cell(f"<{floor}" if n is None else grouped(n), n)
        rows.append(Row(cells))
    return Table(heads, rows)
