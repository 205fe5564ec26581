"""Retention curves and churn rates of every institution equal plain Python on the raw rows, and add up."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_access.view.store import Store
from metrics.book import subject as book
from metrics.churn import retention_marts as churn_curve_marts
from metrics.churn import subject as churn
from metrics.churn.bands import DEFINITIONS
from tests.metrics.asking import built, look
from tests.metrics.brute_force import Book
from tests.metrics.churn.bank import D, Lives, shift, with_lives
from tests.metrics.event_bank import Delivery
from tests.metrics.funnel.force import wilson
from tests.metrics.random_banks import banks
from tests.metrics.small_bank import Row

# without the models, which are another matter
CHURN = replace(
    churn.SUBJECT,
    marts=churn_curve_marts.MARTS,
    models=(),
)
SUBJECTS = (book.SUBJECT, CHURN)
POLICY = "floor_at_risk = 1"


class Force:
    """Months at risk by calendar month and definition, in plain Python."""

    def __init__(self, made: Delivery) -> None:
        self.bank, self.lives = made.bank, Lives(Book(made.bank))
        self.delivered = self.lives.book.delivered
        self._told: dict[tuple[date, str], list[Row]] = {}

    def rows(self, month: date, word: str) -> list[Row]:
        key = (month, word)
        if key not in self._told:
            self._told[key] = self.lives.months_at_risk(month, word)
        return self._told[key]

    def window(self, window: int, word: str) -> list[Row]:
        """The months at risk that the last so many deliveries made known."""
        back = 0 if word == "closed" else D
        months = [shift(month, -back) for month in self.delivered[-window:]]
        return [row for month in months for row in self.rows(month, word)]


def counted(rows: Iterable[Row]) -> dict[tuple[int, str], int]:
    """At risk and exits by cause, by month with the bank; -1: not known since when."""
    found: Counter[tuple[int, str]] = Counter()
    for row in rows:
        nth = row["tenure"] + 1 if row["tenure"] >= 0 else -1
        found[nth, "at_risk"] += 1
        if row["cause"]:
            found[nth, f"to_{row['cause']}"] += 1
    return dict(found)


def stored(frame: pl.DataFrame, window: int, word: str) -> dict[tuple[int, str], int]:
    mine = frame.filter(pl.col("window") == window, pl.col("definition") == DEFINITIONS.index(word))
    found: Counter[tuple[int, str]] = Counter()
    for row in mine.to_dicts():
        for name in churn_curve_marts.SUMS:
            found[row["tenure"], name] += row[name]
    return {key: n for key, n in found.items() if n}


def plain_curve(counts: dict[tuple[int, str], int], word: str) -> dict[int, tuple[int, int, float]]:
    """Month with the bank → at risk, events, survival, from the first month with anybody to the first gap."""
    months = [month for month, name in counts if name == "at_risk" and month > 0]
    found, s, m = {}, 1.0, min(months, default=0)
    while m in months:
        r, d = counts[m, "at_risk"], counts.get((m, f"to_{word}"), 0)
        s *= 1 - d / r
        found[m] = (r, d, s)
        m += 1
    return found


def curve(rows: list[dict[str, Any]]) -> dict[int, tuple[int, int, float]]:
    return {row["month"]: (row["at_risk"], row["events"], pytest.approx(row["survival"])) for row in rows}


@pytest.mark.slow
@banks(2)
@example(seed=11, nodes=6, months=16)
@given(seed=st.integers(0, 10**6), nodes=st.integers(2, 9), months=st.sampled_from([7, 15]))
def test_every_institution(seed: int, nodes: int, months: int) -> None:
    made = with_lives(seed, nodes, 40, months)
    force, rng = Force(made), random.Random(seed)
    with built(made, *SUBJECTS, policy=POLICY) as store:
        for key in made.bank.parent:
            for window, word in product((12, 36), DEFINITIONS):
                check_curves(store, force, key, window, word)
            first, last = sorted(rng.choices(force.delivered, k=2))
            check_rates(store, force, key, first, last)
            check_rates(store, force, key, last, last)
        check_large_ones(store, force, rng)


def check_curves(store: Store, force: Force, key: str, window: int, word: str) -> None:
    last, where = force.delivered[-1], (key, window, word)
    view = look(store, SUBJECTS, key, last.replace(day=1), last)
    mart = view.marts()["churn_curves"]
    booked = force.bank.subtree(key)
    every = force.window(window, word)
    expected = counted(row for row in every if row["institution_id"] in booked)
    assert stored(view.mart(mart, (None, None)), window, word) == expected, where
    parts = view.mart(mart, (None, None), "children")
    assert stored(parts, window, word) == expected, ("the parts make the whole", where)
    asked = {"window": str(window), "definition": word}
    assert curve(view.metric("churn.survival", **asked).to_dicts()) == plain_curve(expected, word), where
    means = view.metric("churn.restricted_mean", **asked).row(0, named=True)
    _as_drawn(means, view.metric("churn.survival", **asked), where)
    unknown = means["unknown_at_risk"]
    assert unknown == expected.get((-1, "at_risk"), 0), where
    _shares(view.metric("churn.incidence", **asked), where)
    by_kind = view.metric("churn.survival", "kind", **asked)
    for kind in store.codes["kind"]:
        mine = counted(row for row in every if row["institution_id"] in booked and row["kind"] == kind)
        told = by_kind.filter(pl.col("kind") == kind).to_dicts()
        assert curve(told) == plain_curve(mine, word), (kind, where)


def _as_drawn(means: dict[str, Any], drawn: pl.DataFrame, where: Any) -> None:
    """Months stayed are the area under the curve drawn, of any cause; never more than of one alone."""
    stayed = drawn["stayed"].to_list()
    half = [month for month, share in zip(drawn["month"], stayed, strict=True) if share <= 0.5 + 1e-12]
    assert means["stayed_median"] == (half[0] if half else None), where
    if len(stayed) < 11:
        assert means["stayed_months"] is None, where
        return
    assert means["stayed_months"] == pytest.approx(1 + sum(stayed[:11]), rel=1e-12), where
    assert means["stayed_low"] <= means["stayed_months"] <= means["stayed_high"], where
    assert means["stayed_months"] <= means["mean_months"] + 1e-9, where


def _shares(frame: pl.DataFrame, where: Any) -> None:
    """All who left by any cause and those who stayed are all."""
    for whole in frame.group_by("month").agg(pl.col("incidence").sum())["incidence"]:
        assert whole == pytest.approx(1, abs=1e-12), where


def check_large_ones(store: Store, force: Force, rng: random.Random) -> None:
    """By tier and by a tag of the bank's own: where totals are stored; nothing below."""
    last, word = force.delivered[-1], rng.choice(DEFINITIONS)
    asked = {"window": "36", "definition": word}
    for node, key in enumerate(store.tree.ids):
        view = look(store, SUBJECTS, key, last.replace(day=1), last)
        for by, values in (("tier", store.codes["tier"]), ("segment", store.codes["tag_segment"])):
            found = view.metric("churn.survival", by, **asked)
            if node not in store.rolled and node > 0:
                assert not found.height, (key, by)
                continue
            booked = force.bank.subtree(key)
            for value in values:
                mine = counted(
                    row
                    for row in force.window(36, word)
                    if row["institution_id"] in booked and row[by] == value
                )
                told = found.filter(pl.col(by) == value).to_dicts()
                assert curve(told) == plain_curve(mine, word), (key, by, value)


def check_rates(store: Store, force: Force, key: str, first: date, last: date) -> None:
    booked = force.bank.subtree(key)
    view = look(store, SUBJECTS, key, first.replace(day=1), last)
    for word in DEFINITIONS:
        known = D if word == "silent" else 0  # so many months later
        found = view.metric("churn.rate", definition=word).to_dicts()
        assert [row["month"] for row in found] == _ends(first, last)
        parts, by_tier = (view.metric("churn.rate", by, definition=word) for by in ("children", "tier"))
        for row in found:
            month, where = row["month"], (key, row["month"], word)
            if not force.lives.told(shift(month, -1), word, 1) or shift(month, known) not in force.delivered:
                assert row["at_risk"] is row["churned"] is row["churn_rate"] is row["low"] is None, where
                continue
            rows = [row for row in force.rows(month, word) if row["institution_id"] in booked]
            left = sum(each["cause"] == word for each in rows)
            assert (row["at_risk"], row["churned"]) == (len(rows), left), where
            assert row["other_causes"] == sum(each["cause"] not in (None, word) for each in rows), where
            if rows:
                assert row["churn_rate"] == pytest.approx(left / len(rows)), where
                assert (row["low"], row["high"]) == pytest.approx(wilson(left, len(rows))), where
            below = parts.filter(pl.col("month") == month)
            assert (below["at_risk"].sum(), below["churned"].sum()) == (len(rows), left), where
            tiers = by_tier.filter(pl.col("month") == month)
            for tier, n in tiers.select("tier", "at_risk").iter_rows():
                assert n == sum(each["tier"] == tier for each in rows), (tier, where)


def _ends(first: date, last: date) -> list[date]:
    found = [first]
    while found[-1] < last:
        found.append(shift(found[-1], 1))
    return found
