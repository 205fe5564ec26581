"""Balances once more, in plain Python: every day of every institution, one after the other.

A part of the bank is a set of institution ids, whatever its shape.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from tests.metrics.event_bank import LINES, Delivery

Kind = tuple[str, str]  # business line and product
CHANGES = (
    "change_day",
    "change_week",
    "change_month",
    "change_quarter",
    "change_year_start",
    "change_last_year",
)
AVERAGES = ("avg_month", "avg_quarter", "avg_year")
FLOW = "intermediary"


def is_month_end(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def year_earlier(day: date) -> date:
    """The same day a year before; 29 February has none and becomes the 28th."""
    return (
        day.replace(year=day.year - 1, day=28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year - 1)
    )


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def earlier_days(day: date) -> dict[str, date]:
    """The day with which each change compares."""
    monday = day - timedelta(days=day.weekday())
    quarter = {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 4, 7: 7, 8: 7, 9: 7, 10: 10, 11: 10, 12: 10}[day.month]
    before = year_earlier(day)
    return {
        "change_day": day - timedelta(1),
        "change_week": monday - timedelta(1),  # the Sunday of the ISO week before
        "change_month": date(day.year, day.month, 1) - timedelta(1),
        "change_quarter": date(day.year, quarter, 1) - timedelta(1),
        "change_year_start": date(day.year - 1, 12, 31),
        "change_last_year": last_of_month(before) if is_month_end(day) else before,
    }


def starts(day: date) -> dict[str, date]:
    return {
        "avg_month": date(day.year, day.month, 1),
        "avg_quarter": earlier_days(day)["change_quarter"] + timedelta(1),
        "avg_year": date(day.year, 1, 1),
    }


class Balances:
    """The daily balances of a delivery, each day as it is known at its end."""

    def __init__(self, made: Delivery) -> None:
        self.rows = made.balances
        self.bank = made.bank
        self.first = min(row["date"] for row in self.rows)
        self.last = max(row["date"] for row in self.rows)
        self.as_of = made.balances_as_of or self.last
        self.kinds = sorted({(row["business_line"], row["product"] or "unknown") for row in self.rows})
        # income stands on its own day: it does not say that balances were delivered
        delivered = {row["date"] for row in self.rows if row["business_line"] != FLOW}
        self.known: dict[date, date | None] = {}
        so_far = None
        for n in range((self.as_of - self.first).days + 1):
            day = self.first + timedelta(n)
            so_far = day if day in delivered else so_far
            self.known[day] = so_far
        self.booked: dict[tuple[str, Kind], dict[date, int]] = {}
        for row in self.rows:
            kind = row["business_line"], row["product"] or "unknown"
            days = self.booked.setdefault((row["institution_id"], kind), {})
            days[row["date"]] = row["balance"]
        self._day = cache(self._at)

    def _at(self, key: str, kind: Kind, day: date) -> int:
        at = day if kind[0] == FLOW else self.known.get(day)
        return self.booked.get((key, kind), {}).get(at, 0) if at else 0

    def total(self, booked: Iterable[str], kind: Kind, first: date, last: date) -> int:
        """The sum of all days between two days."""
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        return sum(self._day(key, kind, day) for key in booked for day in days)

    def row(self, booked: set[str], kinds: Iterable[Kind], first: date, day: date) -> dict[str, Any]:
        """The numbers of some lines and products together in a period that ends at a day."""
        kinds, booked = (
            list(kinds),
            {key for key in booked if any((key, kind) in self.booked for kind in kinds)},
        )

        def total(since: date, until: date) -> int:
            return sum(self.total(booked, kind, since, until) for kind in kinds)

        found: dict[str, Any] = dict.fromkeys(("balance", *AVERAGES, *CHANGES, "deviation"))
        if {line for line, _ in kinds} == {FLOW}:
            begin, end = year_earlier(first), year_earlier(day)
            if first.day == 1 and is_month_end(day):
                end = last_of_month(end)
            if first >= self.first:
                found["balance"] = total(first, day)
            if begin >= self.first:
                found["change_last_year"] = total(first, day) - total(begin, end)
            return found
        if day < self.first:
            return found
        found["balance"] = total(day, day)
        for name, since in starts(day).items():
            if since >= self.first:
                found[name] = total(since, day) / ((day - since).days + 1)
        for name, before in earlier_days(day).items():
            if before >= self.first:
                found[name] = found["balance"] - total(before, before)
        if found["avg_month"] is not None and found["avg_month"] > 0:
            found["deviation"] = found["balance"] / found["avg_month"] - 1
        return found

    def lines(self, booked: set[str], first: date, day: date) -> dict[str, Any]:
        """The columns of all business lines."""
        found: dict[str, Any] = {}
        for line in LINES:
            row = self.row(
                booked, [kind for kind in self.kinds if kind[0] == line] or [(line, "none")], first, day
            )
            if line == FLOW:
                found["fee_income"] = row["balance"]
                continue
            found[line] = row["balance"]
            found[f"{line}_avg"], found[f"{line}_avg_year"] = row["avg_month"], row["avg_year"]
            if line == "deposit":
                found["deposit_deviation"] = row["deviation"]
        return found
