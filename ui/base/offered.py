"""The periods that a page offers, newest first."""

from datetime import date, timedelta
from functools import lru_cache

from data_access.periods import kind, month_end, months_back, parse
from data_access.subject import Period


@lru_cache
def choices(first: date, last: date) -> tuple[Period, ...]:
    """The periods a page offers: the last twelve months with the year to date, weeks, longer periods, earlier
    years to date and months; newest first.

    A month that the data do not cover whole comes last: nobody should open a page with it, unless there is
    no other.

    >>> [name(period) for period in choices(date(2026, 9, 1), date(2026, 11, 20))][:4]
    ['2026-10', '2026-09', '2026-W46', '2026-W45']
    """
    months = []
    month = Period(last.replace(day=1), month_end(last.year, last.month))
    if month.last > last:
        month = months_back(month, 1)
    while month.last >= first:
        months.append(month)
        month = months_back(month, 1)
    since = Period(max(first, last.replace(day=1)), last)
    open_month = [] if kind(since) == "month" else [since]
    if not months:
        return tuple(open_month)
    newest, oldest = months[0].last, months[-1].first
    years = range(newest.year, oldest.year - 1, -1)
    quarters = [parse(f"{year}-Q{q}") for year in years for q in (4, 3, 2, 1)]
    ends = [parse(f"{month.last:%Y-%m}-ytd") for month in months[:12]]
    to_date = [period for period in ends if kind(period) == "ytd" and oldest <= period.first]
    two_months = [parse(f"{year}-JanFeb") for year in years]
    longer = [*two_months, *quarters, *[parse(str(year)) for year in years]]
    covered = [p for p in dict.fromkeys(longer) if oldest <= p.first and p.last <= newest]
    recent = months[:1] + to_date[:1] + months[1:12] + weeks(first, last)  # the year so far stands second
    return tuple(dict.fromkeys(recent + covered + to_date[1:] + months[12:] + open_month))


def weeks(first: date, last: date, most: int = 8) -> list[Period]:
    """The last whole ISO weeks within the days, newest first."""
    sunday = last - timedelta(days=last.isoweekday() % 7)
    found = [Period(sunday - timedelta(days=7 * n + 6), sunday - timedelta(days=7 * n)) for n in range(most)]
    return [week for week in found if week.first >= first]
