"""The page of customer value as a section of a report."""

from collections.abc import Callable
from functools import partial

import polars as pl

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.words import t
from ui.paper.model import Chart, Section, on_paper
from ui.paper.section import below, cards, needs, said
from ui.parts.contents import Page, of
from ui.parts.model import Table
from ui.value.scores import score_rows
from ui.value.spread import of_people, suited, tier_names
from ui.value.tables import decile_rows, tier_rows

ON_PAPER = (  # what a slide has room for
    *of("value.summary", "increase", "customers", "aum", "contribution"),
    *of("value.largest", "share"),
)


def section(view: View, page: Page) -> Section:
    """Who holds how much: tiers, the institutions below, tenths, and how customers score."""
    needs(view, "customer_months")
    shown_cards = cards(view, ON_PAPER)
    view = of_people(view)
    wanted: tuple[tuple[str, Callable[[View], Table | None]], ...] = (
        (t("Tiers"), tier_rows),
        (t("Middle-and-above customers by institution"), partial(below, columns=page.below)),
        (t("Customers in tenths by AUM"), decile_rows),
        (t("Contribution, loyalty and potential"), partial(score_rows, beside=False)),
    )
    tables = []
    for title, rows in wanted:
        try:
            found = rows(view)
        except NotDelivered:
            continue
        tables += [on_paper(title, found)] if found else []
    chart = _tier_shares(view)
    return Section(t(page.title), said(view, page), shown_cards, (chart,) if chart else (), tuple(tables))


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
