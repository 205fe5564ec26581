"""The synthetic bank's surveys: about a fifth answers, and what drives the scores can be found again."""

import json
from pathlib import Path

import polars as pl
import pytest

from sample_data import bank
from sample_data.surveys import CHANNELS, TOUCHPOINTS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("surveys")
    bank.write(folder, customers=6_000, months=30, outlets=60, seed=4)
    return folder


@pytest.fixture(scope="module")
def surveys(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "extracts" / "surveys.parquet")


def nps(frame: pl.DataFrame) -> float:
    return 100 * float((frame["nps"] >= 9).mean() or 0) - 100 * float((frame["nps"] <= 6).mean() or 0)


def test_months_and_sizes(surveys: pl.DataFrame) -> None:
    months = surveys.group_by(pl.col("invited_on").dt.month_end()).len().sort("invited_on")
    assert months.height == 24
    share = surveys["responded_on"].is_not_null().mean()
    assert isinstance(share, float)
    assert 0.15 < share < 0.25
    usual = months["len"].median()
    assert isinstance(usual, float)
    assert months["len"].min() < 0.35 * usual  # type: ignore[operator]  # the thin months
    assert set(surveys["survey_kind"].unique()) == {"transaction", "relationship"}


def test_every_answer_is_in_order(surveys: pl.DataFrame) -> None:
    came = surveys.filter(pl.col("responded_on").is_not_null())
    assert (came["responded_on"] >= came["invited_on"]).all()
    assert came["nps"].is_between(0, 10).all()
    silent = surveys.filter(pl.col("responded_on").is_null())
    assert (
        silent.select(pl.col("nps", "csat", "effort", "reason", "comment").is_null().all()).row(0)
        == (True,) * 5
    )
    assert surveys["response_id"].is_unique().all()


def test_the_drivers_are_found_again(surveys: pl.DataFrame, folder: Path) -> None:
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    came = surveys.filter((pl.col("survey_kind") == "transaction") & pl.col("nps").is_not_null())
    by_channel = [nps(came.filter(pl.col("channel") == name)) for name in CHANNELS]
    order = sorted(range(4), key=lambda i: truth["survey_content"]["channel"][i])
    assert max(by_channel[i] for i in order[:2]) < min(by_channel[i] for i in order[2:])
    worst = min(TOUCHPOINTS, key=lambda name: nps(came.filter(pl.col("touchpoint") == name)))
    assert worst == "投诉处理"


def test_the_same_call_gives_the_same_surveys(surveys: pl.DataFrame, tmp_path: Path) -> None:
    bank.write(tmp_path, customers=6_000, months=30, outlets=60, seed=4)
    assert pl.read_parquet(tmp_path / "extracts" / "surveys.parquet").equals(surveys)
