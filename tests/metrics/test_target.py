"""Plans by hand: which is chosen, how far it is, and where there is none."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access.errors import NotDelivered
from data_access.view.grants import grant_of
from data_access.view.store import Store
from metrics import SUBJECTS
from metrics.target import ELAPSED
from tests.metrics.asking import by_hand, look
from tests.metrics.small_bank import Row

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
TARGETS = """
    institution_id,metric,basis,period_start,period_end,value
    A,balance.lines.deposit,level,2026-01-01,2026-12-31,2000
    A,balance.lines.deposit,increase,2026-01-01,2026-12-31,800
    A,balance.lines.deposit,increase,2026-03-01,2026-03-31,90      # for exactly the month
    A,balance.lines.deposit,increase,2026-01-01,2026-03-31,400     # for exactly the quarter
    A,balance.lines.deposit,increase,2025-01-01,2025-12-31,1       # over
    A,balance.lines.fee_income,flow,2026-01-01,2026-12-31,100
    A,book.summary.joined,flow,2026-01-01,2026-12-31,4
    A,book.summary.customers,increase,2026-01-01,2026-12-31,10
    B,balance.lines.deposit,level,2026-01-01,2026-12-31,0          # not above zero: no rate
    B,balance.lines.deposit,increase,2026-01-01,2026-12-31,-50
    B,book.summary.customers,level,2026-01-01,2026-12-31,2         # customers are no money
    B,nothing.like.this,level,2026-01-01,2026-12-31,1
    B,balance.lines.nothing,level,2026-01-01,2026-12-31,1
    B,moves.large.amount,flow,2026-01-01,2026-12-31,1              # has three rows: none is meant
    B,target.attainment.actual,level,2026-01-01,2026-12-31,1       # a plan for a plan
"""
BALANCES = """
    date,institution_id,business_line,balance
    2024-12-31,A,deposit,500
    2025-01-31,A,intermediary,30    # last year's course: 30, then 10, then 60
    2025-03-31,A,intermediary,10
    2025-07-01,A,intermediary,60
    2025-12-31,A,deposit,1000
    2025-12-31,B,deposit,70
    2026-02-27,A,deposit,1150
    2026-02-27,B,deposit,70
    2026-02-27,A,intermediary,25
    2026-03-10,A,deposit,1300
    2026-03-10,B,deposit,60
    2026-03-10,A,intermediary,15
    2026-03-10,C,deposit,9
    2026-03-31,A,deposit,1200
    2026-03-31,B,deposit,60
"""
MONTHS = """
    month,customer_id,institution_id,aum
    2025-12-31,1,A,1
    2025-12-31,2,B,1
    2026-01-31,1,A,1
    2026-01-31,2,B,1
    2026-01-31,3,A,1     # joined in January
    2026-02-28,1,A,1
    2026-02-28,2,B,1
    2026-02-28,3,A,1
    2026-02-28,4,A,1     # joined in February
    2026-03-31,1,A,1
    2026-03-31,2,B,1
    2026-03-31,3,A,1
    2026-03-31,4,A,1
    2026-03-31,5,A,1     # joined in March
"""
TREE = """
    institution_id,parent_id,level
    H,,head_office
    A,H,branch_1
    B,H,branch_1
    A1,A,outlet
    C,H,branch_1
"""


@pytest.fixture(scope="module", params=["days", "last_year"])
def planned(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Store:
    tables = {"institutions": TREE, "targets": TARGETS, "daily_balances": BALANCES, "customer_months": MONTHS}
    settings = f'[policy]\nelapsed = "{request.param}"\n'
    return by_hand(tmp_path_factory.mktemp("plans"), SUBJECTS, tables, settings)


def plans(store: Store, node: str, first: date, last: date, **more: Any) -> dict[tuple[str, str], Row]:
    rows = look(store, SUBJECTS, node, first, last, **more).metric("target.attainment").to_dicts()
    return {(row["metric"], row["basis"]): row for row in rows}


DEPOSIT, INCOME = "balance.lines.deposit", "balance.lines.fee_income"
YEAR_TO_DATE, MIDDLE = (date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 3, 1), date(2026, 3, 15))


@pytest.mark.parametrize(
    ("node", "when", "key", "target", "actual"),
    [
        ("A", MARCH, (DEPOSIT, "level"), 2000, 1200),
        ("A", MARCH, (DEPOSIT, "increase"), 90, 1200 - 1150),  # the month's own plan, since 28 February
        ("A", YEAR_TO_DATE, (DEPOSIT, "increase"), 400, 1200 - 1000),  # the quarter's own plan
        ("A", MIDDLE, (DEPOSIT, "increase"), 800, 1300 - 1000),  # none for these days: the longest
        ("A", MIDDLE, (DEPOSIT, "level"), 2000, 1300),
        ("A", MIDDLE, (INCOME, "flow"), 100, 25 + 15),
        ("A", MARCH, (INCOME, "flow"), 100, 40),  # since the plan began, not since the period did
        ("A", MARCH, ("book.summary.joined", "flow"), 4, 3),
        ("A", MIDDLE, ("book.summary.joined", "flow"), 4, 2),  # counted by the month: to the end of February
        ("A", MARCH, ("book.summary.customers", "increase"), 10, 3),
        ("A", MIDDLE, ("book.summary.customers", "increase"), 10, 2),
        ("B", MARCH, (DEPOSIT, "level"), 0, 60),
        ("B", MARCH, (DEPOSIT, "increase"), -50, -10),
        ("B", MARCH, ("book.summary.customers", "level"), 2, 1),
    ],
)
def test_a_plan_by_hand(
    planned: Store, node: str, when: tuple[date, date], key: tuple[str, str], target: float, actual: float
) -> None:
    row = plans(planned, node, *when)[key]
    assert (row["target"], row["actual"], row["gap"]) == (target, actual, target - actual)
    assert row["attainment"] == (pytest.approx(actual / target) if target > 0 else None)
    monthly = key[0].startswith("book.")  # counted to the end of February, and so is the time
    counted = date(2026, 2, 28) if monthly and when == MIDDLE else when[1]
    over = (counted - date(2026, 1, 1)).days + 1
    whole = {90: 31, 400: 90}.get(int(target), 365)
    elapsed = (31 if target == 90 else over) / whole
    if planned.policy.of(ELAPSED) == "last_year" and key == (INCOME, "flow"):
        elapsed = (30 + (10 if when[1].day == 31 else 0)) / 100
    if planned.policy.of(ELAPSED) == "days" or key[1] == "level" or key == (INCOME, "flow"):
        assert row["elapsed"] == pytest.approx(elapsed)


def test_which_plans_there_are(planned: Store) -> None:
    assert {basis for _, basis in plans(planned, "A", *MARCH)} == {"level", "increase", "flow"}
    assert len(plans(planned, "A", *MARCH)) == 5
    assert len(plans(planned, "B", *MARCH)) == 3  # what no metric of this bank says is left out
    assert plans(planned, "H", *MARCH) == {}  # never summed from below
    assert plans(planned, "C", *MARCH) == {}  # none set
    assert plans(planned, "A1", *MARCH) == {}
    assert plans(planned, "A", date(2027, 1, 1), date(2027, 1, 31)) == {}  # none holds the day
    rows = look(planned, SUBJECTS, "H", *MARCH).metric("target.attainment", "children").to_dicts()
    assert {row["institution"] for row in rows} == {"A", "B"}


def test_no_plan_for_a_part(planned: Store) -> None:
    """Filtered, with something excluded, or granted in part: the plan was set for all of it."""
    assert plans(planned, "A", *MARCH, kind="unknown") == {}
    assert plans(planned, "A", *MARCH, without=(planned.find("A1"),)) == {}
    part = grant_of(planned.tree, [planned.find("A1")], frozenset())
    assert plans(planned, "A", *MARCH, grant=part) == {}


def test_no_plans_delivered(tmp_path: Path) -> None:
    store = by_hand(tmp_path, SUBJECTS, {"institutions": TREE, "daily_balances": BALANCES})
    with pytest.raises(NotDelivered):
        look(store, SUBJECTS, "A", *MARCH).metric("target.attainment")
