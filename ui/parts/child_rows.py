"""Rows and headings of the institutions below: what leads them, their part in the growth, their plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from data_access.subject import Measure, Metric, message
from data_access.view.labels import UNASSIGNED
from data_access.view.rows import BETWEEN, OWN, REST
from data_access.view.view import View
from metrics.statistics.intervals import wilson
from ui.base.formats import COUNTS, MONEY, Scale, grouped, interval_said, table_scales
from ui.base.words import t
from ui.parts.model import Cell, Column, Row
from ui.parts.plans import done_cell, gap_cell, status_cell
from ui.parts.verdicts import too_few

NOBODY, SMALLER = "nobody", "smaller"
WORDS = {
    OWN: message("Booked here"),
    BETWEEN: message("Transfers between institutions"),
    REST: message("Not at this level"),
    UNASSIGNED: message("Unassigned"),
    SMALLER: message("Smaller institutions together"),
    NOBODY: message("In no customer's record"),
}
LEAD, NAME, SHARE, SPARK, STATUS = "_lead", "_name", "_share", "_spark", "_status"
PLAN, GAP, ACTUAL, ELAPSED, BASIS = "_plan", "_gap", "_actual", "_elapsed", "_basis"  # of a row's plan
BOUNDS = ("low", "high")  # after the column of a rate: the ends of its interval
OF_PLAN = {PLAN: pl.Float64, GAP: pl.Float64, ACTUAL: pl.Float64, ELAPSED: pl.Float64, BASIS: pl.String}
STANDS = message(
    "Plan completion held against the time elapsed on the day of the actual, in percentage points; a plan "
    "for a level against its end. Sorted by how far behind."
)
ROLES = {OWN: "own", BETWEEN: "between", REST: "own", SMALLER: "own", NOBODY: "own"}


@dataclass(frozen=True)
class Printing:
    """What all rows of a table of institutions share: the first of the columns leads."""

    columns: Mapping[str, Measure]
    scales: Mapping[str, Scale]
    totals: Mapping[str, Any]
    minor: int
    planned: bool
    floor: int  # of fewer counted no growth is told
    least: int  # of fewer cases no rate is told

    @property
    def former(self) -> float | None:
        """What all together were at the comparison; None where a part of it says nothing."""
        now, grown = self.totals[self.first], self.totals[LEAD]
        if now is None or grown is None or self.lead.net:  # a difference may have been below zero
            return None
        before = float(now - grown)
        return before if before >= (self.floor if self.lead.unit in COUNTS else 1) else None

    @property
    def first(self) -> str:
        return next(iter(self.columns))

    @property
    def lead(self) -> Measure:
        return self.columns[self.first]


def sums(measure: Measure) -> bool:
    """Whether what institutions have adds up to what the one above has: counts and amounts, no shares."""
    return measure.additive and measure.unit in (*COUNTS, MONEY)


def of_cases(measure: Measure) -> bool:
    """Whether it is a rate, a mean or a median of cases, of which few say nothing."""
    return bool(measure.cases) and not sums(measure)


def intervals(metric: Metric, rates: Sequence[str]) -> list[pl.Expr]:
    """The 95 % interval of each rate that is a share of cases."""
    found = []
    for measure in map(metric.measure, rates):
        if measure.part is not None:
            ends = wilson(pl.col(measure.part), pl.sum_horizontal(measure.cases))
            found += [
                end.alias(f"{metric.name}.{measure.name}.{word}")
                for end, word in zip(ends, BOUNDS, strict=True)
            ]
    return found


def scales_of(view: View, columns: Mapping[str, Measure], frame: pl.DataFrame) -> dict[str, Scale]:
    """The scale of each column; that of the largest row, so small rows keep two decimals."""
    found = table_scales(view, columns, {key: frame[key].to_list() for key in columns})
    return {
        key: replace(scale, decimals=2) if scale.decimals and not of_cases(columns[key]) else scale
        for key, scale in found.items()
    }


def heads(printing: Printing, title: str, against: str, *, course: bool) -> list[Column]:
    """The headings; `course`: with the last twelve months of what leads."""
    found = [Column(NAME, title, "name", phone=True)]
    scale = printing.scales[printing.first]
    for number, (key, measure) in enumerate(printing.columns.items()):
        meaning = t(measure.definition) if measure.definition else ""
        kind, own = "number" if number else "bar", printing.scales[key]
        column = Column(
            key,
            t(measure.label),
            kind,
            own.unit,
            measure.unit,
            not number,
            meaning,
            adds_up=own if sums(measure) else None,
        )
        found.append(column)
        if not number:
            found += _of_lead(scale, printing, against)
            found += [Column(SPARK, t("Last 12 months"), "spark")] if course else []
    return found


def _of_lead(scale: Scale, printing: Printing, against: str) -> list[Column]:
    lead = printing.lead
    part = t("The row's change over the former total; the rows sum to the growth of the total.")
    missing = t("What is missing to the plan; below zero the plan is exceeded. Never summed from below.")
    points = Scale(1, "", 2)
    found = [Column(LEAD, against, "change", scale.unit, lead.unit, phone=True, adds_up=scale)]
    if printing.former is not None:
        growth = t("Contribution to growth")
        found.append(Column(SHARE, growth, unit=t("pp"), definition=part, adds_up=points))
    if printing.planned:
        gap_unit = t("pp") if lead.unit == "rate" else scale.unit
        found.append(Column(STATUS, t("Plan status"), "status", phone=True, definition=t(STANDS)))
        found.append(Column(PLAN, t("Plan completion"), unit="%", noun="rate"))
        found.append(Column(GAP, t("Gap to plan"), unit=gap_unit, noun=lead.unit, definition=missing))
    return found


def row_of(row: Mapping[str, Any], printing: Printing, spark: Sequence[float | None], *, whole: bool) -> Row:
    """One row; `whole`: the institution is shown whole, so that a plan of it would be seen."""
    identity, scale = row["institution"], printing.scales[printing.first]
    role = ROLES.get(identity, "child")
    cells: dict[str, Cell] = {NAME: Cell(t(WORDS[identity]) if identity in WORDS else row["name"] or "")}
    cells |= {key: _number(row, key, printing) for key in printing.columns}
    change, former = row[LEAD], printing.former
    cells[LEAD] = Cell(scale.signed(change), change, direction=scale.direction(change))
    part = 100 * change / former if change is not None and former is not None else None
    cells[SHARE] = Cell("" if part is None else grouped(part, 2, signed=True, plus_zero=True), part)
    if printing.planned:
        none = t("No plan set") if role == "child" and whole else ""  # hidden is not 未下达
        told = {"attainment": row[PLAN], "actual": row[ACTUAL]}
        told |= {"elapsed": row[ELAPSED], "basis": row[BASIS]}
        cells[STATUS] = Cell(none) if row[BASIS] is None else status_cell(told, printing.lead)
        cells[PLAN] = done_cell(told, scale, printing.minor)
        cells[GAP] = gap_cell(row[GAP], printing.lead, scale)
    if role == "between":  # transfers are no stock: only what they correct is written
        cells = {key: cell if cell.value or key == NAME else Cell("") for key, cell in cells.items()}
    elif spark:
        cells[SPARK] = Cell("", spark=spark)
    return Row(cells, role=role, id=identity if role == "child" else None)


def _number(row: Mapping[str, Any], key: str, printing: Printing) -> Cell:
    """A count or an amount as it is; a rate with its interval on hover, of few cases a word in its place."""
    measure, value = printing.columns[key], row[key]
    text = printing.scales[key].text(value)
    if not of_cases(measure):
        return Cell(text, value)
    metric = key.rpartition(".")[0]
    counted = [row[f"{metric}.{case}"] for case in measure.cases]
    if None in counted:  # smaller ones together have no rate
        return Cell(text, value)
    cases = sum(counted)
    if cases < printing.least:
        return Cell(too_few(cases))
    low, high = (f"{key}.{word}" for word in BOUNDS)
    return Cell(text, value, title=interval_said(row, cases, low, high) if row.get(low) is not None else "")
