"""Every metric by every level: rows add up, shares are shares, and each format can be read.

Floors are lowered, so that the rows of corrections between institutions are judged like all others.
"""

import json
import math
from dataclasses import replace

import polars as pl
import pytest

from data_access import periods
from data_access.errors import CockpitError
from data_access.view.answers import Answers
from data_access.view.grants import everything
from data_access.view.output import in_currency, printed
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import View
from metrics import METRICS, SUBJECTS

SUMMED = ("customers", "deals", "cases", "count", "money", "positions")
NO_SHARES = {  # rates that are no part of a whole: they may be below 0 or above 1
    "balance.lines.deposit_deviation",
    "balance.summary.deviation",
    "churn.follow_up.money_kept",
    "churn.follow_up.money_high",
    "churn.follow_up.here_difference",
    "churn.follow_up.difference_low",
    "churn.follow_up.difference_high",
    "funnel.coverage.coverage",
    "holdings.kept.kept_share",
    "target.attainment.attainment",
    "value.whale.share_contribution",
}
SMALL_LEFT_OUT = {"value.deciles"}  # who is fewer than floor_gini has no row


@pytest.fixture(scope="module")
def view(two_years: Store) -> View:
    """The head office in October 2026; whatever is few is told."""
    low = replace(two_years.policy, floor_rank=1, peers_least=2, floor_score=1)
    store = replace(two_years, policy=low, answers=Answers())
    scope = Scope(store=store, grant=everything(store.tree), node=0)
    return View(scope=scope, subjects=SUBJECTS, period=periods.parse("2026-10"))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_rows_add_up_and_every_format_reads(name: str, view: View) -> None:
    metric, levels = METRICS[name], dict.fromkeys(view.store.tree.levels[1:])
    asked: list[dict[str, str]] = [
        {},
        *({p.name: value} for p in metric.parameters for value in p.values if value != p.default),
    ]
    for parameters in asked:
        try:
            whole = view.metric(name, None, **parameters)
        except CockpitError:
            continue
        for by in ("children", *(f"level:{level}" for level in levels)):
            frame, where = view.metric(name, by, **parameters), (name, by, parameters)
            told = name not in SMALL_LEFT_OUT
            told &= "hidden" not in frame.columns or frame["hidden"].null_count() == frame.height
            for measure in metric.columns:
                if measure.name not in frame.columns or not frame[measure.name].dtype.is_numeric():
                    continue
                values = [value for value in frame[measure.name].to_list() if value is not None]
                assert all(math.isfinite(value) for value in values), (*where, measure.name)
                if measure.unit == "rate" and f"{name}.{measure.name}" not in NO_SHARES:
                    assert all(-1e-9 <= value <= 1 + 1e-9 for value in values), (*where, measure.name)
                if measure.unit in SUMMED and measure.additive and told:
                    expected = whole[measure.name].sum()
                    assert sum(values) == pytest.approx(expected, rel=1e-9, abs=1e-6), (*where, measure.name)
            check_formats(name, frame, view.store.minor_units)


def check_formats(name: str, frame: pl.DataFrame, minor_units: int) -> None:
    """As many rows in JSON, CSV and text; no NaN in JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in the JSON of {name}")

    told = in_currency(frame, METRICS[name], minor_units)
    rows = json.loads(printed(told, "json"), parse_constant=refuse)
    assert len(rows) == frame.height
    csv = printed(told, "csv")
    assert pl.read_csv(csv.encode(), infer_schema=False).height == frame.height
    text = printed(told, "table")
    assert "NaN" not in text and len(text.splitlines()) >= min(frame.height, 1)
