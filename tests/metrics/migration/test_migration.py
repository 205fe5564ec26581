"""Tier migration: every cell of every institution equals plain Python on the raw rows, and all add up."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data_access.view.store import Store
from metrics.book import subject as book
from metrics.migration import subject as migration
from tests.metrics.asking import built, by_hand, look
from tests.metrics.brute_force import Book
from tests.metrics.event_bank import Delivery, make
from tests.metrics.migration import force as migration_force
from tests.metrics.random_banks import banks

SUBJECTS = (book.SUBJECT, migration.SUBJECT)
LIVE = ("unknown", "untiered", "mass", "emerging", "middle", "affluent", "high_end", "private")


def told(rows: list[dict[str, Any]], part: str | None = None) -> migration_force.Cells:
    own = [row for row in rows if part is None or row["institution"] == part]
    cells = {(r["from_tier"], r["to_tier"]): (r["customers"], r["aum_from"], r["aum_to"]) for r in own}
    return {cell: values for cell, values in cells.items() if any(values)}


@banks(3)
@given(
    seed=st.integers(0, 10**6),
    nodes=st.integers(2, 12),
    customers=st.integers(4, 40),
    months=st.sampled_from([2, 5]),
)
def test_every_cell_of_every_institution(seed: int, nodes: int, customers: int, months: int) -> None:
    made = make(seed, nodes, customers, months)
    records, rng = Book(made.bank), random.Random(seed)
    assume(len(records.delivered) > 1)
    with built(made, *SUBJECTS) as store:
        for key in made.bank.parent:
            at = rng.choice(records.delivered[-13:])
            for distance in (1, rng.choice([3, 6, 12])):
                check_matrix(store, made, records, key, at, distance)
                check_margins(store, records, key, at, distance)
            first = rng.choice([month for month in records.delivered if month <= at])
            check_rates(store, made, records, key, first, at)


@pytest.mark.slow
def test_every_distance_of_every_month() -> None:
    """A bank of more than a year: 3, 6 and 12 months back, where there are so many."""
    made = make(8, 5, 30, 14)
    records = Book(made.bank)
    with built(made, *SUBJECTS) as store:
        key, told_of = store.tree.ids[0], set()
        for at in records.delivered[-13::2]:
            for distance in (1, 3, 6, 12):
                check_matrix(store, made, records, key, at, distance)
                check_margins(store, records, key, at, distance)
                told_of |= {distance} if migration_force.before(records, at, distance) else set()
        assert told_of == {1, 3, 6, 12}


def check_matrix(store: Store, made: Delivery, records: Book, key: str, at: date, distance: int) -> None:
    """The institution, its children, own and between, and one kind."""
    view, d, where = look(store, SUBJECTS, key, at.replace(day=1), at), str(distance), (key, at, distance)
    whole = view.metric("migration.matrix", distance=d).to_dicts()
    booked = made.bank.subtree(key)
    assert told(whole) == migration_force.cells(records, booked, True, at, distance), where
    parts = view.metric("migration.matrix", "children", distance=d).to_dicts()
    added: dict[tuple[str, str], int] = {}
    for row in parts:
        cell = (row["from_tier"], row["to_tier"])
        added[cell] = added.get(cell, 0) + row["customers"]
    assert {cell: n for cell, n in added.items() if n} == {c: v[0] for c, v in told(whole).items() if v[0]}, (
        where
    )
    for child in made.bank.children(key):
        expected = migration_force.cells(records, made.bank.subtree(child), True, at, distance)
        assert told(parts, child) == expected, (child, where)
    assert told(parts, "own") == migration_force.cells(records, {key}, False, at, distance), where
    filtered = (
        look(store, SUBJECTS, key, at.replace(day=1), at, kind="personal")
        if "personal" in {person["kind"] for person in made.bank.customers}
        else None
    )
    if filtered is not None:
        found = filtered.metric("migration.matrix", distance=d).to_dicts()
        assert told(found) == migration_force.cells(records, booked, True, at, distance, "personal"), where


def check_margins(store: Store, records: Book, key: str, at: date, distance: int) -> None:
    """Rows sum to the stock of then, columns to that of now, as the customer book has it."""
    view = look(store, SUBJECTS, key, at.replace(day=1), at)
    rows = view.metric("migration.matrix", distance=str(distance)).to_dicts()
    then = migration_force.before(records, at, distance)
    if then is None:
        assert rows == []
        return
    for end, month, aum in (("from_tier", then, "aum_from"), ("to_tier", at, "aum_to")):
        stock = look(store, SUBJECTS, key, month.replace(day=1), month).metric("book.summary", "tier")
        expected = {
            row["tier"]: (row["customers"], row["aum"]) for row in stock.to_dicts() if row["customers"]
        }
        found = {
            tier: tuple(sum(row[name] for row in rows if row[end] == tier) for name in ("customers", aum))
            for tier in LIVE
        }
        assert {tier: sums for tier, sums in found.items() if sums[0]} == expected, (key, at, distance, end)
    for row in view.metric("migration.ladder", distance=str(distance)).to_dicts():
        gained = row["risen_in"] + row["fallen_in"] + row["entered"] + row["transferred_in"] + row["retiered"]
        lost = row["risen_out"] + row["fallen_out"] + row["left"] + row["transferred_out"]
        assert row["opening"] + gained - lost == row["closing"], (key, at, row)
        assert row["closing"] == expected.get(row["tier"], (0, 0))[0], (key, at, row)


def check_rates(store: Store, made: Delivery, records: Book, key: str, first: date, at: date) -> None:
    """Counts summed over months; who entered, left and moved is as in the customer book."""
    view = look(store, SUBJECTS, key, first.replace(day=1), at)
    [row] = view.metric("migration.rates").to_dicts()
    if at == records.delivered[0]:
        assert row["upgraded"] is None and row["left"] is None
        return
    whole: dict[str, int] = {}
    firms: dict[str, int] = {}
    for month in (month for month in records.delivered if first <= month <= at):
        for sums, kind in ((whole, None), (firms, "corporate")):
            found = migration_force.cells(records, made.bank.subtree(key), True, month, 1, kind)
            for name, value in migration_force.rates(found).items():
                sums[name] = sums.get(name, 0) + value
                if name == "customers" and month > records.delivered[0]:  # a stock is that of the beginning
                    sums.setdefault("_begin", value)
    for sums in (whole, firms):
        sums["customer_months"], sums["customers"] = sums["customers"], sums.pop("_begin", 0)
    people = {name: n - firms[name] for name, n in whole.items()}
    assert {name: row[name] for name in people} == people, (key, first, at)
    n = people["customer_months"]
    assert row["upgrade_rate"] == (people["upgraded"] / n if n else None)
    parts = view.metric("migration.rates", "children").to_dicts()
    for name in people:
        assert sum(part[name] for part in parts) == people[name], (name, key, first, at)
    same = {"entered": "joined", "left": "left", "transferred_in": "moved_in", "transferred_out": "moved_out"}
    flows = {flow["kind"]: flow for flow in view.metric("book.summary", "kind").to_dicts()}
    kinds = view.metric("migration.rates", "kind").to_dicts()
    for one in kinds:  # told apart all are there, corporate customers too
        assert {name: one[name] for name in same} == {
            name: flows[one["kind"]][other] for name, other in same.items()
        }, (key, one["kind"], first, at)
        if one["kind"] == "corporate":
            assert {name: one[name] for name in firms} == firms, (key, first, at)
            chosen = look(store, SUBJECTS, key, first.replace(day=1), at, kind="corporate")
            assert chosen.metric("migration.rates").to_dicts() == [
                {name: value for name, value in one.items() if name != "kind"}
            ]
    for name in whole:
        assert sum(one[name] for one in kinds) == whole[name], (name, key, first, at)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two branches with outlets below one; B2 was merged into B. Amounts in CNY."""
    return by_hand(
        tmp_path_factory.mktemp("migration"),
        SUBJECTS,
        {
            "institutions": """
                institution_id,parent_id,level,closed_on,merged_into
                H,,head_office,,
                A,H,branch_1,,
                A1,A,outlet,,
                A2,A,outlet,,
                B,H,branch_1,,
                B2,H,branch_1,2026-02-01,B
            """,
            "customers": """
                customer_id,institution_id,kind
                rises,A1,personal
                jumps,A1,personal
                falls near,A2,personal
                moves far,B,personal
                merged,B,personal
                left,B,personal
                new,A1,personal
                firm,A1,corporate
                no amount,A1,personal
            """,
            "customer_months": """
                month,customer_id,institution_id,aum,aum_avg
                2026-01-31,rises,A1,49999,49999
                2026-02-28,rises,A1,50000,50000            # on the edge: it belongs to the tier above
                2026-01-31,jumps,A1,10,10
                2026-02-28,jumps,A1,7000000,7000000        # several tiers at once: one upgrade
                2026-01-31,falls near,A1,60000,60000
                2026-02-28,falls near,A2,40000,40000       # a downgrade in A; exit and entry at its outlets
                2026-01-31,moves far,A1,300000,300000
                2026-02-28,moves far,B,300000,300000       # a transfer for both branches, no step of a tier
                2026-01-31,merged,B2,100,100
                2026-02-28,merged,B,60000,60000            # its outlet is part of B now: an upgrade there
                2026-01-31,left,B,1,1
                2026-02-28,new,A1,,1                       # new without an amount
                2026-01-31,firm,A1,9,9000000               # corporate: untiered at both ends, no step
                2026-02-28,firm,A1,9,10
                2026-01-31,no amount,A1,5,
                2026-02-28,no amount,A1,5,5                # from no tier to one is no upgrade
            """,
        },
        settings="[policy]\nrollup_above = 2\nfloor_rank = 2\n",
    )


FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        # customers, up, down, stayed, entered, left, in, out
        ("H", (6, 3, 1, 1, 1, 1, 0, 0)),
        ("A", (4, 2, 1, 0, 1, 0, 0, 1)),
        ("A1", (4, 2, 0, 0, 1, 0, 0, 2)),
        ("A2", (0, 0, 0, 0, 0, 0, 1, 0)),
        ("B", (2, 1, 0, 0, 0, 1, 1, 0)),
    ],
)
def test_counts_by_hand(store: Store, node: str, expected: tuple[int, ...]) -> None:
    [row] = look(store, SUBJECTS, node, *FEBRUARY).metric("migration.rates").to_dicts()
    names = (
        "customers",
        "upgraded",
        "downgraded",
        "stayed",
        "entered",
        "left",
        "transferred_in",
        "transferred_out",
    )
    assert tuple(row[name] for name in names) == expected


def test_amounts_and_shares_by_hand(store: Store) -> None:
    view = look(store, SUBJECTS, "H", *FEBRUARY)
    [row] = view.metric("migration.rates").to_dicts()
    assert row["net_aum_moved"] == (1 + 6_999_990 - 20_000 + 59_900) * 100
    cells = {(r["from_tier"], r["to_tier"]): r for r in view.metric("migration.matrix").to_dicts()}
    mass = cells["mass", "emerging"]
    assert (mass["customers"], mass["n"], mass["share"]) == (2, 4, 0.5)
    assert 0 < mass["low"] < 0.5 < mass["high"] < 1
    assert cells["emerging", "mass"]["share"] is None  # one customer is too few for a share
    assert cells["outside", "mass"]["share"] is None  # newcomers had no tier
    assert cells["mass", "private"]["aum_to"] == 7_000_000_00
    assert ("outside", "outside") not in cells and ("outside", "elsewhere") not in cells


def test_months_that_are_not_there_are_not_told(store: Store) -> None:
    """Nobody knows what was three months before, nor before the first month."""
    assert look(store, SUBJECTS, "H", *FEBRUARY).metric("migration.matrix", distance="3").is_empty()
    [row] = look(store, SUBJECTS, "H", *FEBRUARY).metric("migration.rates", distance="3").to_dicts()
    assert row["upgraded"] is None and row["upgrade_rate"] is None
    january = look(store, SUBJECTS, "H", date(2026, 1, 1), date(2026, 1, 31))
    assert january.metric("migration.matrix").is_empty()
    assert january.metric("migration.forecast").is_empty()
    assert january.metric("migration.backtest").is_empty()
    assert january.metric("migration.homogeneity")["p_value"].to_list() == [None]


def test_where_nobody_moved_steadiness_is_not_tested(tmp_path: Path) -> None:
    """All of a tier stay in it: there is no degree of freedom, so no p-value."""
    months = ("2025-12-31", "2026-01-31", "2026-02-28")
    rows = "\n".join(f"{month},{who},A,5,5" for month in months for who in ("one", "two"))
    store = by_hand(
        tmp_path,
        SUBJECTS,
        {
            "institutions": "institution_id,parent_id,level\nH,,head_office\nA,H,outlet",
            "customers": "customer_id,kind\none,personal\ntwo,personal",
            "customer_months": f"month,customer_id,institution_id,aum,aum_avg\n{rows}",
        },
    )
    [row] = look(store, SUBJECTS, "A", *FEBRUARY).metric("migration.homogeneity").to_dicts()
    assert (row["months"], row["df"], row["statistic"]) == (2, 0, 0)
    assert row["p_value"] is None and row["max_difference"] is None
