"""The churn page's rows: the bridge closes as printed, reasons are in words, the list needs a permission."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import streamlit as st

from data_access import periods
from data_access.build.build import build
from data_access.errors import CallError, NotDelivered
from data_access.intake.config import read_config
from data_access.view.grants import everything, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from metrics.churn.learning import level_names
from metrics.churn.record import EXPECTED
from sample_data.bank import write
from tests.metrics.asking import by_hand
from tests.ui.conftest import Look
from ui.base.words import t
from ui.brief.compose import report
from ui.churn.bridge import LEVELS, churn_bridge_rows, printed
from ui.churn.cards import choices, churn_items
from ui.churn.finding import churn_said
from ui.churn.horizons import horizon_rows
from ui.churn.institutions import league_rows, risk_rows
from ui.churn.lists import follow_rows, next_said, whom_to_keep
from ui.churn.record import driver_said, record_rows, record_said, told_drivers
from ui.churn.words import (
    DRIVER_WORDS,
    RISK_WORDS,
    bound,
    definition_of,
    leavers,
    reason_word,
    reasons_of,
    share_of,
)
from ui.parts.child_rows import NAME

DEFINITIONS = ("closed", "silent")
At = Callable[..., View]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A bank of which enough customers have left."""
    folder = tmp_path_factory.mktemp("churn")
    write(folder, customers=2_000, months=30, outlets=24)
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    return open_store(config)


@pytest.fixture
def at(large: Store) -> At:
    def looked(node: int = 0, definition: str = "closed", horizon: str = "6", lang: str = "en") -> View:
        st.session_state["lang"] = lang
        settings = {"churn.definition": definition, "churn.horizon": horizon}
        return View(
            scope=Scope(store=large, grant=everything(large.tree), node=node),
            subjects=SUBJECTS,
            period=periods.parse("2026-10"),
            language=lang,
            settings=settings,
        )

    return looked


def outlets(store: Store) -> list[int]:
    tree = store.tree
    return [node for node in range(len(tree)) if tree.last[node] == node and not tree.closed[node]]


def test_few_leavers_are_words() -> None:
    st.session_state["lang"] = "en"
    # nobody; a part of one; one; one decimal up to ten; whole from ten on, also where rounding gets there
    values = (0.0, 0.03, 1.0, 9.94, 9.96, 1297.6)
    assert [leavers(value) for value in values] == ["0", "less than 1", "1.0", "9.9", "10", "1,298"]
    assert bound(0.03) == "0.0"  # the end of an interval is a number
    assert leavers(None) == ""
    assert [share_of(value) for value in (None, 0.0, 0.0004, 0.0345)] == ["", "0.0", "<0.1", "3.5"]
    st.session_state["lang"] = "zh"
    assert leavers(0.03) == "不足1"


def test_a_bridge_of_small_steps_closes_as_printed() -> None:
    """Rounded one by one the steps of 0.4 would be lost: 3 + 0 + 0 is not 4."""
    for values, decimals in (([3.4, 0.4, 0.4, 4.2], 0), ([1.25, -0.125, 0.375, 1.5], 1)):
        shown = printed(values, decimals)
        assert round(sum(shown[:-1]), 6) == shown[-1] == round(values[-1], decimals)
        off = [abs(a - b) for a, b in zip(shown, values, strict=True)]
        assert max(off) <= 10**-decimals


@pytest.mark.slow
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_bridge_of_every_institution_closes_as_printed(definition: str, at: At, large: Store) -> None:
    told = 0
    for node in range(len(large.tree)):
        found = churn_bridge_rows(at(node, definition))
        if found is None:
            continue
        told += 1
        texts = [(row.cells["expected"].text, row.role) for row in found.rows]
        numbers = [float(text.replace(",", "")) for text, _ in texts]
        assert round(sum(numbers[:-1]) - numbers[-1], 6) == 0, (node, texts)
        frame = at(node, definition).metric("churn.bridge")
        ends = frame.filter(pl.col("step").is_in(LEVELS))["expected"].to_list()
        assert numbers[0] == pytest.approx(ends[0], abs=0.51)
        assert numbers[-1] == pytest.approx(ends[-1], abs=0.51)
    assert told > 3


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_reasons_are_in_words(definition: str, lang: str, at: At, large: Store) -> None:
    """Every reason that could be stored has words of its own; none shows a code or a driver's name."""
    view = at(0, definition, lang=lang)
    codes = level_names(large.codes["tier"])
    possible = {f"{driver}:{code}" for driver, levels in codes.items() for code in range(len(levels))}
    words = {reason: reason_word(view, reason) for reason in possible}
    assert len(set(words.values())) == len(possible)
    said = [reasons_of(view, row) for row in whom_to_keep(view).head(300).to_dicts()]
    assert len(set(said)) > 3
    for text in [*words.values(), *said]:
        assert text
        assert ":" not in text.replace("tier: ", "")
        assert not [driver for driver in DRIVER_WORDS if f"{driver}:" in text.replace("tier: ", "")]


def test_the_list_needs_the_permission(at: At, large: Store) -> None:
    node = max(outlets(large), key=lambda n: at(n).metric("churn.expected")["customers"][0])
    view = at(node)
    assert whom_to_keep(view)["loss"].is_sorted(descending=True)
    assert "Customer " in next_said(view)[0]
    barred = view.within(replace(view.scope, grant=grant_of(large.tree, [0], frozenset())))
    with pytest.raises(CallError, match="does not include lists"):
        whom_to_keep(barred)
    assert next_said(barred) == []
    assert not [sentence for sentence in churn_said(barred) if "Customer " in sentence]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_institutions_add_up_to_the_card(definition: str, at: At) -> None:
    view = at(0, definition)
    rows = league_rows(view).rows
    *parts, total = [row.cells for row in rows]
    cards = {item.id: item for item in churn_items(view)}
    assert total["leavers"].text == cards["churn.leavers_6"].text
    has_past = total["expected"].value is not None
    assert has_past or definition == "silent"  # which is known only months later
    for key in ("leavers", "money", *(("expected", "observed") if has_past else ())):
        summed = sum(cells[key].value or 0 for cells in parts)
        assert summed == pytest.approx(total[key].value, abs=len(parts))  # amounts are whole cents
    risks = risk_rows(view)
    assert risks is not None
    total = {head.key: risks.rows[-1].cells[head.key].value for head in risks.columns[1:]}
    counts = [total[risk] for risk in RISK_WORDS if risk in total]
    assert all(counts) and sum(counts) == total["all"] == cards["churn.customers"].value
    money = [total[f"{risk}_money"] for risk in RISK_WORDS if risk in total]
    assert sum(money) == pytest.approx(total["all_money"], abs=3)
    assert [head.key for head in risks.columns if head.phone] == [NAME, "all", "all_money"]


def test_horizons_grow_and_the_finding_stands_on_the_cards(at: At) -> None:
    for definition in DEFINITIONS:
        view = at(0, definition, "12")
        rows = horizon_rows(view).rows
        values = [row.cells["leavers"].value for row in rows]
        assert values == sorted(values)
        items = churn_items(view)
        assert len(items) == 8
        assert items[0].text in churn_said(view)[0]
        assert items[0].text == rows[-1].cells["leavers"].text


def test_a_sentence_per_driver_names_its_strongest_level() -> None:
    st.session_state["lang"] = "en"

    def level(word: str, ratio: float, low: float | None, high: float | None) -> dict[str, object]:
        return {
            "driver": "tier",
            "word": word,
            "hazard_ratio": ratio,
            "low": low,
            "high": high,
            "is_reference": low is None,
        }

    rows = [level("Mass", 1.0, None, None), level("Middle", 1.9, 1.5, 2.4), level("Top", 0.4, 0.2, 0.8)]
    # 0.4 is farther from 1 than 1.9
    assert driver_said(rows) == ["Tier: “Top” has 0.40 times the risk of “Mass” (95 % interval 0.20–0.80)."]
    # 0.1 would be farther still, but its interval holds 1
    rows.append(level("Few", 0.1, 0.01, 1.4))
    assert "“Top”" in driver_said(rows)[0]
    assert driver_said([rows[0], rows[-1]]) == ["Tier: no level differs from “Mass” beyond chance."]


def test_the_record_judges_no_institution_of_few(at: At, large: Store) -> None:
    smallest = min(outlets(large), key=lambda n: at(n).metric("churn.expected")["customers"][0])
    for node in (0, smallest):
        view = at(node, "closed", "3")
        rows = record_rows(view).rows
        for row in rows:
            cells = row.cells
            few = cells["expected"].value < EXPECTED
            assert (cells["ratio"].value is None) is few
            assert (cells["skill"].text == "") is few
        if node and rows:
            assert "too few to judge" in record_said(view)
    assert record_rows(at(0, "closed", "3")).rows


def test_every_driver_is_told_and_the_list_is_followed(at: At) -> None:
    view = at(0)
    assert {row["driver"] for row in told_drivers(view)} == set(DRIVER_WORDS)
    assert len(driver_said(told_drivers(view))) == len(DRIVER_WORDS)
    followed = follow_rows(view)
    assert followed is not None
    assert followed.rows[0].cells["customers"].value > 0


def test_a_bank_with_few_leavers_has_no_forecast(look: Look) -> None:
    view = look(0, lang="en")
    with pytest.raises(NotDelivered, match="at least 100 customers"):
        churn_items(view)


def test_a_report_holds_the_forecast_as_the_page_prints_it(at: At) -> None:
    view = at(0)
    [section] = [one for one in report(view).sections if one.heading == t("Churn")]
    assert section.finding == churn_said(view)[0]
    assert section.cards[0].text == churn_items(view)[0].text
    horizons, league, bridge = section.tables
    assert [row.cells["leavers"].text for row in horizons.rows] == [
        row.cells["leavers"].text for row in horizon_rows(view).rows
    ]
    assert league.rows[-1].role == bridge.rows[-1].role == "total"


def test_only_what_changes_something_is_asked(at: At, tmp_path: Path) -> None:
    assert asked_of(at()) == ["definition", "horizon"]
    people = ["customer_id,months,left", *(f"{n},{n % 9},{'Yes' if n % 3 else 'No'}" for n in range(120))]
    duration = '[tables.customers.duration]\nmonths = "months"\nleft = { left = "Yes" }\n'
    known = by_hand(tmp_path / "durations", SUBJECTS, {"customers": "\n".join(people)}, duration)
    view = at(definition="silent")
    view = view.within(replace(view.scope, store=known))
    assert asked_of(view) == [], "durations know one kind of churn, and nothing ahead"
    assert definition_of(view) == "closed" and definition_of(at(definition="silent")) == "silent"
    month = write_small(tmp_path / "few")
    few = at().within(replace(at().scope, store=month))
    assert asked_of(few) == ["definition"], "too few to learn from: no horizon"


def asked_of(view: View) -> list[str]:
    return [choice.name for choice, *_ in choices(view)]


def write_small(folder: Path) -> Store:
    """A bank of which too few have left to foretell anything."""
    write(folder, customers=60, months=5, outlets=3)
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, SUBJECTS, date(2026, 11, 3), lambda _step, _share: None)
    return open_store(config)
