"""What small random banks deliver beside customers and deals: balances by day, large moves, contacts,
holdings; and banks written by hand.

Amounts are whole minor units here; the files hold them in currency units.
"""

import random
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.metrics import small_bank
from tests.metrics.small_bank import Bank, Row

TODAY = date(2028, 1, 1)
LINES = ("deposit", "loan", "contingent", "intermediary", "wealth")
PRODUCTS = (None, "demand", "time")
KINDS_OF_PRODUCT = (None, "deposit", "fund", "wealth")
# a leap year with its 29 February, two turns of the year and a year of 53 ISO weeks (2026)
SPANS = (
    (date(2023, 1, 1), date(2024, 3, 3)),  # the year begins with the data: its average is known
    (date(2023, 2, 28), date(2024, 2, 29)),  # ends on the 29th
    (date(2024, 2, 20), date(2025, 3, 2)),  # the 29th stands in last year's period
    (date(2025, 12, 15), date(2027, 1, 6)),
)


@dataclass
class Delivery:
    """A bank's institutions and customers with its tables of events."""

    bank: Bank
    balances: list[Row] = field(default_factory=list)
    balances_as_of: date | None = None
    moves: list[Row] = field(default_factory=list)
    contacts: list[Row] | None = None
    holdings: list[Row] = field(default_factory=list)
    holdings_as_of: date | None = None
    targets: list[Row] = field(default_factory=list)
    complaints: list[Row] = field(default_factory=list)
    complaints_as_of: date | None = None
    changes: list[Row] = field(default_factory=list)
    surveys: list[Row] = field(default_factory=list)
    has_market_value: bool = False


def make(seed: int, nodes: int, customers: int, months: int) -> Delivery:
    """A bank whose small subtrees have stored totals too; its customer months know the market's part."""
    rng = random.Random(seed)
    bank = small_bank.make(seed, nodes, customers, months, 1)
    bank.rollup_above = rng.choice([0, 1, 2, 4])
    made = Delivery(bank, has_market_value=rng.random() < 0.7)
    for row in bank.customer_months:
        row["market_value"] = rng.choice([None, 0, rng.randint(-(10**8), 10**8)])
    return made


def _is_delivered(rng: random.Random, day: date, weekends: bool) -> bool:
    """Nothing on most weekends, on holidays, and on some month ends."""
    if day.isoweekday() > 5 and not weekends:
        return False
    if day.day == monthrange(day.year, day.month)[1] and rng.random() < 0.3:
        return False
    return not ((day.month, day.day) in ((1, 1), (10, 1), (10, 2)) or rng.random() < 0.03)


def add_balances(made: Delivery, seed: int) -> None:
    """Balances of a year and more: institutions that open and close within it and lack single days."""
    rng = random.Random(seed)
    first, last = rng.choice(SPANS)
    weekends = rng.random() < 0.3
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    delivered = [day for day in days if day == first or _is_delivered(rng, day, weekends)]
    for key in made.bank.parent:
        kinds = [(line, rng.choice(PRODUCTS)) for line in LINES for _ in range(rng.choice([0, 1, 1, 2]))]
        opened = rng.choice([first, first, rng.choice(days)])
        closed = rng.choice([last, last, rng.choice(days)])
        for line, product in dict.fromkeys(kinds):
            level = rng.randint(-(10**6), 10**9)
            on = delivered if line != "intermediary" else rng.sample(days, len(days) // 9)
            for day in on:  # income is booked on weekends too
                level += rng.randint(-(10**7), 10**7)
                if opened <= day <= closed and rng.random() > 0.02:
                    made.balances.append(
                        {
                            "date": day,
                            "institution_id": key,
                            "business_line": line,
                            "product": product,
                            "balance": level,
                        }
                    )
    reached = max((row["date"] for row in made.balances), default=last)
    made.balances_as_of = rng.choice([None, reached, last + timedelta(rng.choice([0, 3, 12]))])


def add_events(made: Delivery, seed: int) -> None:
    """Large moves with and without contacts, holdings that mature and are placed anew."""
    rng = random.Random(seed)
    bank = made.bank
    ids, people = list(bank.parent), [person["customer_id"] for person in bank.customers]
    first, last = bank.months[0] - timedelta(40), bank.months[-1]

    def day() -> date:
        return first + timedelta(rng.randint(0, (last - first).days))

    for _ in range(rng.randint(1, 4 * len(people))):
        move = {
            "customer_id": rng.choice(people),
            "institution_id": rng.choice(ids),
            "date": day(),
            "amount": rng.randint(1, 10**9),
            "direction": rng.choice(["in", "out"]),
            "counterparty_kind": rng.choice([None, "bank"]),
        }
        made.moves.append(move)
        if rng.random() < 0.2:  # once more on the same day
            made.moves.append(move | {"amount": move["amount"] + rng.randint(1, 99)})
    if rng.random() < 0.8:
        made.contacts = [
            {
                "contact_id": f"C{number}",
                "customer_id": rng.choice([move["customer_id"], None]),
                "institution_id": rng.choice(ids),
                "contacted_on": min(move["date"] + timedelta(rng.randint(-1, 5)), last),
            }
            for number, move in enumerate(made.moves)
        ]
    made.holdings_as_of = last
    for person in people:
        for _ in range(rng.choice([0, 1, 2, 4])):
            opened = day()
            _position(rng, made, person, ids, opened, opened + timedelta(rng.choice([1, 7, 30, 45, 90])))


def _position(
    rng: random.Random, made: Delivery, person: str, ids: list[str], opened: date, matures: date | None
) -> None:
    """A position, and what follows it: more, less or as much money in the same or another kind, or none."""
    amount, kind = rng.randint(1, 10**7), rng.choice(KINDS_OF_PRODUCT)
    last = made.bank.months[-1]
    row = {
        "customer_id": person,
        "institution_id": rng.choice(ids),
        "product": rng.choice(["a", "b"]),
        "product_kind": kind,
        "amount": amount,
        "opened_on": opened,
        "matures_on": matures,
        "position_id": f"P{len(made.holdings)}",
    }
    made.holdings.append(row)
    again = matures and matures + timedelta(rng.choice([0, 0, 1, 3, 4]))
    if again and again <= last and rng.random() < 0.8:
        placed = rng.choice([amount, amount // 2 + 1, amount * 2])
        more = {
            "amount": placed,
            "opened_on": again,
            "product_kind": rng.choice([kind, *KINDS_OF_PRODUCT]),
            "matures_on": rng.choice([None, again + timedelta(rng.choice([2, 30, 200]))]),
        }
        made.holdings.append(row | more | {"position_id": f"P{len(made.holdings)}"})


TYPES: dict[str, Any] = {
    **dict.fromkeys(("invited_on", "responded_on"), pl.Date),
    **dict.fromkeys(("nps", "csat", "effort"), pl.Int64),
    **dict.fromkeys(("date", "contacted_on", "opened_on", "matures_on", "month"), pl.Date),
    **dict.fromkeys(("period_start", "period_end"), pl.Date),
    **dict.fromkeys(("due_on", "answered_on", "resolved_on", "changed_on"), pl.Date),
    **dict.fromkeys((*small_bank.MONEY, "market_value", "balance", "amount", "value"), pl.Float64),
    **dict.fromkeys(("own_transactions", "seq"), pl.Int64),
}


def _table(rows: Sequence[Row], names: Sequence[str]) -> pl.DataFrame:
    """Rows as a table in currency units; plans are written in them already."""
    schema = {name: TYPES.get(name, pl.String) for name in names}
    money = [name for name in names if schema[name] == pl.Float64 and name != "value"]
    units = [
        {name: row.get(name) for name in names}
        | {name: None if row.get(name) is None else row[name] / 100 for name in money}
        for row in rows
    ]
    return pl.DataFrame(units, schema=schema, orient="row")


COLUMNS = {
    "daily_balances": ("date", "institution_id", "business_line", "product", "balance"),
    "large_moves": ("customer_id", "institution_id", "date", "amount", "direction", "counterparty_kind"),
    "contacts": ("contact_id", "customer_id", "institution_id", "contacted_on"),
    "holdings": (
        "position_id",
        "customer_id",
        "institution_id",
        "product",
        "product_kind",
        "amount",
        "opened_on",
        "matures_on",
    ),
    "surveys": (
        "response_id",
        "survey_kind",
        "customer_id",
        "institution_id",
        "product",
        "channel",
        "touchpoint",
        "reason",
        "invited_on",
        "responded_on",
        "nps",
        "csat",
        "effort",
    ),
    "targets": ("institution_id", "metric", "basis", "period_start", "period_end", "value"),
    "complaints": (
        "case_id",
        "customer_id",
        "institution_id",
        "category",
        "source",
        "opened_on",
        "due_on",
        "answered_on",
        "resolved_on",
    ),
    "opportunity_changes": ("opportunity_id", "changed_on", "seq", "field", "old", "new"),
}


def write(made: Delivery, folder: Path, policy: str = "", shuffle: int = 0) -> Path:
    """The files of a delivery and its configuration; another `shuffle` gives another order of rows."""
    rng = random.Random(shuffle)
    config = small_bank.write(made.bank, folder)
    for end in made.bank.months if made.has_market_value else ():
        rows = [row for row in made.bank.customer_months if row["month"] == end]
        names = ["month", "customer_id", "institution_id", *small_bank.MONEY, "market_value"]
        _table(rows, [*names, "own_transactions"]).write_parquet(folder / f"book-{end}.parquet")
    tables = {
        "daily_balances": made.balances,
        "large_moves": made.moves,
        "contacts": made.contacts or [],
        "holdings": made.holdings,
        "targets": made.targets,
        "complaints": made.complaints,
        "opportunity_changes": made.changes,
        "surveys": made.surveys,
    }
    as_of = {
        "daily_balances": made.balances_as_of,
        "holdings": made.holdings_as_of,
        "complaints": made.complaints_as_of,
    }
    text = config.read_text("utf-8").replace("[policy]", f"[policy]\n{policy}")
    for name, rows in tables.items():
        if rows:
            frame = _table(rng.sample(rows, len(rows)) if shuffle else rows, COLUMNS[name])
            frame.write_parquet(folder / f"{name}.parquet")
            text += f'\n[tables.{name}]\nparquet = "{name}.parquet"\n'
            text += f"as_of = {as_of[name]}\n" if as_of.get(name) else ""
    config.write_text(text, encoding="utf-8")
    return config
