"""Satisfaction: which survey, institutions with their scores and how sure they are, and the figures."""

import polars as pl
import streamlit as st

from charts import bars, columns, control
from data_access import periods
from data_access.errors import CockpitError, NotDelivered
from data_access.subject import Period, message
from data_access.view.view import View
from metrics.satisfaction.tables import SURVEY_KINDS
from metrics.statistics.intervals import Z95
from metrics.statistics.scores import Z998
from ui.base.formats import period_name, plain
from ui.base.link import CHILDREN, go
from ui.base.offered import choices
from ui.base.words import language, t, word_of
from ui.parts.changes import not_kept, withheld
from ui.parts.choice import has_own_order, in_own_order, name_of
from ui.parts.contents import chosen
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.satisfaction.choices import SURVEY
from ui.satisfaction.rows import NPS, compared_rows, compared_table, few, period_note

SURVEYS = {"transaction": message("After a transaction"), "relationship": message("About the relationship")}


def survey_choice(view: View, *, key: str) -> None:
    """Which kind of survey the page tells of; the two are never mixed."""
    st.session_state[key] = chosen(view, SURVEY)

    def changed() -> None:
        go(survey=st.session_state[key] or SURVEY_KINDS[0])

    st.segmented_control(
        t("Kind of survey"),
        SURVEY_KINDS,
        key=key,
        on_change=changed,
        label_visibility="collapsed",
        format_func=lambda kind: t(SURVEYS[kind]),
    )


def longer(view: View) -> Period | None:
    """The nearest quarter, else year, that has enough answers where the period looked at has not."""
    suited = view.suited(view.catalogue()[NPS])
    frame = suited.metric(NPS)
    if not withheld(frame) or not_kept(frame):
        return None
    first, last = view.store.reach(view.catalogue()[NPS])
    offered = [
        one for one in choices(first, last) if one.first <= suited.period.first and one != suited.period
    ]
    for kind in ("quarter", "year"):
        nearest = next((one for one in offered if periods.kind(one) == kind), None)
        if nearest is not None and not withheld(view.during(nearest).metric(NPS)):
            return nearest
    return None


def longer_button(view: View, *, key: str) -> None:
    """Where too few answered, one click to the period in which enough did."""
    if (period := longer(view)) is not None:
        st.button(
            t("Enough answers in {period}: open it", period=period_name(period)),
            key=key,
            on_click=go,
            kwargs={"period": periods.name(period)},
        )


def rest_note(view: View) -> None:
    """The own score beside the rest of the parent, and the weighted score where it differs."""
    suited = view.suited(view.catalogue()[NPS])
    said = []
    row = suited.metric("satisfaction.apart").row(0, named=True)
    if row["difference"] is not None:
        word = t("few answers") if row["significant"] is None else t("not significant")
        if row["significant"] == "yes":
            word = t("higher") if row["difference"] > 0 else t("lower")
        parent = view.name(view.store.tree.ids[view.store.tree.parent[view.node]])
        said.append(
            t(
                "The rest of {parent}: {nps} points, difference {gap} points ({word}).",
                parent=parent,
                nps=f"{row['rest_nps']:.1f}",
                gap=f"{row['difference']:+.1f}",
                word=word,
            )
        )
    weighted = suited.metric("satisfaction.weighted").row(0, named=True)
    if weighted["differs"] == "yes":
        said.append(
            t(
                "Weighted for those who did not answer, the NPS is {nps} points ({low} to {high}).",
                **{
                    k: f"{weighted[c]:.1f}"
                    for k, c in {"nps": "nps_weighted", "low": "low", "high": "high"}.items()
                },
            )
        )
    parts = suited.metric("satisfaction.index").row(0, named=True)
    if parts["index"] is not None:
        words = {
            "nps": t("NPS"),
            "csat": t("satisfaction rate"),
            "effort": t("effort"),
            "complaints": t("complaints"),
        }
        used = t(", ").join(
            f"{word} {parts[key]:.1f}" for key, word in words.items() if parts[key] is not None
        )
        left = t(", ").join(words[key] for key in (parts["left_out"] or "").split(",") if key)
        said.append(t("Index, parts from 0 to 100: {used}.", used=used))
        if left:
            said.append(t("Not in the index, for there are no figures: {left}.", left=left))
    if said:
        st.caption(" ".join(plain(sentence) for sentence in said))


def scores_table(view: View, *, key: str) -> None:
    """Institutions below with NPS and interval, response rate and their part in the change."""
    if not view.store.tree.children(view.node):
        return
    level = view.store.policy.level(view.rows.removeprefix("level:"))
    caption = t("Institutions below") if view.rows == CHILDREN else t("all: {level}", level=word_of(level))
    heading(caption, period_note(view))
    table(
        compared_table(view),
        key=key,
        caption=caption,
        colours=colours(view),
        sort=("nps", True),
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda at: go(at=at),
    )


def control_figure(view: View, *, key: str) -> None:
    """Institutions between their control limits."""
    if not view.store.tree.children(view.node):
        return
    heading(t("Control limits (outside: significantly different)"), period_note(view))
    frame = compared_rows(view).filter(pl.col("outside").is_not_null())
    if frame.is_empty():
        nothing(
            t(
                "No two institutions below have the {n} answers that a comparison needs.",
                n=view.store.policy.floor_rank,
            )
        )
        return
    words = {
        "n": t("Answers"),
        "score": t("NPS"),
        "centre": t("all together"),
        "inner": t("95 % limits"),
        "outer": t("99.8 % limits"),
        "within": t("not significant"),
        "apart": t("significant"),
    }
    frame = frame.select("label", "n", "outside", "centre", "sigma", "tau", score="nps")
    alt = t("NPS of the institutions below over their number of answers, with control limits")
    figure(control.limits(frame, "label", words=words, alt=alt, z=(Z95, Z998)), key=key)


def breakdown_figure(view: View, by: str, *, key: str) -> None:
    """NPS by a breakdown with intervals, beside that of all together."""
    suited = view.suited(view.catalogue()[NPS])
    try:
        frame, whole = suited.metric(NPS, by), suited.metric(NPS)
    except NotDelivered as error:
        notice(error)
        return
    frame = frame.filter(pl.col("hidden").is_not_null() | (pl.col("n") > 0))
    if frame.is_empty() or frame["hidden"].null_count() == 0:
        st.caption(t("Too few answers to be shown.") if frame.height else t("Nobody answered in the period."))
        return
    frame = in_own_order(view, by, frame)
    names = pl.Series([name_of(view, by, row) for row in frame.to_dicts()], dtype=pl.String)
    words = {
        "reference": t("all together"),
        "missing": few(),
        "clear": t("differs beyond chance"),
        "unclear": t("not distinguishable"),
        "count": t("Answers"),
    }
    figure(
        bars.ranked(
            frame.with_columns(name=names),
            "name",
            "nps",
            low="low",
            high="high",
            count="n",
            unit=t("points"),
            labels=words,
            least=view.store.policy.floor_rank,
            reference=None if withheld(whole) else whole["nps"][0],
            alt=t("NPS compared, with intervals"),
            in_order=has_own_order(by),
        ),
        key=key,
    )


def histogram(view: View, *, key: str) -> None:
    """How often each score from 0 to 10 was given."""
    heading(t("Scores given"), " · ".join(filter(None, [t("% of answers"), period_note(view)])))
    frame = view.suited(view.catalogue()[NPS]).metric("satisfaction.scores")
    if withheld(frame) or not frame["answers"].sum():
        nothing(t("Too few answers to be shown.") if withheld(frame) else t("Nobody answered in the period."))
        return
    score = pl.col("score").cast(pl.Int64)
    kind = (
        pl.when(score >= 9)
        .then(pl.lit(t("Promoters")))
        .when(score >= 7)
        .then(pl.lit(t("Passives")))
        .otherwise(pl.lit(t("Detractors")))
    )
    shown = frame.with_columns(kind=kind, share=pl.col("share") * 100)
    figure(
        columns.columns(
            shown,
            "score",
            "share",
            group="kind",
            unit="%",
            count="answers",
            alt=t("Share of each score from 0 to 10"),
        ),
        key=key,
    )


def reasons_figure(view: View, *, key: str) -> None:
    """What detractors named as the reason."""
    told = [t("% of detractors who named one"), period_note(view)]
    heading(t("Reasons of detractors"), " · ".join(filter(None, told)))
    try:
        frame = view.suited(view.catalogue()[NPS]).metric("satisfaction.reasons")
    except CockpitError as error:
        notice(error)
        return
    if frame.is_empty() or withheld(frame) or not frame["detractors"].sum():
        nothing(
            t("Too few answers to be shown.")
            if not frame.is_empty() and withheld(frame)
            else t("No detractor named a reason.")
        )
        return
    shown = frame.filter(pl.col("detractors") > 0).with_columns(share=pl.col("share") * 100)
    figure(
        bars.ranked(
            shown,
            "reason",
            "share",
            unit="%",
            labels={"missing": ""},
            decimals=0,
            alt=t("Shares of the reasons of detractors"),
        ),
        key=key,
    )
