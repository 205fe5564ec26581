"""The churn page at ten million customers: as quick as the others, and as quick as of few customers."""

import re
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import polars as pl
import pyarrow.parquet as pq
import pytest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.periods import parse
from data_access.view.answers import Answers
from data_access.view.grants import everything
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from data_access.view.view import View
from metrics import CONTRACT, SUBJECTS
from metrics.book import subject as book
from metrics.churn import subject as churn
from metrics.value import subject as value
from sample_data.bank import write
from tests.metrics.churn.big import COPIES, grown

pytestmark = pytest.mark.slow
Banks = tuple[Store, Store]
Call = tuple[str, str | None]
CHURN: tuple[Call, ...] = (
    ("churn.expected", None),
    ("churn.expected", "children"),
    ("churn.outlook", None),
    ("churn.matrix", None),
    ("churn.ranking", None),
    ("churn.ranking", "children"),
    ("churn.backtest", None),
    ("churn.bridge", None),
    ("churn.calibration", None),
    ("churn.follow_up", None),
    ("churn.survival", None),
    ("churn.incidence", None),
    ("churn.restricted_mean", None),
    ("churn.logrank", "children"),
)
SUMMARY = ("value.summary", "children")  # month by month: the small figures on that page's cards
VALUE: tuple[Call, ...] = (SUMMARY, ("value.dimensions", "children"), ("value.quadrants", "children"))
MARTS = (
    *("churn_curves", "churn_forecast", "churn_gradients", "churn_bridge", "churn_follow_up", "churn_runs"),
    *("book", "value_quadrants", "value_dimensions"),
)
KEPT = ("institutions", "managers", "customers", "customer_months", "contacts", "targets", "annotations")


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> Banks:
    """A bank of 24 outlets with 1,200 customers each, and one of as many times as many outlets."""
    folder = tmp_path_factory.mktemp("small")
    write(folder, customers=26_000, months=36, outlets=24)
    file = folder / "cockpit.toml"
    parts = re.split(r"\n(?=\[)", file.read_text("utf-8"))
    kept = [part for part in parts if not part.startswith("[tables.") or re.split(r"[.\]]", part)[1] in KEPT]
    file.write_text("\n".join(kept), encoding="utf-8")
    subjects = (book.SUBJECT, churn.SUBJECT, value.SUBJECT)
    build(read_config(file, CONTRACT), subjects, date(2026, 11, 20), lambda _step, _share: None)
    small = open_store(read_config(file, CONTRACT))
    large = grown(small, tmp_path_factory.mktemp("large") / "cockpit.toml", MARTS, recent=13)
    return small, open_store(read_config(large, CONTRACT))


def look(store: Store, institution: str = "00") -> View:
    grant = everything(store.tree)
    return View(
        scope=Scope(
            store=replace(store, answers=Answers()), grant=grant, node=store.tree.node_of[institution]
        ),
        subjects=SUBJECTS,
        period=parse("2026-10"),
    )


def seconds(store: Store, calls: Iterable[Call], institution: str = "00") -> dict[Call, float]:
    """CPU, the best of several looks by call, nothing remembered and no rows shared."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(5):
        for call in best:
            view, start = look(store, institution), time.process_time()
            if call == SUMMARY:
                view.series(call[0], "increase", by=call[1])
            else:
                view.metric(*call)
            best[call] = min(best[call], time.process_time() - start)
    return best


def branch_of(large: Store) -> str:
    """The branch with the most institutions below it."""
    tree = large.tree
    return tree.ids[max(tree.children(0), key=lambda node: tree.last[node] - node)]


def outlets_of(banks: Banks) -> tuple[str, str]:
    """An outlet of the small bank and one of its copies."""
    tree = banks[0].tree
    last = max(node for node in range(len(tree)) if tree.last[node] == node and tree.closed[node] is None)
    return tree.ids[last], f"{tree.ids[last]}-100"


def test_the_whole_bank_is_so_many_small_ones(banks: Banks) -> None:
    small, large = banks
    few, many = look(small), look(large)
    one, all_ = (view.metric("churn.expected").row(0, named=True) for view in (few, many))
    assert all_["customers"] == COPIES * one["customers"] > 9_000_000
    assert all_["expected_leavers"] == pytest.approx(COPIES * one["expected_leavers"], rel=1e-9)
    below = many.metric("churn.expected", "children")
    assert below["customers"].sum() == all_["customers"] and below.height > 30
    assert below["balance_at_risk"].sum() == pytest.approx(COPIES * one["balance_at_risk"], rel=1e-6)
    one, all_ = (view.metric("churn.ranking").row(0, named=True) for view in (few, many))
    assert all_["observed"] == COPIES * one["observed"] > 0
    at_risk = [view.metric("churn.survival") for view in (few, many)]
    months = at_risk[0].join(at_risk[1], on="month", suffix="_large")
    assert months.height > 12 and (months["at_risk_large"] == COPIES * months["at_risk"]).all()


def test_no_churn_metric_takes_much_longer_than_those_of_value(banks: Banks) -> None:
    _, large = banks
    for institution in ("00", branch_of(large)):
        cost = seconds(large, CHURN + VALUE, institution)  # in turn: what else runs then, both meet
        slowest, dear = max(CHURN, key=cost.__getitem__), max(VALUE, key=cost.__getitem__)
        assert cost[slowest] < 2 * cost[dear], (institution, slowest, cost[slowest], dear, cost[dear])


def test_an_outlet_answers_as_that_of_a_small_bank(banks: Banks) -> None:
    small, large = banks
    calls = [call for call in CHURN if call[1] is None]
    few = sum(seconds(small, calls, outlets_of(banks)[0]).values())
    many = sum(seconds(large, calls, outlets_of(banks)[1]).values())
    assert many < 3 * few, (few, many)


@pytest.mark.parametrize("mart", ["churn_forecast", "churn_curves", "churn_gradients"])
def test_a_scope_opens_its_row_groups_only(banks: Banks, mart: str) -> None:
    large = banks[1]
    file = pq.ParquetFile(large.file("marts", f"{mart}.own.parquet")).metadata
    at = next(i for i in range(file.num_columns) if file.row_group(0).column(i).path_in_schema == "node")
    groups = [file.row_group(i) for i in range(file.num_row_groups)]
    first, last = large.tree.subtree(large.tree.node_of[outlets_of(banks)[1]])
    ends = [(group.column(at).statistics.min, group.column(at).statistics.max) for group in groups]
    opened = sum(
        group.num_rows
        for group, (low, high) in zip(groups, ends, strict=True)
        if low <= last and high >= first
    )
    assert 0 < opened < file.num_rows / 6


def test_all_outlets_at_once_do_not_bring_the_whole_forecast_into_memory(banks: Banks) -> None:
    _, large = banks
    view = look(large)
    assert view.metric("churn.expected", "level:outlet").height > 8_000
    view.metric("churn.ranking", "level:outlet")
    stored = (
        pl.scan_parquet(large.file("marts", "churn_forecast.own.parquet")).select(pl.len()).collect().item()
    )
    rows = {key[0]: kept.height for key, kept in view._memo.items() if isinstance(kept, pl.DataFrame)}
    read = {name: height for name, height in rows.items() if height > 8_000}
    assert max(read.values()) < stored / 5, (read, stored)
