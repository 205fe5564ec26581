"""Churn by institution, risk and tier: where it is, and who lost more than risk let expect."""

from typing import Any

import polars as pl
import streamlit as st

from charts import control
from data_access.subject import message
from data_access.view.view import View
from metrics.churn.record import SIGMAS
from metrics.statistics.intervals import Z95
from ui.base.formats import unit_of
from ui.base.link import CHILDREN, go
from ui.base.words import counted, language, t
from ui.churn.words import (
    OBSERVED,
    RISK_WORDS,
    horizon_of,
    leavers,
    leavers_span,
    model_of,
    ratios,
    share_of,
    suited,
    within,
)
from ui.parts.children import NAME, ROLES
from ui.parts.choice import name_of
from ui.parts.customers import money
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.page import heading, of_all_note
from ui.parts.table import table

ALL = "all"  # whatever the risk
WORDS_OUTSIDE = {
    "above": message("more than expected"),
    "below": message("fewer than expected"),
    "few": message("too few to judge"),
    None: message("not distinguishable"),
}
Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def judged(row: dict[str, Any]) -> str:
    """Whether more or fewer left than foretold, beyond chance."""
    word = WORDS_OUTSIDE[row["outside"]]
    return t(word)


def league_rows(view: View) -> Found:
    """Headings and rows: what is expected now, and of the last complete forecast what came of it."""
    look = suited(view)
    now, past, was = look.metric("churn.expected", view.rows), dict[str, dict[str, Any]](), dict[str, Any]()
    if not of_all_note(
        view, "churn.ranking"
    ):  # what a tier's customers are expected to do is not what all did
        was = look.metric("churn.ranking").row(0, named=True)
        past = {row["institution"]: row for row in look.metric("churn.ranking", view.rows).to_dicts()}
    totals = look.metric("churn.expected").row(0, named=True), was
    has_money, has_past = view.store.has("customer_months", "aum"), was.get("since") is not None
    scale = money(view, now["balance_at_risk"].to_list())
    customers = unit_of("customers")

    def head(key: str, label: str, kind: str, unit: str | None = None, **more: Any) -> dict[str, Any]:
        return {"key": key, "label": label, "kind": kind, "unit": unit, "phone": False, "noun": "", **more}

    told = t(
        "Left to foretold, of the last forecast whose end is reached. Institutions differ in the risk "
        "of their customers; this compares each with its own."
    )
    heads = [
        head(NAME, t("Institution"), "name", phone=True),
        head("leavers", t("Expected leavers"), "bar", customers, phone=True, noun="customers"),
        head("share", t("Expected to leave"), "number", "%"),
    ]
    heads += [head("money", t("Balance at risk"), "number", scale.unit, noun="money")] if has_money else []
    if has_past:
        heads += [
            head("expected", t("Foretold to leave"), "number", customers),
            head("observed", t("Left"), "number", customers),
            head("ratio", t("Left of those foretold"), "number", phone=True, definition=told),
            head("word", t("Beyond chance"), "text"),
        ]

    def row(
        who: str | None, name: str, one: dict[str, Any], was: dict[str, Any], role: str
    ) -> dict[str, Any]:
        share = one["leaver_share"]
        cells = {
            NAME: {"text": name},
            "leavers": {
                "text": leavers(one["expected_leavers"]),
                "value": one["expected_leavers"],
                "title": within(leavers_span(one)),
            },
            "share": {"text": share_of(share), "value": share},
            "money": {"text": scale.text(one["balance_at_risk"]), "value": one["balance_at_risk"]},
            **_record(was),
        }
        return {"id": who if role == "child" else None, "role": role, "cells": cells}

    rows = [
        row(
            one["institution"],
            name_of(view, view.rows, one),
            one,
            past.get(one["institution"], {}),
            ROLES.get(one["institution"], "child"),
        )
        for one in now.to_dicts()
        if one["customers"] or past.get(one["institution"], {}).get("expected")
    ]
    rows.append(row(None, t("Total"), *totals, "total"))
    return heads, rows


def _record(was: dict[str, Any]) -> dict[str, Any]:
    """Foretold, left, and the one to the other, with a word of judgement."""
    if not was.get("expected"):
        return {key: {"text": "", "value": None} for key in ("expected", "observed", "ratio", "word")}
    few = was["outside"] == "few"
    return {
        "expected": {"text": leavers(was["expected"]), "value": was["expected"]},
        "observed": {"text": f"{was['observed']:,}", "value": was["observed"]},
        "ratio": {
            "text": "" if few else f"{was['ratio']:.2f}",
            "value": None if few else was["ratio"],
            "title": within(ratios(was), OBSERVED),
        },
        "word": {"text": judged(was), "key": was["outside"] or "within"},
    }


def league_table(view: View, *, key: str) -> None:
    """The institutions below; a click leads on to one."""
    if not view.store.tree.children(view.node):
        return
    level = view.store.policy.level(view.rows.removeprefix("level:"))
    named = level.zh if language() == "zh" else level.en
    caption = t("Institutions below") if view.rows == CHILDREN else t("all: {level}", level=named)
    since = None if of_all_note(view, "churn.ranking") else suited(view).metric("churn.ranking")["since"][0]
    heading(caption, t("left and foretold: forecast of {day}", day=since) if since else "")
    table(
        *league_rows(view),
        key=key,
        caption=caption,
        colours=colours(view),
        sort=("leavers", True),
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda at: go(at=at),
    )


def control_figure(view: View, *, key: str) -> None:
    """Left to foretold by institution, between the limits of chance."""
    if not view.store.tree.children(view.node) or of_all_note(view, "churn.ranking"):
        return
    look = suited(view)
    whole = look.metric("churn.ranking").row(0, named=True)
    if whole["since"] is None:
        return
    heading(t("Left of those foretold, with control limits"), t("forecast of {day}", day=whole["since"]))
    frame = look.metric("churn.ranking", view.rows)
    known = frame.filter(
        (pl.col("outside") != "few") | pl.col("outside").is_null(), pl.col("ratio").is_not_null()
    )
    if known.height < 2:
        st.info(t("No two institutions below had the {n} expected leavers that a comparison needs.", n=5))
        return
    tau2 = (model_of(view)["shocks"] or {"phi": 0.0})["phi"] / horizon_of(view)
    expected = known["expected"]
    chance = ((known["limit"] / SIGMAS) ** 2 - tau2 * expected**2).sum() / expected.sum()
    drawn = known.select(
        label=pl.Series([name_of(view, view.rows, row) for row in known.to_dicts()], dtype=pl.String),
        n="expected",
        score="ratio",
        outside=pl.col("outside").fill_null("within"),
        centre=pl.lit(1.0),
        sigma=pl.lit(chance**0.5),
        tau=pl.lit(tau2**0.5),
    )
    words = {
        "n": t("Foretold to leave"),
        "score": t("Left of those foretold"),
        "centre": t("as foretold"),
        "inner": t("95 % limits"),
        "outer": t("three standard deviations"),
        "within": t("not distinguishable"),
        "apart": t("beyond chance"),
    }
    alt = t("Left of those foretold by institution over how many were foretold, with control limits")
    fig = control.limits(
        drawn.with_columns(pl.col("n").round(1)),
        "label",
        words=words,
        alt=alt,
        z=(Z95, SIGMAS),
        ends=(0.0, 10.0),
        decimals=2,
    )
    figure(fig, key=key)
    if few := frame.filter(pl.col("outside") == "few", pl.col("customers") > 0).height:
        one = message("Not drawn, for fewer than {least} leavers were foretold there: {n} institution.")
        many = message("Not drawn, for fewer than {least} leavers were foretold there: {n} institutions.")
        st.caption(counted(few, one, many, least=5))


def risk_rows(view: View) -> Found | None:
    """Headings and rows: tiers from the highest down, customers and balance at risk in all and by risk."""
    frame = suited(view).metric("churn.matrix").filter(pl.col("customers") > 0)
    if not frame.height:
        return None
    has_money = view.store.has("customer_months", "aum")
    scale = money(view, frame["balance_at_risk"].to_list())
    tiers = [tier for tier in reversed(view.store.codes["tier"]) if tier in set(frame["tier"])]
    at_risk = {"kind": "number", "unit": scale.unit, "noun": "money"}
    many = {"kind": "number", "unit": unit_of("customers"), "noun": "customers"}
    heads: list[dict[str, Any]] = [
        {"key": NAME, "label": t("Tier"), "kind": "name", "phone": True, "unit": None},
        {"key": ALL, "label": t("Customers"), "phone": True, **many},
        {"key": f"{ALL}_money", "label": t("Balance at risk"), "phone": True, **at_risk},
    ]
    tenths = {"high": "10", "medium": "6–9", "low": "1–5"}
    risks = [risk for risk in RISK_WORDS if risk in set(frame["risk"])]
    for risk in risks:
        word = t(RISK_WORDS[risk])
        meaning = t(
            "Tenths {tenths} of the bank's customers by their chance to leave within a year.",
            tenths=tenths[risk],
        )
        heads += [
            {
                "key": risk,
                "label": t("Customers, risk {word}", word=word),
                "definition": meaning,
                "phone": False,
                **many,
            },
            {
                "key": f"{risk}_money",
                "label": t("Balance at risk, risk {word}", word=word),
                "phone": False,
                **at_risk,
            },
        ]
    heads = [head for head in heads if has_money or "_money" not in head["key"]]

    def row(name: str, part: pl.DataFrame, role: str) -> dict[str, Any]:
        cells: dict[str, Any] = {NAME: {"text": name}}
        for risk in (ALL, *risks):
            own = part if risk == ALL else part.filter(pl.col("risk") == risk)
            count, held = int(own["customers"].sum()), int(own["balance_at_risk"].sum())
            cells[risk] = {"text": f"{count:,}" if count else "", "value": count}
            cells[f"{risk}_money"] = {"text": scale.text(held) if count else "", "value": held}
        return {"id": None, "role": role, "cells": cells}

    rows = [
        row(name_of(view, "tier", {"tier": tier}), frame.filter(pl.col("tier") == tier), "child")
        for tier in tiers
    ]
    return heads, [*rows, row(t("Total"), frame, "total")]


def risk_table(view: View, *, key: str) -> None:
    """Risk and value: in which tiers the balance at risk is."""
    found = risk_rows(view)
    if found is None:
        return
    heading(t("Risk and value"), t("balance at risk in {n} months", n=horizon_of(view)))
    table(*found, key=key, caption=t("Risk and value"), language=language(), fixed=True)
