"""Which days of a mart a period needs, and the month ends that these are counted from."""

from datetime import date, timedelta

from data_access.periods import month_end
from data_access.subject import Period

Days = tuple[date | None, date | None]


def month_end_before(day: date) -> date:
    """The last month end before a day."""
    return day.replace(day=1) - timedelta(days=1)


def months_later(month: date, months: int) -> date:
    """The month end so many months later; before zero: earlier.

    >>> str(months_later(date(2026, 1, 31), 1)), str(months_later(date(2026, 1, 31), -2))
    ('2026-02-28', '2025-11-30')
    """
    number = month.year * 12 + month.month - 1 + months
    return month_end(number // 12, number % 12 + 1)


def stock_month(period: Period) -> date:
    """The last month end at or before the period's last day."""
    after = period.last + timedelta(days=1)
    return period.last if after.day == 1 else month_end_before(period.last)


def always(_: Period) -> Days:
    """All that is stored."""
    return None, None


def in_period(period: Period) -> Days:
    """Flows: from the first to the last day."""
    return period.first, period.last


def at_month_end(period: Period) -> Days:
    """Stocks: the last month end."""
    return stock_month(period), stock_month(period)


def to_month_end(period: Period) -> Days:
    """Flows and the stock of the last month end, where that lies before the period."""
    return min(period.first, stock_month(period)), period.last
