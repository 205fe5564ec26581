"""Small random banks whose customers fall silent, wake up, leave and come back; and their spells, month by
month in plain Python.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from tests.metrics.brute_force import Book
from tests.metrics.event_bank import Delivery, make
from tests.metrics.small_bank import Row, month_end

CAUSES = (None, "closed", "closed", "death", "bank", "merged", "moved abroad")
D, FLOOR = 3, 1_000_00  # the policy's silent months, and its floor in minor units


def with_lives(seed: int, nodes: int, customers: int, months: int, steady: float = 0.0) -> Delivery:
    """A bank with tenure, products and exit causes; a third of its customers are silent most of the time.

    A quarter of a customer's months are missing; of these so many are there after all that `steady` says.
    """
    rng = random.Random(seed)
    made = make(seed, nodes, customers, months)
    made.has_market_value = False
    _fill(made, rng, steady)
    first = made.bank.months[0]
    sleepy = {person["customer_id"]: rng.choice([0.02, 0.4, 0.95]) for person in made.bank.customers}
    for person in made.bank.customers:
        joined = first + timedelta(rng.randint(-4_000, 200))
        person |= {"joined_on": rng.choice([None, joined, joined]), "exit_cause": rng.choice(CAUSES)}
    for row in made.bank.customer_months:
        row["products"] = rng.choice([None, 1, 2, 3, 4, 5, 9])
        row["own_transactions"] = rng.choice([None, 1, 3, 4, 11, 12])
        if rng.random() < sleepy[row["customer_id"]]:
            row |= {"own_transactions": 0, "aum": rng.choice([-5, 0, *[FLOOR - 1] * 8, FLOOR, None])}
    return made


def _fill(made: Delivery, rng: random.Random, steady: float) -> None:
    """Months between two that a customer was there, at the former's institution."""
    lives: dict[str, list[Row]] = {}
    for row in made.bank.customer_months:
        lives.setdefault(row["customer_id"], []).append(row)
    for rows in lives.values():
        for end in made.bank.months:
            before = [row for row in rows if row["month"] < end]
            if before and not any(row["month"] == end for row in rows) and rng.random() < steady:
                made.bank.customer_months.append(max(before, key=lambda row: row["month"]) | {"month": end})


class Lives:
    """Who is at risk at each month end, and how each month at risk ends."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.people = {person["customer_id"]: person for person in book.bank.customers}

    def row(self, customer: str, at: date) -> Row | None:
        return self.book.months.get(at, {}).get(customer)

    def silent(self, customer: str, at: date) -> bool:
        row = self.row(customer, at)
        return bool(row and row["own_transactions"] == 0 and row["aum"] is not None and row["aum"] < FLOOR)

    def gone(self, customer: str, at: date, definition: str) -> bool:
        """In a run of D silent months: known at the time (closed), or looking ahead (silent)."""
        ahead = 0 if definition == "closed" else D - 1
        return any(
            all(self.silent(customer, shift(end, -k)) for k in range(D))
            for end in (shift(at, k) for k in range(ahead + 1))
        )

    def told(self, at: date, definition: str, ahead: int) -> bool:
        """Whether the months around are delivered by which it is known who is at risk."""
        if at not in self.book.delivered:
            return False
        around = range(-(D - 1), ahead + D) if definition == "silent" else range(ahead + 1)
        return all(shift(at, k) in self.book.delivered for k in around)

    def at_risk(self, at: date, definition: str) -> Iterator[Row]:
        """Those who can still leave after a month end, with their tenure in months."""
        for customer, row in self.book.months.get(at, {}).items():
            if not self.gone(customer, at, definition):
                joined = self.people[customer]["joined_on"]
                months = None if joined is None else (at.year - joined.year) * 12 + at.month - joined.month
                yield row | {"tenure": -1 if months is None else max(months, 0)}

    def months_at_risk(self, month: date, definition: str) -> list[Row]:
        """Those at risk in a month with the cause of their end; none where it is not known."""
        origin = shift(month, -1)
        if not self.told(origin, definition, 1):
            return []
        return [
            row | {"cause": self.cause(row["customer_id"], month, definition)}
            for row in self.at_risk(origin, definition)
        ]

    def cause(self, customer: str, month: date, definition: str) -> str | None:
        if self.row(customer, month) is None:
            known = self.people[customer]["exit_cause"] or "closed"
            return known if known in ("closed", "death", "bank", "merged") else "other"
        return "silent" if self.gone(customer, month, definition) else None


def shift(day: date, months: int) -> date:
    return month_end((day.year - 2026) * 12 + day.month - 1 + months)
