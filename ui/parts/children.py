"""The institutions below as rows that add up: bars, change, plan, and further columns of any metric.

The table is drawn by `ui/parts/breakdown.py` and taken along by `ui/brief/compose.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from data_access.errors import CallError, NotDelivered
from data_access.subject import Measure
from data_access.view.view import View
from ui.base.formats import MONEY
from ui.base.words import t
from ui.parts.changes import basis, with_parts
from ui.parts.child_rows import (
    ACTUAL,
    BASIS,
    ELAPSED,
    GAP,
    LEAD,
    NAME,
    NOBODY,
    OF_PLAN,
    PLAN,
    ROLES,
    SMALLER,
    Printing,
    heads,
    intervals,
    of_cases,
    row_of,
    scales_of,
    sums,
)
from ui.parts.key_items import delivered
from ui.parts.model import Table
from ui.parts.parents import with_parents
from ui.parts.plans import plans

MANAGER = "manager"
MANAGERS, PEOPLE = "book.managers", "people"
BOOKED, HELD = "balance.lines", ("deposit", "loan")  # on the cards, whoever they are of
MOST = 300  # rows that a page carries; smaller ones are one row together


@dataclass(frozen=True)
class Children:
    """A table of institutions as the page draws it, and what leads it."""

    table: Table
    lead: tuple[str, Measure]
    basis: str
    hidden: int  # institutions that are together in one row


def children(view: View, wanted: Sequence[tuple[str, str]], by: str) -> Children | None:
    """The table of the institutions below, worked out once for whoever tells of it (`children_of`)."""
    return view.once("children", (tuple(wanted), by), lambda: children_of(view, wanted, by))


def children_of(view: View, wanted: Sequence[tuple[str, str]], by: str) -> Children | None:
    """Columns of several metrics by institution; None where the bank delivers none of them.

    The first column leads: it has bars, its change, its part in the growth, its course and its plan. Every
    count and amount sums to the card exactly; the table ends with what is booked at the institution itself,
    transfers where customers moved, and the total. A share stands there as the metric tells it of all.
    """
    columns, frame = _columns(view, wanted, by)
    if not columns:
        return None
    columns = [pair for pair in columns if not _unknown(frame, *pair)]
    (name, lead), *_ = columns
    if not sums(lead):
        raise CallError(
            "“{label}” does not add up over institutions: let a count or an amount stand first.",
            label=lead.label,
        )
    frame, total_plan = _with_plan(view, _with_change(view, frame, name, lead, by), name, lead, by)
    keys = [_key(metric, measure) for metric, measure in columns]
    frame = _without_empty(view, frame, [*keys, LEAD])
    if by == MANAGER:
        frame = _with_nobody(view, frame, keys)
    totals = {
        key: frame[key].sum() if frame[key].null_count() < frame.height or frame.is_empty() else None
        for key in [*keys, LEAD]
    }
    totals |= _wholes(view, columns)
    frame, hidden = _largest(frame, [key for key, (_, one) in zip(keys, columns, strict=True) if sums(one)])
    measures = dict(zip(keys, (measure for _, measure in columns), strict=True))
    printing = Printing(
        columns=measures,
        scales=scales_of(view, measures, frame),
        totals=totals,
        minor=view.store.minor_units if lead.unit == MONEY else 1,
        planned=frame[PLAN].null_count() < frame.height or total_plan is not None,
        floor=view.store.policy.floor_rank,
        least=view.store.policy.floor_cases,
    )
    suited = view.suited(view.catalogue()[name])
    course = {} if by == MANAGER else _course(suited.series(name, lead.name, by=by), lead.name)
    whole = shown_whole(view, by) if by != MANAGER else set()
    rows = []
    for row in frame.to_dicts():
        identity = row["institution"]
        rows.append(row_of(row, printing, course.get(identity, ()), whole=identity in whole))
    plan = {**dict.fromkeys(OF_PLAN), **(total_plan or {})}
    total = {"institution": None, "name": t("Total"), **totals, **plan}
    last = row_of(total, printing, (), whole=view.groups(None)[0].node is not None)
    rows.append(replace(last, role="total", id=None))
    rows = with_parents(view, rows, NAME)
    title = t("Relationship manager") if by == MANAGER else t("Institution")
    against = basis(suited, lead)
    if by == MANAGER:
        rows = [replace(row, id=None) for row in rows]
    table = Table(heads(printing, title, against, course=by != MANAGER), rows)
    return Children(table, columns[0], against, hidden)


def shown_whole(view: View, by: str) -> set[str]:
    """Open institutions that are shown whole, so that a plan of theirs would be seen."""
    tree = view.store.tree
    return {group.name for group in view.groups(by) if group.node is not None and not tree.closed[group.node]}


def _wholes(view: View, columns: list[tuple[str, Measure]]) -> dict[str, Any]:
    """What does not add up is told of all institutions by the metric itself, with what it rests on."""
    found: dict[str, Any] = {}
    for name, measure in columns:
        if not sums(measure):
            metric = view.catalogue()[name]
            asked = dict.fromkeys(with_parts(metric, [measure.name]))
            whole = view.suited(metric).metric(name, columns=tuple(asked))
            told = whole.select(
                *(pl.col(c).alias(f"{name}.{c}") for c in asked), *intervals(metric, [measure.name])
            )
            found |= told.row(0, named=True)
    return found


def _course(series: pl.DataFrame, column: str) -> dict[str, list[float | None]]:
    """The last twelve months of each institution."""
    if "institution" not in series.columns:
        return {}
    parts = series.partition_by("institution", as_dict=True)
    return {str(name): part[column].to_list() for (name,), part in parts.items()}


def _with_nobody(view: View, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Balances that no customer's record tells of are a row of their own, so that a column sums to its card.

    Only where the card counts all customers on the day of the managers' own figures.
    """
    suited = view.suited(view.catalogue()[MANAGERS])
    if suited.period.last != view.period.last or view.settings.get("book.customers") == PEOPLE:
        return frame
    try:
        booked = suited.metric(BOOKED, columns=HELD)
    except NotDelivered:
        return frame
    held = {key: name for key in keys if (name := key.rpartition(".")[2]) in HELD and name in booked.columns}
    left = {key: (booked[name][0] or 0) - (frame[key].sum() or 0) for key, name in held.items()}
    if not any(left.values()):
        return frame
    row = pl.DataFrame([{"institution": NOBODY, "name": NOBODY, **left}])
    return pl.concat([frame, row], how="diagonal_relaxed")


def _unknown(frame: pl.DataFrame, metric: str, measure: Measure) -> bool:
    """Whether a rate cannot be told of anybody here, though there are cases: it does not carry the filter."""
    if not of_cases(measure) or frame[_key(metric, measure)].count():
        return False
    return any(frame[f"{metric}.{case}"].sum() for case in measure.cases)


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
        rates = [column for column in here if not sums(metric.measure(column))]
        asked = tuple(dict.fromkeys((*here, *with_parts(metric, rates))))
        try:
            rows = view.suited(metric).metric(name, by, columns=asked) if here else None
        except NotDelivered:
            continue
        if rows is not None:
            here = tuple(column for column in here if column in rows.columns)
            told = tuple(column for column in asked if column in rows.columns)
            frame = _named(view, rows[label].to_list()) if by == MANAGER else frame
            ends = intervals(metric, [rate for rate in rates if rate in told])
            named = rows.select(*(pl.col(c).alias(f"{name}.{c}") for c in told), *ends, institution=label)
            frame = frame.join(named, on="institution", how="left", maintain_order="left")
            if rows.is_empty():  # nothing is booked anywhere here
                frame = frame.with_columns(pl.lit(0).alias(f"{name}.{c}") for c in told)
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
            key: {
                PLAN: row["attainment"],
                GAP: row["gap"] and row["gap"] * minor,
                ACTUAL: row["actual"],
                ELAPSED: row["elapsed"],
                BASIS: row["basis"],
            }
            for key, row in best.items()
        }

    if by == MANAGER:  # plans are set for institutions
        return frame.with_columns(
            pl.lit(None, dtype=kind).alias(name) for name, kind in OF_PLAN.items()
        ), None
    found = chosen(plans(view, by))
    rows = [{"institution": key, **cells} for key, cells in found.items()]
    plan = pl.DataFrame(rows, schema={"institution": pl.String, **OF_PLAN})
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
    )
    rest = frame.filter(special)
    return pl.concat([ordered.head(MOST), rest, together.head(1)], how="diagonal_relaxed"), small.height
