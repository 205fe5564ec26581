"""The page of data quality, the banner on others, the definitions: what each reader is told."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data_access.build.build import build
from data_access.contract.rules import Facts, rules_of
from data_access.errors import CockpitError
from data_access.intake.config import read_config
from data_access.policy import Policy
from data_access.retention import FAILED
from data_access.view import quality
from data_access.view.grants import CUSTOMERS, Grant, grant_of
from data_access.view.scope import Scope
from data_access.view.store import Store, open_store
from metrics import CONTRACT, METRICS, SUBJECTS
from tests.pages.reading import data_of
from ui.base.words import read_catalogue
from ui.glossary.page import WORDS
from ui.glossary.usage import shown_on
from ui.quality.words import BEGINS, TABLES

ROOT = Path(__file__).parents[2]
PAGE, GLOSSARY, OVERVIEW = "pages/data/quality.py", "pages/help/glossary.py", "pages/review/overview.py"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()  # the sample bank's
LAST = TODAY.replace(day=1) - timedelta(days=1)
FIRST = LAST.replace(day=1) - timedelta(days=1)

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank of two branches: a month told anew, a row not loaded, a total that differs, balances too old."""
    folder = tmp_path_factory.mktemp("quality")

    def told(first_amount: int, *, accept: bool) -> None:
        files = {
            "i": "institution_id,parent_id,level,name,name_en,closed_on,memo\nH,,head_office,总行,Head,,\n"
            "A,H,branch_1,甲,Alpha,9999-12-31,x\nB,H,branch_1,乙,Beta,,\n",
            "cm": f"month,customer_id,institution_id,aum\n{FIRST},1,A,{first_amount}\n{LAST},1,A,100\n"
            f"{LAST},2,B,50\n{LAST},13800138000,Nowhere,5\n" + f"{LAST},3,B,1\n" * 200,
            "db": f"date,institution_id,business_line,balance\n{LAST - timedelta(days=60)},A,deposit,5\n",
            "c": "table,column,date,institution_id,expected\n"
            f"customer_months,aum,{LAST},A,101\ncustomer_months,aum,{LAST},B,51\ncustomer_months,aum,{LAST},,151\n",
        }
        names = {"i": "institutions", "cm": "customer_months", "db": "daily_balances", "c": "controls"}
        text = 'auth = "none"\n[policy]\nquarantine_share = 0.5\n'
        for short, rows in files.items():
            (folder / f"{short}.csv").write_text(rows, encoding="utf-8")
            text += f'[tables.{names[short]}]\ncsv = "{short}.csv"\n'
        path.write_text(text, encoding="utf-8")
        build(read_config(path, CONTRACT), SUBJECTS, TODAY, lambda _step, _share: None, accept=accept)

    path = folder / "cockpit.toml"
    told(90, accept=True)
    told(99, accept=True)
    return path


@pytest.fixture
def opened(config: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    st.cache_resource.clear()
    monkeypatch.setenv("COCKPIT_CONFIG", str(config))

    def page(script: str, search: str = "", **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60)
        at.switch_page(str(ROOT / script))
        at.query_params.update({"lang": "en", **query})
        at.run()
        if search:
            at.text_input(key="glossary_search").set_value(search).run()
        assert not at.exception
        return at

    return page


@pytest.fixture(scope="module")
def store(config: Path) -> Store:
    return open_store(read_config(config, CONTRACT))


def plain_text(marked: str) -> str:
    return marked.replace("\\", "")


def texts(at: AppTest, key: str) -> list[list[str]]:
    return [[cell["text"] for cell in row["cells"].values()] for row in data_of(at)[key]["rows"]]


def test_the_page_says_what_is_late_lost_off_and_told_anew(opened: Open) -> None:
    at = opened(PAGE)
    said = " ".join(text.value for text in at.markdown)
    assert "**Balances should have newer data by now.** 1 row was not loaded. 1 total differs" in said
    rows = {row[0]: row for row in texts(at, "deliveries")}
    late = (TODAY - LAST).days + 60 - 5
    assert rows["Balances"][2] == f"✗ {late} days late"
    assert rows["Customers by month"][2:] == ["✓ as expected", "204", "4", "1", "199", "0"]
    [finding] = texts(at, "findings")
    assert finding[:4] == ["Customers by month", "institution_id", "ids that are in no delivered table", "1"]
    assert "cm.csv row 4 “Nowhere”" in finding[4]
    totals = {(row[0]): row for row in texts(at, "ledger")}
    assert totals["Alpha"][3:] == ["101.00", "100.00", "-1.00", "-0.990", "✗ differs"]
    assert totals["Beta"][5:] == ["0", "0.000", "✓ agrees"]
    [month] = texts(at, "restated")
    assert month[0] == f"{FIRST:%Y-%m}" and "90 → 99 (+10.00%)" in month[4]
    assert len(texts(at, "snapshots")) == 2


@pytest.mark.parametrize(
    ("lang", "first", "second"),
    [
        (
            "en",
            "not read, for nothing maps them: “memo”",
            "closed_on: “9999-12-31” is read as no value (1 rows)",
        ),
        ("zh", "未读取（无映射）：“memo”", "closed_on：“9999-12-31”视为无值（1 行）"),
    ],
)
def test_what_check_noted_is_told_in_both_languages(opened: Open, lang: str, first: str, second: str) -> None:
    assert [row[1] for row in texts(opened(PAGE, lang=lang), "noted")] == [first, second]


def test_other_pages_carry_the_banner(opened: Open) -> None:
    [warning] = opened(OVERVIEW).warning
    assert warning.value.startswith(
        "Balances should have newer data by now. 1 total differs from the ledger."
    )
    assert any(
        f"Told otherwise than before: Customers by month {FIRST:%Y-%m}" in plain_text(c.value)
        for c in opened(OVERVIEW).caption
    )
    at_beta = opened(OVERVIEW, at="B").warning  # the total that differs is not of this branch
    assert at_beta[0].value == "Balances should have newer data by now. More stands under “Data quality”."


def test_a_build_that_failed_is_said_until_one_succeeds(opened: Open, config: Path) -> None:
    settings = read_config(config, CONTRACT)
    whole = (config.parent / "cm.csv").read_text("utf-8")
    (config.parent / "cm.csv").write_text("month,customer_id\n", encoding="utf-8")
    with pytest.raises(CockpitError):
        build(settings, SUBJECTS, TODAY, lambda _step, _share: None)
    assert "failed; what is shown is of the one before it." in opened(OVERVIEW).warning[0].value
    assert "customer_months" in plain_text(opened(PAGE).error[0].value)
    (config.parent / "cm.csv").write_text(whole, encoding="utf-8")
    build(settings, SUBJECTS, TODAY, lambda _step, _share: None, accept=True)
    assert not (settings.snapshots / FAILED).exists()
    assert "failed" not in opened(OVERVIEW).warning[0].value


def scope(store: Store, *institutions: str) -> Scope:
    nodes = [store.tree.node_of[key] for key in institutions]
    grant: Grant = grant_of(store.tree, nodes, frozenset({CUSTOMERS}))
    return Scope(store=store, grant=grant, node=grant.home)


def test_a_branch_is_told_dates_and_verdicts_of_its_own(store: Store) -> None:
    """Neither rows of the whole bank nor totals, samples and changes of others."""
    here = scope(store, "A")
    found = quality.deliveries(here, TODAY)
    assert {row.as_of for row in found} >= {LAST}
    for row in found:
        assert (row.rows_in, row.loaded, row.quarantined, row.duplicate, row.before) == (None,) * 5
        assert row.findings == ()
    assert quality.notes(here) == []
    assert [total.institution for total in quality.totals(here)] == ["A"]
    assert all(row.sums is None for row in quality.restated(here))
    assert all(not one.changes for one in quality.history(here))
    whole = scope(store, "H")
    assert [total.institution for total in quality.totals(whole)] == ["A", "B", None]
    assert "90" not in json.dumps([str(row) for row in quality.restated(here)])


def test_values_of_rows_that_were_not_loaded_are_masked(store: Store) -> None:
    without = Scope(store=store, grant=grant_of(store.tree, [0], frozenset()), node=0)
    for here, seen in ((scope(store, "H"), True), (without, False)):
        noted = [text.format(**values) for _, text, values in quality.notes(here)]
        assert len(noted) == 2 and ("9999-12-31" in " ".join(noted)) is seen
        findings = [finding for row in quality.deliveries(here, TODAY) for finding in row.findings]
        assert findings and all(bool(finding.samples) is seen for finding in findings)


def test_the_sample_bank_is_never_late(bank: Path) -> None:
    store = open_store(read_config(bank, CONTRACT))
    assert quality.late_tables(store, date(2036, 1, 1)) == {}


def test_late_after_is_the_banks_or_the_contracts(config: Path, store: Store) -> None:
    assert quality.late_by(store, "customer_months", LAST + timedelta(days=40)) == 0
    assert quality.late_by(store, "customer_months", LAST + timedelta(days=41)) == 1
    assert quality.late_by(store, "institutions", date(2036, 1, 1)) is None


def test_every_table_and_every_rule_has_a_word() -> None:
    assert set(CONTRACT.tables) == set(TABLES)
    chinese = read_catalogue("zh_CN")
    for table in CONTRACT.tables.values():
        names = [column.name for column in table.columns]
        for rule in rules_of(table, names, Facts(TODAY, Policy())):
            [word] = {BEGINS[begin] for begin in BEGINS if rule.name.startswith(begin)}
            assert chinese[word], rule.name


def test_the_definitions_tell_every_metric_and_are_searched_in_both_languages(opened: Open) -> None:
    told: set[str] = set()
    for subject in WORDS:
        at = opened(GLOSSARY, subject=subject)
        told |= {row[-1] for row in texts(at, f"glossary_{subject}")}
    assert told == {
        *METRICS,
        *(f"{metric.name}.{measure.name}" for metric in METRICS.values() for measure in metric.columns),
    }
    for search, name in (
        ("净推荐", "satisfaction.nps"),
        ("promoters", "satisfaction.nps"),
        ("whale", "value.whale"),
    ):
        rows = texts(opened(GLOSSARY, search=search), "glossary_found")
        assert name in {row[-1] for row in rows}, search
    assert opened(GLOSSARY, search="xyzzy").caption[-1].value.endswith("No metric has all of these words.")


def test_a_metric_names_the_pages_that_draw_it() -> None:
    pages = shown_on()
    assert pages["balance.lines"] == ("overview", "balances")
    assert pages["satisfaction.nps"] == ("satisfaction",)
    assert pages["value.lorenz"] == ("value",)
    assert pages["alerts.watch"] == ("overview",)
