"""Working days: as announced for China, as the bank's own calendar has them, or Monday to Friday."""

from datetime import date, timedelta

import polars as pl
import pytest

from data_access.errors import CallError
from data_access.policy import read_policy
from data_access.workdays import due_after, working_days

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 31)


def days(code: str, calendar: pl.DataFrame | None = None) -> tuple[list[date], list[str]]:
    said: list[str] = []
    return working_days(calendar, code, JANUARY, MARCH, said.append).to_list(), said


def test_the_announced_year_of_china() -> None:
    """Spring festival of 2026: free from 15 to 23 February, worked for on two Saturdays."""
    found, said = days("CN")
    assert said == []
    free = [date(2026, 2, 14) + timedelta(days=n) for n in range(15)]
    assert [day.day for day in free if day in found] == [14, 24, 25, 26, 27, 28]
    assert date(2026, 1, 1) not in found and date(2026, 1, 4) in found  # a Sunday worked for the new year


def test_without_a_country_monday_to_friday() -> None:
    found, _ = days("")
    every = [JANUARY + timedelta(days=n) for n in range((MARCH - JANUARY).days + 1)]
    assert found == [day for day in every if day.isoweekday() <= 5]


def test_the_banks_own_calendar_goes_before() -> None:
    rows = [(date(2026, 2, 17), "yes"), (date(2026, 3, 4), "no")]
    found, said = days("CN", pl.DataFrame(rows, schema=["date", "working"], orient="row"))
    assert date(2026, 2, 17) in found and date(2026, 3, 4) not in found and date(2026, 2, 18) not in found
    assert said == [
        "calendar: 88 days from 2026-01-01 to 2026-03-31 are not in it; they count as those of CN"
    ]


def test_a_year_that_is_not_announced_is_said() -> None:
    said: list[str] = []
    working_days(None, "CN", date(2040, 1, 1), date(2041, 2, 1), said.append)
    assert "working days of 2040, 2041 were not announced yet" in said[0] and "Deliver calendar" in said[0]


def test_due_after_a_free_day_begins_with_the_next_working_one() -> None:
    working = working_days(None, "CN", JANUARY, MARCH, [].append)
    told = pl.DataFrame({"day": [date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 17), date(2026, 3, 2)]})
    due = told.select(due_after(pl.col("day"), 2, working)).to_series().to_list()
    assert due == [date(2026, 2, 24), date(2026, 2, 25), date(2026, 2, 26), date(2026, 3, 4)]


def test_a_country_that_is_none_is_refused() -> None:
    with pytest.raises(CallError, match="calendar = 'XX' is no country"):
        read_policy({"policy": {"calendar": "XX"}})
