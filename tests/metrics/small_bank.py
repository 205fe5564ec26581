"""Small random banks with every awkward case in them, as plain rows and as the files a bank delivers.

Amounts are whole minor units here; the files hold them in currency units.
"""

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
STAGES = (
    "lead",
    "opportunity",
    "solution_offered",
    "solution_evaluated",
    "negotiation",
    "contract_signed",
    "implementation",
)
LEVELS = ("head_office", "branch_1", "branch_2", "subbranch_1", "subbranch_2", "outlet")
# lower edges of the default tiers in minor units, and a minor unit beside them
EDGES = [50_000_00, 200_000_00, 500_000_00, 2_000_000_00, 6_000_000_00]
AMOUNTS = [None, 0, -1, 1, 99, 100, -123_45, 10**12, *EDGES, *[edge - 1 for edge in EDGES]]
MONEY = ("aum", "aum_avg", "deposit", "loan", "wealth", "contribution", "fee_income")


@dataclass
class Bank:
    """One bank as plain rows; `parent` says above whom an institution hangs."""

    parent: dict[str, str | None]
    level: dict[str, str]
    months: list[date]
    managers: list[Row]
    customers: list[Row]
    customer_months: list[Row]
    deals: list[Row]
    events: list[Row]
    as_of: date | None  # of deals and their stages; None: as far as their dates reach
    rollup_above: int

    def subtree(self, top: str) -> set[str]:
        """An institution and everything below it, by walking up from each."""
        return {key for key in self.parent if top in self.path(key)}

    def path(self, key: str) -> list[str]:
        """The institution and those above it, up to the head office."""
        above = self.parent[key]
        return [key] if above is None else [key, *self.path(above)]

    def children(self, top: str) -> list[str]:
        return [key for key, above in self.parent.items() if above == top]

    def deals_as_of(self) -> date:
        """The day at which deals stand: as said, else the largest date of both tables."""
        if self.as_of:
            return self.as_of
        days = [deal[name] for deal in self.deals for name in ("created_on", "closed_on")]
        return max(day for day in [*days, *[event["entered_on"] for event in self.events]] if day)


def month_end(number: int) -> date:
    """The last day of the n-th month of 2026, counted from 0."""
    year, month = 2026 + number // 12, number % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def make(seed: int, nodes: int, customers: int, months: int, deals: int) -> Bank:
    """A bank of this size; the seed says everything else."""
    rng = random.Random(seed)
    ids = [f"{number:03}" for number in range(nodes)]
    rng.shuffle(ids)  # the order of ids says nothing about the tree
    parent: dict[str, str | None] = {ids[0]: None}
    level = {ids[0]: LEVELS[0]}
    for number, key in enumerate(ids[1:], 1):
        above = rng.choice(ids[max(0, number - rng.choice([2, 5, 14])) : number])  # deep and wide trees
        depth = min(LEVELS.index(level[above]) + rng.choice([1, 1, 2]), len(LEVELS) - 1)  # levels are skipped
        parent[key], level[key] = above, LEVELS[depth]
    first = rng.choice([0, 10])  # some banks begin in November and cross the year
    ends = [month_end(first + number) for number in range(months)]
    managers = [
        {"manager_id": f"M{number}", "name": f"Manager {number}", "institution_id": rng.choice(ids)}
        for number in range(rng.randint(1, 4))
    ]
    people = [
        {
            "customer_id": f"{number:05}",
            "institution_id": rng.choice(ids),
            "manager_id": rng.choice([None, *[manager["manager_id"] for manager in managers]]),
            "kind": rng.choice([None, "personal", "personal", "personal", "corporate"]),
            "seg": rng.choice([None, "X", "Y"]),  # a tag of the bank's own
        }
        for number in range(customers)
    ]
    stays = [row for person in people for row in _life(rng, person["customer_id"], ends, ids, parent)]
    as_of = rng.choice([None, ends[-1], ends[-1] - timedelta(9)])
    bank = Bank(parent, level, ends, managers, people, stays, [], [], as_of, rng.choice([0, 1, 2, 2, 4, 50]))
    for number in range(max(deals, 1)):
        _deal(rng, f"D{number}", bank, known=number == 0)
    return bank


def _life(
    rng: random.Random, customer: str, ends: list[date], ids: list[str], parent: dict[str, str | None]
) -> list[Row]:
    """The months of one customer: joins, leaves, comes back, moves near and far and back again."""
    home, rows = rng.choice(ids), []
    former = home
    for end in ends:
        siblings = [key for key in ids if parent[key] == parent[home] and key != home]
        way = rng.random()
        if way < 0.12:  # anywhere
            former, home = home, rng.choice(ids)
        elif way < 0.2 and parent[home]:
            former, home = home, str(parent[home])
        elif way < 0.28 and siblings:
            former, home = home, rng.choice(siblings)
        elif way < 0.36:  # back to where it came from
            former, home = home, former
        if rng.random() < 0.75:
            rows.append(
                {"month": end, "customer_id": customer, "institution_id": home}
                | {name: _amount(rng) for name in MONEY}
                | {"own_transactions": rng.choice([None, 0, 0, 1, 7])}
            )
    return rows


def _amount(rng: random.Random) -> int | None:
    if rng.random() < 0.5:
        return rng.choice(AMOUNTS)
    return int(10 ** rng.uniform(2, 11)) * rng.choice([1, 1, 1, -1])


def _deal(rng: random.Random, key: str, bank: Bank, *, known: bool) -> None:
    """One deal with its stage events; `known` makes it one with dates, so that every table reaches a day."""
    end = bank.as_of or bank.months[-1]
    span = (end - bank.months[0].replace(day=1)).days + 20  # some began before the first month

    def day(earliest: date | None = None) -> date:
        drawn = end - timedelta(rng.randint(0, span))
        if rng.random() < 0.2:  # a month's first or last day
            drawn = min(drawn.replace(day=rng.choice([1, monthrange(drawn.year, drawn.month)[1]])), end)
        return drawn if earliest is None else max(drawn, earliest)

    created = day() if known or rng.random() < 0.8 else None
    outcome = rng.choice(["open", "open", "won", "won", "lost", "lapsed"])
    closed = day(created) if outcome != "open" else None
    customer = rng.choice([None, *[person["customer_id"] for person in bank.customers]])
    expected = [None, end, end - timedelta(1), end + timedelta(30), day()]
    bank.deals.append(
        {
            "opportunity_id": key,
            "customer_id": customer,
            "customer_kind": rng.choice([None, "personal", "corporate"]),
            "institution_id": rng.choice(list(bank.parent)),
            "manager_id": rng.choice([None, *[manager["manager_id"] for manager in bank.managers]]),
            "product": rng.choice([None, "Loan", "Fund"]),
            "channel": rng.choice(["Branch", "Phone"]),
            "created_on": created,
            "expected_close_on": rng.choice(expected),
            "expected_amount": rng.choice([None, 0, rng.randint(1, 10**9)]),
            "amount": rng.choice([None, rng.randint(0, 10**9)]) if outcome == "won" else None,
            "stage": rng.choice([None, *STAGES]),
            "outcome": outcome,
            "closed_on": closed,
            "size": rng.choice([None, "S", "L"]),  # a tag of the bank's own
            "lost_reason": (None, "Price", "Slow")[len(bank.deals) % 3] if outcome == "lost" else None,
            "competitor": (None, "Bank A", "Bank B")[len(bank.deals) // 2 % 3],
        }
    )
    if known or rng.random() < 0.75:
        entered = day(created)
        for seq in range(rng.randint(1, 5)):  # any stage may follow any: skips, moves back, same-day events
            bank.events.append(
                {"opportunity_id": key, "stage": rng.choice(STAGES), "entered_on": entered, "seq": seq}
            )
            entered = min(end, entered + timedelta(rng.choice([0, 0, 1, 5, 30])))


TYPES: dict[str, Any] = {
    **dict.fromkeys(
        ("created_on", "closed_on", "expected_close_on", "entered_on", "month", "joined_on"), pl.Date
    ),
    **dict.fromkeys((*MONEY, "expected_amount", "amount"), pl.Float64),
    **dict.fromkeys(("own_transactions", "seq", "products"), pl.Int64),
}


def _frame(rows: list[Row], names: list[str]) -> pl.DataFrame:
    """Rows as a table in currency units."""
    schema = {name: TYPES.get(name, pl.String) for name in names}
    money = [name for name in names if schema[name] == pl.Float64]
    units = [row | {name: None if row[name] is None else row[name] / 100 for name in money} for row in rows]
    return pl.DataFrame(units, schema=schema, orient="row")


def write(bank: Bank, folder: Path, shuffle: int = 0) -> Path:
    """The bank's files and its `cockpit.toml`; another `shuffle` delivers the same rows in another order."""
    rng = random.Random(shuffle)

    def table(rows: list[Row], names: list[str]) -> pl.DataFrame:
        return _frame(rng.sample(rows, len(rows)) if shuffle else rows, names)

    institutions = [
        {"institution_id": key, "parent_id": above, "level": bank.level[key], "name": f"Institution {key}"}
        for key, above in bank.parent.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    table(institutions, list(institutions[0])).write_csv(folder / "institutions.csv")
    table(bank.managers, list(bank.managers[0])).write_csv(folder / "managers.csv")
    table(bank.customers, list(bank.customers[0])).write_csv(folder / "customers.csv")
    months = ["month", "customer_id", "institution_id", *MONEY, "own_transactions"]
    months += ["products"] if any("products" in row for row in bank.customer_months) else []
    for end in bank.months:
        rows = [row for row in bank.customer_months if row["month"] == end]
        table(rows, months).write_parquet(folder / f"book-{end}.parquet")
    table(bank.deals, list(bank.deals[0])).write_csv(folder / "deals.csv")
    events = ["opportunity_id", "stage", "entered_on", "seq"]
    table(bank.events, events).write_parquet(folder / "events.parquet")
    as_of = f"as_of = {bank.as_of}" if bank.as_of else ""
    (folder / "cockpit.toml").write_text(
        f"""
[tables.institutions]
csv = "institutions.csv"
[tables.managers]
csv = "managers.csv"
[tables.customers]
csv = "customers.csv"
dimensions = {{ segment = "seg" }}
[tables.customer_months]
parquet = "book-*.parquet"
[tables.opportunities]
csv = "deals.csv"
dimensions = {{ deal_size = "size" }}
{as_of}
[tables.stage_events]
parquet = "events.parquet"
{as_of}
[policy]
rollup_above = {bank.rollup_above}
quarantine_share = 0.0
""",
        encoding="utf-8",
    )
    return folder / "cockpit.toml"
