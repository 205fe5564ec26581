"""The pages of customer value and tier migration as sections of a report."""

from collections.abc import Callable
from functools import partial

import polars as pl

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.formats import unit_of
from ui.base.words import t
from ui.churn.bridge import bridge_rows
from ui.churn.cards import churn_items, churn_said, horizon_rows
from ui.churn.institutions import league_rows
from ui.churn.words import suited as of_churn
from ui.migration import page as migration_page
from ui.migration.choices import DISTANCES, STANDS
from ui.migration.states import MATRIX, names, order, shown
from ui.paper.model import Chart, Section, closed, on_paper
from ui.parts.children import children
from ui.parts.finding import finding
from ui.parts.model import Card, Cell, Column, Row, Table
from ui.value import page as value_page
from ui.value.scores import score_rows
from ui.value.spread import decile_rows, of_people, suited, tier_names, tier_rows


def value(view: View, cards: tuple[Card, ...]) -> Section:
    """Who holds how much: tiers, the institutions below, tenths, and how customers score."""
    view = of_people(view)
    wanted: tuple[tuple[str, Callable[[View], Table | None]], ...] = (
        (t("Tiers"), tier_rows),
        (t("Middle-and-above customers by institution"), _below(value_page.PAGE.below)),
        (t("Customers in tenths by AUM"), decile_rows),
        (t("Contribution, loyalty and potential"), partial(score_rows, beside=False)),
    )
    if not view.store.has("customer_months"):
        raise NotDelivered("This page is shown when {tables} is delivered.", tables="customer_months")
    tables = []
    for title, rows in wanted:
        try:
            found = rows(view)
        except NotDelivered:
            continue
        tables += [on_paper(title, found)] if found else []
    chart = _tier_shares(view)
    said = finding(view, value_page.PAGE)[0]
    return Section(t("Customer value"), said, cards, (chart,) if chart else (), tuple(tables))


def _below(columns: tuple[tuple[str, str], ...]) -> Callable[[View], Table | None]:
    """The institutions below with these columns, the largest first."""

    def rows(view: View) -> Table | None:
        found = children(view, columns, view.rows) if view.store.tree.children(view.node) else None
        if found is None:
            return None
        return closed(found.table, found.table.columns[1].key)

    return rows


def _tier_shares(view: View) -> Chart | None:
    """How many customers a tier has, and how much of the money."""
    frame = suited(view).metric("value.tiers")
    if not frame["customers"].sum():
        return None
    words = tier_names(view)
    shares = {"share_customers": t("Share of customers"), "share_aum": t("Share of AUM")}
    series = tuple((word, _percent(frame[name])) for name, word in shares.items() if name in frame.columns)
    return Chart("bar", t("Tiers"), "%", tuple(words[tier] for tier in frame["tier"]), series, 1)


def _percent(column: pl.Series) -> tuple[float | None, ...]:
    return tuple(None if share is None else share * 100 for share in column)


def migration(view: View, cards: tuple[Card, ...]) -> Section | None:
    """Who rose and fell: the matrix of the longest step that is known, the course, the institutions below."""
    look = view.suited(view.catalogue()[MATRIX])
    known = [distance for distance in DISTANCES if look.metric(MATRIX, distance=distance).height]
    if not known:
        return None
    tables = [_matrix(look, known[0])]
    if (below := _below(migration_page.PAGE.below)(view)) is not None:
        tables.append(on_paper(t("Tier changes by institution"), below))
    series = look.series("migration.rates", "upgrade_rate", "downgrade_rate")
    lines = {"upgrade_rate": t("Upgrade rate"), "downgrade_rate": t("Downgrade rate")}
    charts: tuple[Chart, ...] = ()
    if any(rate for name in lines if name in series.columns for rate in series[name]):
        months = tuple(f"{month:%Y-%m}" for month in series["month"])
        drawn = tuple((word, _percent(series[name])) for name, word in lines.items())
        charts = (Chart("line", t("Upgrade and downgrade rate by month"), "%", months, drawn, 2),)
    said = finding(view, migration_page.PAGE)[0]
    return Section(t("Tier migration"), said, cards, charts, tuple(tables))


def _matrix(view: View, distance: str) -> Table:
    """Customers from tier to tier, with those of each tier before at the end of its row."""
    cells = shown(view, distance, STANDS[0])
    rows, columns = order(view, cells, "from_tier", STANDS[0]), order(view, cells, "to_tier", STANDS[0])
    counts = {(a, b): n for a, b, n in cells.select("from_tier", "to_tier", "customers").iter_rows()}
    then, now, unit = names(view, "from_tier"), names(view, "to_tier"), unit_of("customers")
    heads = [Column("tier", t("Tier before"), "name")]
    heads += [Column(state, now[state], unit=unit, noun="customers") for state in columns]
    heads.append(Column("sum", t("Total"), unit=unit, noun="customers"))

    def row(role: str, word: str, numbers: list[int]) -> Row:
        values = dict(zip([*columns, "sum"], [*numbers, sum(numbers)], strict=True))
        return Row({"tier": Cell(word), **{k: Cell(f"{n:,}", n) for k, n in values.items()}}, role)

    body = [row("child", then[a], [counts.get((a, b), 0) for b in columns]) for a in rows]
    body.append(row("total", t("Total"), [sum(counts.get((a, b), 0) for a in rows) for b in columns]))
    title = t("From tier to tier, {n} months", n=distance)
    return Table(heads, body, title)


def churn(view: View) -> Section:
    """Who will leave: the finding, the horizons, the institutions below with what came, and what changed.

    Raises NotDelivered where there is no forecast.
    """
    of_churn(view).metric("churn.expected")
    tables = [on_paper(t("Expected leavers and balance at risk"), horizon_rows(view))]
    if view.store.tree.children(view.node):
        tables.append(on_paper(t("Churn by institution"), closed(league_rows(view), "leavers")))
    if (changed := bridge_rows(view)) is not None:
        tables.append(on_paper(t("What changed since last month's forecast"), changed))
    return Section(t("Churn"), churn_said(view)[0], churn_items(view), tables=tuple(tables))
