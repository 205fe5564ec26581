"""Metrics as cards: the number, what it changed by, whether that is good, its course, its definition."""

from collections.abc import Sequence
from math import sqrt
from typing import Any

import polars as pl
import streamlit as st

from data_access import periods
from data_access.errors import NotDelivered
from data_access.subject import Measure, Metric
from data_access.view import View
from metrics.intervals import Z95, differs
from ui.cards import cards
from ui.formats import COUNTS, Scale, change_text, scale_for
from ui.state import COMPARE
from ui.words import language, t


def colours(view: View) -> dict[str, str]:
    """Which colour says up and which down; red is up in China."""
    red, green = "#c8322b", "#1e7f4f"
    up, down = (red, green) if view.store.policy.up_is_red else (green, red)
    return {"up": up, "down": down}


def key_figures(view: View, wanted: Sequence[tuple[str, str]], *, key: str) -> None:
    """Cards for (metric, column) pairs; what the bank does not deliver is not drawn."""
    items = []
    columns: dict[str, list[str]] = {}
    for name, column in wanted:
        columns.setdefault(name, []).append(column)
    unfiltered = []
    for name, names in columns.items():
        metric = view.catalogue()[name]
        try:
            items += _items(view, metric, names)
        except NotDelivered:
            if set(view.filters) - {"kind", "tier", *view.tags(metric)}:
                unfiltered += [t(metric.measure(column).label) for column in names]
    cards(items, key=key, colours=colours(view), language=language())
    if unfiltered:
        st.caption(
            t("Not shown, for the filter does not apply to them: {names}.", names=", ".join(unfiltered))
        )


def _items(view: View, metric: Metric, names: list[str]) -> list[dict[str, Any]]:
    drawn = [name for name in names if _delivered(view, metric.measure(name))]
    if not drawn:
        return []
    now = view.metric(metric.name, columns=_with_parts(metric, drawn))
    stock, flow = (before(view, metric, drawn, flow=is_flow) for is_flow in (False, True))
    series = view.series(metric.name, *drawn)
    items = []
    for name in drawn:
        measure = metric.measure(name)
        earlier = flow if measure.flow else stock
        items.append(_item(view, measure, now, earlier, series))
    return items


def _delivered(view: View, measure: Measure) -> bool:
    return measure.needs is None or view.store.has(*measure.needs)


def _with_parts(metric: Metric, names: list[str]) -> tuple[str, ...]:
    """The columns with the counts that their rates and medians rest on."""
    measures = [metric.measure(name) for name in names]
    behind = [column for m in measures for column in (m.part, *m.cases) if column is not None]
    return (*names, *behind)


def before(view: View, metric: Metric, names: list[str], *, flow: bool) -> pl.DataFrame | None:
    """The columns of this kind (flow or stock) at the period compared with.

    None where there is no such column, or the data do not reach back so far.
    """
    kind = [name for name in names if metric.measure(name).flow == flow]
    earlier = view.compared(flow=flow)
    if not kind or not view.covers(metric, earlier.period, flow=flow):
        return None
    return earlier.metric(metric.name, columns=_with_parts(metric, kind))


def basis(view: View, measure: Measure) -> str:
    """The name of the comparison; a flow has none on the start of the year and takes last year's."""
    if measure.flow and view.comparison == periods.YEAR_START:
        return t(COMPARE[periods.LAST_YEAR])
    return t(COMPARE[view.comparison])


def _item(
    view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame | None, series: pl.DataFrame
) -> dict[str, Any]:
    value = now[measure.name][0]
    past = None if earlier is None else earlier[measure.name][0]
    scale = scale_for(measure, [value, past], view.store.manifest["currency"], view.store.minor_units)
    floor = view.store.policy.floor_rank
    spark = [_plain(v) for v in series[measure.name]] if measure.name in series.columns else []
    return {
        "label": t(measure.label),
        "value": None if value is None else scale.text(value),
        "unit": scale.unit,
        "missing": _missing(now, measure),
        "changes": [] if value is None else [_change(view, measure, now, earlier, scale)],
        "spark": spark if len({v for v in spark if v is not None}) > 1 else None,
        "spark_alt": t("{label}, last 12 months", label=t(measure.label)),
        "note": t("few cases")
        if measure.cases and 0 < _cases(now, measure) < floor and value is not None
        else None,
        "definition": " ".join(filter(None, [t(measure.definition), _doubt(now, measure)])) or None,
    }


def _missing(now: pl.DataFrame, measure: Measure) -> str:
    """Why there is no number: nothing to count, or a median that the deals have not reached yet."""
    if measure.unit == "days" and (now["open"][0] or now["won"][0] or now["lost"][0]):
        return t("not reached yet")
    return t("no cases in the period")


def _plain(value: float | None) -> float | None:
    return None if value is None else float(value)


def _change(
    view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame | None, scale: Scale
) -> dict[str, Any]:
    value = now[measure.name][0]
    if earlier is None:
        return {
            "basis": basis(view, measure),
            "text": t("no earlier data"),
            "direction": 0,
            "verdict": None,
            "word": "",
        }
    text, direction = change_text(measure, value, earlier[measure.name][0], scale)
    word, verdict = "", None
    doubt = _doubtful(view, measure, now, earlier) if direction else ""
    if doubt:
        direction, word = 0, doubt.strip()
    if direction and measure.good and not text.endswith("0.0%"):  # what rounds to nothing is not judged
        verdict = "good" if direction == measure.good else "bad"
        word = t("better") if verdict == "good" else t("worse")
    return {"basis": basis(view, measure), "text": text or t("no cases then"), "direction": direction,
            "verdict": verdict, "word": word}  # fmt: skip


def _doubtful(view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame) -> str:
    """Why a change is not to be judged: too few cases behind a rate or median, or within chance.

    Events counted over a period are compared as Poisson counts; a stock is a census and has no chance.
    """
    if measure.cases:
        n, n_before = (_cases(frame, measure) for frame in (now, earlier))
        floor = view.store.policy.floor_rank
        if min(n, n_before) < floor:
            return " " if n < floor else t("too few cases to judge")  # the card's own note says it already
        if measure.part is None:
            return ""
        significant = differs(int(now[measure.part][0]), n, int(earlier[measure.part][0]), n_before)
        return "" if significant else t("not significant")
    if measure.flow and measure.unit in COUNTS:
        a, b = int(now[measure.name][0]), int(earlier[measure.name][0])
        return "" if abs(a - b) > Z95 * sqrt(a + b) else t("not significant")
    return ""


def _cases(frame: pl.DataFrame, measure: Measure) -> int:
    return sum(int(frame[name][0] or 0) for name in measure.cases)


def _doubt(now: pl.DataFrame, measure: Measure) -> str | None:
    """The 95 % interval of a rate and its n, or the cases behind a median, for those who look closer."""
    if not measure.cases:
        return None
    n = f"{_cases(now, measure):,}"
    if measure.part is None:
        return t("Rests on {n} cases.", n=n)
    if now["low"][0] is None:
        return None
    low, high = (f"{now[name][0] * 100:.1f}" for name in ("low", "high"))
    return t("95 % interval {low}–{high} %, n = {n}", low=low, high=high, n=n)
