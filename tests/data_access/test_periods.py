"""Periods: what their texts mean, what they are compared with, what a page offers."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_access import periods
from data_access.errors import CallError
from data_access.periods import (
    compared,
    day_before,
    kind,
    name,
    parse,
    previous,
    whole_months,
)
from data_access.subject import Period
from ui.base.offered import choices, weeks

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("text", "means", "sort"),
    [
        ("2026-10", "2026-10-01..2026-10-31", "month"),
        ("2024-02", "2024-02-01..2024-02-29", "month"),
        ("2026-W01", "2025-12-29..2026-01-04", "week"),  # begins in the year before
        ("2026-W53", "2026-12-28..2027-01-03", "week"),  # 2026 has 53 weeks
        ("2020-W53", "2020-12-28..2021-01-03", "week"),
        ("2027-W01", "2027-01-04..2027-01-10", "week"),
        ("2026-Q4", "2026-10-01..2026-12-31", "quarter"),
        ("2026-03-ytd", "2026-01-01..2026-03-31", "quarter"),  # the same days as the first quarter
        ("2026-01-ytd", "2026-01-01..2026-01-31", "month"),
        ("2026-02-ytd", "2026-01-01..2026-02-28", "jan_feb"),
        ("2024-JanFeb", "2024-01-01..2024-02-29", "jan_feb"),
        ("2026-12-ytd", "2026-01-01..2026-12-31", "year"),
        ("2026-10-ytd", "2026-01-01..2026-10-31", "ytd"),
        ("2026-11-01..2026-11-20", "2026-11-01..2026-11-20", "part"),
        ("2026-06-01..2026-06-07", "2026-06-01..2026-06-07", "week"),  # a Monday that begins a month
        ("2026-11-02..2026-11-20", "2026-11-02..2026-11-20", "free"),
        ("2026-02-01..2026-04-30", "2026-02-01..2026-04-30", "free"),  # whole months, but none of the kinds
        ("2025-12-01..2026-01-31", "2025-12-01..2026-01-31", "free"),
        ("2026-02-28..2026-02-28", "2026-02-28..2026-02-28", "free"),
    ],
)
def test_what_a_text_means(text: str, means: str, sort: str) -> None:
    period = parse(text)
    assert (str(period), kind(period)) == (means, sort)
    assert parse(name(period)) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-W00",
        "2027-W53",
        "2026-Q5",
        "2026-2",
        "2026-janfeb",
        "2026-00-ytd",
        "abc",
        "2026-10-20..2026-10-01",
        "2026-02-29..2026-03-01",
        "2026-10-01",
        "0000",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(CallError, match="is no period"):
        parse(text)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(DAYS, st.integers(0, 800))
def test_a_name_gives_the_period_back(first: date, days: int) -> None:
    """Any days, and the kinds of period that hold the first of them."""
    iso = first.isocalendar()
    held = [
        f"{first:%Y-%m}",
        f"{first.year}",
        f"{first:%Y-%m}-ytd",
        f"{first.year}-JanFeb",
        f"{first.year}-Q{(first.month + 2) // 3}",
        f"{iso.year}-W{iso.week:02}",
    ]
    found = [parse(text) for text in held]
    assert all(period.first <= first <= period.last for period in (found[0], found[1], found[4], found[5]))
    for period in [Period(first, first + timedelta(days)), *found]:
        assert parse(name(period)) == period
        assert period.first <= period.last


@pytest.mark.parametrize(
    ("period", "comparison", "stock", "flow"),
    [
        # period, comparison, where a stock is read that is compared, which flow is
        ("2026-10", "previous", "2026-09", "2026-09"),
        ("2026-01", "previous", "2025-12", "2025-12"),
        ("2026-Q1", "previous", "2025-Q4", "2025-Q4"),
        ("2026", "previous", "2025", "2025"),
        ("2026-10-ytd", "previous", "2025-10-ytd", "2025-10-ytd"),
        ("2026-JanFeb", "previous", "2025-JanFeb", "2025-JanFeb"),
        ("2024-JanFeb", "last_year", "2023-JanFeb", "2023-JanFeb"),
        ("2025-JanFeb", "last_year", "2024-JanFeb", "2024-JanFeb"),  # to the 29th
        ("2026-W01", "previous", "2025-W52", "2025-W52"),
        ("2027-W01", "previous", "2026-W53", "2026-W53"),
        ("2026-11-01..2026-11-20", "previous", "2026-10-01..2026-10-20", "2026-10-01..2026-10-20"),
        ("2026-03-01..2026-03-30", "previous", "2026-02-01..2026-02-28", "2026-02-01..2026-02-28"),
        ("2026-03-02..2026-03-09", "previous", "2026-02-22..2026-03-01", "2026-02-22..2026-03-01"),
        ("2025-W09", "last_year", "2024-02-25..2024-03-02", "2024-02-25..2024-03-02"),  # seven days
        ("2024-W09", "last_year", "2023-02-25..2023-03-03", "2023-02-25..2023-03-03"),
        ("2025-W10", "last_year", "2024-03-03..2024-03-09", "2024-03-03..2024-03-09"),
        ("2024-02-20..2024-03-05", "last_year", "2023-02-19..2023-03-05", "2023-02-19..2023-03-05"),
        ("2024-01-01..2024-03-10", "last_year", "2023-01-01..2023-03-10", "2023-01-01..2023-03-10"),
        ("2024-02", "last_year", "2023-02", "2023-02"),
        ("2025-02", "last_year", "2024-02", "2024-02"),
        ("2024-02-29..2024-02-29", "last_year", "2023-02-28..2023-02-28", "2023-02-28..2023-02-28"),
        ("2026-10", "year_start", "2025-12", "2025-10"),  # a flow has none at a day: last year's
        ("2026-12", "year_start", "2025-12", "2025-12"),
        ("2026-10", "quarter_end", "2026-09", "2026-09"),
        ("2026-03", "quarter_end", "2025-12", "2026-02"),
        ("2026-01", "month_end", "2025-12", "2025-12"),
        ("2026-10", "week", "2026-10-25..2026-10-25", "2026-09"),  # the Sunday before
        ("2026-10", "day", "2026-10-30..2026-10-30", "2026-09"),
        ("2027-W01", "week", "2027-01-03..2027-01-03", "2026-W53"),
    ],
)
def test_what_a_period_is_compared_with(period: str, comparison: str, stock: str, flow: str) -> None:
    assert compared(parse(period), comparison, flow=False) == parse(stock)
    assert compared(parse(period), comparison, flow=True) == parse(flow)


@pytest.mark.parametrize(
    ("day", "word", "before"),
    [
        ("2026-01-01", "day", "2025-12-31"),
        ("2024-03-01", "day", "2024-02-29"),
        ("2026-11-02", "week", "2026-11-01"),  # a Monday
        ("2026-11-01", "week", "2026-10-25"),  # a Sunday belongs to its own week
        ("2027-01-03", "week", "2026-12-27"),  # Sunday of week 53
        ("2026-10-31", "month_end", "2026-09-30"),
        ("2024-03-31", "month_end", "2024-02-29"),
        ("2026-01-01", "quarter_end", "2025-12-31"),
        ("2026-12-31", "quarter_end", "2026-09-30"),
        ("2026-12-31", "year_start", "2025-12-31"),
        ("2026-01-01", "year_start", "2025-12-31"),
        ("2024-02-29", "last_year", "2023-02-28"),
        ("2025-02-28", "last_year", "2024-02-29"),  # a month's last day stays one
        ("2024-02-28", "last_year", "2023-02-28"),
        ("2026-10-20", "last_year", "2025-10-20"),
    ],
)
def test_the_day_before(day: str, word: str, before: str) -> None:
    assert day_before(date.fromisoformat(day), word) == date.fromisoformat(before)


@pytest.mark.parametrize(
    ("period", "whole"),
    [
        ("2026-10", "2026-10"),
        ("2026-Q3", "2026-Q3"),
        ("2026-W43", "2026-09"),
        ("2027-W01", "2026-12"),
        ("2026-11-01..2026-11-20", "2026-10"),
        ("2026-01-01..2026-01-15", "2025-12"),
        ("2026-10-05..2026-10-31", "2026-10"),  # it ends with the month
        ("2026-02-01..2026-04-30", "2026-02-01..2026-04-30"),
    ],
)
def test_whole_months(period: str, whole: str) -> None:
    assert whole_months(parse(period)) == parse(whole)


def test_weeks_within_the_days() -> None:
    found = weeks(date(2026, 12, 1), date(2027, 1, 5))
    assert [name(week) for week in found] == ["2026-W53", "2026-W52", "2026-W51", "2026-W50"]
    assert weeks(date(2026, 12, 1), date(2027, 1, 3))[0] == parse("2026-W53")  # a Sunday ends its week
    assert weeks(date(2026, 12, 1), date(2026, 12, 6)) == []  # Tuesday to Sunday
    assert len(weeks(date(2020, 1, 1), date(2026, 12, 31))) == 8


def test_what_a_page_offers() -> None:
    offered = [name(period) for period in choices(date(2025, 1, 1), date(2026, 11, 20))]
    assert offered[:3] == ["2026-10", "2026-10-ytd", "2026-09"]  # the year so far stands second
    assert offered[-1] == "2026-11-01..2026-11-20"  # the open month comes last
    assert {"2026-W46", "2026-10-ytd", "2026-JanFeb", "2026-Q3", "2025", "2025-01"} <= set(offered)
    assert not {"2026-Q4", "2026", "2026-W47"} & set(offered)  # not over yet
    assert [name(period) for period in choices(date(2026, 11, 1), date(2026, 11, 20))] == [
        "2026-11-01..2026-11-20"
    ]


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@example(date(2026, 6, 1), 6)  # the open month is a week, Monday to Sunday
@given(DAYS, st.integers(0, 1200))
def test_offers_lie_within_the_data(first: date, days: int) -> None:
    last = first + timedelta(days)
    offered = choices(first, last)
    assert offered
    assert len(set(offered)) == len(offered)
    for period in offered:
        assert period.last <= last
        assert period.first >= first.replace(day=1)
        assert parse(name(period)) == period
    assert all(week in offered for week in weeks(first, last)) or not any(kind(p) == "month" for p in offered)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(DAYS, st.sampled_from(sorted(periods.BEFORE)))
def test_a_stock_is_compared_with_an_earlier_day(day: date, word: str) -> None:
    before = day_before(day, word)
    assert before < day
    assert compared(Period(day, day), word, flow=False).last == before


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(DAYS, st.integers(0, 400))
def test_the_period_before_ends_before_it_begins(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days))
    if kind(period) != "ytd":  # the year to date is compared with last year's
        assert previous(period).last < period.first
