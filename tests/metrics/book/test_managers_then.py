"""Managers are counted under who held the customer then, where months say so."""

from datetime import date
from pathlib import Path

from metrics.book import subject as book
from tests.metrics.asking import by_hand, look

TABLES = {  # today Ben holds all of them
    "institutions": "institution_id,parent_id,level\nH,,head_office\nA,H,outlet\nB,H,outlet",
    "managers": "manager_id,name,institution_id\nm1,Ann,A\nm2,Ben,B",
    "customers": "customer_id,institution_id,manager_id\n1,A,m2\n2,A,m2\n3,B,m2",
}
MONTHS = """month,customer_id,institution_id,aum,manager_id
2026-05,1,A,10,m1
2026-05,2,A,20,m1
2026-05,3,B,40,
2026-06,1,A,10,m1
2026-06,2,A,20,m2
2026-06,3,B,40,gone   # no such manager: nobody
"""


def counted(folder: Path, months: str) -> dict[tuple[int, str], tuple[int, float]]:
    store = by_hand(folder, (book.SUBJECT,), {**TABLES, "customer_months": months})
    found = {}
    for month in (5, 6):
        last = date(2026, month, 31 if month == 5 else 30)
        rows = look(store, (book.SUBJECT,), "H", last.replace(day=1), last).metric("book.managers", "manager")
        found |= {(month, row["manager"]): (row["customers"], row["aum"] / 100) for row in rows.to_dicts()}
    return {key: value for key, value in found.items() if value[0]}


def test_who_held_the_customer_then(tmp_path: Path) -> None:
    found = counted(tmp_path, MONTHS)
    assert {key: value for key, value in found.items() if key[1] in ("Ann", "Ben")} == {
        (5, "Ann"): (2, 30.0),
        (6, "Ann"): (1, 10.0),
        (6, "Ben"): (1, 20.0),
    }
    assert sorted(value for key, value in found.items() if key[1] not in ("Ann", "Ben")) == [(1, 40.0)] * 2


def test_without_it_the_present_one(tmp_path: Path) -> None:
    plain = "\n".join(
        line.partition("#")[0].strip().rpartition(",")[0] for line in MONTHS.strip().splitlines()
    )
    assert counted(tmp_path, plain) == {(5, "Ben"): (3, 70.0), (6, "Ben"): (3, 70.0)}
