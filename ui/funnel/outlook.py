"""What the open pipeline will bring: by stage, against the plan, and how well it was foretold before."""

import polars as pl
import streamlit as st

from charts import funnel_parts
from data_access.view.view import View
from metrics.funnel.chances import ALL, HORIZON, Outlook
from ui.base.words import language, t
from ui.parts.breakdown import plain_rows
from ui.parts.customers import money
from ui.parts.figure import figure
from ui.parts.model import Table
from ui.parts.page import stage_names
from ui.parts.quiet import absent, heading, nothing
from ui.parts.table import table
from ui.parts.verdicts import FEW, reliability, reliability_said

COLUMNS = ("expected_amount", "amount", "low", "high", "deals")


def outlook_section(view: View, *, key: str) -> None:
    """Figure and table by stage; the last row is all stages together with an interval of its own."""
    frame, found = view.metric("funnel.outlook"), outlook_rows(view)
    if found is None and frame["deals"].sum():
        absent(t("The weighted pipeline is shown when deals carry expected_amount and stages a probability."))
        return
    heading(t("Weighted pipeline by stage"), t("expected to be won within {n} days", n=HORIZON))
    if found is None:
        nothing(t("There is no open deal."))
        return
    scale = money(view, frame["amount"].to_list())
    left, right = st.columns([2, 3], gap="medium")
    with left:
        parts = ("amount", "expected_amount", "low", "high")
        stages = frame.filter(pl.col("stage") != ALL)
        scaled = stages.with_columns(pl.col(part) / scale.divisor for part in parts)
        words = {"amount": t("Open pipeline"), "expected": t("Weighted pipeline")}
        alt = t("Open and weighted pipeline by stage")
        fig = funnel_parts.expected(
            scaled, labels=_names(view), words=words, unit=scale.unit, decimals=scale.decimals, alt=alt
        )
        figure(fig, key=f"{key}_figure")
    with right:
        caption = t("Weighted pipeline by stage")
        table(found, key=f"{key}_table", caption=caption, language=language(), fixed=True)
        st.caption(
            t(
                "Each deal counts with the chance that deals of its stage and age had in this bank. "
                "Bounds: 95 % interval; those of the stages do not add up."
            )
        )
    st.caption(outlook_reliability(view))


def outlook_reliability(view: View) -> str:
    """Whether the learned chances are reliable, by deals of the whole bank whose end is known."""
    frame = view.metric("funnel.calibration")
    won, expected = float(frame["won"].sum()), float(frame["expected"].sum())
    missed, guessed = (float((frame[name] - frame["won"]).abs().sum()) for name in ("expected", "by_policy"))
    word = reliability(
        view.store.policy, cases=won, missed=missed, guessed=guessed, foretold=expected, came=won
    )
    told = t(
        "In the whole bank {expected} deals were expected to be won and {won} were.",
        expected=f"{expected:,.0f}",
        won=f"{won:,.0f}",
    )
    return reliability_said(word) if word == FEW else reliability_said(word, told)


def _names(view: View) -> dict[str, str]:
    return {**stage_names(view), ALL: t("All stages")}


def outlook_rows(view: View) -> Table | None:
    """A table by stage, closed by all stages; None where nothing is open or has no amount."""
    metric, frame = view.catalogue()["funnel.outlook"], view.metric("funnel.outlook")
    if not frame["deals"].sum() or frame["expected_amount"].null_count() == frame.height:
        return None
    label = ("stage", t("Stage"))
    names = _names(view)
    return plain_rows(view, metric, frame, label, COLUMNS, names=names, together=COLUMNS[:4], total=ALL)


def record(view: View, *, key: str) -> None:
    """In a drawer: what was foretold half a year ago against what was won, of the whole bank."""
    with st.expander(t("Method: how well earlier chances foretold")):
        frame = view.metric("funnel.calibration")
        if not frame.height:
            nothing(
                t(
                    "No record yet: the deals do not reach back far enough. Where nothing could be learned, "
                    "policy's fixed probabilities are used."
                )
            )
            return
        metric = view.catalogue()["funnel.calibration"]
        columns = ("won", "expected", "by_policy", "n")
        sums = [pl.col(name).sum() for name in columns]
        total = frame.select(pl.lit(ALL).alias("stage"), *sums)
        both = pl.concat([frame.select("stage", *columns), total.select("stage", *columns)])
        names = _names(view)
        found = plain_rows(view, metric, both, ("stage", t("Stage")), columns, names=names, total=ALL)
        table(
            found,
            key=key,
            caption=t("How well the chances foretold"),
            language=language(),
            fixed=True,
        )
        known = view.store.learned(Outlook)
        st.caption(
            t(
                "Whole bank. Deals open at the first of each month from {first} to {last}, each counted "
                "once a month: won within {n} days, expected with what was known before, and by policy.",
                first=known.tested_from,
                last=known.last,
                n=HORIZON,
            )
        )
