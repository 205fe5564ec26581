"""Complaints by hand: a comment says what each case is there for."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import NotDelivered
from data_access.view.store import Store
from metrics.book import subject as book
from metrics.complaints import subject as complaints
from tests.metrics.asking import by_hand, look

SUBJECTS = (book.SUBJECT, complaints.SUBJECT)
INSTITUTIONS = """
    institution_id,parent_id,level
    H,,head_office
    A,H,branch_1
    B,H,branch_1
"""
MONTHS = """
    month,customer_id,institution_id,aum,aum_avg
    2026-05-31,1,A,100,600000       # affluent, when he complains in June
    2026-06-30,1,A,1000,100
    2026-06-30,2,A,50,100
    2026-06-30,3,B,70,100
    2026-06-30,4,B,,100             # nobody knows what he holds
"""
CUSTOMERS = "customer_id\n1\n2\n3\n4\n5"
CASES = """
    case_id,customer_id,institution_id,category,source,opened_on,due_on,answered_on,resolved_on
    c1,1,A,fees,customer,2026-06-01,2026-06-11,2026-06-11,2026-06-20   # answered on the promised day
    c2,1,A,fees,regulator,2026-06-02,2026-06-11,2026-06-12,            # a day late, open; a repeat
    c3,2,A,,regulator,2026-03-04,2026-03-14,2026-03-05,2026-06-01      # opened before, resolved within
    c4,2,B,fees,customer,2026-06-02,2026-06-30,,                       # the 90th day after c3; due today
    c5,3,B,fees,regulator,2026-06-10,2026-06-29,,                      # past the promised day
    c6,3,B,fees,customer,2026-06-10,2026-06-20,,                       # later, another on the same day
    c7,4,B,fees,customer,2026-05-31,2026-06-01,,                       # he holds nothing that is known
    c8,,B,fees,media,2026-06-30,,,                                     # by nobody known, nothing promised
    c9,,B,fees,customer,2026-06-29,2026-07-20,,2026-06-30              # a resolution is an answer
    c10,5,B,fees,customer,,2026-06-01,,                                # no opening day: not counted
    c11,2,A,fees,customer,2026-08-31,2026-09-10,,                      # after the date of the data
"""
JUNE = (date(2026, 6, 1), date(2026, 6, 30))


def bank(folder: Path, cases: str = CASES, policy: str = "") -> Store:
    found = {"institutions": INSTITUTIONS, "customers": CUSTOMERS, "customer_months": MONTHS}
    settings = f"[policy]\nquarantine_share = 0.2\n{policy}"
    as_of = {"complaints": JUNE[1]}
    return by_hand(folder, SUBJECTS, found | {"complaints": cases}, settings, as_of)


def summary(store: Store, node: str, when: tuple[date, date] = JUNE, **filters: str) -> dict[str, Any]:
    [row] = look(store, SUBJECTS, node, *when, **filters).metric("complaints.summary").to_dicts()
    return row


def test_complaints_by_hand(tmp_path: Path) -> None:
    store = bank(tmp_path)
    june = summary(store, "H")
    assert {name: june[name] for name in ("regulator", "opened", "resolved", "open", "repeated")} == {
        "regulator": 2,  # c2 and c5; c3 came before
        "opened": 7,
        "resolved": 3,
        "open": 6,
        "repeated": 3,  # c2, c4 and c6
    }
    assert (june["in_time"], june["promised"]) == (2, 6)  # c1, c9; late: c2, c5 (29 June is over), c6, c7
    assert june["on_time"] == pytest.approx(1 / 3)
    assert june["per_10k"] == pytest.approx(7 * 10_000 / 4)
    # days 1 (c9) and 19 (c1) leave more than one half; on its 89th day c3 is seen alone, and ends
    assert june["median_days"] == 89
    a = summary(store, "A")
    # at day 19 two are under way (c1, c2): one half is left; on day 89 c3 alone
    assert a["median_days"] == 19
    assert (a["open"], a["opened"], a["resolved"]) == (1, 2, 2)
    assert (
        summary(store, "H", tier="affluent")["opened"] == 2
    )  # c1 and c2 keep the tier they were opened with
    march = summary(store, "H", (date(2026, 3, 1), date(2026, 3, 31)))
    assert (march["opened"], march["open"], march["in_time"], march["promised"]) == (1, 1, 1, 1)
    assert march["per_10k"] is None  # no month end is delivered so early


def test_stocks_follow_one_another_day_by_day(tmp_path: Path) -> None:
    store = bank(tmp_path)
    days = [
        date(2026, 4, 30),
        *(date(2026, 5, day) for day in (1, 31)),
        *(date(2026, 6, day) for day in (1, 2)),
    ]
    on = {day: summary(store, "H", (day, day))["open"] for day in days}
    assert list(on.values()) == [1, 1, 2, 2, 4]  # 1 June: c1 came, c3 went


def test_what_waits_beyond_the_promise(tmp_path: Path) -> None:
    store = bank(tmp_path)
    view = look(store, SUBJECTS, "H", *JUNE)
    assert view.metric("complaints.late").to_dicts() == [{"cases": 3, "regulator": 1, "aum": 14000}]
    rows = view.list("complaints_late").sort(["regulator", "weight", "days_late"], descending=True)
    # the regulator's first, one day late; then 70 × 10 days; then what is longest late but holds nothing
    assert rows.select("case_id", "days_late").rows() == [("c5", 1), ("c6", 10), ("c7", 29)]
    assert rows["aum"].to_list() == [7000, 7000, None]


def test_the_most_urgent_are_kept_and_the_policy_says_what_a_repeat_is(tmp_path: Path) -> None:
    store = bank(tmp_path, policy="list_cap = 1\nrepeat_days = 89\n")
    assert look(store, SUBJECTS, "H", *JUNE).list("complaints_late")["case_id"].to_list() == ["c5"]
    assert summary(store, "H")["repeated"] == 2  # the 90th day is one too many


def test_by_category_no_customers_can_be_told_apart(tmp_path: Path) -> None:
    view = look(bank(tmp_path), SUBJECTS, "H", *JUNE)
    rows = {row["category"]: row for row in view.metric("complaints.summary", "category").to_dicts()}
    assert rows["fees"]["opened"] == 7 and rows["unknown"]["resolved"] == 1
    assert rows["fees"]["per_10k"] is None
    by_kind = view.metric("complaints.summary", "kind").to_dicts()
    assert [row["per_10k"] for row in by_kind] == [pytest.approx(7 * 10_000 / 4)]


def test_what_is_not_delivered_is_not_told(tmp_path: Path) -> None:
    """Neither an end nor a promise nor a source: what came is all that is known."""
    bare = bank(tmp_path / "bare", "case_id,institution_id,opened_on\nc1,A,2026-06-05")
    row = summary(bare, "H")
    assert row["opened"] == 1
    for name in ("regulator", "resolved", "open", "median_days", "on_time", "promised", "repeated"):
        assert row[name] is None, name
    with pytest.raises(NotDelivered):
        look(bare, SUBJECTS, "H", *JUNE).metric("complaints.late")
    promised = "case_id,institution_id,opened_on,due_on\nc1,A,2026-06-05,2026-06-06"
    store = bank(tmp_path / "promised", promised)  # whether it was kept, nobody says
    assert summary(store, "H")["on_time"] is None
    assert look(store, SUBJECTS, "H", *JUNE).metric("complaints.late")["cases"][0] is None
    undated = bank(tmp_path / "undated", "case_id,institution_id\nc1,A")
    with pytest.raises(NotDelivered, match=r"complaints\.opened_on"):
        summary(undated, "H")


def test_a_delivery_without_a_complaint_is_no_fault(tmp_path: Path) -> None:
    store = bank(tmp_path / "none", CASES.strip().splitlines()[0])
    row = summary(store, "H")
    assert (row["opened"], row["open"], row["promised"], row["per_10k"]) == (0, 0, 0, 0.0)
    assert row["on_time"] is None and row["median_days"] is None
    assert look(store, SUBJECTS, "H", *JUNE).metric("complaints.late")["cases"].to_list() == [0]


def test_complaints_of_a_bank_without_customers(tmp_path: Path) -> None:
    deals = "opportunity_id,institution_id,outcome,created_on\n1,A,open,2026-06-01"
    tables = {"institutions": INSTITUTIONS, "opportunities": deals, "complaints": CASES}
    settings = "[policy]\nquarantine_share = 0.2\n"
    store = by_hand(tmp_path, SUBJECTS, tables, settings, {"complaints": JUNE[1]})
    row = summary(store, "H")
    assert (row["opened"], row["repeated"], row["per_10k"]) == (7, 3, None)
    assert look(store, SUBJECTS, "H", *JUNE).metric("complaints.late")["aum"][0] is None
