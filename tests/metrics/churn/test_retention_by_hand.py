"""Retention of a tiny bank by hand: transfers, unknown beginnings, too few, parts of large institutions."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import CallError
from data_access.view.store import Store
from data_access.view.view import View
from metrics.book import subject as book
from metrics.churn import retention_marts as churn_curve_marts
from metrics.churn import subject as churn
from tests.metrics.asking import built, by_hand, look
from tests.metrics.churn.bank import shift, with_lives

# without the models, which are another matter
CHURN = replace(
    churn.SUBJECT,
    marts=churn_curve_marts.MARTS,
    models=(),
)
SUBJECTS = (book.SUBJECT, CHURN)
POLICY = "floor_at_risk = 1"

CUSTOMERS = """
customer_id, joined_on, exit_cause
mover,   2026-01-10,             # goes from the first outlet to the second in March and closes there in May
stayer,  2026-01-10,
heir,    2025-12-01, death       # dies in March
nobody,  ,                       # not known since when: on no curve
"""
LIVES = {  # where each customer was, January to May
    "mover": ["a", "a", "b", "b", None],
    "stayer": ["a", "a", "a", "a", "a"],
    "heir": ["b", "b", None, None, None],
    "nobody": ["b", "b", "b", "b", "b"],
}
TREE = "institution_id, parent_id, level, name\ntop,,head_office,Top\na,top,outlet,A\nb,top,outlet,B\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Store:
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    rows = ["month,customer_id,institution_id"]
    rows += [f"{end},{who},{at[n]}" for who, at in LIVES.items() for n, end in enumerate(ends) if at[n]]
    tables = {"institutions": TREE, "customers": CUSTOMERS, "customer_months": "\n".join(rows)}
    return by_hand(
        tmp_path_factory.mktemp("curves"), SUBJECTS, tables, f"[policy]\nquarantine_share = 0.0\n{POLICY}\n"
    )


def view_of(store: Store, key: str, first: int = 5, last: int = 5) -> View:
    return look(store, SUBJECTS, key, date(2026, first, 1), shift(date(2026, last, 1), 0))


def told(store: Store, key: str, **asked: str) -> list[tuple[Any, ...]]:
    view = view_of(store, key)
    names = ("month", "at_risk", "events", "censored", "entered", "survival")
    return list(view.metric("churn.survival", **asked).select(names).iter_rows())


def test_a_transfer_is_an_exit_from_view_and_a_late_entry(small: Store) -> None:
    assert told(small, "a") == [
        (1, 2, 0, 0, 0, 1.0),  # February: mover and stayer came in January
        (2, 2, 0, 1, 0, 1.0),  # March: mover was still here at the month end before, then went
        (3, 1, 0, 0, 0, 1.0),
        (4, 1, 0, 1, 0, 1.0),
    ]
    assert told(small, "b") == [
        (2, 1, 0, 0, 1, 1.0),  # the heir in February
        (3, 2, 0, 1, 0, 1.0),  # the heir dies in March, another cause; mover is here from its third month on
        (4, 1, 1, 0, 0, 0.0),
    ]
    assert [row[:3] for row in told(small, "top")] == [(1, 2, 0), (2, 3, 0), (3, 3, 0), (4, 2, 1)]
    assert view_of(small, "top").metric("churn.survival", "children")["at_risk"].sum() == 10


def test_those_of_whom_it_is_not_known_since_when_are_counted_apart(small: Store) -> None:
    view = view_of(small, "b")
    assert view.metric("churn.restricted_mean")["unknown_at_risk"].to_list() == [4]
    assert view.metric("churn.rate")["at_risk"].to_list() == [2], "but in the churn rate, with the mover"


def test_silent_churn_is_not_told_without_transactions(small: Store) -> None:
    assert told(small, "top", definition="silent") == []
    view = view_of(small, "top", 3, 3)
    assert view.metric("churn.rate", definition="silent")["at_risk"].to_list() == [None]
    march = view.metric("churn.rate").row(0, named=True)
    assert (march["at_risk"], march["churned"], march["other_causes"]) == (4, 0, 1), "the heir did not leave"


def test_the_first_month_is_not_told(small: Store) -> None:
    view = view_of(small, "top", 1, 2)
    assert view.metric("churn.rate")["at_risk"].to_list() == [None, 4]


def test_few_have_no_curve(tmp_path: Path) -> None:
    """The default asks for thirty at risk; four customers are fewer."""
    rows = "month,customer_id,institution_id\n2026-01-31,mover,a\n2026-02-28,mover,a"
    tables = {"institutions": TREE, "customers": CUSTOMERS, "customer_months": rows}
    store = by_hand(tmp_path, SUBJECTS, tables, "[policy]\nquarantine_share = 0.0\n")
    view = view_of(store, "top", 2, 2)
    assert not view.metric("churn.survival").height
    assert not view.metric("churn.incidence").height
    row = view.metric("churn.restricted_mean").row(0, named=True)
    assert row["mean_months"] is row["first_month"] is row["at_risk"] is None
    assert set(view.metric("churn.logrank", "children")["p_value"]) == {None}


def test_parts_of_large_institutions_only_are_refused_without_some() -> None:
    made = with_lives(3, 6, 20, 6)
    with built(made, *SUBJECTS, policy=POLICY) as store:
        last = store.months[-1]
        view = look(store, SUBJECTS, 0, last.replace(day=1), last, without=(1,))
        assert view.metric("churn.survival").height
        assert view.metric("churn.survival", "kind").height
        for by in ("tier", "segment"):
            with pytest.raises(CallError, match="whole institutions"):
                view.metric("churn.survival", by)
        filtered = view.within(replace(view.scope, filters={"segment": store.codes["tag_segment"][1]}))
        with pytest.raises(CallError, match="whole institutions"):
            filtered.metric("churn.survival")
