"""What a page script starts from."""

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from charts import trend
from charts.theme import Figure
from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.protection import dimension_of
from data_access.view.view import View
from ui.base.formats import plain, scale_in
from ui.base.words import error_text, t, word_of
from ui.parts.figure import figure
from ui.parts.verdicts import with_enough

ABSENT = "absent"  # in the session: parts of the page that this bank has no data for
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


def heading(title: str, note: str = "") -> None:
    """The title of a part of the page, and a quieter word beside it; both are text, whatever they hold."""
    more = f" :small[:gray[{plain(note)}]]" if note else ""
    st.markdown(f"#### {plain(title)}{more}")


def notice(error: CockpitError) -> None:
    """Why there is nothing to show, as text; what is not delivered is told at the end of the page."""
    if isinstance(error, NotDelivered) and "needs" in error.values:
        absent(error_text(error))
    else:
        st.info(plain(error_text(error)))


def absent(text: str) -> None:
    """Remembers why a part of the page is not there; one quiet line at its end tells of all of them."""
    st.session_state.setdefault(ABSENT, []).append(text)


def absences() -> None:
    """The line at the end of the page."""
    if said := dict.fromkeys(st.session_state.pop(ABSENT, [])):
        st.caption(plain(" ".join(said)))


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
    if not fig and not view.catalogue()[name].protected:
        absent(t("{title}: there was nothing to show in these months.", title=title))
        return
    heading(title, note)
    if fig:
        figure(fig, key=key)
    else:
        st.info(t("too few answers, not shown"))


def _trend(
    view: View, name: str, lines: dict[str, str], alt: str, months: int, band: tuple[str, str] | None
) -> Figure | None:
    """The lines; empty where no month has a number, None where they are not delivered or do not apply."""
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
    values = [
        v for column in here if column in frame.columns for v in frame[column].to_list() if v is not None
    ]
    if not values:  # a month of nothing is 0, and is drawn
        return {}
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
        events=view.events(),
    )


def stage_names(view: View) -> dict[str, str]:
    """Stage keys and their words."""
    names = {stage.key: word_of(stage) for stage in view.store.policy.stages}
    return {**names, "unknown": t("Stage unknown")}


def _delivered(view: View, name: str, column: str) -> bool:
    needs = view.catalogue()[name].measure(column).needs
    return needs is None or view.store.has(*needs)
