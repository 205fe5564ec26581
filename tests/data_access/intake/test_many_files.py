"""A table in many files, a branch or a day each: the time goes with the files, and all rows arrive."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

INSTITUTIONS = "institution_id,parent_id,level,name\nH,,head_office,Head\nA,H,branch_1,Alpha\n"
ROWS = 20


def bank(folder: Path, files: int, *, parquet: bool = False) -> Path:
    """Each file holds two months of ten customers; every third one writes its columns in another order."""
    months = folder / "cm"
    months.mkdir(parents=True)
    (folder / "i.csv").write_text(INSTITUTIONS, encoding="utf-8")
    for number in range(files):
        frame = pl.DataFrame(
            {
                "month": [f"2026-0{1 + row % 2}" for row in range(ROWS)],
                "customer_id": [str(number * ROWS + row // 2) for row in range(ROWS)],
                "institution_id": ["A"] * ROWS,
                "aum": [100 + row for row in range(ROWS)],
            }
        )
        frame = frame.select(reversed(frame.columns)) if number % 3 == 0 else frame
        if parquet:
            frame.write_parquet(months / f"{number:05}.parquet")
        else:
            frame.write_csv(months / f"{number:05}.csv")
    kind = "parquet" if parquet else "csv"
    config = folder / "cockpit.toml"
    text = f'[tables.institutions]\ncsv = "i.csv"\n[tables.customer_months]\n{kind} = "cm/*.{kind}"\n'
    config.write_text(text, encoding="utf-8")
    return config


def checked(config: Path, run: Any) -> float:
    """Seconds of processor time of a check that loads every row."""
    before = time.process_time()
    answer = run("check", "--config", config, "--today", "2026-06-30", "--format", "json")
    spent = time.process_time() - before
    report = {row["table"]: row for row in answer.rows}["customer_months"]
    files = len(list((config.parent / "cm").iterdir()))
    assert (report["rows_in"], report["loaded"]) == (files * ROWS, files * ROWS)
    return spent


@pytest.mark.parametrize("parquet", [False, True])
def test_twice_the_files_take_twice_the_time_at_most(parquet: bool, run: Any, tmp_path: Path) -> None:
    checked(bank(tmp_path / "warm", 2, parquet=parquet), run)
    less = checked(bank(tmp_path / "a", 200, parquet=parquet), run)
    more = checked(bank(tmp_path / "b", 400, parquet=parquet), run)
    assert more <= 3 * less


@pytest.mark.slow
def test_ten_thousand_files(run: Any, tmp_path: Path) -> None:
    """Measured on two busy cores: 20 s of processor time."""
    config = bank(tmp_path, 10_000)
    assert checked(config, run) < 100
    said = run("check", "--config", config, "--today", "2026-06-30").err
    assert "copy customer_months" in said


def test_rows_keep_their_file_and_number(run: Any, tmp_path: Path) -> None:
    config = bank(tmp_path, 30)
    file = tmp_path / "cm" / "00017.csv"
    lines = file.read_text("utf-8").splitlines()
    lines[4] = "2026-02,x,Nowhere,5"
    file.write_text("\n".join(lines), encoding="utf-8")
    answer = run("check", "--config", config, "--today", "2026-06-30", "--format", "json")
    [rule] = {row["table"]: row for row in answer.rows}["customer_months"]["rules"]
    assert rule["first"] == [{"source": "00017.csv", "row": 4, "value": "Nowhere"}]


def test_progress_is_told_while_files_are_copied(tmp_path: Path) -> None:
    from datetime import date

    from data_access.build.build import check
    from data_access.intake.config import read_config
    from metrics import CONTRACT

    shares: list[float] = []

    def progress(step: str, share: float) -> None:
        if step == "copy customer_months":
            shares.append(share)

    check(read_config(bank(tmp_path, 100), CONTRACT), date(2026, 6, 30), progress)
    assert shares == sorted(shares)
    assert 20 <= len(shares) <= 60
    assert shares[-1] > 0.9


Write = Callable[[Path], None]


def as_csv(file: Path) -> None:
    file.with_suffix(".csv").write_text("customer_id,institution_id,aum\n1,A,5\n", encoding="utf-8")


def as_parquet(file: Path) -> None:
    frame = pl.DataFrame({"customer_id": [1], "institution_id": ["A"], "aum": [5.0]})
    frame.write_parquet(file.with_suffix(".parquet"))


@pytest.mark.parametrize(("write", "kind"), [(as_csv, "csv"), (as_parquet, "parquet")])
def test_values_in_the_names_of_folders(write: Write, kind: str, run: Any, tmp_path: Path) -> None:
    """As Spark and DuckDB write them; a column of the file says more than its folder."""
    (tmp_path / "i.csv").write_text(INSTITUTIONS, encoding="utf-8")
    for month in ("2026-05", "2026-06"):
        folder = tmp_path / "cm" / f"month={month}" / "zone=A%20B"
        folder.mkdir(parents=True)
        write(folder / "p")
    config = tmp_path / "cockpit.toml"
    text = f'[tables.institutions]\ncsv = "i.csv"\n[tables.customer_months]\n{kind} = "cm/**/*.{kind}"\n'
    config.write_text(text, encoding="utf-8")
    answer = run("check", "--config", config, "--today", "2026-06-30", "--format", "json")
    report = {row["table"]: row for row in answer.rows}["customer_months"]
    assert (answer.code, report["loaded"], report["as_of"]) == (0, 2, "2026-06-30")
