"""Periods and what they are compared with. The clock is the data's, never the machine's.

A period is written as it stands in a link: 2026-10 (month), 2026-W43 (ISO week), 2026-Q3, 2026
(year), 2026-10-ytd (year to date), 2026-JanFeb, 2026-10-01..2026-10-20 (free).
"""

import calendar
import re
from datetime import date, timedelta

from data_access.errors import CallError
from data_access.subject import Period

DAY, WEEK, MONTH_END, QUARTER_END = "day", "week", "month_end", "quarter_end"
YEAR_START, PREVIOUS, LAST_YEAR = "year_start", "previous", "last_year"
COMPARISONS = (YEAR_START, LAST_YEAR, PREVIOUS, QUARTER_END, MONTH_END, WEEK, DAY)
BEFORE = {DAY, WEEK, MONTH_END, QUARTER_END, YEAR_START}  # a stock is read on a day before the period's last
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YTD = re.compile(r"(\d{4})-(\d{2})-ytd")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_JAN_FEB = re.compile(r"(\d{4})-JanFeb")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"(\d{4})")


def days_in(period: Period) -> int:
    """How many days a period has."""
    return (period.last - period.first).days + 1


def months_between(earlier: date, later: date) -> int:
    """How many months later a day lies, whatever the day of the month.

    >>> months_between(date(2025, 12, 31), date(2026, 2, 1))
    2
    """
    return (later.year - earlier.year) * 12 + later.month - earlier.month


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
        if match := _WEEK.fullmatch(text):
            monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return Period(monday, monday + timedelta(days=6))
        if match := _JAN_FEB.fullmatch(text):
            return Period(date(int(match[1]), 1, 1), month_end(int(match[1]), 2))
        if match := _YEAR.fullmatch(text):
            return Period(date(int(text), 1, 1), date(int(text), 12, 31))
        first, _, last = text.partition("..")
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
        if period.first <= period.last:
            return period
    except ValueError:
        pass
    raise CallError(
        "“{text}” is no period. Write 2026-10, 2026-W43, 2026-Q3, 2026, 2026-10-ytd, 2026-JanFeb or "
        "2026-10-01..2026-10-20.",
        text=text,
    )


def kind(period: Period) -> str:
    """month, week, quarter, year, jan_feb, ytd, part (a month from its first day on, not yet whole) or free.

    >>> [kind(parse(text)) for text in ("2026-10", "2026-01-ytd", "2026-03-01..2026-03-09", "2026-02-ytd")]
    ['month', 'month', 'part', 'jan_feb']
    """
    first, last = period.first, period.last
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    months = months_between(first, last) + 1
    if (last - first).days == 6 and first.isoweekday() == 1 and not whole:
        return "week"
    if not whole:
        return "part" if first.day == 1 and months == 1 else "free"
    if months == 1:
        return "month"
    if months == 12 and first.month == 1:
        return "year"
    if months == 3 and first.month % 3 == 1:
        return "quarter"
    if months == 2 and first.month == 1:
        return "jan_feb"
    return "ytd" if first.month == 1 and first.year == last.year else "free"


def months_back(period: Period, months: int) -> Period:
    """Whole months earlier. The last day of a period of whole months stays a month's last one.

    >>> str(months_back(parse("2024-02"), 12)), str(months_back(parse("2025-02-22..2025-02-28"), 12))
    ('2023-02-01..2023-02-28', '2024-02-22..2024-02-28')
    """
    whole = period.first.day == 1 and (period.last + timedelta(days=1)).day == 1
    last = _shift(period.last, -months)
    return Period(_shift(period.first, -months), month_end(last.year, last.month) if whole else last)


def year_back(period: Period) -> Period:
    """The same dates a year earlier. Where these are a day more or fewer, because a 29 February lies
    between, a period that begins within a month (a week) keeps its number of days and the last date.

    >>> str(year_back(parse("2025-W09"))), str(year_back(parse("2024-W09"))), str(year_back(parse("2025-02")))
    ('2024-02-25..2024-03-02', '2023-02-25..2023-03-03', '2024-02-01..2024-02-29')
    """
    earlier = months_back(period, 12)
    if period.first.day == 1:
        return earlier
    return Period(earlier.last - (period.last - period.first), earlier.last)


def _shift(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, month_end(year, month).day))


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
        case "year" | "ytd" | "jan_feb":
            return months_back(period, 12)
        case _:
            days = days_in(period)
            return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def compared(period: Period, comparison: str, *, flow: bool) -> Period:
    """What a period is compared with.

    The day before, the end of the ISO week, month or quarter before, and the start of the year (the last
    31 December) are days: stocks are read there. A flow has no value on a day: it is compared with the
    same period of last year where the start of the year is asked for, else with the period before it,
    and the screen says so.

    >>> str(compared(parse("2026-10"), "quarter_end", flow=False))
    '2026-09-01..2026-09-30'
    """
    if flow and comparison in BEFORE:
        comparison = LAST_YEAR if comparison == YEAR_START else PREVIOUS
    if comparison == PREVIOUS:
        return previous(period)
    if comparison == LAST_YEAR:
        return year_back(period)
    day = day_before(period.last, comparison)
    if comparison in (DAY, WEEK):
        return Period(day, day)
    return Period(day.replace(day=1), day)


def of_months(comparison: str, also: str) -> tuple[str, str]:
    """The comparisons of what is counted by the month: none with a day or week where there is another.

    >>> of_months("week", "year_start"), of_months("week", "day"), of_months("year_start", "week")
    (('year_start', ''), ('week', 'day'), ('year_start', 'week'))
    """
    within = (DAY, WEEK)
    return (also, "") if comparison in within and also and also not in within else (comparison, also)


def day_before(day: date, comparison: str) -> date:
    """The day on which a stock is read that is compared with this day's.

    >>> [str(day_before(date(2026, 11, 4), word)) for word in ("day", "week", "month_end", "quarter_end")]
    ['2026-11-03', '2026-11-01', '2026-10-31', '2026-09-30']
    """
    match comparison:
        case "day":
            return day - timedelta(days=1)
        case "week":
            return day - timedelta(days=day.isoweekday())
        case "month_end":
            return day.replace(day=1) - timedelta(days=1)
        case "quarter_end":
            return quarter_start(day) - timedelta(days=1)
        case "year_start":
            return date(day.year - 1, 12, 31)
        case _:
            last = (day + timedelta(days=1)).day == 1  # the last day of February stays it
            return month_end(day.year - 1, day.month) if last else _shift(day, -12)


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def whole_months(period: Period) -> Period:
    """The same kind of period for what is counted by the month: where it cuts months, the last whole one.

    >>> str(whole_months(parse("2026-W43"))), str(whole_months(parse("2026-Q3")))
    ('2026-09-01..2026-09-30', '2026-07-01..2026-09-30')
    """
    if kind(period) not in ("week", "part", "free") or (
        period.first.day == 1 and (period.last + timedelta(days=1)).day == 1
    ):
        return period
    return last_months(period, 1)[0]


def name(period: Period) -> str:
    """The text of a period in a link.

    >>> [name(parse(text)) for text in ("2026-10", "2026-Q3", "2026", "2026-10-ytd")]
    ['2026-10', '2026-Q3', '2026', '2026-10-ytd']
    >>> [name(parse(text)) for text in ("2026-W01", "2026-02-ytd")]
    ['2026-W01', '2026-JanFeb']
    """
    last = period.last
    match kind(period):
        case "month":
            return f"{last:%Y-%m}"
        case "week":
            return f"{last.isocalendar().year:04d}-W{last.isocalendar().week:02d}"
        case "jan_feb":
            return f"{last.year}-JanFeb"
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


def day(text: str | None) -> date:
    """The day that is written, else today's."""
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CallError("“{text}” is no day. Write YYYY-MM-DD.", text=text) from error
