"""The institutions below by what they close and what they still have to win."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from data_access.errors import NotDelivered
from data_access.view.rows import BETWEEN
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import Scale, grouped, interval_said, one_money_scale
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, ROLES, STANDS, STATUS, WORDS
from ui.parts.children import shown_whole
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.parents import with_parents
from ui.parts.plans import plan_cell, plans
from ui.parts.quiet import heading, nothing
from ui.parts.table import table
from ui.parts.verdicts import too_few

OUTCOMES, PEERS, COVERAGE = "funnel.outcomes", "funnel.peers", "funnel.coverage"
CLOSED = ("win_rate", "low", "high", "won", "lost", "won_amount", "open")
TO_WIN = ("target", "gap", "expected_amount", "coverage")
MOST = 300  # rows that a page carries


def closing_table(view: View, *, key: str) -> None:
    """Closing rate, closed amount, how the plan stands, how much of the gap the pipeline covers."""
    found = closing_rows(view)
    heading(t("Institutions below: closing, plan, pipeline"))
    if found is None:
        nothing(t("Nothing was decided in the period."))
        return
    planned = any(column.key == STATUS for column in found.columns)
    _draw(
        view,
        found,
        t("Institutions below: closing, plan, pipeline"),
        (STATUS if planned else "rate", False),
        key,
    )


def to_win_table(view: View, *, key: str) -> None:
    """The gap to the plan, what the pipeline covers of it, what must be won beyond that; widest gap first."""
    if not view.store.tree.children(view.node) or (found := to_win_rows(view)) is None:
        return
    heading(t("Who has how much still to win"), t("weighted pipeline against the gap to the plan"))
    _draw(view, found, t("Who has how much still to win"), ("gap", True), key)


def closing_rows(view: View) -> Table | None:
    """A row for each institution below, and one for all; None where nothing was decided or is open."""
    rows = _rows(view, OUTCOMES, CLOSED)
    alive = [row for row in rows if row["won"] or row["lost"] or row["open"]]
    if not alive:
        return None
    sides = {row["institution"]: row["differs"] for row in _rows(view, PEERS, ("differs",))}
    to_win: dict[str | None, dict[str, Any]] = {
        row["institution"]: row for row in _rows(view, COVERAGE, TO_WIN)
    }
    if to_win:
        to_win[None] = view.metric(COVERAGE, columns=TO_WIN).row(0, named=True)
    standing = _plans(view, [row["institution"] for row in alive])
    [whole] = view.metric(OUTCOMES, columns=CLOSED).to_dicts()
    total = whole | {"institution": None, "name": t("Total")}
    money = _scale(view, ("won_amount",), alive)
    heads = [
        Column(NAME, t("Institution"), "name", phone=True),
        Column(
            "rate",
            t("Closing rate"),
            unit="%",
            noun="rate",
            phone=True,
            definition=_meaning(view, "win_rate"),
        ),
    ]
    if any(row["won_amount"] is not None for row in alive):
        heads.append(Column("amount", t("Closed amount"), unit=money.unit, noun="money", phone=not standing))
    if standing:
        heads.append(Column(STATUS, t("Plan status"), "status", phone=True, definition=t(STANDS)))
    if any(row["coverage"] is not None for row in to_win.values()):
        heads.append(Column("coverage", t("Gap covered"), unit="%", noun="rate", definition=_covered(view)))
    heads.append(Column("decided", t("Decided deals"), noun="deals"))
    made = [
        _row(
            row,
            {
                "rate": _rate(view, row, sides.get(row["institution"])),
                "amount": Cell(money.text(row["won_amount"]), row["won_amount"]),
                STATUS: standing.get(row["institution"], Cell()),
                "coverage": _coverage(to_win.get(row["institution"])),
                "decided": Cell(grouped(_decided(row)), _decided(row)),
            },
        )
        for row in [*alive[:MOST], total]
    ]
    return Table(heads, with_parents(view, made, NAME))


def to_win_rows(view: View) -> Table | None:
    """A row for each institution below that has a plan, and one for all; None where nobody has."""
    rows = [row for row in _rows(view, COVERAGE, TO_WIN) if row["gap"] is not None]
    if not rows or not any(row["expected_amount"] is not None for row in rows):
        return None
    rows = sorted(rows, key=lambda row: -row["gap"])[:MOST]
    whole = view.metric(COVERAGE, columns=TO_WIN).row(0, named=True)
    money = _scale(view, ("gap", "expected_amount"), rows)
    measures = view.catalogue()[COVERAGE]
    left = t("The gap less the weighted pipeline, of each by itself; the total is of all together.")
    heads = [
        Column(NAME, t("Institution"), "name", phone=True),
        Column("coverage", t("Gap covered"), unit="%", noun="rate", phone=True, definition=_covered(view)),
        Column("gap", t(measures.measure("gap").label), "bar", money.unit, "money", phone=True),
        Column("expected", t(measures.measure("expected_amount").label), unit=money.unit, noun="money"),
        Column("left", t("Still to be won"), unit=money.unit, noun="money", definition=left),
    ]
    total = [whole | {"institution": None, "name": t("Total")}] if whole["gap"] is not None else []
    made = [
        _row(
            row,
            {
                "coverage": _coverage(row),
                "gap": _gap(row["gap"], money),
                "expected": Cell(money.text(row["expected_amount"]), row["expected_amount"]),
                "left": _left(row["gap"], row["expected_amount"], money),
            },
        )
        for row in [*rows, *total]
    ]
    return Table(heads, with_parents(view, made, NAME))


def still_to_win(gap: float, expected: float) -> float:
    """What is missing to a plan beyond what the open deals are expected to bring; nothing once covered.

    >>> still_to_win(100, 30), still_to_win(100, 130), still_to_win(-5, 0)
    (70, 0, 0)
    """
    return max(0, gap - max(0, expected))


def _rows(view: View, name: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """A metric by institution; nothing where the bank does not deliver it or it does not carry a filter."""
    try:
        frame = view.metric(name, view.rows, columns=columns)
    except NotDelivered:
        return []
    return frame.filter(pl.col("institution") != BETWEEN).to_dicts()


def _row(row: Mapping[str, Any], cells: dict[str, Cell]) -> Row:
    who = row["institution"]
    name = Cell(t(WORDS[who]) if who in WORDS else row["name"])
    role = "total" if who is None else ROLES.get(who, "child")
    return Row({NAME: name, **cells}, role=role, id=who if role == "child" else None)


def _plans(view: View, ids: Sequence[str]) -> dict[str | None, Cell]:
    """How the plan of the closed amount stands, of each and of all; nothing where nobody has one."""
    measure = view.catalogue()[OUTCOMES].measure("won_amount")
    full = f"{OUTCOMES}.{measure.name}"
    own: dict[str | None, list[dict[str, Any]]] = {}
    for row in plans(view, view.rows):
        own.setdefault(row["institution"], []).append(row)
    told = {one: plan for one in ids if (plan := shown(own.get(one, []), full)) is not None}
    if not told:
        return {}
    whole, seen = shown(plans(view), full), shown_whole(view, view.rows)
    cells: dict[str | None, Cell] = {one: Cell(t("No plan set") if one in seen else "") for one in ids}
    cells |= {one: plan_cell(row, measure) for one, row in told.items()}
    return cells | ({} if whole is None else {None: plan_cell(whole, measure)})


def _decided(row: Mapping[str, Any]) -> int:
    return (row["won"] or 0) + (row["lost"] or 0)


def _rate(view: View, row: Mapping[str, Any], side: int | None) -> Cell:
    """A closing rate with its interval on hover; coloured and called better or worse beyond chance alone."""
    decided, policy = _decided(row), view.store.policy
    if decided < policy.floor_cases or row["win_rate"] is None:
        return Cell(too_few(decided))
    word = {1: t("better, beyond chance"), -1: t("worse, beyond chance")}.get(side or 0, "")
    return Cell(
        grouped(row["win_rate"] * 100, 1),
        row["win_rate"],
        title=interval_said(row, decided),
        direction=side or 0,
        note=word or (t("few cases") if decided < policy.floor_rank else ""),
    )


def _coverage(row: Mapping[str, Any] | None) -> Cell:
    if row is None or row["gap"] is None:  # no plan, or nobody knows what was won of it
        return Cell()
    if row["coverage"] is None:
        return Cell(t("plan reached") if row["gap"] <= 0 else "")
    return Cell(grouped(row["coverage"] * 100, 1), row["coverage"])


def _gap(gap: float, money: Scale) -> Cell:
    return Cell(money.text(gap), gap) if gap > 0 else Cell(t("plan reached"), 0)


def _left(gap: float, expected: float | None, money: Scale) -> Cell:
    if expected is None:
        return Cell()
    left = still_to_win(gap, expected)
    if not left:
        return Cell(t("covered") if gap > 0 else t("plan reached"), 0)
    return Cell(money.text(left), left)


def _scale(view: View, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Scale:
    values = [[row[column] for row in rows] for column in columns]
    return one_money_scale(view, values)


def _meaning(view: View, column: str) -> str:
    return t(view.catalogue()[OUTCOMES].measure(column).definition)


def _covered(view: View) -> str:
    return t(view.catalogue()[COVERAGE].measure("coverage").definition)


def _draw(view: View, found: Table, caption: str, sort: tuple[str, bool], key: str) -> None:
    table(
        found,
        key=key,
        caption=caption,
        colours=colours(view),
        language=language(),
        sort=sort,
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )
    children = sum(row.role == "child" for row in found.rows)
    if children >= MOST:
        st.caption(t("The first {n} institutions.", n=children))
