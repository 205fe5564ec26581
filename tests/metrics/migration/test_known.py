"""Why a migration figure is not told: not delivered is said apart from not kept any more."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_access.errors import NotDelivered
from data_access.subject import Ask, Period
from data_access.windows import months_later
from metrics.migration.availability import (
    why_no_cohort,
    why_no_outlook,
    why_no_rates,
    why_no_record,
    why_no_steps,
    why_not_observed,
    why_too_short,
)

NEWEST = date(2026, 10, 31)
MONTHS = [months_later(NEWEST, -number) for number in reversed(range(48))]


def ask(back: int, **parameters: str) -> Ask:
    """An ask so many months before the newest one; 48 months are delivered."""
    at = months_later(NEWEST, -back)
    made = SimpleNamespace(
        period=Period(at.replace(day=1), at),
        months=MONTHS,
        parameters={"distance": "1", "states": "plain", **parameters},
    )
    return cast(Ask, made)


@pytest.mark.parametrize(
    ("why", "told_back", "words", "parameters"),
    [
        (why_no_steps, 12, "last 13 months only", {"distance": "3"}),
        (why_no_steps, 46, "first month delivered", {}),
        (why_no_steps, 12, "last 13 months only", {"states": "watch"}),
        (why_no_steps, 0, "newest month end only", {"states": "watch", "distance": "12"}),
        (why_no_rates, 46, "first month delivered", {}),
        (why_no_rates, 12, "last 13 months only", {"distance": "12"}),
        (why_no_outlook, 3, "last 4 months only", {}),
        (why_no_record, 0, "newest month end only", {}),
        (why_no_cohort, 12, "last 13 months only", {}),
        (why_not_observed, 24, "last 25 months only", {}),
    ],
)
def test_what_is_not_kept_is_told_up_to_its_last_month(
    why: Callable[[Ask], NotDelivered | None], told_back: int, words: str, parameters: dict[str, Any]
) -> None:
    assert why(ask(0, **parameters)) is None
    assert why(ask(told_back, **parameters)) is None
    assert words in str(why(ask(told_back + 1, **parameters)))


def test_what_is_not_delivered_is_named() -> None:
    lacking = "This takes month ends that are not delivered: 2022-09."
    assert str(why_no_steps(ask(46, distance="3"))) == lacking
    assert "2022-07, 2022-08, 2022-09, …" in str(why_not_observed(ask(46)))
    assert "not delivered: 2021-11, 2021-12." in str(why_no_cohort(ask(46)))
    assert "first month delivered" in str(why_too_short(ask(47)))
    assert why_too_short(ask(45)) is None
