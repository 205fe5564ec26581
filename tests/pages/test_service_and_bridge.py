"""The page of complaints and the bridge of the pipeline as they are drawn."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.intake.config import read_config
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from tests.pages import test_review as review
from tests.pages.reading import COMPLAINTS, FUNNEL, Open, data_of, finding_of, headings, texts
from ui.base.formats import plain

page = review.page  # the fixture


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


def cells(table: dict[str, Any], column: str, *roles: str) -> list[Any]:
    return [row["cells"][column].get("value") for row in table["rows"] if not roles or row["role"] in roles]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_complaints_add_up_wherever_they_are_shown(lang: str, bank: Path, page: Open) -> None:
    data = data_of(page(bank, COMPLAINTS, lang=lang))
    items = {item["id"]: item for item in data["cards"]["items"]}
    assert next(iter(items)) == "complaints.summary.regulator"  # the regulator's come first
    opened = items["complaints.summary.opened"]["raw"]
    assert opened > 0
    for by in ("category", "channel"):
        assert sum(cells(data[by], "opened")) == opened
    for name in ("opened", "regulator", "open", "repeated"):
        key = f"complaints.summary.{name}"
        [total] = cells(data["children"], key, "total")
        assert total == sum(cells(data["children"], key, "child", "own")) == items[key]["raw"]
    few = {"zh": "样本不足（n = ", "en": "too few cases (n = "}[lang]
    for name in ("per_10k", "on_time"):
        key = f"complaints.summary.{name}"
        assert cells(data["children"], key, "total") == [items[key]["raw"]]
        rows = [row["cells"][key] for row in data["children"]["rows"] if row["role"] == "child"]
        assert rows and all((one["value"] is None) is one["text"].startswith(few) for one in rows)
    late = data["late_children"], data["late_managers"]
    for table in late:
        assert cells(table, "cases", "total") == [sum(cells(table, "cases", "child", "own"))]
    assert cells(late[0], "cases", "total") == cells(late[1], "cases", "total")


@pytest.mark.slow
def test_an_outlet_lists_what_waits_and_names_nobody(bank: Path, store: Store, page: Open) -> None:
    rows = pl.read_parquet(store.file("lists", "complaints_late.parquet"))
    outlets = [node for node in rows["node"].unique() if not store.tree.children(node)]
    assert outlets
    customers = pl.read_parquet(bank.parent / "extracts" / "customers.parquet")
    for node in outlets[:4]:
        here = rows.filter(pl.col("node") == node)
        at = page(bank, COMPLAINTS, at=store.tree.ids[node], lang="en")
        data = data_of(at)
        order = here.sort(["regulator", "weight", "days_late"], descending=True)["case_id"].to_list()
        assert [row["cells"]["case"]["text"] for row in data["late"]["rows"]] == order
        assert f"without an answer, {len(order)} in all" in finding_of(at)
        assert "children" not in data  # what the managers hold says nothing of complaints
        rows_shown = [row["cells"] for row in data["late"]["rows"]]
        shown = {text for row in rows_shown for key in row if key != "manager" for text in texts(row[key])}
        known = customers.filter(pl.col("customer_id").is_in(shown) | pl.col("name").is_in(shown))
        assert known.is_empty()


def _rebuilt(bank: Path, folder: Path, run: Any, *gone: str) -> Path:
    return review.rebuilt(bank.parent, folder / "bank", run, gone)


@pytest.mark.slow
def test_complaints_without_an_end_say_what_is_missing(
    sample_bank: Path, run: Any, tmp_path: Path, page: Open
) -> None:
    """Only what came: cards that cannot be told are absent, the list is a sentence."""
    config = _rebuilt(sample_bank / "x", tmp_path, run, "holdings")
    file = config.parent / "extracts" / "complaints.parquet"
    pl.read_parquet(file).select("case_id", "institution_id", "opened_on").write_parquet(file)
    assert run("build", "--config", config, "--today", "2026-11-20").code == 0
    for lang, word in (("en", "carry due_on"), ("zh", "含 due_on")):
        at = page(config, COMPLAINTS, lang=lang)
        shown = [item["id"].rpartition(".")[2] for item in data_of(at)["cards"]["items"]]
        assert shown == ["opened", "per_10k"]
        assert any(plain(word) in caption.value for caption in at.caption), at.caption
        assert "category" not in data_of(at)


@pytest.mark.parametrize("closing", ["all", "quarter", "year"])
def test_the_bridge_on_the_page_adds_up(closing: str, bank: Path, store: Store, page: Open) -> None:
    branch = store.tree.children(0)[-1]
    for node in (0, branch):
        at = page(bank, FUNNEL, at=store.tree.ids[node], lang="en")
        if closing != "all":
            at.button_group(key="bridge_closing").set_value(closing).run()
        data = data_of(at)
        for column in ("amount", "deals"):
            *steps, last = cells(data["bridge_table"], column)
            assert sum(steps) == last
        names = [row["cells"]["step"]["text"] for row in data["bridge_table"]["rows"]]
        assert ("Pulled in" in names) is (closing != "all")
        assert "What changed in the pipeline" in headings(at)
        overdue = [caption.value for caption in at.caption if "Overdue deals count" in caption.value]
        assert bool(overdue) is (closing != "all")
        if closing == "all":  # the cards say the same of the end
            items = {item["id"]: item["raw"] for item in data["cards"]["items"]}
            assert cells(data["bridge_table"], "deals")[-1] == items["funnel.outcomes.open"]
            assert cells(data["bridge_table"], "amount")[-1] == items["funnel.outcomes.open_amount"]


@pytest.mark.slow
def test_without_changes_the_bridge_says_what_it_cannot_know(
    sample_bank: Path, run: Any, tmp_path: Path, page: Open
) -> None:
    config = _rebuilt(sample_bank / "x", tmp_path, run, "opportunity_changes")
    for lang in ("en", "zh"):
        at = page(config, FUNNEL, lang=lang)
        assert any("opportunity_changes" in caption.value for caption in at.caption)
        data = data_of(at)
        assert len(data["bridge_table"]["rows"]) == 6
        *steps, last = cells(data["bridge_table"], "amount")
        assert sum(steps) == last
