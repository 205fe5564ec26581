"""Customers are delivered anew with each month: only what rests on a customer that changed is built anew."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from data_access import snapshot as life
from data_access.build.build import build
from data_access.build.joined import joined_mark
from data_access.intake.config import read_config
from data_access.joined import Joined
from metrics import CONTRACT, SUBJECTS
from tests.metrics.small_bank import make, write

TODAY = date(2029, 1, 1)
CHURN = {mart.name for subject in SUBJECTS for mart in subject.marts if mart.monthly and mart.joins}


def built(bank: Path) -> life.Snapshot:
    return build(read_config(bank, CONTRACT), SUBJECTS, TODAY, lambda _step, _share: None)[0]


def marked(snapshot: life.Snapshot) -> dict[str, str]:
    """Mart and month of each partition that rests on customers, with its mark."""
    found = {}
    for folder in snapshot.file("partitions").iterdir():
        for file in folder.iterdir() if folder.name in CHURN else ():
            month, _, mark = file.name.removesuffix(".parquet").rpartition(".")
            found[f"{folder.name} {month}"] = mark
    return found


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six months of forty customers who come and go, with the day they joined and why they left."""
    made = make(seed=11, nodes=7, customers=40, months=6, deals=5)
    rng = random.Random(11)
    for person in made.customers:
        person["joined_on"] = rng.choice([None, made.months[0] - timedelta(rng.randint(-90, 900))])
        person["exit_cause"] = rng.choice([None, "closed", "died", "moved"])
    return write(made, tmp_path_factory.mktemp("joined"))


def after(bank: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> tuple[set[str], life.Snapshot]:
    """Which partitions are built anew when customers change so; and what came of it."""
    file = bank.parent / "customers.csv"
    plain = file.read_text("utf-8")
    before = marked(built(bank))
    try:
        change(pl.read_csv(file, infer_schema=False)).write_csv(file)
        snapshot = built(bank)
    finally:
        file.write_text(plain, encoding="utf-8")
    now = marked(snapshot)
    assert before.keys() == now.keys()
    return {name for name in now if now[name] != before[name]}, snapshot


def told(column: str, value: str, who: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """One customer's column says something else."""
    there = pl.when(pl.col("customer_id") == who).then(pl.lit(value)).otherwise(pl.col(column))
    return lambda rows: rows.with_columns(there.alias(column))


def months_of(bank: Path, who: str) -> list[str]:
    rows = pl.read_parquet(list(bank.parent.glob("book-*.parquet")), columns=["customer_id", "month"])
    return sorted(f"{month:%Y-%m}" for month in rows.filter(pl.col("customer_id") == who)["month"])


def test_who_joins_later_changes_no_month(bank: Path) -> None:
    new = {"customer_id": "99999", "institution_id": None, "joined_on": "2027-06-01", "exit_cause": None}
    rebuilt, _ = after(bank, lambda rows: pl.concat([rows, pl.DataFrame([new])], how="diagonal_relaxed"))
    assert not rebuilt


def test_the_day_of_joining_rebuilds_the_months_from_which_one_is_there(bank: Path) -> None:
    months = sorted({name.split()[1][:7] for name in marked(built(bank))})
    late = next(
        person
        for person in (f"{number:05}" for number in range(40))
        if (there := months_of(bank, person)) and there[0] > months[1]
    )
    rebuilt, _ = after(bank, told("joined_on", "2011-01-01", late))
    first = months_of(bank, late)[0]
    assert {name.split()[1][:7] for name in rebuilt} == {month for month in months if month >= first}


def test_a_cause_counts_where_somebody_left(bank: Path) -> None:
    """Who was there to the last month has left nowhere; who was not has left in a month after his last."""
    months = sorted({name.split()[1][:7] for name in marked(built(bank))})
    people = {f"{number:05}": months_of(bank, f"{number:05}") for number in range(40)}
    stayed = next(who for who, there in people.items() if there == months)
    gone = next(who for who, there in people.items() if there and there[-1] == months[-3] and len(there) == 4)
    assert not after(bank, told("exit_cause", "other", stayed))[0]
    rebuilt = {name.split()[1][:7] for name in after(bank, told("exit_cause", "other", gone))[0]}
    assert rebuilt == set(months[-2:])


@pytest.mark.parametrize("seed", [0, *[pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)]])
def test_what_is_taken_over_is_what_would_be_built(bank: Path, seed: int, tmp_path: Path) -> None:
    """Random changes of a third of all customers: the marts are those of a build from nothing."""
    rng = random.Random(seed)

    def change(rows: pl.DataFrame) -> pl.DataFrame:
        for who in rng.sample(rows["customer_id"].to_list(), 13):
            column = rng.choice(["joined_on", "exit_cause"])
            value = (
                f"201{rng.randint(0, 9)}-05-05" if column == "joined_on" else rng.choice(["died", "moved"])
            )
            rows = told(column, value, who)(rows)
        return rows

    rebuilt, snapshot = after(bank, change)
    assert rebuilt
    fresh = tmp_path / "bank"
    fresh.mkdir()
    for file in filter(Path.is_file, bank.parent.iterdir()):
        (fresh / file.name).write_bytes(file.read_bytes())
    rng = random.Random(seed)
    change(pl.read_csv(fresh / "customers.csv", infer_schema=False)).write_csv(fresh / "customers.csv")
    anew = built(fresh / bank.name)
    for name in CHURN & set(snapshot.manifest["marts"]):
        file = f"marts/{name}.own.parquet"
        assert pl.read_parquet(snapshot.file(file)).equals(pl.read_parquet(anew.file(file))), name


def test_the_mark_by_hand(tmp_path: Path) -> None:
    """Three customers: one stays, one leaves, one is not yet there."""
    months = [tmp_path / f"2026-0{number}.parquet" for number in (1, 2)]
    for month, ids in zip(months, ([0, 1], [0]), strict=True):
        pl.DataFrame({"customer_no": ids}).write_parquet(month)

    def mark(text: list[str | None], *, leavers: bool) -> int:
        table = tmp_path / f"customers-{'-'.join(map(str, text))}.parquet"
        pl.DataFrame({"customer_no": [0, 1, 2], "text": text}).write_parquet(table)
        return joined_mark(table, Joined(table="customers", column="text", leavers=leavers), months)

    plain = ["a", "b", "c"]
    assert mark(plain, leavers=False) == mark(["a", "b", "x"], leavers=False)
    assert len({mark(text, leavers=False) for text in (plain, ["x", "b", "c"], ["b", "a", "c"])}) == 3
    assert mark(plain, leavers=True) == mark(["x", "b", "y"], leavers=True)
    assert mark(plain, leavers=True) != mark(["a", None, "c"], leavers=True)
