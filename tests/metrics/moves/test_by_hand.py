"""Large moves and maturities by hand: a comment says what each row is there for."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import NotDelivered
from data_access.view.store import Store
from metrics.balance import subject as balance
from metrics.book import subject as book
from metrics.holdings import subject as holdings
from metrics.moves import subject as moves
from tests.metrics.asking import by_hand, look

SUBJECTS = (book.SUBJECT, moves.SUBJECT, holdings.SUBJECT)

INSTITUTIONS = """
    institution_id,parent_id,level
    H,,head_office
    A,H,branch_1
    B,H,branch_1
"""
MONTHS = """
    month,customer_id,institution_id,aum,aum_avg
    2026-05-31,1,A,600000,600000        # affluent
    2026-05-31,2,B,100,100              # mass
    2026-05-31,3,B,700000,700000        # affluent
    2026-05-31,4,A,900000,900000        # affluent, gone in June
    2026-06-30,1,B,800000,600000        # exactly the amount that is reported, booked where it is now
    2026-06-30,2,B,900000,900000        # grew by much, but was no upper tier
    2026-06-30,3,B,500000.01,600000     # a cent less than is reported
    2026-07-31,1,A,100000,100000        # 700,000 less
    2026-07-31,2,B,900000,900000
    2026-07-31,3,B,700000.01,700000
"""
CUSTOMERS = "customer_id\n1\n2\n3\n4\n5\n6\n7"
MOVES = """
    customer_id,institution_id,date,amount,direction
    1,A,2026-06-01,1000,in      # called on the fourth day: too late
    1,A,2026-06-10,2000,out     # called on the same day
    1,A,2026-06-10,300,out      # the same customer, day and direction: one move of 2,300
    1,B,2026-06-10,40,out       # but held by another institution: a move of its own
    2,B,2026-06-20,5000,in      # called on the third day
    3,B,2026-06-20,7000,out     # called the day before only
    3,B,2026-06-25,7000,out
    3,B,2026-06-25,7000,out     # word for word again: a duplicate
"""
CONTACTS = """
    contact_id,customer_id,institution_id,contacted_on
    c1,1,A,2026-06-05
    c2,1,A,2026-06-10
    c3,2,B,2026-06-23
    c4,3,A,2026-06-19
    c5,,A,2026-06-26            # with nobody
"""
JUNE, JULY = (date(2026, 6, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 7, 31))


def large(store: Store, node: str, when: tuple[date, date], **filters: str) -> dict[str, tuple[Any, ...]]:
    rows = look(store, SUBJECTS, node, *when, **filters).metric("moves.large").to_dicts()
    return {row["direction"]: (row["customers"], row["amount"], row["contacted"]) for row in rows}


def test_large_moves_by_hand(tmp_path: Path) -> None:
    tables = {
        "institutions": INSTITUTIONS,
        "customer_months": MONTHS,
        "large_moves": MOVES,
        "contacts": CONTACTS,
    }
    store = by_hand(tmp_path, SUBJECTS, tables)
    assert large(store, "H", JUNE) == {
        "in": (2, 6000_00, 1),
        "out": (4, 16340_00, 2),
        "net": (6, -10340_00, 3),
    }
    assert large(store, "A", JUNE) == {"in": (1, 1000_00, 0), "out": (1, 2300_00, 1), "net": (2, -1300_00, 1)}
    assert large(store, "H", JULY) == {"in": (0, 0, 0), "out": (0, 0, 0), "net": (0, 0, 0)}
    assert large(store, "H", JUNE, tier="mass") == {
        "in": (1, 5000_00, 1),
        "out": (0, 0, 0),
        "net": (1, 5000_00, 1),
    }


@pytest.mark.parametrize("contacts", ["", "contact_id,institution_id,contacted_on\nc1,A,2026-06-10"])
def test_nobody_knows_of_contacts_that_are_not_delivered(tmp_path: Path, contacts: str) -> None:
    """No table, or one that does not say with whom."""
    tables = {"institutions": INSTITUTIONS, "customer_months": MONTHS, "large_moves": MOVES}
    store = by_hand(tmp_path, SUBJECTS, tables | ({"contacts": contacts} if contacts else {}))
    assert large(store, "H", JUNE) == {
        "in": (2, 6000_00, None),
        "out": (4, 16340_00, None),
        "net": (6, -10340_00, None),
    }


def test_changes_between_month_ends_take_the_place_of_moves(tmp_path: Path) -> None:
    tables = {"institutions": INSTITUTIONS, "customer_months": MONTHS, "contacts": CONTACTS}
    store = by_hand(tmp_path, SUBJECTS, tables)
    assert large(store, "H", JUNE) == {
        "in": (1, 200000_00, None),
        "out": (0, 0, None),
        "net": (1, 200000_00, None),
    }
    assert large(store, "B", JUNE)["in"] == (1, 200000_00, None)
    assert large(store, "H", JULY)["in"] == (1, 200000_00, None)
    assert large(store, "A", JULY)["out"] == (1, 700000_00, None)
    assert large(store, "H", (date(2026, 5, 1), date(2026, 5, 31)))["net"] == (0, 0, None)  # the first month


def test_a_delivery_without_a_move_is_no_fault(tmp_path: Path) -> None:
    tables = {"institutions": INSTITUTIONS, "customer_months": MONTHS, "holdings": HOLDINGS.split("\n")[1]}
    tables["large_moves"] = "customer_id,institution_id,date,amount,direction"
    store = by_hand(tmp_path, SUBJECTS, tables)
    assert large(store, "H", JUNE)["net"][:2] == (0, 0)


def test_moves_of_a_bank_without_customers(tmp_path: Path) -> None:
    """Only balances and moves are delivered: customers are told apart by their ids."""
    balances = "date,institution_id,business_line,balance\n2026-07-31,A,deposit,1"
    tables = {"institutions": INSTITUTIONS, "daily_balances": balances, "large_moves": MOVES}
    tables |= {"contacts": CONTACTS, "holdings": HOLDINGS}
    subjects = (*SUBJECTS, balance.SUBJECT)
    store = by_hand(tmp_path, subjects, tables, as_of={"holdings": date(2026, 7, 31)})
    assert large(store, "H", JUNE)["net"] == (6, -10340_00, 3)
    rows = look(store, subjects, "H", *JULY).metric("holdings.kept").to_dicts()
    assert sum(row["kept"] for row in rows) == KEPT * 100


HOLDINGS = """
    position_id,customer_id,institution_id,product_kind,amount,opened_on,matures_on
    p0,1,A,deposit,100,2026-01-05,2026-07-06
    p1,1,A,deposit,60,2026-07-06,2026-10-06    # 60 again on the same day
    p2,1,B,fund,30,2026-07-09,                 # 30 into another kind on the third day, elsewhere
    p3,1,A,deposit,500,2026-07-10,             # on the fourth day: too late
    p4,2,B,deposit,100,2026-01-05,2026-07-06
    p5,2,B,fund,250,2026-07-07,                # more than matured: 100 stayed
    p6,3,A,deposit,100,2026-01-05,2026-07-13   # two maturities within the window
    p7,3,A,fund,40,2026-01-05,2026-07-14
    p8,3,A,deposit,90,2026-07-14,2027-07-14    # counts for the last one only: 40 in another kind
    p9,4,A,deposit,100,2026-01-05,2026-07-20   # one customer, one kind, two institutions
    p10,4,B,deposit,100,2026-01-05,2026-07-20
    p11,4,B,deposit,150,2026-07-21,             # 100 stayed at the first, 50 at the second
    p12,5,A,deposit,70,2026-01-05,2026-07-29    # three days are not over on the 31st
    p13,6,B,deposit,20,2026-01-05,2026-07-28    # they are just over
    p14,7,B,wealth,33,2026-01-05,2026-08-01     # due tomorrow
    p15,7,B,wealth,1,2026-01-05,2026-08-07      # on the seventh day
    p16,7,B,wealth,2,2026-01-05,2026-08-08
    p17,7,B,wealth,4,2026-01-05,2026-08-30      # on the thirtieth
    p18,7,B,wealth,8,2026-01-05,2026-10-29      # on the ninetieth
    p19,7,B,wealth,16,2026-01-05,2026-10-30
    p20,7,B,wealth,64,2026-01-05,2026-07-31     # today: it matured, too early to say
    p21,7,B,,128,2026-01-05,                    # never matures
"""
KEPT = 60 + 30 + 100 + 40 + 150


def test_maturities_by_hand(tmp_path: Path) -> None:
    tables = {"institutions": INSTITUTIONS, "customers": CUSTOMERS, "customer_months": MONTHS}
    tables |= {"holdings": HOLDINGS}
    store = by_hand(tmp_path, SUBJECTS, tables, as_of={"holdings": date(2026, 7, 31)})

    def kept(node: str) -> dict[str, tuple[Any, ...]]:
        rows = look(store, SUBJECTS, node, *JULY).metric("holdings.kept").to_dicts()
        names = ("matured", "to_same", "to_other", "gone", "pending")
        return {row["product_kind"]: tuple(row[name] / 100 for name in names) for row in rows}

    assert kept("A")["deposit"] == (300, 160, 30, 110, 70)
    assert kept("A")["fund"] == (40, 0, 40, 0, 0)
    assert kept("B")["deposit"] == (220, 50, 100, 70, 0)
    assert kept("B")["wealth"] == (0, 0, 0, 0, 64)
    whole = look(store, SUBJECTS, "H", *JULY).metric("holdings.kept").to_dicts()
    assert sum(row["kept"] for row in whole) == KEPT * 100

    def due(days: int, **filters: str) -> dict[str, tuple[int, float]]:
        view = look(store, SUBJECTS, "H", *JULY, **filters)
        rows = view.metric("holdings.maturing", days=str(days)).to_dicts()
        return {
            row["product_kind"]: (row["positions"], row["amount"] / 100) for row in rows if row["positions"]
        }

    assert due(7) == {"wealth": (2, 34)}
    assert due(30) == {"wealth": (4, 40)}
    assert due(90) == {"wealth": (5, 48), "deposit": (1, 60)}
    assert due(90, tier="mass") == {}
    assert due(90, tier="emerging") == {"deposit": (1, 60)}  # October is known by the last month end there is


def test_holdings_without_their_opening_are_due_but_never_kept(tmp_path: Path) -> None:
    rows = "customer_id,institution_id,amount,matures_on\n1,A,10,2026-07-30\n1,A,20,2026-08-02"
    tables = {"institutions": INSTITUTIONS, "customer_months": MONTHS, "holdings": rows}
    store = by_hand(tmp_path, SUBJECTS, tables)
    view = look(store, SUBJECTS, "H", *JULY)
    assert view.metric("holdings.maturing")["amount"].sum() == 2000
    assert view.metric("holdings.kept")["kept"].sum() == 0
    assert view.list("holdings_due").height in (0, 1)


def test_nothing_delivered_is_said(tmp_path: Path) -> None:
    rows = "month,customer_id,institution_id\n2026-07-31,1,H"  # no AUM, no moves
    store = by_hand(tmp_path, SUBJECTS, {"institutions": INSTITUTIONS, "customer_months": rows})
    for metric in ("moves.large", "holdings.maturing", "holdings.kept"):
        with pytest.raises(NotDelivered):
            look(store, SUBJECTS, "H", *JULY).metric(metric)
