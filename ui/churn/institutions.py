"""Churn by institution, risk and tier: where it is, and who lost more than risk let expect."""

from typing import Any

import polars as pl
import streamlit as st

from charts import control
from data_access.subject import message
from data_access.view.view import View
from metrics.churn.record import SIGMAS
from metrics.statistics.intervals import Z95
from ui.base.formats import grouped, unit_of
from ui.base.link import CHILDREN, go
from ui.base.words import counted, language, t, word_of
from ui.churn.words import (
    OBSERVED,
    RISK_WORDS,
    common_of_churn,
    horizon_of,
    leavers,
    leavers_span,
    ratios,
    share_of,
    suited,
    within,
)
from ui.parts.child_rows import NAME, ROLES
from ui.parts.choice import name_of
from ui.parts.customers import money
from ui.parts.figure import figure
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.page import of_all_note
from ui.parts.quiet import heading, nothing
from ui.parts.table import table

ALL = "all"  # whatever the risk
WORDS_OUTSIDE = {
    "above": message("more than expected"),
    "below": message("fewer than expected"),
    "few": message("too few to judge"),
    None: message("not distinguishable"),
}
Found = Table


def judged(row: dict[str, Any]) -> str:
    """Whether more or fewer left than foretold, beyond chance."""
    word = WORDS_OUTSIDE[row["outside"]]
    return t(word)


def league_rows(view: View) -> Table:
    """A table: what is expected now, and of the last complete forecast what came of it."""
    return view.once("league", (), lambda: _league_rows(view))


def _league_rows(view: View) -> Table:
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

    told = t(
        "Left to foretold, of the last forecast whose end is reached. Institutions differ in the risk "
        "of their customers; this compares each with its own."
    )
    heads = [
        Column(NAME, t("Institution"), "name", phone=True),
        Column("leavers", t("Expected leavers"), "bar", customers, phone=True, noun="customers"),
        Column("share", t("Expected to leave"), "number", "%"),
    ]
    heads += [Column("money", t("Balance at risk"), "number", scale.unit, noun="money")] if has_money else []
    if has_past:
        heads += [
            Column("expected", t("Foretold to leave"), "number", customers),
            Column("observed", t("Left"), "number", customers),
            Column("ratio", t("Left of those foretold"), "number", phone=True, definition=told),
            Column("word", t("Beyond chance"), "text"),
        ]

    def row(who: str | None, name: str, one: dict[str, Any], was: dict[str, Any], role: str) -> Row:
        share = one["leaver_share"]
        cells = {
            NAME: Cell(name),
            "leavers": Cell(
                leavers(one["expected_leavers"]), one["expected_leavers"], title=within(leavers_span(one))
            ),
            "share": Cell(share_of(share), share),
            "money": Cell(scale.text(one["balance_at_risk"]), one["balance_at_risk"]),
            **_record(was),
        }
        return Row(cells, role=role, id=who if role == "child" else None)

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
    return Table(heads, rows)


def _record(was: dict[str, Any]) -> dict[str, Cell]:
    """Foretold, left, and the one to the other, with a word of judgement."""
    if not was.get("expected"):
        return {key: Cell("") for key in ("expected", "observed", "ratio", "word")}
    few = was["outside"] == "few"
    return {
        "expected": Cell(leavers(was["expected"]), was["expected"]),
        "observed": Cell(grouped(was["observed"]), was["observed"]),
        "ratio": Cell(
            "" if few else grouped(was["ratio"], 2),
            None if few else was["ratio"],
            title=within(ratios(was), OBSERVED),
        ),
        "word": Cell(judged(was), key=was["outside"] or "within"),
    }


def league_table(view: View, *, key: str) -> None:
    """The institutions below; a click leads on to one."""
    if not view.store.tree.children(view.node):
        return
    level = view.store.policy.level(view.rows.removeprefix("level:"))
    caption = t("Institutions below") if view.rows == CHILDREN else t("all: {level}", level=word_of(level))
    since = None if of_all_note(view, "churn.ranking") else suited(view).metric("churn.ranking")["since"][0]
    heading(caption, t("left and foretold: forecast of {day}", day=since) if since else "")
    table(
        league_rows(view),
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
        nothing(t("No two institutions below had the {n} expected leavers that a comparison needs.", n=5))
        return
    tau2 = common_of_churn(view)["phi"]
    expected = known["expected"]
    beyond = (known["limit"] / SIGMAS) ** 2 - tau2 * expected**2
    chance = float(beyond.sum()) / float(expected.sum())
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


def risk_rows(view: View) -> Table | None:
    """A table: tiers from the highest down, customers and balance at risk in all and by risk."""
    return view.once("risks", (), lambda: _risk_rows(view))


def _risk_rows(view: View) -> Table | None:
    frame = suited(view).metric("churn.matrix").filter(pl.col("customers") > 0)
    if not frame.height:
        return None
    has_money = view.store.has("customer_months", "aum")
    scale = money(view, frame["balance_at_risk"].to_list())
    tiers = [tier for tier in reversed(view.store.codes["tier"]) if tier in set(frame["tier"])]
    customers = unit_of("customers")
    heads = [
        Column(NAME, t("Tier"), kind="name", phone=True),
        Column(ALL, t("Customers"), phone=True, unit=customers, noun="customers"),
        Column(f"{ALL}_money", t("Balance at risk"), phone=True, unit=scale.unit, noun="money"),
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
            Column(
                risk,
                t("Customers, risk {word}", word=word),
                definition=meaning,
                unit=customers,
                noun="customers",
            ),
            Column(
                f"{risk}_money", t("Balance at risk, risk {word}", word=word), unit=scale.unit, noun="money"
            ),
        ]
    heads = [head for head in heads if has_money or "_money" not in head.key]

    def row(name: str, part: pl.DataFrame, role: str) -> Row:
        cells: dict[str, Cell] = {NAME: Cell(name)}
        for risk in (ALL, *risks):
            own = part if risk == ALL else part.filter(pl.col("risk") == risk)
            count, held = int(own["customers"].sum()), int(own["balance_at_risk"].sum())
            cells[risk] = Cell(grouped(count) if count else "", count)
            cells[f"{risk}_money"] = Cell(scale.text(held) if count else "", held)
        return Row(cells, role=role)

    rows = [
        row(name_of(view, "tier", {"tier": tier}), frame.filter(pl.col("tier") == tier), "child")
        for tier in tiers
    ]
    return Table(heads, [*rows, row(t("Total"), frame, "total")])


def risk_table(view: View, *, key: str) -> None:
    """Risk and value: in which tiers the balance at risk is."""
    found = risk_rows(view)
    if found is None:
        return
    heading(t("Risk and value"), t("balance at risk in {n} months", n=horizon_of(view)))
    table(found, key=key, caption=t("Risk and value"), language=language(), fixed=True)
