"""Tier migration ahead: what each tier will hold, how well that foretold before, and whether it is steady."""

import polars as pl
import streamlit as st

from charts import bars
from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.migration.availability import STEP, STEPS
from ui.base.words import counted, error_text, language, t
from ui.parts.breakdown import plain_rows
from ui.parts.choice import in_own_order, name_of
from ui.parts.figure import figure
from ui.parts.key_items import has_tiers, unknown
from ui.parts.quiet import absent, heading, nothing, notice
from ui.parts.table import table
from ui.parts.verdicts import FEW, reliability, reliability_said


def outlook_figure(view: View, *, key: str) -> None:
    """What each tier is expected to change by in a year, with its interval; the numbers in a drawer."""
    view = view.suited(view.catalogue()["migration.forecast"])
    try:
        frame = view.metric("migration.forecast")
    except NotDelivered:  # the filter does not apply; the cards say so
        return
    why = None if frame.height or not has_tiers(view) else unknown(view, "migration.forecast")
    if why is not None and "months" in why.values:
        absent(t("The outlook is shown when the months of a year and more are delivered."))
        return
    heading(t("Tiers in {n} months", n=STEP * STEPS), t("if customers move as in the last year, change in %"))
    if not has_tiers(view):
        nothing(t("No tier edges are set for corporate customers."))
        return
    if not frame.height:
        if why is None:
            nothing(t("No customer is booked here at the end of the period."))
        else:
            notice(why)
        return
    last = frame.filter(pl.col("month") == frame["month"].max(), pl.col("now") > 0)
    last = in_own_order(view, "tier", last)
    words = [name_of(view, "tier", {"tier": tier}) for tier in last["tier"]]
    change = [((pl.col(name) / pl.col("now") - 1) * 100).alias(name) for name in ("customers", "low", "high")]
    labels = {
        "reference": t("as today"),
        "missing": t("no cases in the period"),
        "clear": t("beyond chance"),
        "unclear": t("not distinguishable"),
        "count": t("Customers now"),
    }
    fig = bars.ranked(
        last.with_columns(*change, name=pl.Series(words, dtype=pl.String)),
        "name",
        "customers",
        low="low",
        high="high",
        count="now",
        unit="%",
        labels=labels,
        least=view.store.policy.floor_rank,
        reference=0.0,
        alt=t("Expected change of each tier's customers with its interval"),
        in_order=True,
    )
    figure(fig, key=f"{key}_figure")
    st.caption(outlook_reliability(view))
    with st.expander(t("Method: customers expected, month by month")):
        st.caption(" ".join(filter(None, [record(view), steadiness(view)])))
        _months(view, frame, key=key)


def _months(view: View, frame: pl.DataFrame, *, key: str) -> None:
    metric = view.catalogue()["migration.forecast"]
    rank = in_own_order(view, "tier", frame.sort("month"))
    named = [
        name_of(view, "tier", {"tier": row["tier"]}) + f" {row['month']:%Y-%m}" for row in rank.to_dicts()
    ]
    columns = ("now", "customers", "low", "high")
    shown = rank.with_columns(when=pl.Series(named, dtype=pl.String))
    found = plain_rows(view, metric, shown, ("when", t("Tier and month")), columns, together=columns)
    table(
        found,
        key=f"{key}_table",
        caption=t("Customers by tier, expected"),
        language=language(),
        fixed=True,
    )
    st.caption(
        t(
            "Rates and newcomers of the last four steps of three months are applied again and again. The "
            "95 % interval holds the chance of each customer and the doubt about the rates, no shock to many "
            "at once."
        )
    )


def outlook_reliability(view: View) -> str:
    """Whether the outlook is reliable here, by what the same method foretold three months ago."""
    rows = view.metric("migration.backtest").filter(pl.col("opening") + pl.col("actual") > 0)
    actual, expected, opening = (rows[name] for name in ("actual", "forecast", "opening"))
    missed, guessed = (float((told - actual).abs().sum()) for told in (expected, opening))
    word = reliability(
        view.store.policy,
        cases=float(actual.sum()),
        missed=missed,
        guessed=guessed,
        foretold=float(expected.sum()),
        came=float(actual.sum()),
    )
    if word == FEW:
        return reliability_said(word)
    if missed < guessed:
        return reliability_said(
            word, t("Three months ago it foretold the tiers better than “nothing changes”.")
        )
    return reliability_said(word, t("Three months ago “nothing changes” would have told the tiers as well."))


def record(view: View) -> str:
    """What was foretold three months ago against today, beside “nothing changes”."""
    rows = view.metric("migration.backtest").filter(pl.col("opening") + pl.col("actual") > 0)
    if not rows.height:
        why = unknown(view, "migration.backtest")
        if why is None:
            return ""
        if "months" not in why.values:
            return t("How well this foretold: {why}", why=error_text(why))
        return t("There is no record yet: sixteen month ends in a row are needed.")
    missed = [float((rows[name] - rows["actual"]).abs().sum()) for name in ("forecast", "opening")]
    inside = rows.filter(pl.col("actual").is_between(pl.col("low"), pl.col("high"))).height
    said = counted(
        round(missed[0]),
        message(
            "Three months earlier the same method missed the tiers by {n} customer in all, “nothing "
            "changes” by {unchanged}; {inside} of {tiers} tiers lay within the interval."
        ),
        message(
            "Three months earlier the same method missed the tiers by {n} customers in all, “nothing "
            "changes” by {unchanged}; {inside} of {tiers} tiers lay within the interval."
        ),
        unchanged=f"{missed[1]:,.0f}",
        inside=inside,
        tiers=rows.height,
    )
    if missed[0] <= missed[1]:
        return said
    return " ".join((said, t("“Nothing changes” foretold better.")))


def steadiness(view: View) -> str:
    """Whether rates were the same in each of the last twelve months, and by how much they differ at most."""
    row = view.metric("migration.homogeneity").row(0, named=True)
    if row["df"] == 0:
        return t("Too few customers changed their tier to tell whether the rates were steady.")
    if row["p_value"] is None or row["max_difference"] is None:
        return ""
    told = {"n": row["months"], "gap": f"{row['max_difference'] * 100:.1f}"}
    if row["p_value"] < 0.05:
        text = t(
            "Over the last {n} months the rates differed from month to month beyond chance, a share by "
            "up to {gap} percentage points: take the outlook with care.",
            **told,
        )
    else:
        text = t(
            "Over the last {n} months the rates did not differ from month to month beyond chance (a "
            "share by up to {gap} percentage points).",
            **told,
        )
    return text
