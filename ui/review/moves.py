"""Large moves: what came and went by institution, and at an outlet the customers to call."""

from typing import Any

import polars as pl

from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.moves.settings import CONTACT_DAYS
from ui.base.formats import WHOLE, unit_of
from ui.base.link import go
from ui.base.words import language, t
from ui.parts.child_rows import NAME, ROLES, WORDS
from ui.parts.customers import money
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.one_customer import customer_rows
from ui.parts.parents import with_parents
from ui.parts.quiet import heading, nothing, notice
from ui.parts.table import table
from ui.parts.todo import ActionList, told


def moves_view(view: View) -> View:
    """The look at the period that large moves can be told for: days, or whole months."""
    monthly = not view.store.has("large_moves") and view.store.has("customer_months", "aum")
    return view.suited(view.catalogue()["book.summary"]) if monthly else view


def _taken_out(view: View) -> tuple[int, int]:
    rows = moves_view(view).metric("moves.large").filter(pl.col("direction") == "out")
    return int(rows["customers"][0]), int(rows["amount"][0])


MOVES = ActionList(name="moves", label=message("large amounts taken out"), noun="customers", read=_taken_out)


def large_moves(view: View, *, key: str) -> None:
    """In, out and net by institution below; at an outlet the moves themselves."""
    look = moves_view(view)
    try:
        total = _ways(look, None).to_dicts()
    except NotDelivered as error:
        notice(error)
        return
    monthly = not view.store.has("large_moves")
    source = t("month to month, from month-end balances") if monthly else t("day by day, as reported")
    heading(t("Large moves"), " · ".join(filter(None, [source, told(view, MOVES)])))
    if not total[0]["moves"]:
        nothing(t("No customer of the upper tiers moved a large amount in the period."))
        return
    if view.store.tree.children(view.node) or monthly:
        _by_institution(look, total[0], key=key)
    else:
        _list(view, key=key)


def _ways(view: View, by: str | None) -> pl.DataFrame:
    """One row per institution: in, out, net, moves, contacted."""
    frame = view.metric("moves.large", by)
    if by is None:
        frame = frame.with_columns(institution=pl.lit(""), name=pl.lit(""))
    return frame.group_by("institution", "name", maintain_order=True).agg(
        into=pl.col("amount").filter(pl.col("direction") == "in").first(),
        out=pl.col("amount").filter(pl.col("direction") == "out").first(),
        net=pl.col("amount").filter(pl.col("direction") == "net").first(),
        moves=pl.col("customers").filter(pl.col("direction") == "net").first(),
        contacted=pl.col("contacted").filter(pl.col("direction") == "net").first(),
    )


def _by_institution(view: View, total: dict[str, Any], *, key: str) -> None:
    frame = _ways(view, view.rows) if view.store.tree.children(view.node) else pl.DataFrame()
    scale = money(view, [total["into"], total["out"]])
    heads = [
        Column(NAME, t("Institution"), kind="name", phone=True),
        Column("net", t("Net"), kind="change", unit=scale.unit, phone=True, adds_up=scale),
        Column("into", t("In"), unit=scale.unit, adds_up=scale),
        Column("out", t("Out"), unit=scale.unit, phone=True, adds_up=scale),
        Column("moves", t("Moves"), unit=unit_of("deals"), adds_up=WHOLE),
        Column(
            "contacted",
            t("Contacted within {n} days", n=view.store.policy.of(CONTACT_DAYS)),
            unit=unit_of("deals"),
            adds_up=WHOLE,
        ),
    ]
    heads = heads if total["contacted"] is not None else heads[:-1]

    def row(found: dict[str, Any], role: str) -> Row:
        name = found.get("institution")
        cells = {way: Cell(scale.text(found[way]), found[way]) for way in ("into", "out")}
        cells["net"] = Cell(scale.signed(found["net"]), found["net"], direction=scale.direction(found["net"]))
        cells |= {
            way: Cell("" if found[way] is None else f"{found[way]:,}", found[way])
            for way in ("moves", "contacted")
        }
        shown = t(WORDS[name]) if name in WORDS else found.get("name") or t("Total")
        return Row({NAME: Cell(shown), **cells}, role=role, id=name if role == "child" else None)

    rows = [
        row(found, ROLES.get(found["institution"], "child")) for found in frame.to_dicts() if found["moves"]
    ]
    rows = with_parents(view, rows, NAME)
    rows.append(row(total | {"institution": None, "name": None}, "total"))
    table(
        Table(heads, rows),
        key=key,
        caption=t("Large moves"),
        colours=colours(view),
        sort=("out", True),
        language=language(),
        more=t("Show all {n} rows"),
        on_select=lambda chosen: go(at=chosen),
    )


def _list(view: View, *, key: str) -> None:
    """The moves of an outlet, those that nobody followed up first."""
    try:
        frame = view.list("large_moves").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    words = {1: t("In"), 0: t("Out")}
    done = {1: t("yes"), 0: t("not yet")}
    columns = {
        "direction": (t("Direction"), lambda row: words[row["direction"]]),
        "day": (t("Day"), lambda row: str(row["day"])),
        "contacted": (t("Contacted"), lambda row: done.get(row["contacted"], "")),
    }
    customer_rows(view, frame, columns, caption=t("Large moves of the last 31 days"), key=key)
