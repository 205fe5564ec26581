"""Whom to call today: by hand, and over random trees from the raw rows."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_access.errors import CallError
from data_access.view.grants import CUSTOMERS, Grant, grant_of
from data_access.view.store import Store
from data_access.view.view import View
from metrics import SUBJECTS, contacts
from tests.metrics.asking import built, by_hand, look
from tests.metrics.event_bank import Delivery, add_events, make
from tests.metrics.random_banks import banks
from ui.review.today import most_urgent

TODAY = date(2026, 6, 30)
MONTHS = "month,customer_id,institution_id,aum,aum_avg\n" + "\n".join(
    f"2026-{month:02}-{day},{row}"
    for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30))
    for row in (
        "1,A,10,100",
        "2,A,50,100",
        "3,B,5000,100",
        f"9,B,3800,{600_000 if month < 5 else 100}",  # affluent until April: the tier falls in July
        f"8,B,9999,{600_000 if month < 6 else 100}",  # missed once: two months are left
    )
)
TABLES = {
    "institutions": "institution_id,parent_id,level\nH,,head_office\nA,H,branch_1\nB,H,branch_1",
    "customers": "customer_id\n1\n2\n3\n8\n9",
    "managers": "manager_id,institution_id,name\nm1,A,Li\nm2,B,Wu",
    "customer_months": MONTHS,
    "contacts": "contact_id,customer_id,institution_id,contacted_on\nc1,2,A,2026-06-21",
    "large_moves": """
        customer_id,institution_id,manager_id,date,amount,direction
        1,A,m1,2026-06-28,1000,out     # to be followed up by the day after today
        2,A,m1,2026-06-20,500,in       # somebody called
        2,A,m1,2026-06-25,300,in       # nobody did
    """,
    "holdings": """
        position_id,customer_id,institution_id,manager_id,product_kind,amount,opened_on,matures_on
        p1,1,A,m1,deposit,400,2026-01-05,2026-07-07     # on the seventh day
        p2,3,B,m2,deposit,100000,2026-01-05,2026-07-08  # on the eighth: tomorrow's matter
        p3,3,B,m2,deposit,90,2026-01-05,2026-07-02
    """,
    "complaints": """
        case_id,customer_id,institution_id,manager_id,opened_on,due_on,answered_on
        k1,2,B,m2,2026-06-01,2026-06-20,              # at another institution than his money moved at
        k2,,A,,2026-06-01,2026-06-21,                 # nobody known, nor his money
        k3,,A,,2026-06-01,2026-06-21,                 # and another one
        k4,3,A,m1,2026-06-01,2026-06-21,2026-06-20    # answered
    """,
    "opportunities": """
        opportunity_id,customer_id,institution_id,manager_id,created_on,expected_close_on,expected_amount,outcome
        d1,1,A,m1,2026-05-01,2026-06-01,600,open
        d2,8,B,m2,2026-05-01,2026-06-30,70000,open       # expected today: not overdue
    """,
    "surveys": """
        response_id,survey_kind,customer_id,institution_id,manager_id,responded_on,nps
        s1,transaction,3,B,m2,2026-06-10,2
    """,
}
EVENTS = ("contacts", "large_moves", "holdings", "complaints", "opportunities", "surveys")
AS_OF = dict.fromkeys(EVENTS, TODAY)
JUNE = (TODAY.replace(day=1), TODAY)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return by_hand(tmp_path_factory.mktemp("contacts"), SUBJECTS, TABLES, as_of=AS_OF)


def counts(store: Store, node: str, **filters: str) -> dict[str, Any]:
    [row] = look(store, SUBJECTS, node, *JUNE, **filters).metric("contacts.today").to_dicts()
    return {name: value for name, value in row.items() if value}


def named(view: View) -> list[tuple[Any, ...]]:
    """The list as it is shown: the customer's amount, the reason, how many others, the day."""
    rows = most_urgent(view)
    assert rows is not None
    return [
        (row["amount"], contacts.NAMES[row["reason"]], row["others"], row["due"].isoformat())
        for row in rows.to_dicts()
    ]


def test_the_list_by_hand(store: Store) -> None:
    assert named(look(store, SUBJECTS, "H", *JUNE)) == [
        (5000_00, "detractor", 1, "2026-06-12"),  # two working days are past: in full; a maturity besides
        (1000_00, "moved_out", 2, "2026-07-01"),  # 7/8 of it; 600 of a deal and half of 400 that mature
        (3800_00, "falling", 0, "2026-07-31"),  # 31 days are left: 7/38 of it, 700
        (300_00, "moved_in", 1, "2026-06-28"),  # once, though B waits for an answer to his complaint
        (None, "complaint", 0, "2026-06-21"),
        (None, "complaint", 0, "2026-06-21"),
    ]
    assert named(look(store, SUBJECTS, "B", *JUNE))[-1] == (50_00, "complaint", 0, "2026-06-20")


def test_the_counts_by_hand(store: Store) -> None:
    a = {"customers": 4, "late": 3, "amount": 1300_00, "moved_out": 1, "moved_in": 1, "complaint": 2}
    assert counts(store, "A") == a
    b = {"customers": 3, "late": 1, "amount": 90_00 + 3800_00 + 50_00}
    assert counts(store, "B") == b | {"maturing": 1, "falling": 1, "complaint": 1}  # no word of the answer
    both = {name: a.get(name, 0) + counts(store, "B").get(name, 0) for name in {*a, *counts(store, "B")}}
    assert counts(store, "H") == both
    view = look(store, SUBJECTS, "H", *JUNE)
    by = view.metric("contacts.today", "manager")
    assert dict(by.select("manager", "customers").iter_rows()) == {
        "Li": 2,
        "Wu": 2,
        "unassigned": 3,
    }  # whose tier falls has none


def test_who_may_see_no_list_is_told_counts_alone(store: Store) -> None:
    tree = store.tree
    totals = grant_of(tree, [0], frozenset())
    assert most_urgent(look(store, SUBJECTS, "H", *JUNE, grant=totals)) is None
    assert look(store, SUBJECTS, "H", *JUNE, grant=totals).metric("contacts.today")["customers"][0] == 7
    with pytest.raises(CallError, match="lists of customers"):
        look(store, SUBJECTS, "H", *JUNE, grant=totals).list(contacts.TODAY)
    # the lists of A alone: neither B's customers nor that a customer of A has another matter there
    part = Grant((("customers", (tree.subtree(store.find("A")),)), ("view", ((0, tree.last[0]),))), 0)
    assert part.of(CUSTOMERS)
    rows = named(look(store, SUBJECTS, "H", *JUNE, grant=part))
    assert [row[:3] for row in rows[:2]] == [(1000_00, "moved_out", 2), (300_00, "moved_in", 0)]
    assert len(rows) == 4


def test_the_policy_says_how_far_ahead(tmp_path: Path) -> None:
    wide = by_hand(tmp_path, SUBJECTS, TABLES, "[policy]\ncall_ahead = 8\n", AS_OF)
    first = named(look(wide, SUBJECTS, "H", *JUNE))[0]
    assert first == (100_000_00, "maturing", 2, "2026-07-08")  # half of it is more than all others
    with pytest.raises(CallError, match="call_ahead = 0"):
        by_hand(tmp_path / "none", SUBJECTS, TABLES, "[policy]\ncall_ahead = 0\n", AS_OF)


def test_a_bank_without_a_list_is_told_nothing(tmp_path: Path) -> None:
    balances = "date,institution_id,business_line,balance\n2026-06-30,A,deposit,1"
    tables = {"institutions": TABLES["institutions"], "daily_balances": balances}
    bare = by_hand(tmp_path, SUBJECTS, tables)
    view = look(bare, SUBJECTS, "H", *JUNE)
    metric = view.catalogue()["contacts.today"]
    assert metric.why_missing is not None
    assert metric.why_missing(view.ask(metric, view.period, view.metric("contacts.today"), {})) is not None
    assert most_urgent(view).is_empty()  # type: ignore[union-attr]


def test_a_delivery_without_a_row_is_no_fault(tmp_path: Path) -> None:
    tables = TABLES | {"large_moves": "customer_id,institution_id,date,amount,direction"}
    store = by_hand(tmp_path, SUBJECTS, tables, as_of=AS_OF)
    assert counts(store, "A")["overdue"] == 1  # what is left of the customer's reasons


def matters(made: Delivery, today: date) -> list[dict[str, Any]]:
    """Large moves, maturities and complaints to call about, from the raw rows."""
    found: list[dict[str, Any]] = []

    def add(row: Mapping[str, Any], amount: int, reason: str, due: date) -> None:
        left = (due - today).days
        if left <= 7:
            weight = max(amount, 1) * (7 / (7 + max(left, 0)) if left >= -30 else 30 / -left)
            who = {"customer": row["customer_id"], "at": row["institution_id"]}
            found.append({**who, "amount": amount, "reason": reason, "due": due, "weight": weight})

    newest = max((move["date"] for move in made.moves), default=today)
    moved: dict[tuple[Any, ...], int] = {}
    for move in made.moves:
        key = (move["customer_id"], move["date"], move["direction"], move["institution_id"])
        moved[key] = moved.get(key, 0) + move["amount"]
    for (person, day, way, at), amount in moved.items():
        until = day + timedelta(3)
        called = any(
            one["customer_id"] == person and day <= one["contacted_on"] <= until
            for one in made.contacts or ()
        )
        if not called and day > newest - timedelta(31):
            add({"customer_id": person, "institution_id": at}, amount, f"moved_{way}", until)
    for held in made.holdings:
        if held["matures_on"] and 1 <= (held["matures_on"] - (made.holdings_as_of or today)).days <= 30:
            add(held, held["amount"], "maturing", held["matures_on"])
    return found


@pytest.mark.slow
@banks(4)
@example(seed=3, nodes=6, customers=12)
@given(seed=st.integers(0, 10**6), nodes=st.integers(1, 9), customers=st.integers(3, 20))
def test_every_institution_from_the_raw_rows(seed: int, nodes: int, customers: int) -> None:
    made = make(seed, nodes, customers, 2)
    add_events(made, seed)
    with built(made, *SUBJECTS) as store:
        today = contacts.newest(store.as_of)
        assert today is not None
        rows = matters(made, today)
        numbers = dict(
            pl.read_parquet(store.file("ids", "customers.parquet"))
            .select("customer_no", "customer_id")
            .iter_rows()
        )
        known = {name for name in contacts.NAMES if name in ("moved_out", "moved_in", "maturing")}
        for key in made.bank.parent:
            inside = made.bank.subtree(key)
            view = look(store, SUBJECTS, key, today.replace(day=1), today)
            stored = view.list(contacts.TODAY)
            told = sorted(
                (numbers[row["customer_no"]], row["amount"], contacts.NAMES[row["reason"]], row["due"])
                for row in stored.to_dicts()
                if contacts.NAMES[row["reason"]] in known
            )
            here = [row for row in rows if row["at"] in inside]
            assert told == sorted((r["customer"], r["amount"], r["reason"], r["due"]) for r in here), key
            best: dict[tuple[str, str], dict[str, Any]] = {}
            for row in here:
                pair = row["customer"], row["at"]
                if pair not in best or row["weight"] > best[pair]["weight"]:
                    best[pair] = row
            if set(stored["reason"].unique()) <= {contacts.NAMES.index(name) for name in known}:
                [counted] = view.metric("contacts.today").to_dicts()
                assert counted["customers"] == len(best), key
                assert counted["late"] == sum(row["due"] < today for row in best.values()), key
                first = {}
                for (person, _), row in best.items():
                    first[person] = max(row["weight"], first.get(person, 0))
                shown = most_urgent(view)
                assert shown is not None and shown["weight"].to_list() == pytest.approx(
                    sorted(first.values(), reverse=True)[:20]
                )
