"""Periods and what they are compared with. The clock is the data's, never the machine's.

A period is written as it stands in a link: 2026-10 (month), 2026-Q3, 2026 (year), 2026-10-ytd
(year to date), 2026-10-01..2026-10-20 (free).
"""

import calendar
import re
from datetime import date, timedelta

from data_access.errors import CallError
from data_access.subject import Period

YEAR_START, PREVIOUS, LAST_YEAR = "year_start", "previous", "last_year"
COMPARISONS = (YEAR_START, PREVIOUS, LAST_YEAR)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YTD = re.compile(r"(\d{4})-(\d{2})-ytd")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"(\d{4})")


def month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def parse(text: str) -> Period:
    """The period of a text; refuses what is none.

    >>> str(parse("2026-02")), str(parse("2026-Q3")), str(parse("2026-10-ytd"))
    ('2026-02-01..2026-02-28', '2026-07-01..2026-09-30', '2026-01-01..2026-10-31')
    """
    try:
        if match := _YTD.fullmatch(text):
            year, month = map(int, match.groups())
            return Period(date(year, 1, 1), month_end(year, month))
        if match := _MONTH.fullmatch(text):
            year, month = map(int, match.groups())
            return Period(date(year, month, 1), month_end(year, month))
        if match := _QUARTER.fullmatch(text):
            year, quarter = map(int, match.groups())
            return Period(date(year, 3 * quarter - 2, 1), month_end(year, 3 * quarter))
        if match := _YEAR.fullmatch(text):
            return Period(date(int(text), 1, 1), date(int(text), 12, 31))
        first, _, last = text.partition("..")
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        if period.first <= period.last:
            return period
    except ValueError:
        pass
    raise CallError(
        "“{text}” is no period. Write 2026-10, 2026-Q3, 2026, 2026-10-ytd or 2026-10-01..2026-10-20.",
        text=text,
    )


def kind(period: Period) -> str:
    """month, quarter, year, ytd, part (a month from its first day on, not yet whole) or free.

    >>> [kind(parse(text)) for text in ("2026-10", "2026-01-ytd", "2026-03-01..2026-03-09")]
    ['month', 'month', 'part']
    """
    first, last = period.first, period.last
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if not whole:
        return "part" if first.day == 1 and months == 1 else "free"
    if months == 1:
        return "month"
    if months == 12 and first.month == 1:
        return "year"
    if months == 3 and first.month % 3 == 1:
        return "quarter"
    return "ytd" if first.month == 1 and first.year == last.year else "free"


def months_back(period: Period, months: int) -> Period:
    """Whole months earlier; a last day of a month stays one."""
    return Period(_shift(period.first, -months), _shift(period.last, -months))


def _shift(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    last = month_end(year, month)
    is_last = (day + timedelta(days=1)).day == 1
    return last if is_last else date(year, month, min(day.day, last.day))


def previous(period: Period) -> Period:
    """The same kind before it; free: as many days, ending the day before.

    >>> str(previous(parse("2026-Q1"))), str(previous(parse("2026-03-02..2026-03-09")))
    ('2025-10-01..2025-12-31', '2026-02-22..2026-03-01')
    """
    match kind(period):
        case "month" | "part":  # part of a month is compared with the same days of the month before
            return months_back(period, 1)
        case "quarter":
            return months_back(period, 3)
        case "year" | "ytd":
            return months_back(period, 12)
        case _:
            days = (period.last - period.first).days + 1
            return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def compared(period: Period, comparison: str, *, flow: bool) -> Period:
    """What a period is compared with.

    The start of the year is a day, the last 31 December: stocks are read there. A flow has no value
    on a day, so it is compared with the same period of last year, and the screen says so.
    """
    if comparison == PREVIOUS:
        return previous(period)
    if comparison == LAST_YEAR or flow:
        return months_back(period, 12)
    year = period.last.year - 1
    return Period(date(year, 12, 1), date(year, 12, 31))


def name(period: Period) -> str:
    """The text of a period in a link.

    >>> [name(parse(text)) for text in ("2026-10", "2026-Q3", "2026", "2026-10-ytd")]
    ['2026-10', '2026-Q3', '2026', '2026-10-ytd']
    """
    last = period.last
    match kind(period):
        case "month":
            return f"{last:%Y-%m}"
        case "quarter":
            return f"{last.year}-Q{(last.month + 2) // 3}"
        case "year":
            return f"{last.year}"
        case "ytd":
            return f"{last:%Y-%m}-ytd"
        case _:
            return str(period)


def last_months(period: Period, n: int) -> list[Period]:
    """The n months that end with the period's last whole month, oldest first."""
    end = (
        period.last
        if (period.last + timedelta(days=1)).day == 1
        else period.last.replace(day=1) - timedelta(1)
    )
    newest = Period(end.replace(day=1), end)
    return [months_back(newest, back) for back in range(n - 1, -1, -1)]


def choices(first: date, last: date) -> list[Period]:
    """The periods a page offers: the last twelve months, longer periods, earlier months; newest first.

    A month that the data do not cover whole comes last: nobody should open a page with it.

    >>> [name(period) for period in choices(date(2026, 9, 1), date(2026, 11, 20))]
    ['2026-10', '2026-09', '2026-11-01..2026-11-20']
    """
    months = []
    month = Period(last.replace(day=1), month_end(last.year, last.month))
    if month.last > last:
        month = months_back(month, 1)
    while month.last >= first:
        months.append(month)
        month = months_back(month, 1)
    open_month = (
        [Period(last.replace(day=1), last)] if kind(Period(last.replace(day=1), last)) == "part" else []
    )
    if not months:
        return open_month
    newest, oldest = months[0].last, months[-1].first
    years = range(newest.year, oldest.year - 1, -1)
    quarters = [parse(f"{year}-Q{q}") for year in years for q in (4, 3, 2, 1)]
    to_date = [parse(f"{newest:%Y-%m}-ytd")] if kind(parse(f"{newest:%Y-%m}-ytd")) == "ytd" else []
    longer = [*to_date, *quarters, *[parse(str(year)) for year in years]]
    covered = [p for p in longer if oldest <= p.first and p.last <= newest]
    return months[:12] + covered + months[12:] + open_month
