"""Churn of the synthetic bank against the hazards it was made with, as `truth.json` tells them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from data_access.windows import months_later
from metrics import CONTRACT
from metrics.churn import subject as churn
from metrics.churn.learning import Churn, level_names
from metrics.churn.marts import EXITS
from metrics.churn.model import DRIVERS, read_fit
from metrics.churn.spells import person_months
from sample_data.bank import write
from tests.metrics.asking import look
from tests.metrics.churn.test_spells import inputs_of

SUBJECTS = (churn.SUBJECT,)
LAST = date(2026, 10, 31)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("churn") / "bank"
    write(out, customers=12_000, months=44, outlets=60, seed=23)
    return out


@pytest.fixture(scope="module")
def store(folder: Path) -> Store:
    config = read_config(folder / "cockpit.toml", CONTRACT)
    build(config, SUBJECTS, date(2026, 11, 20), lambda _step, _share: None)
    return open_store(config)


def test_every_coefficient_within_four_standard_errors(folder: Path, store: Store) -> None:
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))["exit_cause_closed"]
    model = read_fit(store.learned(Churn).of["closed"]["models"][0]["own"])
    error = np.sqrt(np.diag(model.cov))
    base = np.log(-np.log1p(-truth["base_monthly_hazard"]))
    assert abs(model.beta[0] - base) < 4 * error[0], (
        "personal, mass, 12-35 months, 2 products, 1-3 transactions"
    )
    words, told = level_names(store.codes["tier"]), 0
    for at, (driver, level) in enumerate(model.names, 1):
        word = words[driver][level]
        if word == "untiered":
            value = truth["corporate"]["coefficient"]
        else:
            band = truth["bands"][driver]
            value = band["coefficients"][band["keys"].index(word)]
        assert abs(model.beta[at] - value) < 4 * error[at], (driver, word, model.beta[at], value, error[at])
        assert error[at] < 0.6, "told with enough customers to be wrong about"
        told += 1
    assert told >= 13 and {driver for driver, _ in model.names} == set(DRIVERS)


def test_silence_is_told_up_to_the_month_when_it_is_known(store: Store) -> None:
    """The last months have as many exits as those before; an edge set later would show nearly none."""
    cells = pl.read_parquet(store.snapshot.folder / "marts" / "churn_cells.own.parquet")
    silent = (
        cells.filter(pl.col("definition") == 1)
        .group_by("month")
        .agg(pl.col("to_silent").sum().cast(pl.Int64), pl.col("at_risk").sum().cast(pl.Int64))
        .sort("month")
    )
    assert silent["month"].max() == months_later(LAST, -3)
    rate = silent["to_silent"] / silent["at_risk"]
    assert rate[-3:].mean() > 0.6 * rate[:-3].mean()
    assert person_months(inputs_of(store), 1, months_later(LAST, -1)) is None, "nobody knows yet"


def test_the_record_of_a_right_model_is_good(store: Store) -> None:
    view = look(store, SUBJECTS, "00", LAST.replace(day=1), LAST)
    for definition in ("closed", "silent"):
        record = view.metric("churn.backtest", definition=definition)
        assert record["origin"].n_unique() >= 3
        pooled = record.group_by("horizon").agg(pl.col("observed", "expected").sum())
        assert (pooled["observed"] / pooled["expected"]).is_between(0.85, 1.15).all(), definition
    closed = view.metric("churn.backtest")
    assert (closed["brier"] < closed["brier_baseline"]).all(), "it beats last year's rate of the outlet"
    assert closed["c_index"].is_between(0.65, 0.8).all()
    tenths = view.metric("churn.calibration", horizon="12")
    assert tenths["observed_rate"][9] > 4 * tenths["observed_rate"][0]
    assert (tenths["low"] < 1).sum() >= 8 and (tenths["high"] > 1).sum() >= 8


def test_exits_are_those_that_the_bank_wrote(folder: Path, store: Store) -> None:
    customers = pl.read_parquet(folder / "extracts" / "customers.parquet")
    cells = pl.read_parquet(store.snapshot.folder / "marts" / "churn_cells.own.parquet")
    counted = (
        cells.filter(pl.col("definition") == 0).select(pl.col(EXITS).cast(pl.Int64).sum()).row(0, named=True)
    )
    gone = customers.filter(pl.col("exit_cause").is_not_null())
    for cause in ("death", "bank", "merged"):
        written = gone.filter(exit_cause=cause).height
        assert 0.8 * written <= counted[f"to_{cause}"] <= written, "but of who was silently gone before"
    closed = gone.filter(exit_cause="closed").height
    assert 0.85 * closed <= counted["to_closed"] <= closed
