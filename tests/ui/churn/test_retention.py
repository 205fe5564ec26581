"""The retention curve in words and in numbers; too few at risk are not told."""

from dataclasses import replace

import polars as pl
import pytest

from data_access.view.answers import Answers
from data_access.view.store import Store
from metrics.churn.settings import FLOOR_AT_RISK
from tests.ui.conftest import Look
from ui.churn.retention import CURVE, at_risk_rows, no_curve, retention_curves, sentence
from ui.churn.retention_method import logrank_text
from ui.parts.page import of_all, of_all_note


def curve(first: int, last: int) -> pl.DataFrame:
    """One percent of all that began leaves in each month."""
    months = list(range(first, last + 1))
    share = [1 - (m - first + 1) / 100 for m in months]
    bounds = {"low": [s - 0.02 for s in share], "high": [s + 0.01 for s in share]}
    return pl.DataFrame(
        {"month": months, "at_risk": [1_000 + m for m in months], "survival": share, **bounds}
    )


def test_of_a_hundred_new_customers(look: Look) -> None:
    look(0, lang="en")
    assert sentence(curve(1, 30)) == (
        "Of 100 new customers so many are still here: 88 after 12 months (86–89), 76 after 24 months (74–77)."
    )
    assert sentence(curve(7, 20)) == (
        "Of 100 customers who have been here for 6 months so many still are: 88 after 12 months (86–89)."
    )
    assert sentence(curve(1, 11)) == "Too few customers are at risk to follow them for a year."
    nobody = curve(1, 12).with_columns(low=None, high=None, survival=1.0)
    assert sentence(nobody) == "Of 100 new customers so many are still here: 100 after 12 months."


def test_few_at_risk_are_not_told() -> None:
    [row] = at_risk_rows([("A", curve(1, 30))], 30).rows
    texts = {key: cell.text for key, cell in row.cells.items()}
    assert texts == {
        "name": "A",
        "0": "1,001",
        "12": "1,013",
        "24": "1,025",
        "36": "<30",
        "60": "<30",
        "120": "<30",
    }


def test_curves_of_a_bank(look: Look) -> None:
    view = look(0, lang="en")
    [(name, own)] = retention_curves(view, "closed", "36", None)
    assert name == view.name(view.store.tree.ids[0]), "at the top there is no parent to compare with"
    assert own["month"].to_list() == list(range(own["month"][0], own["month"][-1] + 1))
    assert own["at_risk"].min() >= view.store.policy.of(FLOOR_AT_RISK)  # type: ignore[operator]
    causes = view.metric("churn.incidence", window="36").filter(pl.col("cause") == "stayed")
    assert own["survival"].to_list() == pytest.approx(causes["incidence"].to_list()), "as the table of causes"
    assert own["survival"][-1] < view.metric(CURVE, window="36")["survival"][-1], "one cause is not all"
    kinds = retention_curves(view, "closed", "36", "kind")
    assert kinds and len({name for name, _ in kinds}) == len(kinds)
    assert "log-rank" in logrank_text(view, "kind", "closed", "36")


def test_why_there_is_no_curve(look: Look, store: Store) -> None:
    outlet = look(len(store.tree) - 1, lang="en")
    assert "larger institutions" in no_curve(outlet, "closed", "tier")
    assert "30 are at risk" in no_curve(outlet, "closed", None)
    policy = replace(store.policy, own={**store.policy.own, "floor_at_risk": 10**6})
    strict = replace(store, policy=policy, answers=Answers())
    assert retention_curves(outlet.within(replace(outlet.scope, store=strict)), "closed", "12", None) == []


def test_a_filter_that_a_metric_does_not_carry_is_left_out_and_said(look: Look) -> None:
    whole, tier = look(0, lang="en"), look(0, lang="en", filters={"tier": "mass", "kind": "personal"})
    assert of_all_note(tier, CURVE) == "of all tiers"
    assert dict(of_all(tier, CURVE).filters) == {"kind": "personal"}, "what it carries stays"
    personal = look(0, lang="en", filters={"kind": "personal"})
    found = [retention_curves(of_all(view, CURVE), "closed", "36", None) for view in (tier, personal, whole)]
    assert found[0][0][1].equals(found[1][0][1])
    assert not found[0][0][1].equals(found[2][0][1])
    assert of_all_note(tier, "churn.expected") == of_all_note(whole, CURVE) == ""
    assert of_all(tier, "churn.expected").filters == tier.filters
    assert of_all_note(tier, "balance.summary") == "of all tiers; of all kinds of customers"
