"""The customer pages of a report: the numbers of its tables and charts are the metrics'."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pptx as reader
import pytest

from data_access.view.store import Store
from metrics import METRICS
from metrics.value.settings import FLOOR_GINI
from tests.ui.brief import test_brief
from tests.ui.brief.test_brief import BASE, ZH, book, deck_texts, metric_rows, raw_table

ask, store = test_brief.ask, test_brief.store  # the fixtures
Written = Callable[[str, str], Path]


@pytest.fixture
def key(store: Store) -> str:
    return store.tree.ids[store.tree.children(0)[2]]


@pytest.fixture
def written(ask: Any, tmp_path: Path) -> Written:
    def write(form: str, key: str) -> Path:
        assert ask("--institution", key, "--format", form, "--out", tmp_path, *BASE).code == 0
        [path] = tmp_path.glob(f"{key}_*.{form}")
        return path

    return write


def test_tiers_and_tenths_are_the_metrics(written: Written, key: str, run: Any, sample_bank: Path) -> None:
    sheets = book(written("xlsx", key))
    heads, tiers = raw_table(sheets, ZH["Tiers"])
    known = metric_rows(run, sample_bank, "value.tiers", key)
    assert [row[1] for row in tiers] == [row["customers"] for row in known] and sum(row[1] for row in tiers)
    shares = next(i for i, head in enumerate(heads) if head.startswith(ZH["Share of AUM"]))
    assert [row[shares] for row in tiers] == pytest.approx([row["share_aum"] for row in known])
    _, tenths = raw_table(sheets, ZH["Customers in tenths by AUM"])
    known = metric_rows(run, sample_bank, "value.deciles", key)
    assert [row[1] for row in tenths] == pytest.approx([row["aum"] for row in known])
    _, scores = raw_table(sheets, ZH["Contribution, loyalty and potential"][:12])
    known = metric_rows(run, sample_bank, "value.dimensions", key)
    assert [row[1] for row in scores] == pytest.approx([row["score"] for row in known])


def test_institutions_add_up(written: Written, key: str, run: Any, sample_bank: Path) -> None:
    sheets = book(written("xlsx", key))
    for title, name, column in (
        ("Middle-and-above customers by institution", "value.summary", "middle_above"),
        ("Tier changes by institution", "migration.rates", "upgraded"),
    ):
        heads, rows = raw_table(sheets, ZH[title])
        label = ZH[METRICS[name].measure(column).label]
        at = next(i for i, head in enumerate(heads) if head.startswith(label))
        *parts, total = [row[at] for row in rows]
        assert rows[-1][0] == ZH["Total"] and len(parts) > 1
        assert sum(parts) == total == metric_rows(run, sample_bank, name, key)[0][column]


def test_the_matrix_adds_up_both_ways(
    written: Written, key: str, run: Any, sample_bank: Path, store: Store
) -> None:
    title = ZH["From tier to tier, {n} months"].split("{n}")[0]
    heads, rows = raw_table(book(written("xlsx", key)), title)
    *body, total = [row[1:] for row in rows]
    assert all(sum(row[:-1]) == row[-1] for row in body)
    assert [sum(column) for column in zip(*body, strict=True)] == total
    steps = metric_rows(run, sample_bank, "migration.matrix", key)
    stayed = {c["from_tier"]: c["customers"] for c in steps if c["from_tier"] == c["to_tier"]}
    names = [row[0] for row in rows]
    for tier in store.policy.tiers:
        at, column = names.index(tier.zh), next(i for i, head in enumerate(heads) if tier.zh in head)
        assert rows[at][column] == stayed.get(tier.key, 0)
    assert sum(stayed.values()) > 0


def test_slides_have_native_charts_of_the_same(
    written: Written, key: str, run: Any, sample_bank: Path
) -> None:
    charts = {
        chart.plots[0].series[0].name: chart
        for slide in reader.Presentation(str(written("pptx", key))).slides
        for chart in (shape.chart for shape in slide.shapes if shape.has_chart)
    }
    tiers = metric_rows(run, sample_bank, "value.tiers", key)
    drawn = charts[ZH["Share of customers"]].plots[0].series[0].values
    assert drawn == pytest.approx([row["share_customers"] * 100 for row in tiers])
    rates = metric_rows(run, sample_bank, "migration.rates", key)[0]
    lines = charts[ZH["Upgrade rate"]].plots[0]
    for series, name in zip(lines.series, ("upgrade_rate", "downgrade_rate"), strict=True):
        assert series.values[-1] == pytest.approx(rates[name] * 100)
    assert list(lines.categories)[-1] == "2026-10"


def test_an_outlet_of_few_tells_no_tenths(
    written: Written, run: Any, sample_bank: Path, store: Store
) -> None:
    """Neither tenths nor shares of the top, in words."""
    by = "level:outlet"
    outlets = metric_rows(run, sample_bank, "value.summary", store.tree.ids[0], "--by", by)
    few = next(row["institution"] for row in outlets if 0 < row["customers"] < store.policy.of(FLOOR_GINI))
    said = "\n".join(deck_texts(written("pptx", few)))
    assert ZH["Tiers"] in said and ZH["Customers in tenths by AUM"] not in said
    assert ZH["fewer than {n} customers, not shown"].format(n=store.policy.of(FLOOR_GINI)) in said
    assert "nan" not in said.lower()
