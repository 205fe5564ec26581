"""Working days: the bank's own calendar where it delivers one, else the holidays of a country.

Some countries have people work on a weekend beside a long holiday; both sources say so.
"""

from collections.abc import Callable
from datetime import date, timedelta

import holidays
import polars as pl

from data_access.errors import Note

NONE = ""  # no calendar: Monday to Friday
SATURDAY = 5


def known_calendar(code: str) -> bool:
    """Whether there is such a country."""
    return code == NONE or code in holidays.list_supported_countries()


def working_days(
    calendar: pl.DataFrame | None, code: str, first: date, last: date, told: Callable[[str], None]
) -> pl.Series:
    """The working days from `first` to `last`; `told` hears of days that the calendar does not know."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    own = {} if calendar is None else dict(calendar.select("date", "working").iter_rows())
    unknown = [day for day in days if day not in own]
    if own and unknown:
        places = {"n": len(unknown), "first_day": f"{unknown[0]}", "last_day": f"{unknown[-1]}"}
        told(
            Note(
                "calendar: {n:,} days from {first_day} to {last_day} are not in it; they count as those of "
                "{code}",
                **places,
                code=code,
            )
            if code
            else Note(
                "calendar: {n:,} days from {first_day} to {last_day} are not in it; they count as Monday to "
                "Friday",
                **places,
            )
        )
    country = holidays.country_holidays(code, years=range(first.year, last.year + 1)) if code else None
    announced = getattr(country, "special_public_holidays", {})
    years = sorted({day.year for day in unknown if announced and day.year > max(announced)})
    if years:
        told(
            Note(
                "working days of {years} were not announced yet when the package of holidays was made: fixed "
                "holidays alone are known. Deliver calendar, or renew the package",
                years=", ".join(map(str, years)),
            )
        )

    def works(day: date) -> bool:
        if day in own:
            return bool(own[day] == "yes")
        return country.is_working_day(day) if country is not None else day.weekday() < SATURDAY

    return pl.Series("day", [day for day in days if works(day)], dtype=pl.Date)


def due_after(days: pl.Expr, within: int, working: pl.Series) -> pl.Expr:
    """The day so many working days after others; a free day counts as the next working day."""

    def due(told: pl.Series) -> pl.Series:
        at = working.search_sorted(told, side="left") + within
        return working.gather(at.clip(0, working.len() - 1))

    return days.map_batches(due, return_dtype=pl.Date)
