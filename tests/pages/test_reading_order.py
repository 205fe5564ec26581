"""What a reader compares must be comparable: ranks in their order, one unit of money in a table and a card,
one name for one median. Walks every page at the head office, a branch and an outlet."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data_access.intake.config import read_config
from data_access.policy import Policy
from data_access.view.store import Store, open_store
from metrics import CONTRACT, METRICS
from tests.browser import ROOT
from tests.metrics.test_order import in_order
from tests.number_hashes import institutions, look
from tests.pages.reading import data_of, pages
from ui.parts.contents import Page

AMOUNT = re.compile(r"(?:[KMB] )?CNY|(?<=\d )[KMB]\b")  # as English writes one, with and without the currency
CHOSEN = {"reasons": {"by": "tier"}, "satisfaction": {"by": "tier"}}  # pages with a breakdown of their own


class Drawn:
    """The pages of a bank as a browser gets them, each drawn once."""

    def __init__(self, config: Path) -> None:
        self.store: Store = open_store(read_config(config, CONTRACT))
        self.app = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=120)
        self.app.run()
        self.kept: dict[tuple[str, str], tuple[dict[str, Any], list[Any]]] = {}

    def institutions(self) -> list[str]:
        """Head office, a branch, an outlet with customers."""
        found = list(institutions(self.store))
        return [found[0], found[1], found[3]]

    def open(self, page: Page, at: str, **query: str) -> AppTest:
        """A page as it is drawn at an institution."""
        self.app.switch_page(str(ROOT / page.script))
        for name in list(self.app.query_params):
            del self.app.query_params[name]
        self.app.query_params.update({"at": at, "lang": "en", **query})
        self.app.run()
        assert not self.app.exception and not self.app.error, (page.url, at)
        return self.app

    def of(self, page: Page) -> Iterator[tuple[str, dict[str, Any], list[Any]]]:
        """Institution, what its cards and tables were given, its figures."""
        for at in self.institutions():
            if (page.url, at) not in self.kept:
                app = self.open(page, at, **CHOSEN.get(page.url, {}))
                figures = [json.loads(one.proto.spec) for one in app.get("plotly_chart")]
                self.kept[page.url, at] = data_of(app), figures
            yield at, *self.kept[page.url, at]


@pytest.fixture(scope="module")
def drawn(bank: Path) -> Iterator[Drawn]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COCKPIT_CONFIG", str(bank))
        yield Drawn(bank)


QUICK = ("churn", "funnel")


def tables(data: dict[str, Any]) -> dict[str, Any]:
    return {key: found for key, found in data.items() if "columns" in found}


def ranks(policy: Policy) -> list[list[str]]:
    """The words of tiers and of stages, in the policy's order."""
    return [[one.en for one in kind] for kind in (policy.tiers, policy.stages)]


def words_of(figure: dict[str, Any]) -> Iterator[list[str]]:
    """The words of a figure in the order drawn: along its axes, of its traces, at both ends of bands."""
    for name, axis in figure["layout"].items():
        if "axis" in name:
            yield [
                str(text).partition("<br>n&")[0].replace("<br>", " ") for text in axis.get("ticktext") or ()
            ]
    yield [str(trace.get("name")) for trace in figure["data"]]
    for trace in figure["data"]:
        if trace["type"] == "sankey":
            for side in dict.fromkeys(trace["node"]["x"]):
                yield [
                    text
                    for text, x in zip(trace["node"]["label"], trace["node"]["x"], strict=True)
                    if x == side
                ]


def ranked(texts: list[str], order: list[str]) -> list[str]:
    """The ranks that texts begin with; “Middle 2027-01” is of the middle tier."""
    begun = [next((word for word in order if f"{text} ".startswith(f"{word} ")), "") for text in texts]
    return list(dict.fromkeys(filter(None, begun))) if len(set(begun) - {""}) > 1 else []


@pytest.mark.parametrize("entry", pages(*QUICK))
def test_ranks_stand_in_their_order(drawn: Drawn, entry: Page) -> None:
    """Tiers and stages on every table and chart, from the first to the last or the other way."""
    seen = 0
    for order in ranks(drawn.store.policy):
        for at, data, figures in drawn.of(entry):
            for key, found in tables(data).items():
                first = found["columns"][0]["key"]
                down = ranked([row["cells"][first]["text"] for row in found["rows"]], order)
                across = ranked([column["label"] for column in found["columns"]], order)
                for texts in filter(None, (down, across)):
                    assert in_order(texts, order), (at, key, texts)
                    seen += 1
                if down and not found["fixed"]:
                    assert found["sort"] is None, (at, key, "a number sorts the ranks")
            for figure in figures:
                for texts in filter(None, (ranked(words, order) for words in words_of(figure))):
                    assert in_order(texts, order), (at, texts)
                    seen += 1
    assert seen or entry.url in ("overview", "balances", "pool", "complaints"), "no rank was seen"


@pytest.mark.parametrize("entry", pages(*QUICK))
def test_a_table_and_a_card_have_one_unit_of_money(drawn: Drawn, entry: Page) -> None:
    seen = 0
    for at, data, _ in drawn.of(entry):
        for key, found in tables(data).items():
            units = {unit for column in found["columns"] for unit in AMOUNT.findall(column["unit"] or "")}
            assert len(units) <= 1, (at, key, units)
            seen += len(units)
            for column in found["columns"][1:]:
                cells = [row["cells"].get(column["key"], {}).get("text", "") for row in found["rows"]]
                told = [text for text in cells if AMOUNT.search(text)]
                assert not told, (at, key, column["label"], told)
        for key, found in data.items():
            for card in found.get("items", ()):
                texts = [card["unit"], *(change["text"] for change in card["changes"] or ())]
                texts += [
                    str(line.get(part))
                    for line in card["lines"] or ()
                    for part in ("so_far", "left", "title")
                ]
                sizes = {unit.split(" ")[0] for text in texts for unit in AMOUNT.findall(text or "")}
                assert len(sizes) <= 1, (at, key, card["label"], texts)
    assert seen or entry.url in ("satisfaction", "complaints"), "no amount was seen"


def medians() -> dict[str, str]:
    """The label of each median of the cockpit and the column that it is."""
    return {
        f"{metric.name}.{measure.name}": measure.label
        for metric in METRICS.values()
        for measure in metric.columns
        if "median" in measure.name and not measure.name.endswith(("_low", "_high"))
    }


@pytest.mark.parametrize("entry", pages(*QUICK))
def test_a_page_has_no_two_medians_of_one_name(drawn: Drawn, entry: Page) -> None:
    """Cards and tables: under one name one number for one thing, wherever it stands on the page."""
    names, seen = set(medians().values()), set()
    for at, data, _ in drawn.of(entry):
        told: dict[tuple[str, str], set[str]] = {}
        for found in data.values():
            for card in found.get("items", ()):
                if card["label"] in names:
                    told.setdefault((card["label"], "all"), set()).add(card["value"] or card["missing"])
        for found in tables(data).values():
            first = found["columns"][0]["key"]
            for column in found["columns"]:
                if column["label"] not in names:
                    continue
                for row in found["rows"]:
                    what = "all" if row["role"] == "total" else row["cells"][first]["text"]
                    told.setdefault((column["label"], what), set()).add(row["cells"][column["key"]]["text"])
        assert not {key: values for key, values in told.items() if len(values) > 1}, at
        seen |= {label for label, _ in told}
    assert entry.url != "funnel" or "Median days in stage" in seen


def test_a_median_of_another_kind_has_another_name(drawn: Drawn) -> None:
    """Of the same customers: medians that share a name are the same number."""
    whole = look(drawn.store, 0, "2026-10")
    view = replace(whole, scope=replace(whole.scope, filters={"kind": "personal"}))
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for column, label in medians().items():
        name, _, field = column.rpartition(".")
        frame = view.metric(name)
        keys = [own.name for own in METRICS[name].columns if own.unit == "text" and own.name in frame.columns]
        for row in frame.to_dicts():
            what = " ".join(str(row[key]) for key in keys)
            told.setdefault((label, what), {})[column] = row[field]
    shared = {key: found for key, found in told.items() if len(found) > 1}
    assert {label for label, _ in shared} == {"Median AUM", "Median days in stage"}
    for key, found in shared.items():
        one, *others = found.values()
        assert all(other == pytest.approx(one, rel=1e-9) for other in others), (key, found)
