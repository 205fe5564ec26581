"""A report put together from the same items and rows that the pages draw, for one institution."""

from collections.abc import Callable
from typing import Any

from data_access.errors import NotDelivered
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import period_name, scale_in
from ui.base.link import COMPARE
from ui.base.words import t, word_of
from ui.brief.customers import churn, migration, value
from ui.brief.sales import funnel, outlook
from ui.brief.service import satisfaction
from ui.complaints import page as complaints_page
from ui.complaints.summary import LABELS, complaint_rows
from ui.funnel import page as funnel_page
from ui.paper.model import Chart, Report, Section, closed, on_paper
from ui.parts.children import children
from ui.parts.contents import TABLES, Page, of
from ui.parts.finding import difference, finding
from ui.parts.key_items import Wanted, items, plans
from ui.parts.model import Card, Cell, Column, Row, Table
from ui.parts.todo import todo
from ui.review.balances import balance_rows, income_rows
from ui.review.causes import bars, causes
from ui.review.page import BALANCES, OVERVIEW
from ui.satisfaction import page as satisfaction_page

ON_PAPER = (  # what a slide has room for
    *of("balance.lines", "deposit", "loan"),
    *of("book.summary", "aum", "customers"),
    *of("funnel.outcomes", "won_amount"),
)
VALUE_ON_PAPER = (
    *of("value.summary", "increase", "customers", "aum", "contribution"),
    *of("value.largest", "share"),
)
MIGRATION_ON_PAPER = (
    *of("migration.rates", "upgraded", "downgraded", "upgrade_rate", "downgrade_rate", "entered", "left"),
    *of("migration.observation", "observed", "due"),
)


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
        level=word_of(level),
        period=period_name(view.period),
        comparison=t(", ").join(words),
        as_of=_as_of(view),
        snapshot=store.id,
        finding=tuple(finding(view, OVERVIEW, todo(view, OVERVIEW.lists))),
        sections=tuple(sections),
        filters=tuple(f"{key}: {value}" for key, value in view.filters.items()),
        marks=(*sample, *marks),
        language=view.language,
        currency=store.manifest["currency"],
        minor_units=store.minor_units,
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
    title = t("Institutions below")
    printed = closed(found.table, found.table.columns[1].key)
    return Section(title, " ".join(difference(found)), tables=(on_paper(title, printed, found.basis),))


def _balances(view: View) -> Section:
    printed = on_paper(t("Balances by business line and product"), balance_rows(view))
    income = on_paper(t("Intermediary business (fee income)"), income_rows(view))
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
        Column("attainment", t("Plan completion rate"), unit="%", noun="rate"),
        Column("elapsed", t("Time elapsed"), unit="%", noun="rate"),
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
    return Section(t("Plans"), finding_text, tables=(Table(columns, printed, t("Plans")),))


def _plan_row(view: View, full: str, row: dict[str, Any]) -> Row:
    name, _, column = full.rpartition(".")
    measure = view.catalogue()[name].measure(column)
    unit = view.store.minor_units if measure.unit == "money" else 1
    values = {key: row[key] * unit for key in ("target", "actual", "gap") if row[key] is not None}
    scale = scale_in(view, measure, values.values())
    cells = {"metric": Cell(t("{label} ({unit})", label=t(measure.label), unit=scale.unit))}
    cells |= {key: Cell(scale.text(value), row[key]) for key, value in values.items()}
    cells |= {
        key: Cell("" if row[key] is None else f"{row[key] * 100:.1f}", row[key])
        for key in ("attainment", "elapsed")
    }
    return Row(cells)


def _value(view: View) -> Section:
    return value(view, cards(view, VALUE_ON_PAPER))


def _migration(view: View) -> Section | None:
    return migration(view, cards(view, MIGRATION_ON_PAPER))


def _churn(view: View) -> Section:
    return churn(view)


def _funnel(view: View) -> Section:
    return funnel(view, cards(view, funnel_page.FUNNEL.cards))


def _outlook(view: View) -> Section:
    return outlook(view, cards(view, funnel_page.OUTLOOK.cards))


def _complaints(view: View) -> Section | None:
    if not view.store.has("complaints", "opened_on"):
        return None
    tables = [
        on_paper(t(LABELS[by]), complaint_rows(view, by)) for by in LABELS if view.store.has("complaints", by)
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
    return tuple(found)


def _trend(view: View, wanted: Wanted) -> Chart | None:
    """The leading figure over the last twelve months."""
    found, _ = items(view, wanted, course=False)
    lead = next((card for card in found if card.text), None)
    if lead is None:
        return None
    name, _, column = lead.id.rpartition(".")
    metric = view.catalogue()[name]
    series = view.suited(metric).series(name, column)
    values = series[column].to_list()
    scale = scale_in(view, metric.measure(column), values)
    scaled = tuple(None if value is None else value / scale.divisor for value in values)
    months = tuple(f"{month:%Y-%m}" for month in series["month"])
    return Chart("line", lead.label, scale.unit, months, ((lead.label, scaled),), scale.decimals)


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
