"""The bridge by hand: a comment says what each deal is there for. Amounts double, so no two sums agree."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from data_access.view.store import Store
from metrics.book import subject as book
from metrics.funnel import subject as funnel
from tests.metrics.asking import by_hand, look

SUBJECTS = (book.SUBJECT, funnel.SUBJECT)
INSTITUTIONS = """
    institution_id,parent_id,level
    H,,head_office
    A,H,branch_1
    B,H,branch_1
"""
DEALS = """
    opportunity_id,institution_id,outcome,created_on,closed_on,expected_close_on,expected_amount
    d1,A,open,2026-03-01,,2026-06-30,100           # stands the whole quarter
    d2,A,open,2026-04-01,,2026-09-30,200           # new on the first day
    d3,A,won,2026-03-31,2026-06-30,2026-05-01,400  # open the day before, won on the last day
    d4,A,lost,2026-05-05,2026-05-05,2026-06-01,800 # came and went on one day
    d5,B,lapsed,2026-03-01,2026-04-01,,1600        # expected on no day; gone on the first day
    d6,B,open,2026-03-01,,2026-06-30,3200          # was 3,000, went up by 200, over a detour in one day
    d7,B,open,2026-03-01,,2026-07-01,6400          # pushed out of the quarter, not of the year
    d8,A,open,2026-03-01,,2026-06-30,12800         # pulled in from next year
    d9,B,open,2026-03-01,,2026-06-30,25600         # came from A, and its amount changed on that day
    d10,A,won,2026-03-01,2026-05-20,2026-06-30,51200  # raised and handed to A on the day it was won
    d11,A,open,,,2026-06-30,102400                 # nobody knows since when: it stood all the time
    d12,A,won,2026-03-01,2026-03-31,2026-06-30,1   # closed the day before: not in the quarter at all
    d13,A,open,2026-03-01,,2026-03-02,2            # overdue, still expected
"""
CHANGES = """
    opportunity_id,changed_on,seq,field,old,new
    d6,2026-04-10,1,expected_amount,3000,9999
    d6,2026-04-10,2,expected_amount,9999,3200
    d7,2026-05-01,1,expected_close_on,2026-06-30,2026-07-01
    d8,2026-05-02,1,expected_close_on,2027-01-01,2026-06-30
    d9,2026-05-03,1,institution_id,A,B
    d9,2026-05-03,2,expected_amount,30000,25600
    d10,2026-05-20,1,expected_amount,50000,51200
    d10,2026-05-20,2,institution_id,B,A
    d3,2026-07-05,1,expected_amount,400,500        # after the date of the deals: not looked at
    d2,2026-03-20,1,expected_amount,7,200          # before it began
    d1,2026-04-20,1,stage,lead,opportunity         # another field
    d1,2026-04-21,1,expected_amount,about100,100   # cannot be read
    d1,2026-04-22,1,expected_amount,1e12,100       # nor can what is out of bounds
    d1,2026-04-23,1,institution_id,Z,A             # nor an institution that is none
    d1,2026-04-24,1,expected_close_on,soon,        # nor a day that is none
"""
SPRING = (date(2026, 4, 1), date(2026, 6, 30))


def steps(store: Store, node: str, when: tuple[date, date] = SPRING, closing: str = "all") -> dict[str, Any]:
    rows = look(store, SUBJECTS, node, *when).metric("funnel.bridge", closing=closing).to_dicts()
    return {row["step"]: (row["deals"], row["amount"] / 100) for row in rows}


def bank(folder: Path, changes: str | None = CHANGES) -> Store:
    tables = {"institutions": INSTITUTIONS, "opportunities": DEALS}
    tables |= {"opportunity_changes": changes} if changes is not None else {}
    return by_hand(folder, SUBJECTS, tables, as_of={"opportunities": date(2026, 6, 30)})


def test_the_bridge_by_hand(tmp_path: Path) -> None:
    store = bank(tmp_path)
    assert steps(store, "H") == {
        "opening": (10, 100 + 400 + 1600 + 3000 + 6400 + 12800 + 30000 + 50000 + 102400 + 2),
        "new": (2, 200 + 800),
        "increased": (0, 200 + 1200),
        "decreased": (0, -4400),
        "pulled_in": (0, 0),
        "pushed_out": (0, 0),
        "won": (-2, -400 - 51200),
        "lost": (-1, -800),
        "lapsed": (-1, -1600),
        "transferred": (0, 0),  # both ends lie within
        "closing": (8, 100 + 200 + 3200 + 6400 + 12800 + 25600 + 102400 + 2),
    }
    a, b = steps(store, "A"), steps(store, "B")
    assert a["transferred"] == (1 - 1, 51200 - 25600)  # d10 came with what it had then, d9 went
    assert b["transferred"] == (1 - 1, 25600 - 51200)
    assert a["decreased"] == (0, -4400)  # of d9: the amount changed before it was handed on
    assert b["increased"] == (0, 200 + 1200)
    assert a["won"] == (-2, -400 - 51200)
    assert a["opening"] == (6, 100 + 400 + 12800 + 30000 + 102400 + 2)


def test_the_window_of_the_quarter_and_of_the_year(tmp_path: Path) -> None:
    store = bank(tmp_path)
    quarter = steps(store, "H", closing="quarter")
    assert quarter["opening"] == (8, 100 + 400 + 3000 + 6400 + 30000 + 50000 + 102400 + 2)
    assert quarter["new"] == (1, 800)  # d2 closes in the next quarter
    assert quarter["pulled_in"] == (1, 12800)
    assert quarter["pushed_out"] == (-1, -6400)
    assert quarter["lapsed"] == (0, 0)  # expected on no day
    assert quarter["closing"] == (6, 100 + 3200 + 12800 + 25600 + 102400 + 2)
    year = steps(store, "H", closing="year")
    assert year["pulled_in"] == (1, 12800) and year["pushed_out"] == (0, 0)
    assert year["new"] == (2, 1000)


def test_periods_within_a_month_follow_one_another(tmp_path: Path) -> None:
    """The closing of one day is the opening of the next, on every day and in the middle of months."""
    store = bank(tmp_path)
    days = [date(2026, 4, 1), date(2026, 4, 10), date(2026, 5, 3), date(2026, 5, 20), date(2026, 6, 30)]
    for before, day in pairwise(days):
        next_day = date.fromordinal(before.toordinal() + 1)
        assert steps(store, "B", (next_day, day))["opening"] == steps(store, "B", (before, before))["closing"]
    assert steps(store, "H", (date(2026, 5, 5), date(2026, 5, 5)))["new"] == (1, 800)


def test_without_changes_the_steps_that_need_them_are_missing(tmp_path: Path) -> None:
    for changes in (None, "opportunity_id,changed_on,field\nd6,2026-04-10,expected_amount"):
        store = bank(tmp_path / str(changes is None), changes)
        found = steps(store, "H")
        assert list(found) == ["opening", "new", "won", "lost", "lapsed", "closing"]
        assert found["opening"] == (10, 100 + 400 + 1600 + 3200 + 6400 + 12800 + 25600 + 51200 + 102400 + 2)
        assert found["closing"] == (8, 100 + 200 + 3200 + 6400 + 12800 + 25600 + 102400 + 2)


def test_a_delivery_without_a_change_is_no_fault(tmp_path: Path) -> None:
    found = steps(bank(tmp_path, CHANGES.strip().splitlines()[0]), "H")
    assert found["increased"] == (0, 0) and found["transferred"] == (0, 0)
    assert found["closing"] == (8, 100 + 200 + 3200 + 6400 + 12800 + 25600 + 102400 + 2)


def test_what_is_not_looked_at_is_said(tmp_path: Path) -> None:
    report = next(row for row in bank(tmp_path).manifest["reports"] if row["table"] == "opportunity_changes")
    assert any("stage" in note for note in report["notes"])
    unread = {"expected_amount": 2, "institution_id": 1, "expected_close_on": 1}
    for field, n in unread.items():
        assert any(f"{n} old values of {field} cannot be read" in note for note in report["notes"]), field
