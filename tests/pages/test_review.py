"""The pages of the weekly review as they are drawn: every look, banks that deliver less, earlier data."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.build.build import build
from data_access.intake.config import read_config
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from metrics import CONTRACT, SUBJECTS
from tests.conftest import TODAY
from tests.pages.reading import (
    BALANCES,
    CHURN,
    COMPLAINTS,
    FUNNEL,
    MIGRATION,
    OVERVIEW,
    POOL,
    SATISFACTION,
    VALUE,
    Open,
    data_of,
    finding_of,
    headings,
    pages,
    texts,
)
from ui.base.formats import plain
from ui.menu import PAGES

ROOT = Path(__file__).parents[2]
OF_NUMBERS = [entry for entry in PAGES if entry.metrics]
NUMBER = re.compile(r"[>+-]{0,2}\d+(?:,\d{3})*(?:\.\d+)?")  # a card has its % in a place of its own


@pytest.fixture(scope="module")
def store(bank: Path) -> Store:
    return open_store(read_config(bank, CONTRACT))


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a link of a bank; the bank is opened once and used again."""
    st.cache_resource.clear()

    def opened(config: Path, path: str = OVERVIEW, **query: str) -> AppTest:
        monkeypatch.setenv("COCKPIT_CONFIG", str(config))
        at = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        at.switch_page(str(ROOT / path))
        at.query_params.update(query)
        at.run()
        assert not at.exception, (path, query)
        assert not at.error, (path, query, at.error[0].value)
        assert any("data-page-end" in str(element.proto) for element in at.get("html")), (path, query)
        return at

    yield opened
    st.cache_resource.clear()


def looks(store: Store) -> list[dict[str, str]]:
    """Head office, a branch, an outlet, the one with the fewest customers, one without any, a closed one."""
    tree = store.tree
    branch = tree.children(0)[-1]
    ends = [node for node in range(len(tree)) if tree.last[node] == node]
    closed = next(node for node in ends if tree.closed[node])
    parts = [node for node in range(len(tree)) if tree.last[node] > node and node]
    few = min((n for n in ends if not tree.closed[n]), key=lambda n: customers(store).get(tree.ids[n], 0))
    deep = max(parts, key=lambda node: len(tree.path(node)))
    ids = tree.ids
    return [
        {"at": ids[0], "period": "2026-W43", "lang": "en"},
        {"at": ids[branch], "rows": "level:outlet", "also": "week"},
        {"at": ids[branch], "without": ids[tree.children(branch)[0]], "lang": "en"},
        {"at": ids[0], "kind": "personal", "period": "2026-JanFeb"},
        {"at": ids[few], "lang": "en", "compare": "day", "also": "none"},
        {"at": ids[closed], "period": f"{store.tree.closed[closed]:%Y-%m}"},
        {"at": ids[deep], "tier": "private", "compare": "previous"},
        {"at": ids[ends[3]], "period": "2026-10-01..2026-10-20"},
    ]


def customers(store: Store) -> dict[str, int]:
    from data_access.periods import parse
    from data_access.view.grants import everything
    from data_access.view.view import View

    view = View(
        scope=Scope(store=store, grant=everything(store.tree), node=0),
        subjects=SUBJECTS,
        period=parse("2026-10"),
    )
    frame = view.metric("book.summary", "level:outlet", columns=("customers",))
    return dict(frame.select("institution", "customers").iter_rows())


LONG = [pytest.param(number, marks=pytest.mark.slow) for number in (0, 1, 2, 3, 5, 6, 7)]


@pytest.mark.parametrize("number", [4, *LONG])
def test_every_look_reaches_its_end(number: int, bank: Path, store: Store, page: Open) -> None:
    asked = looks(store)[number]
    for entry in OF_NUMBERS:
        at = page(bank, entry.script, **asked)
        assert not at.warning, [one.value for one in at.warning]
        assert finding_of(at)
        assert "cards" in data_of(at)
        if "without" in asked:
            assert "Without " in at.info[0].value


def test_a_closed_institution_is_one_sentence(bank: Path, store: Store, page: Open) -> None:
    closed = next(node for node in range(len(store.tree)) if store.tree.closed[node])
    for entry in OF_NUMBERS:
        at = page(bank, entry.script, at=store.tree.ids[closed], lang="en")
        [said] = at.info
        assert "was closed on" in said.value and "An earlier period" in said.value
        assert not data_of(at) and not at.get("plotly_chart") and not headings(at)


@pytest.mark.parametrize("entry", pages("overview", "churn"))
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_every_number_of_the_finding_stands_on_the_page(
    entry: Any, lang: str, bank: Path, store: Store, page: Open
) -> None:
    """Not only in some frame: on this very page, in a card, a cell or a heading."""
    branch = store.tree.children(0)[-1]
    short = lang == "en"
    for node, period in ((0, "2026-10"), (branch, "2026-W43"), (len(store.tree) - 1, "2026-10"))[short:]:
        at = page(bank, entry.script, at=store.tree.ids[node], lang=lang, period=period)
        drawn = "\n".join([*texts(data_of(at)), headings(at)]).replace("30 days", "").replace("30天", "")
        said = finding_of(at).replace("\\", "").replace("30 days", "").replace("30天", "")
        missing = [number for number in NUMBER.findall(said) if number not in NUMBER.findall(drawn)]
        assert missing == [], (entry.url, node, said)


@pytest.fixture(scope="module")
def less(sample_bank: Path, run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank that delivers no balances, plans, notes, holdings, moves or contacts."""
    folder = tmp_path_factory.mktemp("less")
    gone = ("daily_balances", "targets", "annotations", "holdings", "large_moves", "contacts")
    return rebuilt(sample_bank, folder, run, gone)


def rebuilt(sample_bank: Path, folder: Path, run: Any, gone: tuple[str, ...]) -> Path:
    """A copy of the sample bank that leaves out some tables."""
    shutil.copytree(sample_bank / "extracts", folder / "extracts")
    parts = re.split(r"(?m)^(?=\[)", (sample_bank / "cockpit.toml").read_text("utf-8"))
    names = tuple(f"[tables.{name}{end}" for name in gone for end in ("]", "."))
    config = folder / "cockpit.toml"
    config.write_text("".join(part for part in parts if not part.startswith(names)), encoding="utf-8")
    assert run("build", "--config", config, "--today", TODAY).code == 0
    return config


def test_a_bank_that_delivers_less_shows_what_it_has(less: Path, page: Open) -> None:
    for lang in ("zh", "en"):
        at = page(less, OVERVIEW, lang=lang, compare="month_end")
        data = data_of(at)
        shown = "\n".join(texts(data["cards"]))
        assert ("金融资产" in shown) if lang == "zh" else ("AUM" in shown)
        assert "未下达" not in shown and "No plan set" not in shown  # no plans at all: nothing is missing
        assert "cards" in data and "children" in data
        heads = [head["key"] for head in data["children"]["columns"]]
        assert "_plan" not in heads and not [key for key in heads if key.startswith("balance.")]
        words = "按月末余额推算" if lang == "zh" else "from month-end balances"
        assert words in headings(at)  # where large moves are then read from
        page(less, FUNNEL, lang=lang)
        said = " ".join(one.value for one in at.caption)
        assert "annotations" in said
        assert "holdings" in said, "what is not delivered is one quiet line"


@pytest.fixture(scope="module")
def alone(sample_bank: Path, run: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A bank of institutions and one table."""
    built: dict[str, Path] = {}

    def made(only: str) -> Path:
        if only not in built:
            text = (sample_bank / "cockpit.toml").read_text("utf-8")
            named = re.findall(r"(?m)^\[tables\.(\w+)\]", text)
            gone = tuple(name for name in named if name not in ("institutions", only))
            built[only] = rebuilt(sample_bank, tmp_path_factory.mktemp(only), run, gone)
        return built[only]

    return made


SUBJECTS_ALONE = ["customer_months", "opportunities", "daily_balances"]


@pytest.mark.parametrize("only", SUBJECTS_ALONE)
def test_a_bank_with_one_subject_alone(only: str, alone: Callable[[str], Path], page: Open) -> None:
    """The overview leads with what there is; no heading stands over nothing."""
    at = page(alone(only), lang="en")
    items = data_of(at)["cards"]["items"]
    assert items
    assert finding_of(at).lstrip("*").startswith(items[0]["label"])
    assert ("AUM over 24 months" in headings(at)) is (only == "customer_months")


@pytest.mark.parametrize("only", SUBJECTS_ALONE)
@pytest.mark.parametrize("entry", pages()[1:])
@pytest.mark.slow
def test_a_page_whose_table_is_not_delivered_is_one_sentence(
    only: str, entry: Any, alone: Callable[[str], Path], page: Open
) -> None:
    """No error in red, no figures of nothing: what the page needs, and the page is at its end."""
    known = {
        BALANCES: "daily_balances",
        POOL: "contacts",
        COMPLAINTS: "complaints",
        SATISFACTION: "surveys",
        VALUE: "customer_months",
        MIGRATION: "customer_months",
        CHURN: "customer_months",
    }
    needs = known.get(entry.script, "opportunities")
    at = page(alone(only), entry.script, lang="en")
    if needs == only and entry.script == CHURN:  # nobody can learn from six months of 600 customers
        assert ["at least 100 customers" in one.value for one in at.info].count(True) == 1
        assert data_of(at) == {}
        return
    if needs == only:
        assert data_of(at)["cards"]["items"]
        return
    assert [plain(needs) in one.value for one in (*at.info, *at.caption)].count(True) == 1
    assert data_of(at) == {}


def test_the_page_as_of_an_earlier_snapshot(sample_bank: Path, run: Any, tmp_path: Path, page: Open) -> None:
    """Last week's numbers again, marked; without the pin the latest ones; a link to a lost one says so."""
    config = Path(shutil.copytree(sample_bank, tmp_path / "bank")) / "cockpit.toml"
    earlier = open_store(read_config(config, CONTRACT)).id
    asked = {"compare": "month_end"}
    before = {
        lang: [item["value"] for item in data_of(page(config, lang=lang, **asked))["cards"]["items"]]
        for lang in ("zh", "en")
    }
    file = config.parent / "extracts" / "daily_balances" / "2026-10.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(balance=pl.col("balance") * 2).write_parquet(file)
    settings, today = read_config(config, CONTRACT), date.fromisoformat(TODAY)
    build(settings, SUBJECTS, today, lambda _step, _share: None, accept=True)  # the ledger differs
    st.cache_resource.clear()
    for lang, word in (("zh", earlier), ("en", f"Earlier snapshot {earlier}")):
        at = page(config, snapshot=earlier, lang=lang, **asked)
        assert [item["value"] for item in data_of(at)["cards"]["items"]] == before[lang]
        assert [one.value for one in at.warning if word in one.value]
        assert at.query_params["snapshot"] == earlier
        assert any(earlier in one.value for one in at.markdown)  # the line of dates
    latest = page(config, lang="en", **asked)
    assert [item["value"] for item in data_of(latest)["cards"]["items"]] != before["en"]
    assert ["Earlier snapshot" in one.value for one in latest.warning] == [False]
    lost = page(config, snapshot="200101-1", lang="en")
    assert "not kept any more" in lost.warning[0].value
    assert lost.query_params["snapshot"] == "live"
