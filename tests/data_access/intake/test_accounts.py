"""Rows of accounts are summed to customers and months: the figures of an extract that was summed before."""

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access import snapshot as life
from tests.conftest import Run

TODAY = "2026-06-30"
MONTHS = ("2026-04-30", "2026-05-31")
HEAD = "month,customer_id,institution_id,aum,deposit,loan,products"


def made(seed: int) -> tuple[list[str], list[str]]:
    """Lines of accounts, and of the customers that they are."""
    rng, accounts = random.Random(seed), list[tuple[Any, ...]]()
    for month in MONTHS:
        for customer in range(60):
            for _ in range(rng.choice([1, 1, 2, 5])):
                amounts = [rng.choice([None, 0, rng.randint(-(10**6), 10**9)]) for _ in range(3)]
                accounts.append((month, f"{customer:03}", rng.choice("ABC"), *amounts, 1))
    accounts += rng.sample(accounts, 5)  # two accounts that are alike
    rng.shuffle(accounts)
    held: defaultdict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for account in accounts:
        held[account[:2]].append(account)
    customers = []
    for key, mine in held.items():
        largest = max(sum(abs(x or 0) for x in one[3:6]) for one in mine)
        place = min(one[2] for one in mine if sum(abs(x or 0) for x in one[3:6]) == largest)
        told = [[one[n] for one in mine if one[n] is not None] for n in range(3, 7)]
        customers.append((*key, place, *[sum(column) if column else None for column in told]))
    return lines(accounts), lines(customers)


def lines(rows: list[tuple[Any, ...]]) -> list[str]:
    def cents(value: Any) -> str:
        return "" if value is None else f"{value / 100:.2f}"

    return [",".join([*row[:3], *map(cents, row[3:6]), str(row[6])]) for row in rows]


def built(folder: Path, run: Run, rows: list[str], more: str = "") -> tuple[Any, dict[str, Any]]:
    folder.mkdir()
    (folder / "i.csv").write_text("institution_id,parent_id\nA,\nB,A\nC,A\n")
    half = len(rows) // 2
    for number, part in enumerate((rows[:half], rows[half:])):
        (folder / f"m{number}.csv").write_text("\n".join([HEAD, *part, ""]))
    tables = '[tables.institutions]\ncsv = "i.csv"\n[tables.customer_months]\ncsv = "m*.csv"\n'
    (folder / "cockpit.toml").write_text(tables + more)
    answer = run("build", "--config", folder / "cockpit.toml", "--today", TODAY)
    if answer.code:
        return answer, {}
    snapshot = life.open_snapshot(folder / ".cockpit")
    names = [name for name in snapshot.manifest["files"] if name.startswith(("marts/", "tables/", "lists/"))]
    frames = {name: pl.read_parquet(snapshot.file(name)) for name in names if name.endswith(".parquet")}
    return answer, {name: frame.hash_rows().sort().to_list() for name, frame in frames.items()}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_accounts_are_summed_to_customers(seed: int, tmp_path: Path, run: Run) -> None:
    accounts, customers = made(seed)
    answer, found = built(tmp_path / "accounts", run, accounts, "accounts = true\n")
    assert answer.code == 0, answer.err
    report = life.open_snapshot(tmp_path / "accounts" / ".cockpit").manifest["reports"][-1]
    assert (report["rows_in"], report["loaded"], report["duplicate"]) == (len(accounts), len(accounts), 0)
    direct, expected = built(tmp_path / "customers", run, customers)
    assert direct.code == 0 and found == expected and len(found) > 10


def test_an_account_that_breaks_a_rule_is_kept_apart(tmp_path: Path, run: Run) -> None:
    rows = [f"2026-05-31,1,A,{number},,,1" for number in range(1, 200)] + ["2026-05-31,1,Z,9,,,1"]
    answer, _ = built(tmp_path / "bank", run, rows, "accounts = true\n")
    assert answer.code == 0
    snapshot = life.open_snapshot(tmp_path / "bank" / ".cockpit")
    [row] = pl.read_parquet(snapshot.file("tables", "customer_months", "2026-05.parquet")).to_dicts()
    assert row["aum"] == sum(range(1, 200)) * 100 and row["products"] == 199
    [kept] = pl.read_parquet(snapshot.file("quarantine", "customer_months.parquet")).to_dicts()
    assert kept["key"] == "customer_id=1; month=2026-05-31" and kept["value"] == "Z"


def test_accounts_are_of_customer_months_alone(tmp_path: Path, run: Run) -> None:
    (tmp_path / "cockpit.toml").write_text('[tables.customers]\ncsv = "c.csv"\naccounts = true\n')
    answer = run("check", "--config", tmp_path / "cockpit.toml")
    assert answer.code == 2 and "accounts is for customer_months" in answer.err
