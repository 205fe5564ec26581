"""A mart that is larger than memory: booked and written some institutions at a time, it is the same mart."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data_access import snapshot as life
from data_access.build import marts
from data_access.intake.config import read_config
from metrics import CONTRACT
from tests.data_access.build.test_snapshot_life import built
from tests.metrics.small_bank import make, write


def test_in_shares_a_mart_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = make(seed=7, nodes=60, customers=150, months=6, deals=40)
    config = read_config(write(bank, tmp_path / "bank"), CONTRACT)
    whole = _frames(built(config))
    shares = list[int]()
    join = marts._join

    def joined(files: list[Path], target: Path) -> None:
        shares.append(len(files))
        join(files, target)

    def no_former(*_: Any) -> None:
        return None

    monkeypatch.setattr(marts, "AT_ONCE", 40)
    monkeypatch.setattr(marts, "_join", joined)
    monkeypatch.setattr("data_access.build.build._former", no_former)
    parts = _frames(built(config))
    assert max(shares) > 5 and min(shares) == 1  # what is booked with the totals stays in one
    assert parts.keys() == whole.keys()
    for name, frame in whole.items():
        assert_frame_equal(parts[name], frame, check_exact=False, rel_tol=1e-12, abs_tol=0)
        assert name.endswith("rollup") or parts[name]["node"].is_sorted(), name


def _frames(snapshot: life.Snapshot) -> dict[str, pl.DataFrame]:
    files = sorted(file for file in snapshot.file("marts").iterdir() if file.suffix == ".parquet")
    assert len(files) == len(list(snapshot.file("marts").iterdir()))  # no share is left behind
    return {file.stem: pl.read_parquet(file) for file in files}
