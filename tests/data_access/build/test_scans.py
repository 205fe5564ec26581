"""How often a build opens a checked month: the same on every machine, and what its seconds grow with."""

from collections import Counter
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from data_access.build import partitions
from data_access.build.build import build
from data_access.engines import engine
from data_access.intake.config import read_config
from metrics import CONTRACT, SUBJECTS
from tests.data_access.build.test_marks import TODAY
from tests.metrics.small_bank import make, write

MOST = 55  # of any month by all monthly marts together, as `now` or as a month before


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """By month, how often the plans of a first build's monthly marts read its file."""
    made = make(seed=5, nodes=9, customers=30, months=15, deals=25)
    config = read_config(write(made, tmp_path_factory.mktemp("scans")), CONTRACT)
    found, collected = Counter[str](), engine.collected

    def counted(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        plan = frame.to_native().explain(engine="streaming")
        found.update(Path(part.partition("]")[0]).stem for part in plan.split("tables/customer_months/")[1:])
        return collected(frame)

    with pytest.MonkeyPatch.context() as patch:
        for module in (engine, partitions):
            patch.setattr(module, "collected", counted)
        build(config, SUBJECTS, TODAY, lambda _step, _share: None, accept=True)
    return found


def test_marts_share_what_they_find_out_of_a_month(opened: Counter[str]) -> None:
    assert len(opened) == 15
    assert max(opened.values()) <= MOST, opened
