"""Contribution, loyalty and potential with their parts, and what the customers at the top hold."""

from dataclasses import replace

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.policy import COUNTED, DIMENSIONS, Component
from data_access.subject import message
from data_access.view.view import View
from metrics.value.dimensions import SUMMED
from metrics.value.dimensions_marts import delivered
from metrics.value.settings import FLOOR_GINI
from metrics.value.spread import TOPS
from ui.base.formats import grouped, interval_ends
from ui.base.words import language, t, word_of
from ui.parts.child_rows import NAME
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.value.spread import day_note, suited

WORDS = {
    "contribution": message("Contribution made"),
    "loyalty": message("Loyalty"),
    "potential": message("Potential"),
}
ABOVE = message("Institution above")


def score_rows(view: View, *, beside: bool = True) -> Table:
    """A table: each dimension, then its parts, and the institution above where it may be told."""
    look = suited(view)
    own = look.metric("value.dimensions")
    above = look.reference("value.dimensions") if beside else None
    parts = {part.key: part for part in view.store.policy.components}
    scores = {} if above is None else {(r["dimension"], r["component"]): r["score"] for r in above.to_dicts()}
    metric = view.catalogue()["value.dimensions"]
    score, high = (t(metric.measure(name).definition) for name in ("score", "share_high"))
    heads = [
        _head("score", t("Mean score"), t("points"), score, phone=True),
        *([_head("above", t(ABOVE), t("points"), score, phone=True)] if scores else []),
        _head("share_high", t("Share with 60 points or more"), "%", high),
        _head("weight", t("Weight"), "%", t(metric.measure("weight").definition)),
    ]
    whole = dict(own.filter(pl.col("component") == SUMMED).select("dimension", "weight").iter_rows())
    rows = []
    for row in own.to_dicts():
        key, dimension = row["component"], row["dimension"]
        is_whole = key == SUMMED
        name = t(WORDS[dimension]) if is_whole else _named(parts[key])
        share = None if is_whole else row["weight"] / whole[dimension]
        told = {
            "score": _cell(row["score"], 1, 1),
            "above": _cell(scores.get((dimension, key)), 1, 1),
            "share_high": _cell(row["share_high"], 100, 1),
            "weight": _cell(share, 100, 0),
        }
        cells = {NAME: Cell(name, title="" if is_whole else _cuts(view, parts[key]))}
        rows.append(Row(cells | told, role="line" if is_whole else "child"))
    return Table([Column(NAME, t("Dimension"), "name", phone=True), *heads], rows)


def _head(key: str, label: str, unit: str, definition: str, *, phone: bool = False) -> Column:
    return Column(key, label, unit=unit, phone=phone, definition=definition)


def _cell(value: float | None, times: int, decimals: int) -> Cell:
    return Cell("" if value is None else grouped(value * times, decimals), value)


def _named(part: Component) -> str:
    return word_of(part)


def _cuts(view: View, part: Component) -> str:
    """From which amounts on a part gives its points."""
    unit = "" if part.key in COUNTED else "%" if part.key == "next_tier" else view.store.manifest["currency"]
    cuts = " / ".join(f"{cut:,}" for cut in part.cuts)
    return t("25, 50, 75, 100 points from {cuts}", cuts=f"{cuts} {unit}".strip())


def score_table(view: View, *, key: str) -> None:
    """Mean scores of the customers, and what they are made of."""
    heading(t("Contribution, loyalty and potential"), day_note(view))
    try:
        found = score_rows(view)
    except NotDelivered as error:
        notice(error)
        return
    if not suited(view).metric("value.dimensions")["customers"][0]:
        nothing(t("No customer is booked here at the end of the period."))
        return
    table(
        found,
        key=key,
        caption=t("Contribution, loyalty and potential"),
        colours=colours(view),
        language=language(),
        fixed=True,
    )
    here = {part.key for part in delivered(view.store.policy, view.store.has)}
    parts = view.store.policy.components
    steps = [f"{_named(part)}: {_cuts(view, part)}" for part in parts if part.key in here]
    with st.popover(t("How it is scored"), type="tertiary"):
        st.markdown("\n".join(f"- {step}" for step in steps))
    if lacking := [_named(part) for part in parts if part.key not in here]:
        st.caption(
            t(
                "Not delivered, so without: {parts}. The other parts of the dimension weigh more.",
                parts=t(", ").join(lacking),
            )
        )
    if gone := [
        t(WORDS[d]) for d in DIMENSIONS if not any(p.key in here and p.dimension == d for p in parts)
    ]:
        st.caption(t("Nothing is delivered that tells of: {dimensions}.", dimensions=t(", ").join(gone)))


def top_rows(view: View) -> Table | None:
    """A table: what the customers with the most hold of all AUM, and the Gini, each with its
    bounds and that of the institution above; None of too few customers."""
    look = suited(view)
    own, above = look.metric("value.concentration"), look.reference("value.concentration")
    if own["top1_share"][0] is None:
        return None
    heads = [
        Column(NAME, t("Customers with the most AUM"), kind="name", phone=True),
        _head(
            "share",
            t("Concentration"),
            "",
            t("Read from a histogram; the bounds stand with the number."),
            phone=True,
        ),
        *([_head("above", t(ABOVE), "", "", phone=True)] if above is not None else []),
    ]
    row, rows = own.row(0, named=True), []
    for k in TOPS:
        low, high = interval_ends(row, f"top{k}_share_low", f"top{k}_share_high")
        told = t("between {low} and {high} %", low=low, high=high)
        rows.append(_beside(t("Top {k} %", k=k), f"top{k}_share", own, above, told, times=100, unit="%"))
    low, high = interval_ends(row, "gini_low", "gini_high", times=1, decimals=3)
    told = t("between {low} and {high}", low=low, high=high)
    rows.append(_beside(t("Gini (0 to 1)"), "gini", own, above, told, decimals=3))
    return Table(heads, rows)


def _beside(
    name: str,
    column: str,
    own: pl.DataFrame,
    above: pl.DataFrame | None,
    bounds: str,
    *,
    times: int = 1,
    decimals: int = 1,
    unit: str = "",
) -> Row:
    """A row with the own number, its bounds on hover, and that of the institution above."""
    cells: dict[str, Cell] = {NAME: Cell(name)}
    for key, frame in {"share": own, "above": above}.items():
        if frame is not None:
            cell = _cell(frame[column][0], times, decimals)
            cells[key] = replace(
                cell, text=cell.text and cell.text + unit, title=bounds if frame is own else ""
            )
    return Row(cells)


def top_table(view: View, *, key: str) -> None:
    """How much rests on the few with the most."""
    heading(t("Shares of the top"), day_note(view))
    try:
        found = top_rows(view)
    except NotDelivered as error:
        notice(error)
        return
    if found is None:
        few = view.store.policy.of(FLOOR_GINI)
        nothing(t("Among fewer than {n} customers this is not told.", n=few))
        return
    table(
        found,
        key=key,
        caption=t("Shares of the top"),
        colours=colours(view),
        language=language(),
        fixed=True,
    )
    st.caption(t("Gini: 0 where all hold the same, 1 where one customer holds all."))
