"""A bank in a notebook: frames in currency units, the same as the command line's; two breakdowns at once."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cockpit import open_bank
from data_access.errors import CallError
from ui.terminal.notebook import Bank


@pytest.fixture(scope="module")
def config(pages_bank: Path) -> Path:
    return pages_bank


@pytest.fixture(scope="module")
def bank(config: Path) -> Bank:
    return open_bank(config)


def test_a_notebook_and_the_command_line_say_the_same(bank: Bank, config: Path, run: Any) -> None:
    month = bank.months[-1]
    for name, by in (("book.summary", None), ("book.summary", "children"), ("funnel.outcomes", "product")):
        asked = ["--by", by] if by else []
        told = run("metric", name, *asked, "--month", month, "--config", config, "--format", "json").rows
        assert bank.metric(name, by).fill_nan(None).height == len(told)
        for row, other in zip(bank.metric(name, by).to_dicts(), told, strict=True):
            assert {key: str(value) for key, value in row.items()} == {k: str(v) for k, v in other.items()}


def test_elsewhere_at_another_time_and_of_a_part(bank: Bank) -> None:
    whole = bank.metric("book.summary")["customers"].item()
    children = bank.metric("book.summary", "children")
    assert children["customers"].sum() == whole
    first = bank.institutions.filter(pl.col("parent") == bank.institutions["institution"][0])
    key = first["institution"][0]
    here = children.filter(pl.col("institution") == key)["customers"].item()
    assert bank.at(key).metric("book.summary")["customers"].item() == here
    assert bank.at(first["name"][0]).metric("book.summary")["customers"].item() == here
    before = bank.during(bank.months[-2]).metric("book.summary")["customers"].item()
    assert before != whole
    parts = [
        bank.where(kind=kind).metric("book.summary")["customers"].item() for kind in ("personal", "corporate")
    ]
    assert sum(parts) == whole


def test_money_is_in_currency_units(bank: Bank) -> None:
    raw = bank.view.metric("book.summary")["aum"].item()
    assert bank.metric("book.summary")["aum"].item() == pytest.approx(raw / 100)


@pytest.mark.parametrize("by", ["children,tier", "tier,children", "level:branch_1,kind"])
def test_two_breakdowns_add_up_to_each_of_them(bank: Bank, by: str) -> None:
    both = bank.metric("book.summary", by)
    institutional, other = sorted(by.split(","), key=lambda name: name in ("tier", "kind"))
    for one, column in ((institutional, "institution"), (other, other)):
        alone = bank.metric("book.summary", one).select(column, "customers", "aum")
        added = both.group_by(column).agg(pl.col("customers", "aum").sum())
        joined = alone.join(added, on=column, how="left").fill_null(0)
        assert joined["customers"].to_list() == joined["customers_right"].to_list()
        assert joined["aum"].to_list() == pytest.approx(joined["aum_right"].to_list())


@pytest.mark.parametrize("by", ["children,product", "tier,tier", "children,level:outlet"])
def test_two_that_do_not_go_together_are_refused(bank: Bank, by: str) -> None:
    with pytest.raises(
        CallError, match=r"cannot be broken down by .* at once. One of the two is one of: kind, tier"
    ):
        bank.metric("book.summary", by)


def test_the_command_line_in_chinese_and_of_a_kept_snapshot(bank: Bank, config: Path, run: Any) -> None:
    asked = ("metric", "book.summary", "--by", "children", "--config", config, "--format", "json")
    kept = bank.view.store.id
    names = {row["name"] for row in run(*asked, "--lang", "zh", "--snapshot", kept).rows}
    assert names & set(bank.view.store.tree.names)
    assert run(*asked, "--lang", "fr").code == 2
    assert "no snapshot nowhere" in run(*asked, "--snapshot", "nowhere").err


def test_a_mistyped_metric_is_told_the_nearest(bank: Bank) -> None:
    with pytest.raises(CallError, match=r"Nearest: book\.summary"):
        bank.metric("book.sumary")
