"""What is written: the same content for a seed, keys that hold, a configuration that fits the files."""

import doctest
import sqlite3
import tomllib
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sample_data import bank as bank_module
from sample_data import dates
from sample_data.bank import write
from sample_data.institutions import places
from tests.sample_data.conftest import SIZE, Bank, read

LAST_DAY = date(2026, 10, 31)
STAGES = "lead opportunity solution_offered solution_evaluated negotiation contract_signed implementation"


def test_same_seed_same_content(bank: Bank, tmp_path: Path) -> None:
    write(tmp_path, seed=1, **SIZE)
    for mine, theirs in zip(bank[1:], read(tmp_path)[1:], strict=True):
        assert_frame_equal(mine, theirs, check_exact=True)
    for name in ("cockpit.toml", "truth.json"):
        assert (bank.folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_another_seed_another_bank(bank: Bank, tmp_path: Path) -> None:
    write(tmp_path, seed=2, **SIZE)
    for mine, theirs in zip(bank[1:], read(tmp_path)[1:], strict=True):
        assert not mine.equals(theirs)


def test_returns_rows_and_tells_progress(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    rows = write(
        tmp_path,
        customers=100,
        months=3,
        outlets=12,
        progress=lambda step, share: heard.append((step, share)),
    )
    written = read(tmp_path)
    assert rows.pop("controls") == pl.read_csv(tmp_path / "extracts" / "controls.csv").height
    assert rows.pop("grants") == pl.read_csv(tmp_path / "extracts" / "grants.csv").height
    assert rows == {name: getattr(written, name).height for name in Bank._fields[1:]}
    shares = [share for _, share in heard]
    assert shares == sorted(shares) and shares[0] >= 0.0 and shares[-1] == 1.0
    assert "2026-10" in {step for step, _ in heard}


def test_rewriting_with_fewer_months_leaves_none_behind(tmp_path: Path) -> None:
    write(tmp_path, customers=50, months=4, outlets=5)
    write(tmp_path, customers=50, months=2, outlets=5, last_month=date(2024, 2, 10))
    for folder in ("customer_months", "daily_balances"):
        names = sorted(path.name for path in (tmp_path / "extracts" / folder).iterdir())
        assert names == ["2024-01.parquet", "2024-02.parquet"]
    assert read(tmp_path).customer_months["month"].max() == date(2024, 2, 29)


def test_tiny_bank(tmp_path: Path) -> None:
    write(tmp_path, customers=10, months=2, outlets=3)
    tiny = read(tmp_path)
    assert tiny.institutions.filter(level="outlet").height == 3
    assert set(tiny.customer_months["institution_id"]) <= set(tiny.institutions["institution_id"])


@pytest.mark.parametrize("wrong", [{"outlets": 2}, {"customers": 9}, {"months": 1}])
def test_too_small_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="A bank needs"):
        write(tmp_path, **{"customers": 20, "months": 2, "outlets": 3, **wrong})


def test_keys_are_unique(bank: Bank) -> None:
    assert not bank.institutions["institution_id"].is_duplicated().any()
    assert not bank.managers["manager_id"].is_duplicated().any()
    assert not bank.customers["customer_id"].is_duplicated().any()
    assert not bank.customer_months.select("customer_id", "month").is_duplicated().any()
    assert not bank.deals["OPP_NO"].is_duplicated().any()
    assert not bank.deal_stages.select("OPP_NO", "SEQ_NO").is_duplicated().any()
    assert not bank.contacts["CNT_NO"].is_duplicated().any()
    lines = bank.daily_balances.select("date", "institution_id", "business_line", "product")
    assert not lines.is_duplicated().any()
    plans = bank.targets.select("institution_id", "metric", "basis", "period_start", "period_end")
    assert not plans.is_duplicated().any()
    assert not bank.large_moves.select("customer_id", "date").is_duplicated().any()
    positions = bank.holdings.select("customer_id", "product", "opened_on", "matures_on", "amount")
    assert not positions.is_duplicated().any()
    assert not bank.annotations.select("institution_id", "date", "kind", "text").is_duplicated().any()


def test_every_reference_is_found(bank: Bank) -> None:
    institutions, customers = set(bank.institutions["institution_id"]), set(bank.customers["customer_id"])
    managers = set(bank.managers["manager_id"])
    for column in (
        bank.institutions["parent_id"],
        bank.institutions["merged_into"],
        bank.managers["institution_id"],
        bank.customers["institution_id"],
        bank.customer_months["institution_id"],
        bank.deals["ORG_NO"],
        bank.contacts["ORG_NO"],
        bank.daily_balances["institution_id"],
        bank.targets["institution_id"],
        bank.large_moves["institution_id"],
        bank.holdings["institution_id"],
        bank.annotations["institution_id"],
    ):
        assert set(column.drop_nulls()) <= institutions
    assert set(bank.customer_months["customer_id"]) == customers
    assert set(bank.deals["CUST_NO"].drop_nulls()) <= customers
    assert set(bank.customers["manager_id"].drop_nulls()) | set(bank.deals["MGR_NO"].drop_nulls()) <= managers
    for column in (
        bank.contacts["CUST_NO"],
        bank.large_moves["customer_id"],
        bank.holdings["customer_id"],
    ):
        assert set(column) <= customers
    for column in (
        bank.contacts["MGR_NO"],
        bank.large_moves["manager_id"],
        bank.holdings["manager_id"],
    ):
        assert set(column.drop_nulls()) <= managers
    assert set(bank.deal_stages["OPP_NO"]) == set(bank.deals["OPP_NO"])
    assert set(bank.contacts["OPP_NO"].drop_nulls()) <= set(bank.deals["OPP_NO"])


def test_some_references_are_missing_as_in_life(bank: Bank) -> None:
    for column in (bank.customers["manager_id"], bank.deals["CUST_NO"]):
        assert 0.01 < column.null_count() / len(column) < 0.2


def test_customers_are_looked_after_at_home(bank: Bank) -> None:
    homes = bank.customers.join(bank.managers, on="manager_id", suffix="_of_manager")
    assert homes.height > 1_000
    assert (homes["institution_id"] == homes["institution_id_of_manager"]).all()


def test_types_and_units(bank: Bank) -> None:
    schema = bank.customer_months.schema
    assert schema["month"] == pl.Date and schema["aum"] == pl.Float64 and schema["customer_id"] == pl.String
    assert bank.customers.schema["joined_on"] == pl.Date and bank.customers.schema["closed_on"] == pl.Date
    assert bank.customers["customer_id"].str.starts_with("0").all()
    assert bank.institutions["institution_id"].str.starts_with("0").all()
    assert bank.customers["phone"].str.contains(r"^1990000\d{4}$").all()
    money = bank.customer_months.select("aum", "deposit", "loan", "wealth", "contribution", "fee_income")
    assert_frame_equal(money, money.select(pl.all().round(2)), check_exact=True)


def test_configuration_fits_the_files(bank: Bank) -> None:
    config = tomllib.loads((bank.folder / "cockpit.toml").read_text(encoding="utf-8"))
    assert (config["title"], config["sample"], config["snapshots"]) == ("样例银行", True, ".cockpit")
    tables = config["tables"]
    for name in Bank._fields[1:5] + Bank._fields[9:]:
        assert list(bank.folder.glob(tables[name]["parquet"])), name
    with closing(sqlite3.connect(bank.folder / "extracts" / "crm.sqlite")) as database:
        for name in ("opportunities", "stage_events", "contacts", "opportunity_changes"):
            table = tables[name]
            rows = pl.read_database(table["sql"], database, infer_schema_length=None)
            names = table.get("columns", {column: column for column in rows.columns})
            assert set(names.values()) == set(rows.columns), "every column of the bank is mapped"
            for column, values in table["values"].items():
                assert set(rows[names[column]]) <= set(values), column
            if "stage" in table["values"]:
                assert list(table["values"]["stage"].values()) == STAGES.split()
            assert table["as_of"] == LAST_DAY
            assert config["databases"][table["database"]]["url"] == "sqlite:///extracts/crm.sqlite"
    for name in ("targets", "large_moves", "holdings", "annotations", "complaints"):
        assert tables[name]["as_of"] == LAST_DAY
    assert tables["contacts"]["values"]["effective"] == {"1": "yes", "0": "no"}
    assert set(tables["opportunities"]["values"]["outcome"].values()) == {"won", "lost", "lapsed", "open"}


def test_examples_in_docstrings() -> None:
    for module in (dates, places):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


def test_knows_nothing_of_the_cockpit() -> None:
    folder = Path(bank_module.__file__).parent
    for path in folder.rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words and words[0] in ("import", "from"):
                assert words[1].split(".")[0] not in {
                    "data_access",
                    "metrics",
                    "charts",
                    "ui",
                    "streamlit",
                }, path
