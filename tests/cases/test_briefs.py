"""Reports of institutions that close later, of months in part, with names too long for a file."""

from pathlib import Path
from typing import Any

import pytest

BOOK = "month,customer_id,institution_id,aum\n2026-05,1,A,5\n2026-05,2,B,5\n2026-06,1,A,5\n2026-06,2,B,5\n"


def brief(found: Any, *more: str | Path) -> Any:
    return found.run("brief", "--config", found.config, "--lang", "en", *more)


@pytest.mark.parametrize(
    ("alpha", "beta", "period", "files"),
    [
        ("2027-06-30", "", "2026-06", 2),
        ("9999-12-31", "9999-12-31", "2026-06", 2),
        ("2026-06-15", "", "2026-06", 1),
        ("2026-06-15", "", "2026-05", 2),  # it was open then
    ],
)
def test_an_institution_that_closes_later_has_its_report(
    alpha: str, beta: str, period: str, files: int, bank: Any, tmp_path: Path
) -> None:
    tree = "institution_id,parent_id,level,name,closed_on\nH,,head_office,Head,\n"
    tree += f"A,H,branch_1,Alpha,{alpha}\nB,H,branch_1,Beta,{beta}\n"
    found = bank({"customer_months": "cm.csv"}, {"i.csv": tree, "cm.csv": BOOK})
    assert found.build().code == 0
    answer = brief(found, "--children", "--period", period, "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert len(list((tmp_path / "out").iterdir())) == files


def test_a_batch_without_a_report_says_so(bank: Any, tmp_path: Path) -> None:
    tree = "institution_id,parent_id,level,name,closed_on\nH,,head_office,Head,\n"
    tree += "A,H,branch_1,Alpha,2026-06-10\nB,H,branch_1,Beta,2026-06-11\n"
    found = bank({"customer_months": "cm.csv"}, {"i.csv": tree, "cm.csv": BOOK})
    assert found.build().code == 0
    answer = brief(found, "--children", "--out", tmp_path / "out")
    assert answer.code == 2
    assert "all 2 institutions were closed by 2026-06-30" in answer.err


def days(line: str, product: str, dates: list[str]) -> str:
    rows = "".join(f"{day},A,{line},{product},1\n" for day in dates)
    return "date,institution_id,business_line,product,balance\n" + rows


def test_data_within_one_month_have_their_report(bank: Any) -> None:
    dates = [f"2026-06-{day}" for day in range(10, 25)]
    found = bank({"daily_balances": "db.csv"}, {"db.csv": days("deposit", "giro", dates)})
    assert found.build().code == 0
    answer = brief(found)
    assert answer.code == 0, answer.err
    assert "2026-06-10" in answer.out and "2026-06-24" in answer.out


@pytest.mark.parametrize("period", ["2025-W09", "2024-W09"])
def test_a_week_beside_a_leap_day_is_compared_with_seven_days(period: str, bank: Any) -> None:
    spans = [(2023, 2, range(15, 29)), (2023, 3, range(1, 10)), (2024, 2, range(15, 30))]
    spans += [(2024, 3, range(1, 10)), (2025, 2, range(15, 29)), (2025, 3, range(1, 10))]
    dates = [f"{year}-{month:02}-{day:02}" for year, month, days in spans for day in days]
    found = bank({"daily_balances": "db.csv"}, {"db.csv": days("intermediary", "fees", dates)})
    assert found.build().code == 0
    answer = brief(found, "--period", period, "--compare", "last_year")
    assert answer.code == 0, answer.err
    lines = [line for line in answer.out.splitlines() if "Fee income" in line]
    assert lines
    assert all("7 CNY" in line and "vs same period last year unchanged" in line for line in lines)


def test_a_name_beyond_what_a_file_may_be_called_is_cut(bank: Any, tmp_path: Path) -> None:
    levels = [
        f"{word} {'Office ' * 6}".strip() for word in ("Zonal", "Circle", "Regional", "Cluster", "Outlet")
    ]
    header = "month,customer_id,aum,L1,L2,L3,L4,L5\n"
    twin = [*levels[:4], levels[4] + "2"]
    rows = "".join(
        f"{month},{n},5,{','.join(path)}\n"
        for month in ("2026-05", "2026-06")
        for n, path in enumerate((levels, twin))
    )
    config = (
        '[tables.customer_months]\ncsv = "cm.csv"\nlevels = ["L1", "L2", "L3", "L4", "L5"]\nroot = "总行"\n'
    )
    found = bank({}, {"cm.csv": header + rows})
    found.config.write_text(config, encoding="utf-8")
    assert found.build().code == 0
    answer = brief(found, "--level", "outlet", "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    names = [file.name for file in (tmp_path / "out").iterdir()]
    assert len(names) == 2  # cut alike, they are still two
    assert all(len(name.encode()) <= 255 and name.endswith("_2026-06.txt") for name in names)
