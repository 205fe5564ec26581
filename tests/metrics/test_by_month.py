"""Many months read in one pass say what each month says by itself."""

from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from data_access.intake.config import read_config
from data_access.periods import last_months, parse
from data_access.subject import Period
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, METRICS, SUBJECTS

COLUMNS = {
    "book.summary": ("customers", "active", "aum", "fee_income", "joined", "left", "moved_in"),
    "complaints.summary": ("opened", "open", "on_time", "low", "promised", "median_days", "repeated"),
    "funnel.outcomes": ("won", "win_rate", "high", "won_amount", "open", "open_amount", "cycle_days_median"),
    "migration.rates": ("customers", "upgraded", "downgrade_rate", "ratio_low", "net_aum_moved", "entered"),
    "value.summary": ("increase", "customers", "aum", "mean", "median", "top20_share", "contribution"),
    "value.tiers": ("tier", "customers", "share_aum"),
    "balance.lines": ("deposit", "deposit_avg", "wealth", "contingent_avg", "fee_income", "loan_avg_year"),
}


@pytest.fixture(scope="module")
def store(sample_bank: Path) -> Store:
    return open_store(read_config(sample_bank / "cockpit.toml", CONTRACT))


@pytest.mark.parametrize("by", [None, "children", "level:outlet"])
@pytest.mark.parametrize("name", COLUMNS)
def test_one_pass_equals_month_by_month(name: str, by: str | None, store: Store) -> None:
    grant = everything(store.tree)
    period = parse("2026-10")
    for node in range(0, len(store.tree), 5):
        if by is not None and by.removeprefix("level:") not in ("children", *store.tree.levels_below(node)):
            continue
        view = View(scope=Scope(store=store, grant=grant, node=node), subjects=SUBJECTS, period=period)
        months = last_months(period, 6)
        metric = METRICS[name]
        labels, fast = view.by_month(metric, months, by, COLUMNS[name])
        same_labels, slow = view.by_month(replace(metric, by_month=None), months, by, COLUMNS[name])
        assert metric.by_month is not None
        assert labels.equals(same_labels)
        order = [name for name in ("group", "month", "tier") if name in fast.columns]
        assert_frame_equal(fast.sort(order), slow.sort(order), check_dtypes=False, rel_tol=1e-12)
        assert "tier" in fast.columns or fast.height == labels.height * len(months)


def test_columns_that_cannot_be_read_in_one_pass_still_have_months(store: Store) -> None:
    view = View(
        scope=Scope(store=store, grant=everything(store.tree), node=0),
        subjects=SUBJECTS,
        period=Period(*store.reach(METRICS["balance.lines"])),
    )
    series = view.series("balance.lines", "deposit", "deposit_deviation", months=3)
    assert series.columns == ["deposit", "deposit_deviation", "month"]
    assert series.height == 3
