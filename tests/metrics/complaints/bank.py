"""Complaints and changes of deals for small random banks."""

import random
from datetime import date, timedelta

from tests.metrics import small_bank
from tests.metrics.event_bank import Delivery
from tests.metrics.small_bank import Bank, Row

CATEGORIES = (None, "fees", "service")


def bank_with_deals(seed: int, nodes: int, customers: int, months: int, deals: int) -> Delivery:
    bank = small_bank.make(seed, nodes, customers, months, deals)
    bank.rollup_above = random.Random(seed).choice([0, 1, 2, 4])
    return Delivery(bank)


def add_complaints(made: Delivery, seed: int) -> None:
    """Cases of known and unknown customers: late, open, resolved without an answer, on edges of months."""
    rng = random.Random(seed)
    bank = made.bank
    first, last = bank.months[0] - timedelta(40), bank.months[-1]
    made.complaints_as_of = last
    people = [None, *(person["customer_id"] for person in bank.customers)]
    for number in range(rng.randint(1, 60)):
        opened = first + timedelta(rng.randint(0, (last - first).days))
        if rng.random() < 0.2:
            opened = max(first, opened.replace(day=1) - timedelta(rng.choice([0, 1])))
        answered = rng.choice([None, opened + timedelta(rng.choice([0, 3, 9, 10, 11, 40]))])
        resolved = rng.choice([None, (answered or opened) + timedelta(rng.choice([0, 0, 5, 31]))])
        made.complaints.append(
            {
                "case_id": f"K{number:03}",
                "customer_id": rng.choice(people),
                "institution_id": rng.choice(list(bank.parent)),
                "category": rng.choice(CATEGORIES),
                "source": rng.choice([None, "customer", "regulator", "media"]),
                "opened_on": opened,
                "due_on": rng.choice([None, opened + timedelta(10), opened + timedelta(10), opened]),
                "answered_on": answered if answered and answered <= last else None,
                "resolved_on": resolved if resolved and resolved <= last else None,
            }
        )


def add_changes(made: Delivery, seed: int) -> None:
    """What deals were before, told backwards from today: several changes on a day, to nothing and back.

    Some lie before a deal began, some after it ended, some after the date of the deals.
    """
    rng = random.Random(seed)
    bank = made.bank
    end = bank.deals_as_of()
    for deal in bank.deals:
        for field in ("expected_amount", "expected_close_on", "institution_id"):
            value = deal[field]
            day = end + timedelta(rng.choice([0, 0, 2]))
            for seq in range(rng.choice([0, 0, 1, 2, 4]), 0, -1):
                day -= timedelta(rng.choice([0, 0, 1, 7, 25]))
                old = _former(rng, bank, field, end)
                if rng.random() < 0.2:
                    day = next(filter(None, (deal["closed_on"], deal["created_on"], day)))
                row = {
                    "opportunity_id": deal["opportunity_id"],
                    "field": field,
                    "changed_on": day,
                    "seq": seq,
                    "old": _text(old),
                    "new": _text(value),
                }
                made.changes.append(row)
                value = old


def _former(rng: random.Random, bank: Bank, field: str, end: date) -> int | date | str | None:
    if field == "institution_id":
        return rng.choice(list(bank.parent))
    if field == "expected_amount":
        return rng.choice([None, 0, rng.randint(1, 10**9)])
    return rng.choice([None, end, end - timedelta(rng.randint(0, 300)), end + timedelta(rng.randint(0, 500))])


def _text(value: int | date | str | None) -> str | None:
    return f"{value / 100:.2f}" if isinstance(value, int) else None if value is None else str(value)


def ordered(changes: list[Row], field: str) -> list[Row]:
    """The changes of a field as they followed each other."""
    return sorted(
        (row for row in changes if row["field"] == field), key=lambda row: (row["changed_on"], row["seq"])
    )
