"""Amounts under each other's name and ids without their zeros stop a build; nothing else does."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_access import snapshot as life
from data_access.build.build import check
from data_access.intake.config import read_config
from metrics import CONTRACT
from tests.conftest import Run
from tests.metrics.small_bank import make, write

TODAY, CUSTOMERS = "2026-06-30", 150
MONTHS = ("2026-03", "2026-04", "2026-05")
NAMES = ("aum", "deposit", "wealth", "loan")
SWAPPED = ("deposit", "aum", "wealth", "loan")
WORDS = "under each other's name"


class Bank:
    """Customers with deposits, wealth, both together, and loans, a file a month."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.folder, self.run = folder, run
        files = {name: f'csv = "{name}.csv"' for name in ("institutions", "customers")}
        files["customer_months"] = 'csv = "cm-*.csv"'
        text = "".join(f"[tables.{name}]\n{file}\n" for name, file in files.items())
        (folder / "cockpit.toml").write_text(text)
        self.write()

    def write(self, months: tuple[str, ...] = MONTHS, names: tuple[str, ...] = NAMES, zeros: int = 6) -> None:
        """Months whose amounts have these names; `zeros`: how long ids are at least."""
        rng = random.Random(1)
        (self.folder / "institutions.csv").write_text(f"institution_id,parent_id\n{1:0{zeros}},\n")
        ids = [f"{number:0{zeros}}" for number in range(1, CUSTOMERS + 1)]
        people = [(rng.randint(0, 10**6), rng.choice([0, rng.randint(1, 10**6), 10**6])) for _ in ids]
        loans = [rng.choice([0, rng.randint(1, 10**7)]) for _ in ids]
        (self.folder / "customers.csv").write_text("customer_id\n" + "\n".join(ids) + "\n")
        for number, month in enumerate(MONTHS):
            rows = []
            for id, (deposit, wealth), loan in zip(ids, people, loans, strict=True):
                held = deposit + 31 * number * rng.randint(0, 100)
                rows.append(f"{month},{id},{1:0{zeros}},{held + wealth},{held},{wealth},{loan}")
            if month in months:
                head = ",".join(("month", "customer_id", "institution_id", *names))
                (self.folder / f"cm-{month}.csv").write_text("\n".join([head, *rows, ""]))

    def build(self, *more: str) -> Any:
        return self.run("build", "--config", self.folder / "cockpit.toml", "--today", TODAY, *more)


@pytest.fixture
def bank(tmp_path: Path, run: Run) -> Bank:
    found = Bank(tmp_path, run)
    answer = found.build()
    assert answer.code == 0 and WORDS not in answer.out + answer.err
    return found


@pytest.mark.parametrize("names", [SWAPPED, ("aum", "loan", "wealth", "deposit")])
def test_a_month_with_two_columns_under_each_others_name_stops_the_build(
    bank: Bank, names: tuple[str, ...]
) -> None:
    for months, when in ((MONTHS[-1:], "in 2026-04"), (MONTHS, "before")):
        bank.write(months, names)
        answer = bank.build()
        said = [line for line in answer.err.splitlines() if WORDS in line and when in line]
        assert (answer.code, len(said)) == (3, 1) and "2026-05" in said[0]
        bank.write()
    assert bank.build().code == 0


def test_it_may_be_taken_all_the_same(bank: Bank) -> None:
    bank.write(names=SWAPPED)
    assert bank.build("--accept").code == 0
    assert bank.build().code == 0  # the same delivery is not asked of again


def test_a_first_delivery_has_its_parts_above_their_whole(tmp_path: Path, run: Run) -> None:
    """Nothing to compare with: only the contract knows that deposits are a part of what a customer holds."""
    found = Bank(tmp_path, run)
    found.write(names=SWAPPED)
    answer = found.build()
    assert answer.code == 0 and answer.out.count("deposit is above aum, of which it is a part, in") == 1


@pytest.mark.parametrize(("before", "now"), [(6, 1), pytest.param(1, 6, marks=pytest.mark.slow)])
def test_ids_that_lose_or_get_zeros_stop_the_build(before: int, now: int, tmp_path: Path, run: Run) -> None:
    bank = Bank(tmp_path, run)
    bank.write(zeros=before)
    assert bank.build().code == 0
    bank.write(zeros=now)
    answer = bank.build()
    said = [line for line in answer.err.splitlines() if "Deliver ids as text" in line]
    assert answer.code == 3 and len(said) == 1 and f"“{1:0{now}}”, before “{1:0{before}}”" in said[0]
    assert f"{CUSTOMERS} of {CUSTOMERS} new customer_id" in said[0]
    assert bank.build("--accept").code == 0


def test_the_sample_bank_is_not_doubted(sample_bank: Path) -> None:
    manifest = life.open_snapshot(sample_bank / ".cockpit").manifest
    told = [text for row in manifest["reports"] for text in (*row["notes"], *row["doubts"])]
    assert not [text for text in told if WORDS in text or "other zeros" in text]


def alarms(seeds: range, folder: Path) -> int:
    """How many random banks are said to be mixed up."""
    found = 0
    for seed in seeds:
        path = write(make(seed, nodes=6, customers=200, months=5, deals=3), folder / str(seed))
        intake = check(read_config(path, CONTRACT), date(2028, 1, 1), lambda *_: None)
        told = [text for report in intake.reports.values() for text in (*report.notes, *report.doubts)]
        found += any(WORDS in text for text in told)
    return found


def test_random_banks_are_not_doubted(tmp_path: Path) -> None:
    assert alarms(range(8), tmp_path) == 0


@pytest.mark.slow
def test_a_hundred_random_banks_are_not_doubted(tmp_path: Path) -> None:
    assert alarms(range(100, 200), tmp_path) == 0
