"""Why deals are won or lost: reasons, competitors, institutions that differ, owners."""

from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.formats import grouped, interval_said, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.breakdown import plain_rows
from ui.parts.child_rows import WORDS
from ui.parts.customers import money
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import absent, heading, nothing, notice
from ui.parts.table import table


def losses(view: View, by: str, title: str, *, key: str) -> None:
    """Lost deals by reason or competitor, most frequent first, each share with its interval on hover."""
    if not view.store.has("opportunities", by):
        absent(t("{title}: shown when deals carry {column}.", title=title, column=by))
        return
    heading(title)
    try:
        frame = view.metric("funnel.losses", by).filter(pl.col("lost") > 0).sort("lost", descending=True)
    except NotDelivered as error:
        notice(error)
        return
    if not frame.height:
        nothing(t("No deal was lost in the period."))
        return
    metric = view.catalogue()["funnel.losses"]
    columns = ("lost", "share", "lost_amount", *(["won"] if by == "competitor" else []))
    names = {"unknown": t("not named")}
    # the share's interval counts all lost deals
    shown = frame.with_columns(lost_all=pl.col("lost").sum())

    def title_of(row: dict[str, Any], column: str) -> str:
        return interval_said(row, row["lost_all"]) if column == "share" else ""

    found = plain_rows(view, metric, shown, (by, title), columns, names=names, titles=title_of)
    table(
        found,
        key=key,
        caption=title,
        language=language(),
        sort=("lost", True),
        more=t("Show all {n} rows"),
    )


def peers_table(view: View, *, key: str) -> None:
    """Institutions below that close more or fewer deals than the others beyond chance; those with most at
    stake first."""
    if not view.store.tree.children(view.node):
        return
    heading(t("Closing against the others"), t("of the institutions below; coloured only beyond chance"))
    frame = view.metric("funnel.peers", view.rows).filter(pl.col("decided") > 0)
    if not frame.height:
        nothing(t("Nothing was decided in the period."))
        return
    scale = money(view, frame["at_stake"].to_list())
    heads = [
        Column("name", t("Institution"), kind="name", phone=True),
        Column("decided", t("Decided deals"), unit=unit_of("deals")),
        Column("rate", t("Closing rate"), unit="%", phone=True),
        Column("peer", t("The others"), unit="%"),
        Column("word", t("Verdict"), kind="text", phone=True),
        Column(
            "stake",
            t("At stake"),
            unit=scale.unit,
            definition=t("What closing like the others would have brought."),
        ),
    ]
    rows = [_row(view, row, scale) for row in frame.to_dicts()]
    table(
        Table(heads, rows),
        key=key,
        caption=t("Closing against the others"),
        colours=colours(view),
        language=language(),
        sort=("stake", True),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )
    children = sum(row["decided"] >= view.store.policy.floor_rank for row in frame.to_dicts())
    if not children:
        st.caption(t("No institution has enough decided deals in the period; a longer one tells more."))
        return
    st.caption(
        t(
            "Of {n} with enough decided deals about {chance} would stand out by chance alone.",
            n=children,
            chance=f"{0.05 * children:.1f}",
        )
    )


def _row(view: View, row: dict[str, Any], scale: Any) -> Row:
    who, side = row["institution"], row["differs"] or 0
    few = row["decided"] < view.store.policy.floor_rank
    word = {1: t("better, beyond chance"), -1: t("worse, beyond chance")}.get(side)
    rate = (
        Cell(grouped(row["win_rate"] * 100, 1), row["win_rate"], direction=side)
        if row["win_rate"] is not None
        else Cell(t("nothing decided"))
    )
    return Row(
        {
            "name": Cell(t(WORDS[who]) if who in WORDS else row["name"]),
            "decided": Cell(grouped(row["decided"]), row["decided"]),
            "rate": rate,
            "peer": Cell(
                "" if row["peer_rate"] is None else grouped(row["peer_rate"] * 100, 1), row["peer_rate"]
            ),
            "word": Cell(word or (t("few cases") if few else t("not significant"))),
            "stake": Cell(
                "" if row["at_stake"] is None else scale.text(row["at_stake"]), row["at_stake"] or 0
            ),
        },
        role="own" if who in WORDS else "child",
        id=None if who in WORDS else who,
    )


def owners_table(view: View, *, key: str) -> None:
    """Deals by their relationship manager."""
    title = t("Closing by relationship manager")
    if not view.store.has("opportunities", "manager_id"):
        absent(t("{title}: shown when deals carry {column}.", title=title, column="manager_id"))
        return
    heading(title, t("the owner of today"))
    metric = view.catalogue()["funnel.owners"]
    frame = view.metric(metric.name, "manager").filter(pl.col("won") + pl.col("lost") > 0)
    if not frame.height:
        nothing(t("Nothing was decided in the period."))
        return
    columns = ("won", "lost", "win_rate", "won_amount")
    found = plain_rows(
        view,
        metric,
        frame,
        ("manager", t("Relationship manager")),
        columns,
        names={"unassigned": t("Unassigned")},
    )
    table(
        found,
        key=key,
        caption=t("Closing by relationship manager"),
        language=language(),
        sort=("won", True),
        more=t("Show all {n} rows"),
    )
