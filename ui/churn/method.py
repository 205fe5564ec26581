"""How the churn model was made: its training, whether it holds, and a second opinion."""

import polars as pl
import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from metrics.churn.bands import TENURE
from metrics.churn.learning import Frailty
from metrics.churn.record import EXPECTED
from ui.base.formats import grouped, plain, unit_of
from ui.base.words import counted, language, t
from ui.churn.record import RECORD, Rows, multiple, told_drivers
from ui.churn.words import FORECAST, OBSERVED, definition_of, driver_word, horizon_of, leavers, ratios, suited
from ui.parts.child_rows import NAME
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import of_all, of_all_note
from ui.parts.table import table
from ui.parts.verdicts import FEW, reliability, reliability_said

ALIKE = 0.05  # p-value below which a driver does not work alike at every tenure


def method_drawer(view: View, *, key: str) -> None:
    """Last training, drift, whether drivers work alike at every tenure, and Cox's second opinion."""
    with st.expander(t("Method: the model, its training, drift and a second opinion")):
        checks = suited(view).metric("churn.checks").to_dicts()
        if checks:
            first = checks[0]
            st.markdown(
                plain(
                    t(
                        "Learned from {n} months, {first} to {last}, of the whole bank: monthly risk by "
                        "tier, products, own transactions and time with the bank (complementary "
                        "log-log). Nothing is told beyond 12 months.",
                        n=first["months"],
                        first=first["trained_from"],
                        last=first["trained_to"],
                    )
                )
            )
        if checks and checks[0]["at_risk"] is not None:  # not kept by older snapshots
            st.markdown(
                plain(
                    t(
                        "{n} of {all} customers have been here for {years} years or more: they share the "
                        "last band, and however long they stay, their risk is that of this band.",
                        n=f"{first['in_last_band']:,}",
                        all=f"{first['at_risk']:,}",
                        years=TENURE[-1] // 12,
                    )
                )
            )
        held = coverage_said(view)
        if held:
            st.markdown(plain(held))
        table(
            check_rows(checks),
            key=f"{key}_checks",
            caption=t("Churn model checks"),
            language=language(),
            fixed=True,
        )
        st.caption(
            t(
                "Alike at every tenure: likelihood ratio test of the driver with tenure; with many "
                "customers any departure is significant, so the largest factor is beside it. Drift: the "
                "share of today's customers that would have to change to look like those learned "
                "from."
            )
        )
        cox = [row for row in told_drivers(view) if row["low"] is not None]
        table(
            cox_rows(cox),
            key=f"{key}_cox",
            caption=t("Churn risk multiples"),
            language=language(),
            fixed=True,
        )
        if definition_of(view) == "closed":
            st.caption(
                t(
                    "Deaths, closings by the bank and customers who fall silent compete with it: who "
                    "went that way cannot leave any more."
                )
            )


def coverage_said(view: View) -> str:
    """How many past forecasts of the whole bank lay within their interval; nothing of too few."""
    spread = view.store.learned(Frailty).common.get(definition_of(view), {}).get(str(horizon_of(view)))
    if spread is None:
        return ""
    return t(
        "The interval of {level} % is as wide as past forecasts of the whole bank were out: of {n} forecasts "
        "of {months} months {inside} lay within the interval that the others give. They overlap, so they "
        "say less than their number.",
        level=FORECAST,
        n=int(spread["of"]),
        months=horizon_of(view),
        inside=int(spread["inside"]),
    )


def check_rows(checks: Rows) -> Table:
    """A table by driver: the test, the largest departure, drift."""
    heads = [
        Column(NAME, t("Driver"), kind="name", phone=True),
        Column("alike", t("Alike at every tenure"), kind="text", phone=True),
        Column("largest", t("Largest departure")),
        Column("moved", t("Drift"), unit="%", phone=True),
    ]
    rows = []
    for row in checks:
        p = row["p_value"]
        word = t("not tested") if p is None else t("yes") if p >= ALIKE else t("no")
        told = word if p is None else t("{text} ({word})", text=word, word=f"p = {p:.3f}")
        factor = row["largest"]
        cells = {
            NAME: Cell(driver_word(row["driver"])),
            "alike": Cell(told),
            "largest": Cell("" if factor is None else f"× {factor:.2f}", factor),
            "moved": Cell(grouped(row["moved"] * 100, 1), row["moved"]),
        }
        rows.append(Row(cells))
    return Table(heads, rows)


def cox_rows(levels: Rows) -> Table:
    """A table by level: the multiple with its interval, and Cox's."""
    heads = [
        Column(NAME, t("Level"), kind="name", phone=True),
        Column("own", t("Risk multiple"), phone=True),
        Column("span", t("{level} % interval", level=OBSERVED), kind="text"),
        Column("cox", t("Risk multiple by Cox"), phone=True),
        Column("exits", t("Left"), unit=unit_of("customers")),
    ]
    rows = []
    for row in levels:
        second = row["cox_hazard_ratio"]
        cells = {
            NAME: Cell(row["word"]),
            "own": Cell(multiple(row["hazard_ratio"]), row["hazard_ratio"]),
            "span": Cell(ratios(row)),
            "cox": Cell(t("not compared") if second is None else multiple(second), second),
            "exits": Cell(grouped(row["exits"]), row["exits"]),
        }
        rows.append(Row(cells))
    return Table(heads, rows)


def churn_reliability(view: View) -> str:
    """Whether the forecast of this horizon is reliable here, by past ones whose end is reached."""
    past = of_all(view, RECORD).metric(RECORD).filter(pl.col("horizon") == horizon_of(view)).to_dicts()
    judged = [row for row in past if row["expected"] >= EXPECTED]
    expected, observed = (sum(row[name] for row in judged) for name in ("expected", "observed"))
    missed, guessed = (
        sum(row["customers"] * row[name] for row in judged) for name in ("brier", "brier_baseline")
    )
    word = reliability(
        view.store.policy, cases=expected, missed=missed, guessed=guessed, foretold=expected, came=observed
    )
    if word == FEW:
        return reliability_said(word)
    told = counted(
        len(judged),
        message("In {n} past forecast {expected} customers were expected to leave and {observed} left."),
        message("In {n} past forecasts {expected} customers were expected to leave and {observed} left."),
        expected=leavers(expected),
        observed=grouped(observed),
    )
    return reliability_said(word, told, of_all_note(view, RECORD))
