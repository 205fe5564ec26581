"""A report put together from the same items and rows that the pages draw, for one institution."""

from collections.abc import Callable
from functools import partial
from typing import Any

from data_access.errors import NotDelivered
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import period_name, scale_for
from ui.base.link import COMPARE
from ui.base.words import t
from ui.brief.customers import churn, migration, value
from ui.brief.sales import funnel, outlook
from ui.brief.service import satisfaction
from ui.complaints import page as complaints_page
from ui.complaints.summary import LABELS, complaint_rows
from ui.funnel import page as funnel_page
from ui.paper.model import Card, Cell, Change, Chart, Column, Report, Row, Section, Table
from ui.parts.children import Children, children
from ui.parts.contents import TABLES, Page, of
from ui.parts.finding import difference, finding
from ui.parts.key_items import Wanted, items, plans
from ui.parts.todo import todo
from ui.review.balances import balance_rows, income_rows
from ui.review.causes import bars, causes
from ui.review.page import BALANCES, OVERVIEW
from ui.satisfaction import page as satisfaction_page

ON_PAPER = (  # what a slide has room for
    ("balance.lines", "deposit"),
    ("balance.lines", "loan"),
    ("book.summary", "aum"),
    ("book.summary", "customers"),
    ("funnel.outcomes", "won_amount"),
)
VALUE_ON_PAPER = (
    *of("value.summary", "increase", "customers", "aum", "contribution"),
    *of("value.largest", "share"),
)
MIGRATION_ON_PAPER = (
    *of("migration.rates", "upgraded", "downgraded", "upgrade_rate", "downgrade_rate", "entered", "left"),
    *of("migration.observation", "observed", "due"),
)
ENDS = ("child", "own", "between", "total")  # how a table closes, on paper as on the screen
RAW = {"customers": "customers", "deals": "deals", "cases": "cases", "rate": "share", "days": "days"}


def report(view: View, marks: tuple[str, ...] = ()) -> Report:
    """The report of the institution that the view looks at."""
    tree, store = view.store.tree, view.store
    level = store.policy.level(tree.levels[view.node])
    words = [t(COMPARE[view.comparison]), *([t(COMPARE[view.also])] if view.also else [])]
    sample = (t("Sample data, not a bank's own"),) if store.manifest["sample"] else ()
    wanted: list[Callable[[View], Section | None]] = [
        _overview,
        _below,
        _balances,
        _plans,
        _value,
        _migration,
        _churn,
        _funnel,
        _outlook,
        _satisfaction,
        _complaints,
    ]
    sections = []
    for build in wanted:
        try:
            section = build(view)
        except NotDelivered:
            continue
        sections += [section] if section is not None else []
    return Report(
        bank=store.manifest["title"],
        institution_id=tree.ids[view.node],
        institution=view.name(tree.ids[view.node]),
        level=level.zh if view.language == "zh" else level.en,
        period=period_name(view.period),
        comparison=t(", ").join(words),
        as_of=_as_of(view),
        snapshot=store.id,
        finding=tuple(finding(view, OVERVIEW, todo(view, OVERVIEW.lists))),
        sections=tuple(sections),
        filters=tuple(f"{key}: {value}" for key, value in view.filters.items()),
        marks=(*sample, *marks),
        language=view.language,
    )


def _as_of(view: View) -> str:
    """The date of the data; where the tables differ, the date of each."""
    dates = {name: view.store.as_of[name] for name in TABLES if name in view.store.as_of}
    if len(set(dates.values())) == 1:
        return str(next(iter(dates.values())))
    return t(", ").join(f"{day} {t(TABLES[name])}" for name, day in dates.items())


def _overview(view: View) -> Section:
    charts = [chart for chart in (_trend(view, OVERVIEW.cards), _waterfall(view)) if chart is not None]
    said = finding(view, OVERVIEW)
    return Section(t("Business overview"), said[0], cards(view, OVERVIEW.cards), tuple(charts))


def _below(view: View) -> Section | None:
    if not view.store.tree.children(view.node):
        return None
    found = children(view, ON_PAPER, view.rows)
    if found is None:
        return None
    lead = found.heads[1]["key"]
    found.rows.sort(key=lambda row: (ENDS.index(row["role"]), -(row["cells"][lead].get("value") or 0)))
    return Section(
        t("Institutions below"),
        " ".join(difference(found)),
        tables=(table_of(view, found, t("Institutions below")),),
    )


def _balances(view: View) -> Section:
    heads, rows = balance_rows(view)
    printed = _table(view, t("Balances by business line and product"), heads, rows)
    income = _table(view, t("Intermediary business (fee income)"), *income_rows(view))
    tables = (printed, income) if income.rows else (printed,)
    return Section(t("Balances"), _said(view, BALANCES), cards(view, BALANCES.cards), tables=tables)


def _plans(view: View) -> Section | None:
    """Every plan of the institution on one page."""
    rows = plans(view)
    named = list(dict.fromkeys(row["metric"] for row in rows))
    if not rows:
        return None
    columns = (
        Column("metric", t("Metric"), "name"),
        Column("target", t("Plan")),
        Column("actual", t("Actual")),
        Column("attainment", t("Plan completion rate"), unit="%", raw_unit="share"),
        Column("elapsed", t("Time elapsed"), unit="%", raw_unit="share"),
        Column("gap", t("Gap to plan")),
    )
    printed, behind = [], 0
    for full in named:
        row = shown(rows, full)
        if row is None:
            continue
        behind += (
            row["attainment"] is not None and row["attainment"] < row["elapsed"] and row["basis"] != "level"
        )
        printed.append(_plan_row(view, full, row))
    finding_text = (
        t("{n} of {all} plans are behind the time elapsed.", n=behind, all=len(printed))
        if behind
        else t("No plan is behind the time elapsed.")
    )
    return Section(t("Plans"), finding_text, tables=(Table(t("Plans"), columns, tuple(printed)),))


def _plan_row(view: View, full: str, row: dict[str, Any]) -> Row:
    name, _, column = full.rpartition(".")
    measure = view.catalogue()[name].measure(column)
    unit = view.store.minor_units if measure.unit == "money" else 1
    values = {key: row[key] * unit for key in ("target", "actual", "gap") if row[key] is not None}
    scale = scale_for(measure, list(values.values()), view.store.manifest["currency"], view.store.minor_units)
    cells = {"metric": Cell(t("{label} ({unit})", label=t(measure.label), unit=scale.unit))}
    cells |= {key: Cell(scale.text(value), row[key]) for key, value in values.items()}
    cells |= {
        key: Cell("" if row[key] is None else f"{row[key] * 100:.1f}", row[key])
        for key in ("attainment", "elapsed")
    }
    return Row("child", cells)


def _value(view: View) -> Section:
    return value(view, cards(view, VALUE_ON_PAPER), partial(_table, view))


def _migration(view: View) -> Section | None:
    return migration(view, cards(view, MIGRATION_ON_PAPER), partial(_table, view))


def _churn(view: View) -> Section:
    return churn(view, lambda found: tuple(_card(view, item) for item in found), partial(_table, view))


def _funnel(view: View) -> Section:
    return funnel(view, cards(view, funnel_page.FUNNEL.cards), partial(_table, view))


def _outlook(view: View) -> Section:
    return outlook(view, cards(view, funnel_page.OUTLOOK.cards), partial(_table, view))


def _complaints(view: View) -> Section | None:
    if not view.store.has("complaints", "opened_on"):
        return None
    tables = [
        _table(view, t(LABELS[by]), *complaint_rows(view, by))
        for by in LABELS
        if view.store.has("complaints", by)
    ]
    tables = [printed for printed in tables if printed.rows]
    return Section(
        t("Complaints"),
        _said(view, complaints_page.PAGE),
        cards(view, complaints_page.PAGE.cards),
        tables=tuple(tables),
    )


def _satisfaction(view: View) -> Section:
    return satisfaction(view, cards(view, satisfaction_page.PAGE.cards))


def _said(view: View, page: Page) -> str:
    return finding(view, page)[0]


def cards(view: View, wanted: Wanted) -> tuple[Card, ...]:
    """The cards of a page as they are drawn."""
    found, _ = items(view, wanted, course=False)
    return tuple(_card(view, item) for item in found)


def _card(view: View, item: dict[str, Any]) -> Card:
    value, money = item["raw"], item["noun"] == "money"
    lines = [
        " ".join(filter(None, (line["text"], line["more"], line.get("word", ""), line["left"])))
        for line in item["lines"]
    ]
    return Card(
        item["label"],
        item["value"] if item["value"] is not None else item["missing"],
        item["unit"] if item["value"] is not None else "",
        value / view.store.minor_units if money and value is not None else value,
        view.store.manifest["currency"] if money else RAW.get(item["noun"], ""),
        tuple(
            Change(c["basis"], c["text"], c["direction"], c["verdict"] or "", c["word"])
            for c in item["changes"]
        ),
        (*lines, *([item["note"]] if item["note"] else [])),
        item["definition"] or "",
    )


def table_of(view: View, found: Children, title: str) -> Table:
    return _table(view, title, found.heads, found.rows, found.basis)


def _table(
    view: View, title: str, heads: list[dict[str, Any]], rows: list[dict[str, Any]], note: str = ""
) -> Table:
    """A table of the page as plain values; sparklines stay on the screen."""
    kept = [head for head in heads if head["kind"] != "spark"]
    currency, minor = view.store.manifest["currency"], view.store.minor_units
    columns = []
    for head in kept:
        noun = head.get("noun")
        raw = currency if noun == "money" else RAW.get(noun or "", "")
        kind = {"bar": "number"}.get(head["kind"], head["kind"])
        columns.append(
            Column(head["key"], head["label"], kind, head["unit"] or "", raw, head.get("definition") or "")
        )

    def cell(head: dict[str, Any], row: dict[str, Any]) -> Cell:
        found = row["cells"].get(head["key"], {})
        value = found.get("value")
        if value is not None and head.get("noun") == "money":
            value = value / minor
        return Cell(found.get("text") or "", value if isinstance(value, int | float) else None)

    printed = tuple(Row(row["role"], {head["key"]: cell(head, row) for head in kept}) for row in rows)
    return Table(title, tuple(columns), printed, note)


def _trend(view: View, wanted: Wanted) -> Chart | None:
    """The leading figure over the last twelve months."""
    found, _ = items(view, wanted, course=False)
    lead = next((item for item in found if item["value"] is not None), None)
    if lead is None:
        return None
    name, _, column = lead["id"].rpartition(".")
    metric = view.catalogue()[name]
    series = view.suited(metric).series(name, column)
    values = series[column].to_list()
    scale = scale_for(metric.measure(column), values, view.store.manifest["currency"], view.store.minor_units)
    scaled = tuple(None if value is None else value / scale.divisor for value in values)
    months = tuple(f"{month:%Y-%m}" for month in series["month"])
    return Chart("line", lead["label"], scale.unit, months, ((lead["label"], scaled),), scale.decimals)


def _waterfall(view: View) -> Chart | None:
    found = causes(view)
    if found is None:
        return None
    frame, scale, _ = found
    labels, values = bars(frame, scale)
    return Chart(
        "waterfall",
        t("AUM by cause"),
        scale.unit,
        tuple(labels),
        ((t("AUM"), tuple(values)),),
        scale.decimals,
    )
