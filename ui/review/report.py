"""The pages of the weekly review as sections of a report: overview, institutions below, balances, plans."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from data_access.subject import Measure
from data_access.view.view import View
from metrics.target import shown
from ui.base.formats import grouped, scale_in
from ui.base.words import t
from ui.paper.model import Chart, Conclusion, Section, closed, on_paper
from ui.paper.section import cards, said
from ui.parts.children import children
from ui.parts.contents import Page, Wanted, of
from ui.parts.customers import Named
from ui.parts.finding import difference
from ui.parts.key_items import items
from ui.parts.model import BAD, Cell, Column, Row, Table
from ui.parts.one_customer import listed
from ui.parts.plans import done_cell, gap_cell, standing, status_cell
from ui.parts.plans import plans as planned
from ui.review.balances import balance_rows, income_rows
from ui.review.causes import bars, causes
from ui.review.heat import heat
from ui.review.today import counted_rows, most_urgent, ranked_by, to_call_said
from ui.review.turned import turned

ON_PAPER = (  # what a slide has room for
    *of("balance.lines", "deposit", "loan"),
    *of("book.summary", "aum", "customers"),
    *of("funnel.outcomes", "won_amount"),
)


def overview(view: View, page: Page) -> Section:
    """The leading figure over twelve months, and why AUM changed."""
    charts = [chart for chart in (_trend(view, page.cards), _waterfall(view)) if chart is not None]
    return Section(t(page.title), said(view, page), cards(view, page.cards), tuple(charts))


def institutions(view: View, _: Page) -> Section | None:
    """The institutions below, the largest first, and who makes the difference."""
    found = children(view, ON_PAPER, view.rows) if view.store.tree.children(view.node) else None
    if found is None:
        return None
    title = t("Institutions below")
    printed = closed(found.table, found.table.columns[1].key)
    tables = (on_paper(title, printed, found.basis),)
    return Section(title, " ".join(difference(found)), tables=tables)


def behind(view: View, page: Page) -> Section | None:
    """Who is behind, in what, and who turned since last week."""
    found = heat(view, page.below)
    if found is None:
        return None
    title = t("Who is behind, in what")
    said = " ".join(filter(None, [found.said, turned(view)]))
    return Section(title, said, tables=(on_paper(title, found.table),))


def conclusion(view: View, page: Page, found: Sequence[str], charts: Sequence[Chart]) -> Conclusion:
    """The finding's first sentence, who is behind (else its next), whom to call; pictures; the plans."""
    lead, *others = found
    red = heat(view, page.below)
    who = red.said if red is not None else ""
    sentences = (lead, who or next(iter(others), ""), to_call_said(view) or (others[-1] if others else ""))
    return Conclusion(tuple(dict.fromkeys(filter(None, sentences))), tuple(charts), _key_plans(view))


def to_call(view: View) -> Section | None:
    """Whom to call today: the most urgent where lists are granted, and how many by institution."""
    said = to_call_said(view)
    rows = most_urgent(view)
    tables = []
    if rows is not None and not rows.is_empty():
        title = t("To call today, the most urgent")
        tables.append(on_paper(title, listed(view, rows, Named(view, {})), ranked_by(view)))
    if said and view.store.tree.children(view.node):
        title = t("To call today, by institution")
        tables.append(on_paper(title, closed(counted_rows(view, view.rows, t("Institution")), "customers")))
    return Section(t("To call today"), said, tables=tuple(tables), aside=True) if tables else None


def balances(view: View, page: Page) -> Section:
    """Balances by business line and product, and fee income."""
    printed = on_paper(t("Balances by business line and product"), balance_rows(view))
    income = on_paper(t("Intermediary business (fee income)"), income_rows(view))
    tables = (printed, income) if income.rows else (printed,)
    return Section(t(page.title), said(view, page), cards(view, page.cards), tables=tables)


def plans(view: View, _: Page | None = None) -> Section | None:
    """Every plan of the institution on one page."""
    rows = planned(view)
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
        Column("word", t("Plan status"), "status"),
    )
    printed, behind = [], 0
    for full in named:
        row = shown(rows, full)
        if row is None:
            continue
        name, _, column = full.rpartition(".")
        measure = view.catalogue()[name].measure(column)
        behind += standing(row, measure) in BAD
        printed.append(_plan_row(view, measure, row))
    finding_text = (
        t("{n} of {all} plans are behind the time elapsed.", n=behind, all=len(printed))
        if behind
        else t("No plan is behind the time elapsed.")
    )
    return Section(t("Plans"), finding_text, tables=(Table(columns, printed, t("Plans")),), aside=True)


def _key_plans(view: View) -> Table | None:
    """How the plans stand, as narrow as a conclusion needs it."""
    found = plans(view)
    if found is None:
        return None
    kept = [c for c in found.tables[0].columns if c.key in ("metric", "attainment", "gap", "word")]
    return replace(found.tables[0], columns=kept)


def _plan_row(view: View, measure: Measure, row: dict[str, Any]) -> Row:
    minor = view.store.minor_units if measure.unit == "money" else 1
    values = {key: row[key] * minor for key in ("target", "actual") if row[key] is not None}
    scale = scale_in(view, measure, values.values())
    cells = {"metric": Cell(t("{label} ({unit})", label=t(measure.label), unit=scale.unit))}
    cells |= {key: Cell(scale.text(value), row[key]) for key, value in values.items()}
    gap = row["gap"]
    cells["attainment"] = done_cell(row, scale, minor)
    cells["elapsed"] = Cell(grouped(row["elapsed"] * 100, 1), row["elapsed"])
    cells["gap"] = gap_cell(gap and gap * minor, measure, scale)
    cells["word"] = status_cell(row, measure)
    return Row(cells)


def _trend(view: View, wanted: Wanted) -> Chart | None:
    """The leading figure over the last twelve months."""
    found, _ = items(view, wanted, course=False)
    lead = next((card for card in found if card.text), None)
    if lead is None:
        return None
    name, _, column = lead.id.rpartition(".")
    metric = view.catalogue()[name]
    series = view.suited(metric).series(name, column)
    if series.is_empty():  # the data do not hold a whole month
        return None
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
