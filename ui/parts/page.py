"""What a page script starts from."""

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from charts import trend
from charts.theme import Figure
from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.protection import dimension_of
from data_access.view.view import View
from ui.base.formats import scale_in
from ui.base.words import own, t, word_of
from ui.parts.figure import figure
from ui.parts.quiet import heading, nothing
from ui.parts.verdicts import with_enough

OF_ALL = {"tier": message("of all tiers"), "kind": message("of all kinds of customers")}


def current_view() -> View:
    """The view of this run: scope, period, comparison and filters as the frame has settled them."""
    view: View = st.session_state["view"]
    return view


def available(view: View, name: str) -> None:
    """Ends the page with a sentence where the bank does not deliver what it is about."""
    metric = view.catalogue()[name]
    missing = [table for table in metric.needs if not view.store.has(table)]
    if missing:
        raise NotDelivered("This page is shown when {tables} is delivered.", tables=", ".join(missing))
    if metric.protected:
        dimension_of(view.scope, metric, None)


def of_all(view: View, name: str) -> View:
    """The same look at a metric that is told of all customers where it does not carry a chosen filter;
    `of_all_note` says so beside it."""
    metric = view.catalogue()[name]
    return view.suited(metric).without_filters(view.scope.not_carried(metric))


def of_all_note(view: View, name: str) -> str:
    """Which chosen filters do not apply to a metric, said beside its numbers; nothing where all do."""
    left = view.scope.not_carried(view.catalogue()[name])
    return t("; ").join(t(OF_ALL[key]) if key in OF_ALL else t("not by {name}", name=key) for key in left)


def halves() -> tuple[DeltaGenerator, ...]:
    """Two columns of a page; below each other on a phone."""
    return tuple(st.columns(2, gap="medium"))


def trend_figure(
    view: View,
    name: str,
    lines: dict[str, str],
    *,
    title: str,
    alt: str,
    key: str,
    note: str = "",
    months: int = 24,
    band: tuple[str, str] | None = None,
) -> None:
    """Columns of a metric as lines over months under a title; columns that are not delivered are left out."""
    view = view.suited(view.catalogue()[name])
    asked = name, tuple(lines.items()), alt, months, band
    fig = view.once("trend", asked, lambda: _trend(view, name, lines, alt, months, band))
    if fig is None:
        return
    heading(title, note)
    if isinstance(fig, str):
        nothing(fig)
    else:
        figure(fig, key=key)


def _trend(
    view: View, name: str, lines: dict[str, str], alt: str, months: int, band: tuple[str, str] | None
) -> Figure | str | None:
    """The lines, or why there is nothing to draw; None where they are not delivered or do not apply."""
    here = {column: label for column, label in lines.items() if _delivered(view, name, column)}
    if not here:
        return None
    measures = [view.catalogue()[name].measure(column) for column in here]
    cases = dict.fromkeys(case for measure in measures for case in measure.cases if case not in here)
    try:
        frame = view.series(name, *here, *(band or ()), *cases, months=months)
    except NotDelivered:  # the filter does not apply; the cards say so
        return None
    frame = with_enough(frame, measures, view.store.policy.floor_cases)
    shown = frame.select(pl.col(column) for column in (*here, *(band or ())) if column in frame.columns)
    values = [v for column in here if column in frame.columns for v in frame[column].drop_nulls()]
    if not values:
        few = view.catalogue()[name].protected
        return t("Too few answers to be shown.") if few else t("There was nothing to show in these months.")
    if not any(value for column in shown for value in column):
        return t("Zero in each of these months.")
    if all(frame[column].count() < 2 for column in here if column in frame.columns):
        return t("Only one of these months has enough to be shown; the card tells it.")
    scale = scale_in(view, measures[0], values)
    scaled = frame.with_columns(pl.col(column) / scale.divisor for column in (*here, *(band or ())))
    return trend.line(
        scaled,
        "month",
        here,
        unit=scale.unit,
        alt=alt,
        band=band,
        decimals=scale.decimals,
        events=[(day, own(word)) for day, word in view.events()],
    )


def stage_names(view: View) -> dict[str, str]:
    """Stage keys and their words."""
    names = {stage.key: word_of(stage) for stage in view.store.policy.stages}
    return {**names, "unknown": t("Stage unknown")}


def _delivered(view: View, name: str, column: str) -> bool:
    needs = view.catalogue()[name].measure(column).needs
    return needs is None or view.store.has(*needs)
