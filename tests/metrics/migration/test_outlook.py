"""The outlook, its record and its steadiness of every institution, from the raw rows."""

from collections.abc import Iterator
from math import log

import pytest

from data_access.view.store import Store
from data_access.windows import months_later
from metrics.book import subject as book
from metrics.migration import subject as migration
from tests.metrics.asking import built, look
from tests.metrics.brute_force import TIERS, Book
from tests.metrics.event_bank import Delivery, make
from tests.metrics.migration import force as migration_force
from tests.metrics.small_bank import month_end

SUBJECTS = (book.SUBJECT, migration.SUBJECT)
STATES = ("unknown", "untiered", *TIERS)
GONE = ("outside", "elsewhere")
Bank = tuple[Store, Delivery, Book]


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    made = make(11, 6, 150, 17)
    records = Book(made.bank)
    assert records.delivered == made.bank.months  # every month is there
    with built(made, *SUBJECTS) as store:
        yield store, made, records


def course(
    records: Book, booked: set[str], at: int, steps: int
) -> tuple[dict[str, int], list[dict[str, float]]]:
    """The stock of a month and its course: n·P^h with newcomers, rates of four steps of a quarter."""
    ends = records.delivered
    tables = [migration_force.cells(records, booked, True, ends[at - 3 * n], 3) for n in range(4)]
    went: dict[str, dict[str, int]] = {state: {} for state in (*STATES, *GONE)}
    for table in tables:
        for (then, now), (n, _, _) in table.items():
            went[then][now] = went[then].get(now, 0) + n
    here_now = [row for row in records.months[ends[at]].values() if row["institution_id"] in booked]
    stock = {state: sum(row["tier"] == state for row in here_now) for state in STATES}
    found, here = [], {state: float(n) for state, n in stock.items()}
    for _ in range(steps):
        here = {
            goal: sum((went[origin].get(goal, 0) / 4 for origin in GONE), 0.0)
            + sum(n * went[s].get(goal, 0) / max(sum(went[s].values()), 1) for s, n in here.items())
            for goal in STATES
        }
        found.append(here)
    return stock, found


def test_the_outlook_of_every_institution(bank: Bank) -> None:
    store, made, records = bank
    end = records.delivered[-1]
    for key in made.bank.parent:
        view = look(store, SUBJECTS, key, end.replace(day=1), end)
        rows = view.metric("migration.forecast").to_dicts()
        stock, expected = course(records, made.bank.subtree(key), 16, 4)
        assert len(rows) == 4 * len(TIERS), key
        for row in rows:
            step = next(n for n in range(4) if row["month"] == month_end(months_of(end) + 3 * (n + 1)))
            assert row["customers"] == pytest.approx(expected[step][row["tier"]]), (key, row)
            assert row["now"] == stock[row["tier"]]
            assert row["low"] <= row["customers"] <= row["high"]


def months_of(day: object) -> int:
    return (day.year - 2026) * 12 + day.month - 1  # type: ignore[attr-defined, no-any-return]


def test_the_record_is_the_outlook_of_a_quarter_before(bank: Bank) -> None:
    store, made, records = bank
    end = records.delivered[-1]
    for key in made.bank.parent:
        view = look(store, SUBJECTS, key, end.replace(day=1), end)
        opening, [expected] = course(records, made.bank.subtree(key), 13, 1)
        actual, _ = course(records, made.bank.subtree(key), 16, 1)
        rows = view.metric("migration.backtest").to_dicts()
        assert [row["tier"] for row in rows] == list(TIERS)
        for row in rows:
            assert (row["opening"], row["actual"]) == (opening[row["tier"]], actual[row["tier"]])
            assert row["forecast"] == pytest.approx(expected[row["tier"]])
    early = records.delivered[-3]  # no fifteen months before it
    assert look(store, SUBJECTS, 0, early.replace(day=1), early).metric("migration.backtest").is_empty()


def test_steadiness_of_every_institution(bank: Bank) -> None:
    store, made, records = bank
    end = records.delivered[-1]
    assert months_later(end, -12) == records.delivered[-13]
    for key in made.bank.parent:
        view = look(store, SUBJECTS, key, end.replace(day=1), end)
        [row] = view.metric("migration.homogeneity").to_dicts()
        tables = []
        for at in records.delivered[-12:]:
            cells = migration_force.cells(records, made.bank.subtree(key), True, at, 1)
            firms = migration_force.cells(records, made.bank.subtree(key), True, at, 1, "corporate")
            cells = {cell: (n - firms.get(cell, (0,))[0], 0, 0) for cell, (n, *_) in cells.items()}
            cells = {cell: values for cell, values in cells.items() if values[0]}
            merged: dict[tuple[str, str], int] = {}
            for (then, now), (n, _, _) in cells.items():
                if then not in GONE:
                    goal = "gone" if now in GONE else now
                    merged[then, goal] = merged.get((then, goal), 0) + n
            tables.append(merged)
        pooled: dict[tuple[str, str], int] = {}
        for table in tables:
            for cell, n in table.items():
                pooled[cell] = pooled.get(cell, 0) + n
        total = {s: sum(n for (a, _), n in pooled.items() if a == s) for s in STATES}
        statistic, df = 0.0, 0
        for state in STATES:
            here = [t for t in tables if any(a == state for a, _ in t)]
            df += max(len(here) - 1, 0) * max(sum(a == state for a, _ in pooled) - 1, 0)
            for table in here:
                size = sum(n for (a, _), n in table.items() if a == state)
                for cell, n in table.items():
                    if cell[0] == state:
                        statistic += 2 * n * log((n / size) / (pooled[cell] / total[state]))
        assert (row["months"], row["df"]) == (12, df), key
        assert row["statistic"] == pytest.approx(statistic), key
        assert 0 <= row["p_value"] <= 1
