"""What changed in the churn forecast since last month: a waterfall that closes as it is printed."""

from itertools import pairwise

import streamlit as st

from charts import waterfall
from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import grouped, unit_of
from ui.base.words import language, t
from ui.churn.words import horizon_of, suited
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table

STEPS = {
    "opening": message("Expected a month ago"),
    "new": message("New customers"),
    "left": message("Left"),
    "left_otherwise": message("Left for another cause"),
    "moved_in": message("Transferred in"),
    "moved_out": message("Transferred out"),
    "saved": message("Risk fell"),
    "worsened": message("Risk rose"),
    "rescored": message("Model learned again"),
    "closing": message("Expected now"),
}
LEVELS = ("opening", "closing")
RARE = ("left_otherwise", "moved_in", "moved_out")  # shown where there are any
LEAST = 1.0  # below it at both ends there is nothing to tell apart


def printed(values: list[float], decimals: int) -> list[float]:
    """The first and last value rounded, and steps between them that lead from one to the other as printed.

    Each running total is rounded, a step is the difference of two: none is off by more than one last digit.

    >>> printed([3.4, 0.4, 0.4, 4.2], 0)
    [3.0, 1.0, 0.0, 4.0]
    """
    running = [round(values[0], decimals)]
    total = values[0]
    for value in values[1:-1]:
        total += value
        running.append(round(total, decimals))
    between = [round(b - a, decimals) + 0.0 for a, b in pairwise(running)]
    return [running[0], *between, running[-1]]


def steps(view: View) -> tuple[list[str], list[float], list[int], int] | None:
    """Steps, their printed values, the customers concerned and the decimals; None of nearly nobody."""
    frame = suited(view).metric("churn.bridge")
    if not frame.height:
        return None
    ends = frame["expected"][0], frame["expected"][-1]
    if max(ends) < LEAST:
        return None
    kept = [row for row in frame.to_dicts() if row["customers"] or row["step"] not in RARE]
    decimals = 0 if max(ends) >= 100 else 1 if max(ends) >= 10 else 2
    values = printed([row["expected"] for row in kept], decimals)
    return [row["step"] for row in kept], values, [row["customers"] for row in kept], decimals


def churn_bridge_rows(view: View) -> Table | None:
    """The steps as a table; None where the forecast has no month before, or of nearly nobody."""
    try:
        found = steps(view)
    except NotDelivered:  # a filter that does not apply
        return None
    if found is None:
        return None
    unit = unit_of("customers")
    heads = [
        Column("step", t("Step"), kind="name", phone=True),
        Column("expected", t("Expected leavers"), unit=unit, noun="customers", phone=True),
        Column("customers", t("Customers"), unit=unit, noun="customers", phone=True),
    ]
    names, values, customers, decimals = found
    rows = []
    for name, value, count in zip(names, values, customers, strict=True):
        told = grouped(value, decimals, signed=name not in LEVELS)
        cells = {
            "step": Cell(t(STEPS[name])),
            "expected": Cell(told, value),
            "customers": Cell(grouped(count), count),
        }
        rows.append(Row(cells, role="total" if name == "closing" else "child"))
    return Table(heads, rows)


def churn_bridge_figure(view: View, *, key: str) -> None:
    """From the leavers that last month's forecast expected to those expected now; a phone gets the table."""
    title = t("What changed since last month's forecast")
    heading(title, t("expected leavers in {n} months", n=horizon_of(view)))
    try:
        found = steps(view)
    except NotDelivered as error:
        notice(error)
        return
    rows = churn_bridge_rows(view)
    if found is None or rows is None:
        nothing(
            t(
                "Less than 1 customer was expected to leave a month ago and is expected now, or there was "
                "no forecast a month ago."
            )
        )
        return
    decimals = found[3]
    drawn = [(n, v) for n, v in zip(*found[:2], strict=True) if v or n in LEVELS]
    names, values = [name for name, _ in drawn], [value for _, value in drawn]
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="wide_only"):
        fig = waterfall.steps(
            [t(STEPS[name]) for name in names],
            values,
            unit=unit_of("customers"),
            colours=colours(view),
            alt=t("Expected leavers from last month's forecast to this one by cause"),
            decimals=decimals,
            cut=t("axis from {start}"),
        )
        figure(fig, key=key)
    with right:
        table(rows, key=f"{key}_table", caption=title, language=language(), fixed=True)
