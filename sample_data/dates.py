"""Days and months as numbers, and the seasons of the banking year."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

EPOCH = date(1970, 1, 1)

# Years in which the Spring Festival falls into January; in all others it is in February.
_FESTIVAL_IN_JANUARY = frozenset(
    {2001, 2004, 2006, 2009, 2012, 2014, 2017, 2020, 2023, 2025, 2028, 2031, 2033}
)

# New business by calendar month: quarter ends are strong, the weeks around the Spring Festival weak.
_DEAL_SEASON = (0.85, 0.85, 1.30, 0.95, 0.95, 1.35, 0.90, 0.85, 1.10, 0.85, 0.95, 1.40)
_FESTIVAL_FACTOR = 0.60

# Balances by calendar month: bonuses and the settlement of accounts fill them from December on.
BALANCE_SEASON = (1.025, 1.015, 1.005, 0.995, 0.99, 1.0, 0.99, 0.99, 1.0, 0.99, 0.995, 1.02)

# How far the last day of a month lies above its average: the higher, the more it is dressed for reports.
MONTH_END_DRESSING = (0.01, 0.01, 0.045, 0.01, 0.01, 0.05, 0.01, 0.01, 0.04, 0.01, 0.01, 0.07)


def day_number(day: date) -> int:
    """Days since 1970-01-01, the number behind a Date column."""
    return (day - EPOCH).days


def month_ends(last_month: date, months: int) -> list[date]:
    """The last days of the months up to and including the month of `last_month`.

    >>> month_ends(date(2024, 3, 31), 2)
    [datetime.date(2024, 2, 29), datetime.date(2024, 3, 31)]
    """
    index = last_month.year * 12 + last_month.month
    following = [divmod(index - back, 12) for back in range(months - 1, -1, -1)]
    return [date(year, month + 1, 1) - timedelta(days=1) for year, month in following]


def month_number(days: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Months since January 1970 of each day number."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)


def deal_season(month: date) -> float:
    """How lively new business is in this month, 1 = an ordinary one."""
    festival = 1 if month.year in _FESTIVAL_IN_JANUARY else 2
    return _DEAL_SEASON[month.month - 1] * (_FESTIVAL_FACTOR if month.month == festival else 1.0)


def working_day(days: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The day itself, or the Friday before a weekend; keeps the order of days.

    >>> working_day(np.array([0, 2, 3, 4], dtype=np.int32)).tolist()  # Thursday, Saturday, Sunday, Monday
    [0, 1, 1, 4]
    """
    weekday = (days + 3) % 7
    return (days - np.maximum(weekday - 4, 0)).astype(np.int32)
