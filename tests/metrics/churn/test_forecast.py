"""The churn forecast of every institution is the sum over its customers, and its record is what came."""

from datetime import date
from typing import Any

import pytest

from data_access.view.store import Store
from metrics.churn import subject as churn
from metrics.churn.learning import Churn
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book
from tests.metrics.churn.bank import Lives, shift, with_lives
from tests.metrics.churn.force import Force
from tests.metrics.event_bank import Delivery
from tests.metrics.random_banks import examples

EXAMPLES = examples(1)
SUBJECTS = (churn.SUBJECT,)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_forecast_and_record_of_every_institution(seed: int) -> None:
    made = with_lives(seed, 7, 220, 38, steady=0.6)
    lives = Lives(Book(made.bank))
    with built(made, *SUBJECTS, today=date(2030, 1, 1)) as store:
        assert store.learned(Churn).of.keys() == {"closed", "silent"}, "both are learned"
        for definition, told in store.learned(Churn).of.items():
            _everywhere(store, made, lives, definition, told)


def _everywhere(store: Store, made: Delivery, lives: Lives, definition: str, told: dict[str, Any]) -> None:
    last = date.fromisoformat(told["models"][0]["origin"])
    data_end = max(lives.book.delivered)
    assert last == (data_end if definition == "closed" else shift(data_end, -3))
    past = [model for model in told["models"] if model["role"] == "past"]
    assert len(past) >= 3, "there is a record"
    for model in told["models"]:
        assert model["last"] <= model["origin"], "learned from what was known then"
    forces = {
        model["origin"]: Force(lives, definition, model) for model in (told["models"][0], past[0], past[-1])
    }
    for key in made.bank.parent:
        view = look(store, SUBJECTS, key, data_end.replace(day=1), data_end)
        booked = made.bank.subtree(key)
        newest = forces[told["models"][0]["origin"]]
        for row in view.metric("churn.outlook", definition=definition).to_dicts():
            expected = newest.sums(booked, row["horizon"], last)
            where = (key, definition, row["horizon"])
            assert (row["customers"], row["balance"]) == (expected["customers"], expected["balance"]), where
            assert row["expected_leavers"] == pytest.approx(expected["expected"], rel=1e-9, abs=1e-9), where
            assert row["balance_at_risk"] == pytest.approx(expected["balance_at_risk"], rel=1e-9, abs=1), (
                where
            )
        record = view.metric("churn.backtest", definition=definition).to_dicts()
        for row in record:
            if str(row["origin"]) in forces:
                expected = forces[str(row["origin"])].sums(booked, row["horizon"], last)
                where = (key, definition, row["origin"], row["horizon"])
                assert (row["customers"], row["observed"]) == (expected["customers"], expected["observed"]), (
                    where
                )
                assert row["expected"] == pytest.approx(expected["expected"], rel=1e-9), where
                assert row["brier"] * row["customers"] == pytest.approx(expected["brier"], rel=1e-9), where
        _parts(view, definition)


def test_columns_are_those_of_the_catalogue() -> None:
    """Every churn metric of a bank that has lost enough customers, with and without institutions below."""
    made = with_lives(1, 3, 150, 26, steady=0.6)
    end = max(Book(made.bank).delivered)
    with built(made, *SUBJECTS, today=date(2030, 1, 1)) as store:
        view = look(store, SUBJECTS, 0, end.replace(day=1), end)
        for name, metric in view.catalogue().items():
            assert view.metric(name).columns == [measure.name for measure in metric.columns], name


def _parts(view: Any, definition: str) -> None:
    """Children, tiers and the matrix add up to the whole; the bridge closes."""
    whole = view.metric("churn.expected", definition=definition).row(0, named=True)
    for by in ("children", "tier", "kind"):
        parts = view.metric("churn.expected", by, definition=definition)
        assert parts["customers"].sum() == whole["customers"], by
        assert parts["expected_leavers"].sum() == pytest.approx(whole["expected_leavers"], abs=1e-9), by
    cells = view.metric("churn.matrix", definition=definition)
    assert cells["expected_leavers"].sum() == pytest.approx(whole["expected_leavers"], abs=1e-9)
    assert cells["customers"].sum() == whole["customers"]
    steps = view.metric("churn.bridge", definition=definition)
    amounts = dict(steps.select("step", "expected").iter_rows())
    if amounts:
        closing = amounts.pop("closing")
        assert sum(amounts.values()) == pytest.approx(closing, abs=1e-9)
        assert closing == pytest.approx(whole["expected_leavers"], abs=1e-9)
