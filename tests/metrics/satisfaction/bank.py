"""Small random banks with survey answers, and their figures counted in plain Python."""

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from tests.metrics.event_bank import Delivery, make
from tests.metrics.small_bank import Row, month_end

CHANNELS = ("outlet", "mobile", "phone")
TOUCHPOINTS = (None, "opening", "loan")
REASONS = (None, "waiting", "fees")


def with_surveys(seed: int, nodes: int, months: int = 6, most: int = 4) -> Delivery:
    """A bank whose institutions have none, few or many answers a month; some are asked and do not answer."""
    rng = random.Random(seed)
    made = make(seed, nodes, 8, 2)
    people = [person["customer_id"] for person in made.bank.customers]
    for key in made.bank.parent:
        busy = rng.choice([0, 1, 1, 2, 6])
        for month in range(months):
            for _ in range(rng.randint(0, most * busy)):
                made.surveys.append(_invitation(rng, made, key, rng.choice(people), month))
    return made


def _invitation(rng: random.Random, made: Delivery, key: str, person: str, month: int) -> Row:
    first = month_end(month).replace(day=1)
    invited = first + timedelta(rng.randint(0, 27))
    row: Row = {
        "response_id": f"R{len(made.surveys):05}",
        "survey_kind": rng.choice(["transaction"] * 4 + ["relationship", None]),
        "customer_id": rng.choice([person, person, None]),
        "institution_id": key,
        "channel": rng.choice([*CHANNELS, CHANNELS[0]]),
        "touchpoint": rng.choice(TOUCHPOINTS),
        "product": rng.choice([None, "card"]),
        "invited_on": invited,
    }
    if rng.random() < 0.7:
        given = {"nps": rng.randint(0, 10), "csat": rng.randint(1, 5), "effort": rng.randint(1, 7)}
        row |= {name: score for name, score in given.items() if rng.random() < 0.85}
        if any(name in row for name in given):
            row["responded_on"] = invited + timedelta(rng.choice([0, 1, 3, 20]))
            if row.get("nps", 10) <= 6:
                row["reason"] = rng.choice(REASONS)
    return row


def answers(
    rows: Iterable[Row], measure: str, first: date, last: date, survey: str = "transaction"
) -> list[Row]:
    """Answers with a score of this measure that were given in the period."""
    return [
        row
        for row in rows
        if (row["survey_kind"] or "transaction") == survey
        and row.get(measure) is not None
        and first <= row["responded_on"] <= last
    ]


def invitations(rows: Iterable[Row], first: date, last: date, survey: str = "transaction") -> list[Row]:
    return [
        row
        for row in rows
        if (row["survey_kind"] or "transaction") == survey and first <= row["invited_on"] <= last
    ]


def of(rows: Iterable[Row], booked: set[str], keep: Callable[[Row], bool] = lambda _: True) -> list[Row]:
    return [row for row in rows if row["institution_id"] in booked and keep(row)]
