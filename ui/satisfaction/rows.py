"""Satisfaction of the institutions below as rows, and the sentence on who differs beyond chance.

The table is drawn by `summary.py` and taken along by `brief/service.py`.
"""

from typing import Any

import polars as pl

from data_access import periods
from data_access.subject import message
from data_access.view.rows import BETWEEN
from data_access.view.view import View
from ui.base.formats import grouped, interval_ends
from ui.base.words import t
from ui.parts.changes import basis
from ui.parts.child_rows import NAME, ROLES, WORDS
from ui.parts.model import Cell, Column, Row, Table

SIDES = {
    "above_998": message("clearly higher"),
    "above_95": message("higher"),
    "within": message("not significant"),
    "below_95": message("lower"),
    "below_998": message("clearly lower"),
}
NPS = "satisfaction.nps"


def side(row: dict[str, Any]) -> str:
    """Where an institution stands to its control limits, in a word."""
    word = SIDES[row["outside"]]
    return t(word)


def few() -> str:
    """The word in place of a number that is not told."""
    return t("too few answers, not shown")


def period_note(view: View) -> str:
    """The period of the figures where it is not the page's: answers are told by month, quarter and year."""
    suited = view.suited(view.catalogue()[NPS])
    return "" if suited.period == view.period else periods.name(suited.period)


def compared_rows(view: View) -> pl.DataFrame:
    """Every institution below with its scores, its limits and its part in the change."""
    return view.once("satisfaction_compared", (), lambda: _compared(view))


def _compared(view: View) -> pl.DataFrame:
    suited = view.suited(view.catalogue()[NPS])
    frame = suited.metric(NPS, view.rows).filter(pl.col("institution") != BETWEEN)
    ranking = ["outside", "limit_low", "limit_high", "centre", "sigma", "tau"]
    for name, wanted in {
        "satisfaction.csat": ["top2_rate"],
        "satisfaction.ranking": [*ranking, "shrunken", "low", "high", "rank", "rank_low", "rank_high"],
        "satisfaction.contribution": ["contribution", "mix", "score", "change"],
    }.items():
        found = suited.metric(name, view.rows).select("institution", *wanted)
        found = found.rename(
            {"score": "by_score", "low": "shrunken_low", "high": "shrunken_high"}, strict=False
        )
        frame = frame.join(found, on="institution", how="left", maintain_order="left")
    names = pl.Series(
        [t(WORDS[r["institution"]]) if r["institution"] in WORDS else r["name"] for r in frame.to_dicts()],
        dtype=pl.String,
    )
    judged = ~pl.col("institution").is_in(list(ROLES))  # what is no institution is not compared
    return frame.with_columns(label=names, outside=pl.when(judged).then("outside"))


def stand_out(view: View) -> str:
    """The sentence on who differs beyond chance from all together, and how many would by chance."""
    if not view.store.tree.children(view.node):
        return ""
    frame = compared_rows(view).filter(pl.col("outside").is_not_null())
    if frame.is_empty():
        return t("No two institutions below have enough answers to be compared.")
    apart = frame.filter(pl.col("outside") != "within").sort("nps")
    if apart.is_empty():
        return t(
            "None of the {n} institutions compared differs significantly from all together.", n=frame.height
        )
    told = t(", ").join(
        t(
            "{who} {nps} points ({word})",
            who=row["label"],
            nps=f"{row['nps']:.1f}",
            word=side(row),
        )
        for row in [*apart.head(2).to_dicts(), *apart.tail(1).filter(pl.lit(apart.height > 2)).to_dicts()]
    )
    return t(
        "{n} of {all} institutions compared differ significantly: {told}.",
        n=apart.height,
        all=frame.height,
        told=told,
    )


def compared_table(view: View) -> Table:
    """The institutions below as a table, closed by all together."""
    return view.once("satisfaction_table", (), lambda: _compared_table(view))


def _compared_table(view: View) -> Table:
    suited = view.suited(view.catalogue()[NPS])
    frame = compared_rows(view)
    total = suited.metric(NPS).with_columns(
        suited.metric("satisfaction.csat").select("top2_rate").to_series(),
        institution=pl.lit("_total"),
        label=pl.lit(t("All together")),
        contribution=frame["change"].first(),
    )
    against = basis(suited, view.catalogue()[NPS].measure("nps"))

    heads = [
        Column(NAME, t("Institution"), "name", phone=True),
        Column(
            "nps", t("NPS"), unit=t("points"), phone=True, definition=t("With half of its 95 % interval.")
        ),
        Column(
            "outside",
            t("Against all together"),
            "text",
            phone=True,
            definition=t(
                "Outside the control limits or not; fewer than {n} answers are not judged.",
                n=view.store.policy.floor_rank,
            ),
        ),
        Column(
            "shrunken",
            t("NPS, chance allowed for"),
            unit=t("points"),
            definition=t(
                "Drawn towards the middle of those compared as far as chance explains its difference."
            ),
        ),
        Column("n", t("Answers")),
        Column("response_rate", t("Response rate"), unit="%"),
        Column("top2_rate", t("Satisfaction rate (top two)"), unit="%"),
        Column(
            "contribution",
            t("Contribution to the change"),
            "change",
            t("points"),
            definition=t(
                "Its part in the change {basis}: by its share of answers and by its own score.", basis=against
            ),
        ),
    ]
    frame = pl.concat([frame, total], how="diagonal_relaxed")
    heads = [h for h in heads if h.key == NAME or frame[h.key].null_count() < frame.height]
    rows = []
    for row in frame.to_dicts():
        who = row["institution"]
        role = "total" if who == "_total" else ROLES.get(who, "child")
        if role != "child" and not row["hidden"] and not row["n"]:
            continue
        cells = {NAME: Cell(row["label"]), **_cells(row, view.store.policy.floor_rank)}
        rows.append(Row(cells, role=role, id=who if role == "child" else None))
    return Table(heads, rows)


def _cells(row: dict[str, Any], floor: int) -> dict[str, Cell]:
    if row["hidden"]:
        return {"nps": Cell(few())}
    if not row["n"]:
        return {"nps": Cell(t("no answers"))}
    low, high = interval_ends(row, times=1)
    interval = t(
        "95 % interval {low} to {high} points, n = {n}",
        low=low,
        high=high,
        n=f"{row['n']:,}",
    )
    cells: dict[str, Cell] = {
        "nps": Cell(
            t("{nps} ({low} to {high})", nps=f"{row['nps']:.1f}", low=low, high=high),
            row["nps"],
            title=interval,
        ),
        "n": Cell(grouped(row["n"]), row["n"]),
    }
    if row["outside"]:
        cells["outside"] = Cell(side(row), row["nps"])
    elif row["n"] < floor:
        cells["outside"] = Cell(t("few answers"))
    if row["outside"] and row["shrunken"] is not None:
        low, high = interval_ends(row, "shrunken_low", "shrunken_high", times=1)
        interval = t("95 % interval {low} to {high} points", low=low, high=high)
        place = t("{place}; {interval}", place=_place(row), interval=interval)
        cells["shrunken"] = Cell(grouped(row["shrunken"], 1), row["shrunken"], title=place)
    for key in ("response_rate", "top2_rate"):
        if row[key] is not None:
            cells[key] = Cell(grouped(row[key] * 100, 1), row[key])
    if row["contribution"] is not None:
        value = row["contribution"]
        parts = {"mix": row["mix"], "score": row["by_score"]}
        title = ""  # all together have no parts
        if row["mix"] is not None:
            told = {key: f"{part:+.2f}" for key, part in parts.items()}
            title = t("by its share {mix}, by its own score {score}", **told)
        cells["contribution"] = Cell(grouped(value, 2, signed=True, plus_zero=True), value, title=title)
    return cells


def _place(row: dict[str, Any]) -> str:
    """The place, or the places from which it cannot be told apart."""
    if row["rank"] is None:
        return t("No place: it cannot be told apart from any other")
    if row["rank_low"] == row["rank_high"]:
        return t("Place {rank}", rank=row["rank"])
    return t("Place {low} to {high}", low=row["rank_low"], high=row["rank_high"])
