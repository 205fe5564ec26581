"""The page of customer value: the plan on its first card, and what is not told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_access.view.store import Store
from data_access.view.view import View
from metrics.target import Plans
from tests.ui.conftest import Look
from ui.base.words import t
from ui.parts.child_rows import GAP, NAME, PLAN
from ui.parts.children import children
from ui.parts.finding import finding
from ui.parts.key_items import items
from ui.parts.model import Card, Plan
from ui.value.page import PAGE
from ui.value.scores import top_rows
from ui.value.spread import of_people

INCREASE = "value.summary.increase"


def first_card(view: View) -> Card:
    card = items(view, PAGE.cards, course=False)[0][0]
    assert card.id == INCREASE
    return card


def plan_of(card: Card) -> Plan | None:
    return card.plan


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_first_card_stands_against_its_plan(look: Look, lang: str) -> None:
    view = look(0, lang=lang)
    plan = next(row for row in view.metric("target.attainment").to_dicts() if row["metric"] == INCREASE)
    told, increase = plan_of(first_card(view)), view.metric("value.net_increase")["increase"][0]
    assert told is not None and plan["actual"] == increase
    assert told.text.endswith(f"{increase / plan['target']:.1%}")
    assert told.more.endswith(f"{304 / 365:.1%}")
    assert f"{abs(plan['target'] - increase):,.0f}" in told.left


def test_the_children_stand_against_theirs(look: Look) -> None:
    view = look(0)
    made = children(of_people(view), PAGE.below, view.rows)
    assert made is not None and {PLAN, GAP} <= {head.key for head in made.table.columns}
    plans = view.metric("target.attainment", view.rows).to_dicts()
    wanted = {row["institution"]: row for row in plans if row["metric"] == INCREASE}
    told = {row.id: row.cells for row in made.table.rows if row.id in wanted}
    assert len(told) > 3
    for key, cells in told.items():
        assert cells[PLAN].value == wanted[key]["attainment"], key
        assert cells[GAP].value == wanted[key]["gap"], (key, "customers, not hundredths of one")
    card, whole = plan_of(first_card(view)), made.table.rows[-1].cells
    assert card is not None and whole[GAP].text.lstrip("-") in card.left


def test_without_a_plan_the_first_card_says_so(look: Look, store: Store) -> None:
    """Plans are delivered, but none for it anywhere: it is steered by plan all the same."""
    view = look(0)
    bare = next(node for node in range(len(store.tree)) if not look(node).metric("target.attainment").height)
    others = [full for full in store.learned(Plans).metrics if full != INCREASE]
    unset = look(bare)
    fewer = replace(store, models={**store.models, "Plans": {"metrics": others}})
    unset = unset.within(replace(unset.scope, store=fewer))
    told = plan_of(first_card(unset))
    assert told is not None and told.text == "未下达"
    assert plan_of(first_card(view)) is not None
    assert plan_of(first_card(look(bare, filters={"kind": "personal"}))) is None, "hidden is not unset"


def test_of_companies_nothing_is_told_that_rests_on_tiers(look: Look) -> None:
    """No card, no column and no sentence with a false zero; what is told of them stays."""
    view = look(0, filters={"kind": "corporate"})
    cards = [card.id for card in items(view, PAGE.cards, course=False)[0]]
    assert INCREASE not in cards and "value.summary.customers" in cards
    made = children(of_people(view), PAGE.below, view.rows)
    assert made is not None and made.lead[1].name == "customers"
    told = " ".join(finding(view, PAGE))
    assert t("Net increase of middle-and-above customers") not in told
    assert f"{view.metric('value.summary')['customers'][0]:,}" in told


def test_companies_have_no_outlook_by_tier(look: Look) -> None:
    for name in ("migration.forecast", "migration.backtest"):
        assert look(0).metric(name).height
        assert look(0, filters={"kind": "corporate"}).metric(name).is_empty(), name
    told = look(0).metric("migration.homogeneity", "kind").select("kind", "p_value")
    steady = dict(told.iter_rows())
    assert steady["corporate"] is None and steady["personal"] is not None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_month_that_is_not_kept_is_not_called_undelivered(look: Look, store: Store, lang: str) -> None:
    """Two years are delivered, the five largest are kept for thirteen months: the card says which it is."""
    words = {"zh": "此项只保留最近13个月", "en": "This is kept for the last 13 months only"}[lang]
    early = {card.id: card for card in items(look(0, "2025-06", lang=lang), PAGE.cards, course=False)[0]}
    assert early["value.summary.customers"].text and early["value.summary.top20_share"].text
    for full in ("value.largest.aum", "value.largest.share"):
        assert not early[full].text and early[full].missing == words, full
    view = look(0, "2026-01", also="", lang=lang)  # told, but the end of 2024 is not
    later = {
        card.id: card for card in items(replace(view, comparison="last_year"), PAGE.cards, course=False)[0]
    }
    [against] = later["value.largest.aum"].changes
    assert against.text == t("no longer kept") and not against.compared


def test_the_command_line_says_so_too(bank: Path, run: Any) -> None:
    early = run("metric", "value.largest", "--config", bank, "--month", "2025-06", "--format", "json")
    assert early.rows[0]["aum"] is None and early.rows[0]["hidden"] == "not kept"
    assert early.rows[0]["customers"] > 0 and "kept for the last 13 months only" in early.err


def test_the_gini_stands_with_its_bounds_and_that_above(look: Look, store: Store) -> None:
    branch = max(store.tree.children(0), key=lambda node: store.tree.last[node] - node)
    view = look(branch, lang="en")
    found, [own] = top_rows(view), view.metric("value.concentration").to_dicts()
    assert found is not None
    cells = next(row.cells for row in found.rows if row.cells[NAME].text.startswith("Gini"))
    assert cells["share"].text == f"{own['gini']:.3f}" and own["gini_low"] < own["gini"] < own["gini_high"]
    assert cells["share"].title == f"between {own['gini_low']:.3f} and {own['gini_high']:.3f}"
    [above] = look(0, lang="en").metric("value.concentration").to_dicts()
    assert cells["above"].text == f"{above['gini']:.3f}"
    first = found.rows[0].cells
    assert first["share"].text == f"{own['top1_share']:.1%}", "a share says that it is one"
