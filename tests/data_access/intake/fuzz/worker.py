"""Checks one spoiled bank after another: a path a line comes in, what came through the door goes out."""

import json
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data_access.build.build import _codes, _former
from data_access.build.doubts import compare
from data_access.errors import CockpitError
from data_access.intake.alone import without_live
from data_access.intake.config import read_config
from data_access.intake.intake import Intake, take_in
from metrics import CONTRACT

TODAY = date(2026, 11, 20)


def rows_of(intake: Intake, name: str) -> list[str]:
    """The rows that passed, as text, in the contract's columns; numbers of ids as the ids again."""
    report = intake.reports[name]
    frames = [intake.tables[name]] if name in intake.tables else []
    if name == "customer_months":
        frames = [pl.read_parquet(path) for path in intake.months.values()]
        for key, number, of in (
            ("customer_id", "customer_no", "customers"),
            ("institution_id", "institution_no", "institutions"),
        ):
            ids = intake.codes.ids[of].select(key, number)
            frames = [frame.join(ids, on=number, how="left") for frame in frames]
    columns = sorted(set(report.columns) & set(frames[0].columns)) if frames else []
    return sorted(
        json.dumps(row, default=str, ensure_ascii=False)
        for frame in frames
        for row in frame.select(columns).iter_rows(named=True)
    )


def looked_at(path: Path, only: str = "") -> dict[str, Any]:
    """What became of each table; the rows of one, or of all."""
    try:
        config = without_live(read_config(path, CONTRACT))
        with tempfile.TemporaryDirectory() as folder:
            intake = take_in(config, Path(folder), TODAY, _codes(config), lambda *_: None)
            compare(intake, _former(config))
            reports = {row["table"]: row for row in intake.rows()}
            loaded = {
                name: rows_of(intake, name)
                for name in reports
                if reports[name]["failure"] is None and only in ("", name)
            }
            return {"reports": reports, "loaded": loaded, "left": [*config.snapshots.glob(".*-*")] != []}
    except CockpitError as error:
        return {"refused": str(error)}
    except BaseException:
        return {"traceback": traceback.format_exc()}


def answers(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        path, _, only = line.rstrip("\n").partition("\t")
        yield json.dumps(looked_at(Path(path), only), ensure_ascii=False, default=str)


if __name__ == "__main__":
    for answer in answers(sys.stdin):
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()
