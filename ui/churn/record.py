"""Why the churn model thinks so, and how well it foretold."""

from itertools import pairwise
from typing import Any

import polars as pl
import streamlit as st

from charts import bars, calibration
from data_access.view.view import View
from data_access.windows import months_later
from metrics.churn.record import EXPECTED
from ui.base.formats import grouped, plain, unit_of
from ui.base.words import language, t
from ui.churn.words import DRIVER_WORDS, OBSERVED, horizon_of, leavers, level_word, ratios, suited, within
from ui.parts.child_rows import NAME
from ui.parts.figure import figure
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import of_all, of_all_note
from ui.parts.quiet import heading, nothing
from ui.parts.table import table

Rows = list[dict[str, Any]]
RECORD = "churn.backtest"


def told_drivers(view: View) -> Rows:
    """Every level of every driver that is told apart from others, with its words."""
    frame = suited(view).metric("churn.drivers").filter(pl.col("shared_with").is_null())
    return [row | {"word": level_word(view, row["driver"], row["level"])} for row in frame.to_dicts()]


def multiple(value: float) -> str:
    """A risk multiple; of one that rounds to nothing only that it is less.

    >>> multiple(0.0004), multiple(1.914)
    ('<0.01', '1.91')
    """
    return "<0.01" if value < 0.005 else grouped(value, 2)


def driver_said(rows: Rows) -> list[str]:
    """One sentence per driver: the level that differs most from the reference, all else equal."""
    said = []
    for driver, name in DRIVER_WORDS.items():
        mine = [row for row in rows if row["driver"] == driver]
        reference = next((row["word"] for row in mine if row["is_reference"]), "")
        others = [row for row in mine if row["low"] is not None]
        clear = [row for row in others if row["low"] > 1 or row["high"] < 1]
        if clear:
            most = max(clear, key=lambda row: max(row["hazard_ratio"], 1 / row["hazard_ratio"]))
            said.append(
                t(
                    "{driver}: “{level}” has {ratio} times the risk of “{reference}” ({interval}).",
                    driver=t(name),
                    level=most["word"],
                    ratio=multiple(most["hazard_ratio"]),
                    reference=reference,
                    interval=within(ratios(most), OBSERVED),
                )
            )
        elif others:
            said.append(
                t(
                    "{driver}: no level differs from “{reference}” beyond chance.",
                    driver=t(name),
                    reference=reference,
                )
            )
    return said


def driver_figure(view: View, *, key: str) -> None:
    """Risk multiples with their intervals, and a sentence per driver."""
    rows = told_drivers(view)
    drawn = [row for row in rows if row["low"] is not None]
    heading(t("Churn risk multiples"), t("whole bank, all else equal"))
    if not drawn:
        nothing(t("No driver is delivered: tier, products, own transactions or the day of joining."))
        return
    names = ("word", "hazard_ratio", "low", "high", "exits")
    labels = {
        "reference": t("reference"),
        "missing": "",
        "clear": t("beyond chance"),
        "unclear": t("not distinguishable"),
        "count": t("Left"),
    }
    fig = bars.ranked(
        pl.DataFrame([{name: row[name] for name in names} for row in drawn]),
        "word",
        "hazard_ratio",
        low="low",
        high="high",
        count="exits",
        unit="",
        labels=labels,
        reference=1.0,
        decimals=2,
        alt=t("Risk multiples of the levels of each driver with their intervals"),
        in_order=True,
    )
    figure(fig, key=key)
    references = t("; ").join(row["word"] for row in rows if row["is_reference"])
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in driver_said(rows)))
    st.caption(plain(t("Compared with: {references}.", references=references)))


def ahead_note(view: View) -> str:
    """The horizon, and whose forecasts these are where a tier is chosen."""
    notes = (t("{n} months ahead", n=horizon_of(view)), of_all_note(view, RECORD))
    return t("; ").join(filter(None, notes))


def calibration_figure(view: View, *, key: str) -> None:
    """Foretold and observed rates by tenth of risk, of the last complete forecast."""
    look = of_all(view, RECORD)
    past = look.metric(RECORD).filter(pl.col("horizon") == horizon_of(view))
    heading(t("Foretold and observed by tenth of risk"), ahead_note(view))
    if not past.height:
        nothing(t("No record yet: it takes three past forecasts whose end is reached."))
        return
    frame = look.metric("churn.calibration")
    if not frame.height or frame["expected"].sum() < EXPECTED:
        nothing(
            t(
                "Fewer than {n} leavers were foretold here: by tenths that tells nothing. The institution "
                "above shows it.",
                n=f"{EXPECTED:.0f}",
            )
        )
        return
    rate = pl.col("expected_rate") * 100
    drawn = frame.with_columns(
        word=pl.Series([t("tenth {n}", n=tenth) for tenth in frame["risk"]], dtype=pl.String),
        foretold=rate,
        came=pl.col("observed_rate") * 100,
        low=pl.col("low") * rate,
        high=pl.col("high") * rate,
    )
    words = {
        "foretold": t("Foretold rate"),
        "observed": t("Observed rate"),
        "count": t("Customers"),
        "line": t("dotted: as foretold; hollow: not distinguishable from it"),
    }
    fig = calibration.rates(
        drawn,
        "word",
        "foretold",
        "came",
        low="low",
        high="high",
        count="customers",
        words=words,
        alt=t("Observed over foretold churn rate by tenth of risk with intervals"),
    )
    figure(fig, key=key)


def skill(rows: Rows) -> float | None:
    """Brier skill of past forecasts together against last year's rate; None where that was never wrong.

    >>> skill([{"customers": 10, "brier": 0.09, "brier_baseline": 0.1}])
    0.1
    """
    own, baseline = (
        sum(row["customers"] * row[name] for row in rows) for name in ("brier", "brier_baseline")
    )
    return round(1 - own / baseline, 10) if baseline else None


def percent(value: float) -> str:
    """A share with its sign, in percent.

    >>> percent(0.0237), percent(-0.0001)
    ('+2.4', '+0.0')
    """
    return f"{round(value * 100, 1) + 0.0:+.1f}"


def record_rows(view: View) -> Table:
    """A table: past forecasts of the horizon whose end is reached, the newest first."""
    past = of_all(view, RECORD).metric(RECORD).filter(pl.col("horizon") == horizon_of(view))
    customers = unit_of("customers")
    interval = t("{level} % interval", level=OBSERVED)
    heads = [
        Column(NAME, t("Forecast of"), kind="name", phone=True),
        Column("customers", t("Customers at the origin"), unit=customers),
        Column("expected", t("Foretold to leave"), unit=customers, phone=True),
        Column("observed", t("Left"), unit=customers, phone=True),
        Column("ratio", t("Left of those foretold"), phone=True),
        Column("span", interval, kind="text"),
        Column(
            "skill",
            t("Brier skill"),
            unit="%",
            definition=t(
                "By how much the mean squared error of the chances is smaller than that of last "
                "year's rate; not above 0: the forecast does not beat it."
            ),
        ),
        Column(
            "c",
            t("Harrell's C"),
            definition=t(
                "Whole bank: how often, of two customers, the one with the higher risk left first. "
                "0.5 is chance, 1 is perfect."
            ),
        ),
    ]
    rows = []
    for row in reversed(past.to_dicts()):
        is_known = row["expected"] >= EXPECTED
        own = skill([row]) if is_known else None
        cells = {
            NAME: Cell(f"{row['origin']:%Y-%m}"),
            "customers": Cell(grouped(row["customers"]), row["customers"]),
            "expected": Cell(leavers(row["expected"]), row["expected"]),
            "observed": Cell(grouped(row["observed"]), row["observed"]),
            "ratio": Cell(
                grouped(row["ratio"], 2) if is_known else t("too few to judge"),
                row["ratio"] if is_known else None,
            ),
            "span": Cell(ratios(row) if is_known else ""),
            "skill": Cell("" if own is None else percent(own), own),
            "c": Cell("" if row["c_index"] is None else grouped(row["c_index"], 2), row["c_index"]),
        }
        rows.append(Row(cells))
    return Table(heads, rows)


def record_said(view: View) -> str:
    """Whether the forecasts of this horizon beat last year's rate here."""
    past = of_all(view, RECORD).metric(RECORD).filter(pl.col("horizon") == horizon_of(view)).to_dicts()
    judged = [row for row in past if row["expected"] >= EXPECTED]
    own = skill(judged)
    if own is None:
        return t(
            "Fewer than {n} leavers were foretold here: that is too few to judge the forecast by.",
            n=f"{EXPECTED:.0f}",
        )
    told = {"n": len(judged), "skill": percent(own)}
    if own > 0 and len(judged) == 1:
        return t("The one forecast beats last year's rate (Brier skill {skill}%).", skill=percent(own))
    if own > 0:
        return t("Taken together, the {n} forecasts beat last year's rate (Brier skill {skill}%).", **told)
    if len(judged) == 1:
        return t(
            "The one forecast does not beat last year's rate (Brier skill {skill}%): here the rate of "
            "the year before is as good a guide.",
            skill=percent(own),
        )
    return t(
        "Taken together, the {n} forecasts do not beat last year's rate (Brier skill {skill}%): here "
        "the rate of the year before is as good a guide.",
        **told,
    )


def record_table(view: View, *, key: str) -> None:
    """The record: every past forecast as it was made, beside what came."""
    found = record_rows(view)
    heading(t("Past forecasts and what came"), ahead_note(view))
    if not found.rows:
        nothing(t("No record yet: it takes three past forecasts whose end is reached."))
        return
    table(
        found,
        key=key,
        caption=t("Past forecasts and what came"),
        language=language(),
        fixed=True,
    )
    made = t("Each forecast was made with what was known then.")
    overlap = t("Their spans overlap.") if overlapping(view) else ""
    st.caption(plain(" ".join(filter(None, [record_said(view), made, overlap]))))


def overlapping(view: View) -> bool:
    """Whether a past forecast looks beyond the origin of the next one."""
    past = of_all(view, RECORD).metric(RECORD).filter(pl.col("horizon") == horizon_of(view))
    origins = sorted(past["origin"].unique())
    return any(months_later(a, horizon_of(view)) > b for a, b in pairwise(origins))
