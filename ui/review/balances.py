"""Balances by business line and product, with every comparison a manager looks at."""

from typing import Any

from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import Scale, period_name, table_scales
from ui.base.words import language, t
from ui.parts.child_rows import NAME
from ui.parts.key_figures import colours
from ui.parts.model import Cell, Column, Row, Table
from ui.parts.quiet import heading, nothing
from ui.parts.table import table

LINES = {
    "deposit": message("Deposits"),
    "loan": message("Loans"),
    "contingent": message("Contingent business"),
    "intermediary": message("Intermediary business (fee income)"),
    "wealth": message("Wealth products"),
}
INCOME = "intermediary"
COLUMNS = (
    *("balance", "avg_month", "avg_quarter", "avg_year", "deviation", "change_day", "change_week"),
    *("change_month", "change_quarter", "change_year_start", "change_last_year"),
)
PHONE = ("balance", "change_year_start")


def balance_rows(view: View) -> Table:
    """A table: each business line, then its products."""
    look = view.suited(view.catalogue()["balance.summary"])
    metric = look.catalogue()["balance.summary"]
    lines = look.metric(metric.name, detail="line").to_dicts()
    products = [row for row in look.metric(metric.name).to_dicts() if row["business_line"] != INCOME]
    measures = [metric.measure(name) for name in COLUMNS]
    values = {m.name: [row[m.name] for row in products] for m in measures}
    scales = table_scales(view, {m.name: m for m in measures}, values)
    heads = [Column(NAME, t("Business line and product"), kind="name", phone=True)]
    heads += [
        Column(
            m.name,
            t(m.label),
            kind="change" if m.name.startswith("change") else "number",
            unit=scales[m.name].unit,
            noun=m.unit,
            phone=m.name in PHONE,
            definition=t(m.definition) if m.definition else "",
        )
        for m in measures
    ]
    rows = []
    for line in lines:
        if line["business_line"] == INCOME:
            continue
        own = [row for row in products if row["business_line"] == line["business_line"]]
        rows.append(_row(t(LINES[line["business_line"]]), line, scales, "line"))
        rows += [
            _row(t("Unknown") if row["product"] == "unknown" else row["product"], row, scales, "child")
            for row in own
            if len(own) > 1 or row["product"] != "unknown"
        ]
    return Table(heads, rows)


def income_rows(view: View) -> Table:
    """Fee income of intermediary business by product: a sum of the period, beside last year's."""
    look = view.suited(view.catalogue()["balance.summary"])
    metric = look.catalogue()["balance.summary"]
    found = [row for row in look.metric(metric.name).to_dicts() if row["business_line"] == INCOME]
    measures = {name: metric.measure(name) for name in ("balance", "change_last_year")}
    scales = table_scales(view, measures, {name: [row[name] for row in found] for name in measures})
    heads = [
        Column(NAME, t("Product"), kind="name", phone=True),
        Column(
            "balance",
            t("Fee income of the period"),
            kind="bar",
            unit=scales["balance"].unit,
            noun="money",
            phone=True,
        ),
        Column(
            "change_last_year",
            t("vs same period last year"),
            kind="change",
            unit=scales["change_last_year"].unit,
            noun="money",
            phone=True,
        ),
    ]
    rows = [
        _row(t("Unknown") if row["product"] == "unknown" else row["product"], row, scales, "child")
        for row in found
    ]
    if len(rows) > 1:
        known = all(row[name] is not None for row in found for name in measures)
        total = {name: sum(row[name] for row in found) if known else None for name in measures}
        rows.append(_row(t("Total"), total, scales, "total"))
    return Table(heads, rows)


def income_table(view: View, *, key: str) -> None:
    """What intermediary business earned in the period."""
    try:
        found = income_rows(view)
    except NotDelivered:
        return
    heading(t("Intermediary business (fee income)"), period_name(view.period))
    if not found.rows:
        nothing(t("No fee income was booked in the period."))
        return
    table(
        found,
        key=key,
        caption=t("Intermediary business (fee income)"),
        colours=colours(view),
        language=language(),
        sort=("balance", True),
    )


def balance_table(view: View, *, key: str) -> None:
    """The balances of the day and all their changes."""
    try:
        found = balance_rows(view)
    except NotDelivered:
        return
    look = view.suited(view.catalogue()["balance.summary"])
    heading(t("Balances by business line and product"), t("at {day}", day=look.period.last))
    if not found.rows:
        nothing(t("Nothing is booked here."))
        return
    table(
        found,
        key=key,
        caption=t("Balances by business line and product"),
        colours=colours(view),
        language=language(),
        fixed=True,
    )


def _row(name: str, row: dict[str, Any], scales: dict[str, Scale], role: str) -> Row:
    cells: dict[str, Cell] = {NAME: Cell(name)}
    for column in (column for column in COLUMNS if column in scales):
        scale, value = scales[column], row[column]
        if column.startswith("change"):
            cells[column] = Cell(scale.signed(value), value, direction=scale.direction(value))
        else:
            cells[column] = Cell(scale.text(value), value)
    return Row(cells, role=role)
