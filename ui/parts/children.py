"""The institutions below as rows that add up: bars, change, plan, and further columns of any metric.

The table is drawn by `ui/parts/breakdown.py` and taken along by `ui/brief/compose.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Measure, message
from data_access.view.labels import UNASSIGNED
from data_access.view.rows import BETWEEN, OWN, REST
from data_access.view.view import View
from ui.base.formats import MONEY, Scale, grouped, scale_in
from ui.base.words import t
from ui.parts.changes import basis
from ui.parts.key_items import delivered, plans
from ui.parts.model import Cell, Column, Row, Table

WORDS = {
    OWN: message("Booked here"),
    BETWEEN: message("Transfers between institutions"),
    REST: message("Elsewhere below"),
    UNASSIGNED: message("Unassigned"),
    "smaller": message("Smaller institutions together"),
}
LEAD, NAME, SHARE, PLAN, GAP = "_lead", "_name", "_share", "_plan", "_gap"
MANAGER = "manager"
MOST = 300  # rows that a page carries; smaller ones are one row together
SMALLER = "smaller"
ROLES = {OWN: "own", BETWEEN: "between", REST: "own", SMALLER: "own"}


@dataclass(frozen=True)
class Children:
    """A table of institutions as the page draws it, and what leads it."""

    table: Table
    lead: tuple[str, Measure]
    basis: str
    hidden: int  # institutions that are together in one row


def children(view: View, wanted: Sequence[tuple[str, str]], by: str) -> Children | None:
    """Additive columns of several metrics by institution; None where the bank delivers none of them.

    The first column leads: it has bars, its change, its part in the growth, its course and its plan. Every
    column sums to the card exactly; the table ends with what is booked at the institution itself, transfers
    where customers moved, and the total.
    """
    columns, frame = _columns(view, wanted, by)
    if not columns:
        return None
    (name, lead), *_ = columns
    frame, total_plan = _with_plan(view, _with_change(view, frame, name, lead, by), name, lead, by)
    keys = [_key(metric, measure) for metric, measure in columns]
    frame = _without_empty(view, frame, [*keys, LEAD])
    totals = {
        key: frame[key].sum() if frame[key].null_count() < frame.height or frame.is_empty() else None
        for key in [*keys, LEAD]
    }
    frame, hidden = _largest(frame, keys)
    scales = {
        key: _finer(scale_in(view, measure, frame[key].to_list()))
        for key, (_, measure) in zip(keys, columns, strict=True)
    }
    suited = view.suited(view.catalogue()[name])
    spark = None if by == MANAGER else suited.series(name, lead.name, by=by)
    planned = frame[PLAN].null_count() < frame.height or total_plan is not None
    shown_whole = (
        {group.name for group in view.groups(by) if group.node is not None} if by != MANAGER else set()
    )
    rows = [
        _row(row, keys, scales, totals, spark, lead.name, planned, row["institution"] in shown_whole)
        for row in frame.to_dicts()
    ]
    total = {"institution": None, "name": t("Total"), **totals, PLAN: None, GAP: None, **(total_plan or {})}
    whole = view.groups(None)[0].node is not None
    last = _row(total, keys, scales, totals, None, lead.name, planned, whole)
    rows.append(replace(last, role="total", id=None))
    title = t("Relationship manager") if by == MANAGER else t("Institution")
    heads = _heads(title, columns, keys, scales, planned, basis(suited, lead))
    if lead.net:  # a difference may have been below zero: there is no growth to have a part in
        heads = [head for head in heads if head.key != SHARE]
    if by == MANAGER:
        heads = [head for head in heads if head.key != "_spark"]
        rows = [replace(row, id=None) for row in rows]
    return Children(Table(heads, rows), columns[0], basis(suited, lead), hidden)


def _key(metric: str, measure: Measure) -> str:
    return f"{metric}.{measure.name}"


def _columns(
    view: View, wanted: Sequence[tuple[str, str]], by: str
) -> tuple[list[tuple[str, Measure]], pl.DataFrame]:
    """The delivered ones of the columns, and one frame with all of them per institution (or manager)."""
    label = by if by == MANAGER else "institution"
    names = [] if by == MANAGER else list(dict.fromkeys(group.name for group in view.groups(by)))
    frame = _named(view, names)
    found: list[tuple[str, Measure]] = []
    for name in dict.fromkeys(metric for metric, _ in wanted):
        metric = view.catalogue()[name]
        here = tuple(
            m.name
            for c in (column for n, column in wanted if n == name)
            if delivered(view, m := metric.measure(c))
        )
        try:
            rows = view.suited(metric).metric(name, by, columns=here) if here else None
        except NotDelivered:
            continue
        if rows is not None:
            here = tuple(column for column in here if column in rows.columns)
            frame = _named(view, rows[label].to_list()) if by == MANAGER else frame
            named = rows.select(*(pl.col(c).alias(f"{name}.{c}") for c in here), institution=label)
            frame = frame.join(named, on="institution", how="left", maintain_order="left")
            if rows.is_empty():  # nothing is booked anywhere here
                frame = frame.with_columns(pl.lit(0).alias(f"{name}.{c}") for c in here)
            found += [(name, metric.measure(column)) for column in here]
    order = {pair: place for place, pair in enumerate(wanted)}
    return sorted(found, key=lambda pair: order[pair[0], pair[1].name]), frame


def _named(view: View, names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"institution": names, "name": [view.name(name) for name in names]},
        schema={"institution": pl.String, "name": pl.String},
    )


def _with_change(view: View, frame: pl.DataFrame, name: str, lead: Measure, by: str) -> pl.DataFrame:
    """The change of the leading column; an institution that is new changed by all it has."""
    metric = view.catalogue()[name]
    suited = view.suited(metric)
    earlier = suited.compared(flow=lead.flow)
    if not suited.covers(metric, earlier.period, flow=lead.flow):
        return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(LEAD))
    label = by if by == MANAGER else "institution"
    past = earlier.metric(name, by, columns=(lead.name,)).select(_past=lead.name, institution=label)
    joined = frame.join(past, on="institution", how="left", maintain_order="left")
    now = pl.col(_key(name, lead)).fill_null(0)
    return joined.with_columns((now - pl.col("_past").fill_null(0)).alias(LEAD)).drop("_past")


def _with_plan(
    view: View, frame: pl.DataFrame, name: str, lead: Measure, by: str
) -> tuple[pl.DataFrame, dict[str, Any] | None]:
    """Completion and gap of the leading column's plan per institution, and those of the total."""
    full = _key(name, lead)
    minor = view.store.minor_units if lead.unit == MONEY else 1  # customers have no minor unit

    def chosen(rows: list[dict[str, Any]]) -> dict[str | None, dict[str, Any]]:
        best: dict[str | None, dict[str, Any]] = {}
        for wish in ("level", "flow", "increase"):
            best |= {
                row.get("institution"): row for row in rows if row["metric"] == full and row["basis"] == wish
            }
        return {
            key: {PLAN: row["attainment"], GAP: row["gap"] and row["gap"] * minor}
            for key, row in best.items()
        }

    if by == MANAGER:  # plans are set for institutions
        nothing = pl.lit(None, dtype=pl.Float64)
        return frame.with_columns(nothing.alias(PLAN), nothing.alias(GAP)), None
    found = chosen(plans(view, by))
    rows = [{"institution": key, **cells} for key, cells in found.items()]
    plan = pl.DataFrame(rows, schema={"institution": pl.String, PLAN: pl.Float64, GAP: pl.Float64})
    return frame.join(plan, on="institution", how="left", maintain_order="left"), chosen(plans(view)).get(
        None
    )


def _without_empty(view: View, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rows of closed institutions, own, transfers and rest that hold nothing are left out; no sum changes."""
    tree = view.store.tree
    closed = [tree.ids[node] for node in range(view.node, tree.last[view.node] + 1) if tree.closed[node]]
    zeros = pl.all_horizontal(pl.col(c).fill_null(0) == 0 for c in columns)
    return frame.filter(~(pl.col("institution").is_in([*closed, *ROLES]) & zeros))


def _largest(frame: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, int]:
    """At most so many institutions by the leading column; all others are one row."""
    special = pl.col("institution").is_in(list(ROLES))
    ordinary = frame.filter(~special)
    if ordinary.height <= MOST:
        return frame, 0
    ordered = ordinary.sort(keys[0], descending=True, nulls_last=True)
    small = ordered.slice(MOST)
    together = small.select(
        institution=pl.lit(SMALLER),
        name=pl.lit(SMALLER),
        **{key: pl.col(key).sum() for key in (*keys, LEAD)},
        **{key: pl.lit(None, dtype=pl.Float64) for key in (PLAN, GAP)},
    )
    rest = frame.filter(special)
    return pl.concat([ordered.head(MOST), rest, together.head(1)], how="diagonal_relaxed"), small.height


def _finer(scale: Scale) -> Scale:
    """The scale is that of the largest row; small rows keep two decimals, the total is as long as it gets."""
    return replace(scale, decimals=2) if scale.decimals else scale


def _heads(
    title: str,
    columns: list[tuple[str, Measure]],
    keys: list[str],
    scales: dict[str, Scale],
    planned: bool,
    against: str,
) -> list[Column]:
    heads = [Column(NAME, title, "name", phone=True)]
    for number, (key, (_, measure)) in enumerate(zip(keys, columns, strict=True)):
        meaning = t(measure.definition) if measure.definition else ""
        first = number == 0
        heads.append(
            Column(
                key,
                t(measure.label),
                "bar" if first else "number",
                phone=first,
                noun=measure.unit,
                unit=scales[key].unit,
                definition=meaning,
            )
        )
        if first:
            part = t("The row's change over the former total; the rows sum to the growth of the total.")
            heads.append(Column(LEAD, against, "change", phone=True, noun=measure.unit))
            heads.append(Column(SHARE, t("Contribution to growth"), "number", unit=t("pp"), definition=part))
            if planned:
                missing = t(
                    "What is missing to the plan; below zero the plan is exceeded. Never summed from below."
                )
                heads.append(Column(PLAN, t("Plan completion"), "number", unit="%", noun="rate"))
                heads.append(
                    Column(
                        GAP,
                        t("Gap to plan"),
                        "number",
                        unit=scales[key].unit,
                        noun=measure.unit,
                        definition=missing,
                    )
                )
            heads.append(Column("_spark", t("Last 12 months"), "spark"))
    return heads


def _row(
    row: dict[str, Any],
    keys: list[str],
    scales: dict[str, Scale],
    totals: dict[str, Any],
    spark: pl.DataFrame | None,
    lead: str,
    planned: bool,
    shown_whole: bool,
) -> Row:
    identity, scale = row["institution"], scales[keys[0]]
    role = ROLES.get(identity, "child")
    cells: dict[str, Cell] = {NAME: Cell(t(WORDS[identity]) if identity in WORDS else row["name"] or "")}
    for key in keys:
        cells[key] = Cell(scales[key].text(row[key]), row[key])
    change, whole = row[LEAD], totals[LEAD]
    cells[LEAD] = Cell(scale.signed(change), change, direction=scale.direction(change))
    former = None if whole is None else (totals[keys[0]] or 0) - whole
    part = 100 * change / former if change is not None and former and former > 0 else None
    cells[SHARE] = Cell("" if part is None else grouped(part, 2, signed=True, plus_zero=True), part)
    if planned:
        none = t("No plan set") if role == "child" and shown_whole else ""  # hidden is not 未下达
        done, gap = row[PLAN], row[GAP]
        cells[PLAN] = Cell(none if done is None else grouped(done * 100, 1), done)
        cells[GAP] = Cell("" if gap is None else scale.text(gap), gap)
    if role == "between":  # transfers are no stock: only what they correct is written
        cells = {key: cell if cell.value or key == NAME else Cell("") for key, cell in cells.items()}
    elif spark is not None and spark.height and "institution" in spark.columns:
        own = spark.filter(pl.col("institution") == identity)[lead].to_list()
        cells["_spark"] = Cell("", spark=own)
    return Row(cells, role=role, id=identity if role == "child" else None)
