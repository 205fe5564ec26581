"""The cards: two comparisons at once, the date of an older figure, plan and place, and what is left out."""

import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from data_access import periods
from data_access.view.store import Store
from data_access.view.view import View
from metrics.target import Plans, shown
from tests.ui.conftest import Look
from ui.base.formats import COUNTS, Scale
from ui.base.words import t
from ui.funnel.page import FUNNEL
from ui.parts.changes import change as changed
from ui.parts.key_items import items
from ui.parts.model import GOOD, Card, Change, Verdict
from ui.parts.plans import plans
from ui.review.page import BALANCES, OVERVIEW

NO_MONTHS = pl.DataFrame()
SIZES = {"亿": 1e8, "万": 1e4, "B": 1e9, "M": 1e6, "K": 1e3}
BASES = (*periods.COMPARISONS,)


def found(view: View, wanted: Any = OVERVIEW.cards) -> dict[str, Card]:
    return {item.id: item for item in items(view, wanted, course=False)[0]}


def scale_of(view: View, card: Card) -> Scale:
    """How the number of a card is printed, read off it."""
    size = next((word for word in SIZES if card.unit.startswith(word)), "")
    minor = view.store.minor_units if card.noun == "money" else 1
    divisor = 0.01 if card.noun == "rate" else SIZES.get(size, 1) * minor
    return Scale(divisor, card.unit, len(card.text.partition(".")[2]))


def amount(text: str, view: View, noun: str) -> tuple[float, float]:
    """What a change says, in stored units, and half of its last digit."""
    match = re.match(r"([+-][\d,]+(?:\.(\d+))?)(?: ?([亿万BMK]))?", text)
    assert match, text
    unit = SIZES.get(match[3] or "", 1) * (view.store.minor_units if noun == "money" else 1)
    return float(match[1].replace(",", "")) * unit, 0.5 * unit / 10 ** len(match[2] or "") + 1e-6


def value(view: View, full: str) -> Any:
    name, _, column = full.rpartition(".")
    return view.metric(name, columns=(column,))[column][0]


def check_change(view: View, item: Card, change: Change, basis: str) -> None:
    """One line of a card against the metric itself, read on both days."""
    name, _, column = item.id.rpartition(".")
    metric = view.catalogue()[name]
    measure, here = metric.measure(column), view.suited(metric)
    past = here.during(periods.compared(here.period, basis, flow=measure.flow))
    if not here.covers(metric, past.period, flow=measure.flow):
        assert change.text in (t("no earlier data"), t("month-end figures only"))
        return
    now, before = value(here, item.id), value(past, item.id)
    days, days_before = ((look.period.last - look.period.first).days + 1 for look in (here, past))
    per_day = measure.flow and measure.additive and item.noun in (*COUNTS, "money") and days != days_before
    assert change.basis.endswith((" per day", "（按日均）")) == per_day
    if per_day and before is not None:
        before *= days / days_before
    if before is None:
        assert change.text == t("no cases then")
    elif change.text == t("unchanged"):
        assert scale_of(view, item).direction(now - before) == 0
    elif item.noun == "rate":
        assert f"{(now - before) * 100:+.1f}" in change.text
    else:
        told, half = amount(change.text, view, item.noun)
        assert told == pytest.approx(now - before, abs=half)
        percent = re.search(r"([+-][\d.]+)%$", change.text)
        if percent and ">" not in change.text:
            assert float(percent[1]) == pytest.approx(100 * (now - before) / before, abs=0.051)


@pytest.mark.parametrize("first", BASES)
def test_two_comparisons_each_equal_the_difference_of_the_metric(first: str, look: Look) -> None:
    """Every comparison as the first and as the second; a month in Chinese, a week in English."""
    second = BASES[-1 - BASES.index(first)] if first != BASES[3] else periods.LAST_YEAR
    within = (periods.DAY, periods.WEEK)
    for node, period, lang in ((0, "2026-10", "zh"), (3, "2026-W43", "en")):
        view = look(node, period, first, second, lang)
        for item in found(view, (*OVERVIEW.cards, *BALANCES.cards[1:4])).values():
            if not item.text:
                assert item.changes == () and item.missing
                continue
            name, _, column = item.id.rpartition(".")
            metric = view.catalogue()[name]
            flow, asked = metric.measure(column).flow, [first, second]
            if metric.grain == "month" and first in within and second not in within:
                asked = [second]  # of a month nothing is known within it
            if flow:  # a flow has no value on a day
                asked = [
                    {periods.YEAR_START: periods.LAST_YEAR}.get(b, periods.PREVIOUS)
                    if b in periods.BEFORE
                    else b
                    for b in asked
                ]
            asked = list(dict.fromkeys(asked))
            assert len(item.changes) == len(asked)  # the same fallback is not shown twice
            assert len({change.basis for change in item.changes}) == len(asked)
            for change, basis in zip(item.changes, asked, strict=True):
                check_change(view, item, change, basis)


def test_the_shorter_month_is_compared_per_day(look: Look) -> None:
    """January against February: events of equal frequency are no change, and the card says how it counted."""
    february = look(0, "2026-02", periods.PREVIOUS, lang="en")
    metric = february.catalogue()["book.summary"]
    joined = metric.measure("joined")
    now, then = (pl.DataFrame({"joined": [count]}) for count in (28_000, 31_000))
    scale = Scale(1, "", 0)
    assert changed(february, joined, now, then, scale, NO_MONTHS).text == "unchanged"
    told = changed(february, joined, now.with_columns(joined=29_000), then, scale, NO_MONTHS)
    assert (told.basis, told.text) == ("vs previous period, per day", "+1,000, +3.6%")
    assert told.verdict is Verdict.BETTER
    fewer = changed(february, joined, now.with_columns(joined=28_300), then, scale, NO_MONTHS)
    assert fewer.verdict is Verdict.NOT_SIGNIFICANT, "300 are one and a quarter errors"


def test_no_second_comparison_and_the_same_one_twice(look: Look) -> None:
    for also in ("", periods.YEAR_START):
        assert all(len(item.changes) == 1 for item in found(look(0, also=also)).values())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_monthly_figure_on_a_week_page_says_its_date(lang: str, look: Look) -> None:
    view = look(0, "2026-W43", lang=lang)
    for full, item in found(view).items():
        if not full.startswith("book."):
            assert "2026-09" not in (item.note or "")
            continue
        assert item.value == value(look(0, "2026-09", lang=lang), full)
        flow = view.catalogue()["book.summary"].measure(full.rpartition(".")[2]).flow
        september = {"zh": "2026年9月", "en": "Sep 2026"}[lang]
        assert (september if flow else "2026-09-30") in item.note
    assert all("2026" not in (item.note or "") for item in found(look(0, lang=lang)).values())


@pytest.mark.parametrize("period", ["2026-10", "2026-W43", "2026-JanFeb"])
def test_the_plan_line_is_the_plan(period: str, look: Look, store: Store) -> None:
    seen = 0
    for node in (0, *store.tree.children(0)[2:4]):
        view = look(node, period)
        rows = plans(view)
        assert rows == view.metric("target.attainment").to_dicts()
        for full, item in found(view).items():
            plan, row = item.plan, shown(rows, full)
            if row is None or row["attainment"] is None or not item.text:
                assert plan is None or plan.text == t("No plan set")
                continue
            seen += 1
            assert plan is not None
            if 0 <= row["attainment"] < 9.99:
                assert plan.text.endswith(f"{100 * row['attainment']:.1f}%")
            else:
                assert "%" not in plan.text, "a decrease or a multiple, in words"
            assert plan.more.endswith(f"{100 * row['elapsed']:.1f}%") or row["basis"] == "level"
            unit = view.store.minor_units if item.noun == "money" else 1
            gap = scale_of(view, item).text(abs(row["gap"]) * unit)
            word = "short of plan {gap}" if row["gap"] > 0 else "plan exceeded by {gap}"
            assert plan.left == t(word, gap=f"{gap} {item.unit}".strip())
            assert scale_of(view, item).text(row["target"] * unit) in item.definition
            behind = row["attainment"] < (1 if row["basis"] == "level" else row["elapsed"])
            assert (plan.verdict in GOOD) is not behind
    assert seen > 3


def test_no_plan_set_is_said_only_of_what_others_have_a_plan_for(look: Look, store: Store) -> None:
    planned = set(store.learned(Plans).metrics)
    said = {"zh": "未下达", "en": "No plan set"}
    bare = next(node for node in range(len(store.tree)) if not plans(look(node)))
    for lang, words in said.items():
        for full, item in found(look(bare, lang=lang), (*OVERVIEW.cards, *FUNNEL.cards)).items():
            plan = item.plan
            if full in planned and item.text:
                assert plan is not None and words in plan.text and plan.done is None
            else:
                assert plan is None


def test_the_place_is_the_own_rank(look: Look, store: Store) -> None:
    every = look(0).metric("rank.own", f"level:{store.tree.levels[-1]}")
    told = every.filter(pl.col("rank").is_not_null())["institution"].unique(maintain_order=True).to_list()
    assert told, "somebody differs beyond chance"
    for node in (0, len(store.tree) - 1, *map(store.find, told[:4])):
        view = look(node, lang="en")
        ranks = {row["metric"]: row for row in view.metric("rank.own").to_dicts()}
        seen = 0
        for full, item in found(view).items():
            place, row = item.place, ranks.get(full)
            if row is None or row["rank"] is None or not item.text:
                assert place is None
                continue
            seen += 1
            assert place is not None
            low, high = row["rank_low"], row["rank_high"]
            among = f"{low}–{high}" if low < high else f"{row['rank']}"
            assert place.text.endswith(f": {among} of {row['of']}")
            assert place.text.startswith("Growth in the" if row["by"] == "growth" else "Rate in the")
            assert row["of"] >= store.policy.peers_least
            moved = (row["previous_rank"] or row["rank"]) - row["rank"]
            arrow = f"↑{moved}" if moved > 0 else f"↓{-moved}" if moved else ""
            assert place.more == (arrow if low == high else "")
        assert seen or store.tree.ids[node] not in told


def test_no_plan_and_no_place_under_a_filter_or_an_exclusion(look: Look, store: Store) -> None:
    """A plan was set for the whole institution, and nobody else's numbers are cut in the same way."""
    branch = store.tree.children(0)[2]
    for view in (
        look(branch, filters={"kind": "personal"}),
        look(branch, filters={"tier": "mass"}),
        look(branch, without=(branch + 1,)),
        look(branch, without=(store.tree.children(branch)[2],)),
    ):
        assert view.metric("balance.lines", columns=("deposit",)).height if not view.filters else True
        shown_cards = found(view)
        assert shown_cards
        for item in shown_cards.values():
            assert item.plan is item.place is None, (view.filters, view.scope.without)


def test_few_cases_are_said(look: Look, store: Store) -> None:
    floor = store.policy.floor_rank
    for lang in ("zh", "en"):
        for node in (0, len(store.tree) - 1):
            for period in ("2026", "2026-10-ytd", "2026-10"):
                if period == "2026":
                    continue
                view = look(node, period, lang=lang)
                item = found(view, FUNNEL.cards)["funnel.outcomes.win_rate"]
                row = view.metric("funnel.outcomes").row(0, named=True)
                cases = row["won"] + row["lost"]
                assert (t("few cases") in (item.note or "")) is (0 < cases < floor)
                assert (not item.text) is (cases == 0)
                if cases == 0:
                    assert item.missing == t("no cases in the period")


def test_the_number_is_the_metric_and_what_is_not_known_has_no_number(look: Look) -> None:
    for full, item in found(look(0), (*OVERVIEW.cards, *BALANCES.cards, *FUNNEL.cards)).items():
        few = not item.text and item.missing.startswith("样本不足（n = ")
        cases = look(0).catalogue()[full.rpartition(".")[0]].measure(full.rpartition(".")[2]).cases
        n = sum(value(look(0), f"{full.rpartition(chr(46))[0]}.{case}") for case in cases)
        assert not few or n < 5, (full, n, item)
        assert item.value == (None if few else value(look(0), full)), "so few carry no mean"
    before_all = look(0, "2024-11", periods.LAST_YEAR, "")
    for item in found(before_all).values():
        assert item.text or item.missing
        for change in item.changes:
            assert change.text == t("no earlier data")
    assert not found(before_all)["book.summary.joined"].text  # nobody knows who was there before
    assert date(2024, 11, 30) == before_all.period.last


def test_a_filter_that_does_not_apply_is_named(look: Look) -> None:
    shown_cards, unfiltered = items(
        look(0, filters={"kind": "personal"}, lang="en"), OVERVIEW.cards, course=False
    )
    labels = {item.label for item in shown_cards}
    assert "Deposit balance" in unfiltered
    assert not labels & set(unfiltered)
    assert len(labels) + len(unfiltered) == len(OVERVIEW.cards)
