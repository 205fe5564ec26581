"""The stages of the funnel under the question that is asked of them, as a figure and as a table."""

from typing import Any

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from charts import funnel, funnel_parts, shares
from data_access.subject import message
from data_access.view.view import View
from metrics.funnel.stages import COHORT, MATURE_DAYS, RULES, SNAPSHOT, THROUGHPUT
from metrics.funnel.times import CYCLE
from ui.base.link import ALL, go
from ui.base.words import language, t
from ui.funnel.choices import RULE, WINDOW, WINDOWS
from ui.parts.breakdown import plain_rows
from ui.parts.contents import chosen
from ui.parts.figure import figure
from ui.parts.folded import folded
from ui.parts.model import Table
from ui.parts.page import halves, stage_names, trend_figure
from ui.parts.quiet import absent, heading, nothing
from ui.parts.table import table
from ui.parts.verdicts import with_enough

ASKED = {
    COHORT: message("What became of the new deals?"),
    THROUGHPUT: message("What happened in the period?"),
    SNAPSHOT: message("Where do open deals stand?"),
}
COLUMNS = {
    COHORT: ("entered", "conversion", "open_count", "open_amount", "median_days"),
    THROUGHPUT: ("entered", "reached_next", "lost", "lapsed", "moved_back", "still_here", "conversion"),
    SNAPSHOT: ("open_count", "open_amount", "median_days"),
}
FATES = {
    "reached_next": message("Gone on"),
    "lost": message("Lost"),
    "lapsed": message("Lapsed"),
    "moved_back": message("Moved back"),
    "still_here": message("Still here"),
}
SHARES = {
    "advanced": message("Gone on"),
    "lost": message("Lost"),
    "lapsed": message("Lapsed"),
    "moved_back": message("Moved back"),
    "still_open": message("Still open"),
}


def asked(view: View, *, key: str) -> None:
    """The question that the reader asks, kept in the URL; for new deals within which time."""
    rule, window = chosen(view, RULE), chosen(view, WINDOW)
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    st.session_state[f"{key}_rule"] = rule

    def ask() -> None:
        go(rule=st.session_state[f"{key}_rule"] or COHORT)

    with left:
        st.segmented_control(
            t("Question"),
            RULES,
            format_func=lambda rule: t(ASKED[rule]),
            key=f"{key}_rule",
            on_change=ask,
            label_visibility="collapsed",
            required=True,
            wrap=True,
        )
    if rule != COHORT:
        return
    st.session_state[f"{key}_window"] = window or ALL
    words = {ALL: t("to date"), **{days: t("within {n} days", n=days) for days in WINDOWS}}

    def within() -> None:
        go(window=st.session_state[f"{key}_window"])

    with right:
        st.selectbox(
            t("Observed"),
            list(words),
            format_func=lambda days: words[days],
            key=f"{key}_window",
            on_change=within,
            label_visibility="collapsed",
        )


def stage_section(view: View, *, key: str) -> DeltaGenerator:
    """The question, then the stages as a figure, behind it as a table; without any deal neither. Returns the
    place beside the figure."""
    if not any(_frame(view)[column].sum() for column in ("entered", "stays", "open_count")):
        absent(t("There are no deals to show."), t("Stages"))
        return st.container()
    asked(view, key=key)
    rule = chosen(view, RULE)
    titles = {
        COHORT: (t("Deals that began in the period"), t("and how far they have come since")),
        THROUGHPUT: (t("Into each stage in the period"), t("and what had become of it at its end")),
        SNAPSHOT: (t("Open deals by stage"), t("at {day}", day=view.period.last)),
    }
    left, right = halves()
    with left:
        heading(*titles[rule])
        stage_figure(view, key=f"{key}_figure")
        _maturity(view)
    with folded(t("Stages as a table"), key=key):
        table(stage_rows(view), key=f"{key}_table", caption=t("Stages"), language=language())
    return right


def _frame(view: View) -> pl.DataFrame:
    """The stages under the question asked; the window is of the cohort alone."""
    rule = chosen(view, RULE)
    window = chosen(view, WINDOW) if rule == COHORT else ""
    return view.metric("funnel.stages", rule=rule, window=window)


def _maturity(view: View) -> None:
    """Says how many deals are too young for their conversion to be final."""
    frame = _frame(view)
    young = int(frame["immature"].fill_null(0).to_numpy().max(initial=0))
    if not young:
        return
    window = chosen(view, WINDOW) if chosen(view, RULE) == COHORT else ""
    if window:
        text = t(
            "{n} deals of the period have not been observed for {days} days and are not counted yet.",
            n=f"{young:,}",
            days=window,
        )
    else:
        text = t(
            "Observation not over: {n} deals of the period are younger than {days} days; "
            "their conversion can still rise.",
            n=f"{young:,}",
            days=MATURE_DAYS,
        )
    st.caption(text)


def stage_figure(view: View, *, key: str) -> None:
    """One bar per stage: reached, what became of it, or open."""
    rule, labels = chosen(view, RULE), stage_names(view)
    stages = _frame(view)
    counted = "open_count" if rule == SNAPSHOT else "entered"
    if not stages[counted].sum():
        young = rule == COHORT and stages["immature"].max()
        nothing(
            t("Observation not over for any deal of the period.")
            if young
            else t("There are no deals to show.")
        )
        return
    if rule == THROUGHPUT:
        parts = {column: t(word) for column, word in FATES.items()}
        alt = t("Deals that came into each stage by what became of them")
        figure(funnel_parts.stacked(stages, parts, labels=labels, alt=alt), key=key)
        return
    if rule == SNAPSHOT:
        alt = t("Open deals by stage")
        shown = stages.with_columns(
            entered="open_count", reached_next=None, conversion=None, low=None, high=None
        )
        words = {"undated": "", "entered": t("Open deals"), "reached_next": "", "conversion": ""}
        figure(funnel.bars(shown, labels=labels, words=words, alt=alt), key=key)
        return
    words = {
        "undated": t("no dates delivered"),
        "entered": t("Entered"),
        "reached_next": t("Reached the next stage"),
        "conversion": t("Conversion"),
    }
    alt = t("Deals of the period by stage reached")
    conversion = view.catalogue()["funnel.stages"].measure("conversion")
    stages = with_enough(stages, [conversion], view.store.policy.floor_cases)
    figure(funnel.bars(stages, labels=labels, words=words, alt=alt), key=key)


def stage_rows(view: View) -> Table:
    """The stages as a table."""
    rule = chosen(view, RULE)
    metric = view.catalogue()["funnel.stages"]
    label = ("stage", t("Stage"))
    frame, names = _frame(view), stage_names(view)

    def notes(row: dict[str, Any], column: str) -> str:
        """Why there is no number: a stage without dates, or a median that its deals have not reached."""
        if row["entered"] is None and rule != SNAPSHOT:
            return t("no dates") if column == "entered" else ""
        return t("not reached yet") if column == "median_days" and row["open_count"] else ""

    columns = COLUMNS[rule]
    return plain_rows(view, metric, frame, label, columns, names=names, notes=notes)


def closing_trend(view: View, *, key: str) -> None:
    """The closing rate of the last twelve months."""
    title, note = t("Closing rate by month"), t("with its 95 % interval")
    alt, rate = t("Closing rate by month with its interval"), {"win_rate": t("Closing rate")}
    trend_figure(
        view,
        "funnel.outcomes",
        rate,
        title=title,
        note=note,
        band=("low", "high"),
        months=12,
        alt=alt,
        key=key,
    )


def method(view: View, *, key: str) -> None:
    """In a drawer: the time in each stage, and what becomes of deals the longer they stay."""
    times = view.metric("funnel.stage_time")
    if not times["n"].sum():
        return
    with st.expander(t("Method: time in stage, and what becomes of deals over time")):
        names = {**stage_names(view), CYCLE: t("From the first stage to the decision")}
        metric = view.catalogue()["funnel.stage_time"]
        columns = ("n", "median_days", "p75_days", "stalled", "stalled_amount")
        notes = lambda row, column: t("not reached yet") if row["n"] and "days" in column else ""  # noqa: E731
        found = plain_rows(view, metric, times, ("stage", t("Stage")), columns, names=names, notes=notes)
        table(
            found,
            key=f"{key}_times",
            caption=t("Time in stage"),
            language=language(),
            fixed=True,
        )
        st.caption(
            t(
                "Kaplan–Meier: deals that are still there count as long as they were seen. Stalled: "
                "beyond twice the bank's usual days of stage and product."
            )
        )
        stage = st.selectbox(
            t("Stage"), list(names)[::-1], format_func=lambda key: names[key], key=f"{key}_stage"
        )
        _incidence(view, stage, names[stage], key=f"{key}_shares")


def _incidence(view: View, stage: str, name: str, *, key: str) -> None:
    floor = view.store.policy.floor_rank
    frame = view.metric("funnel.incidence", stage=stage) if stage != "unknown" else pl.DataFrame()
    seen = frame.filter(pl.col("at_risk") >= floor) if frame.height else frame
    if not seen.height:
        nothing(t("Too few cases: fewer than {n} deals under observation.", n=floor))
        return
    parts = {column: t(word) for column, word in SHARES.items()}
    alt = t("What becomes of deals in {stage} over the days", stage=name)
    figure(
        shares.areas(seen, "days", parts, x_title=t("days"), count=("at_risk", t("at risk")), alt=alt),
        key=key,
    )
    st.caption(t("Aalen–Johansen shares; the curve ends where fewer than {n} deals are at risk.", n=floor))
