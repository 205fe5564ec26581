"""Texts of lists: without identities, but where names are granted and asked for."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from data_access.errors import CockpitError
from data_access.view.customers import MOST, Customer, history, names, without_identities

TITLES = ["张伟 装修贷款", "回电 13800138000", "客户 0000000002 续贷", "改善购房", None]


@pytest.fixture(params=["named", "ids alone"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    (tmp_path / "tables").mkdir()
    (tmp_path / "ids").mkdir()
    ids = pl.DataFrame({"customer_no": [0, 1, 2], "customer_id": ["0000000001", "0000000002", "0000000003"]})
    ids.write_parquet(tmp_path / "ids/customers.parquet")
    if request.param == "named":
        ids.with_columns(name=pl.Series(["张伟", "李娜", None])).write_parquet(
            tmp_path / "tables/customers.parquet"
        )
    return SimpleNamespace(
        snapshot=SimpleNamespace(has=lambda name: (tmp_path / name).exists()),
        is_whole=lambda _: True,
        file=lambda name: tmp_path / name,
        id="s",
        named=request.param == "named",
    )


@pytest.fixture
def rows() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "node": [1, 1, 2, 2, 2],
            "customer_no": [0, 1, 1, None, 2],
            "opportunity_id": ["13800138000"] * 5,  # a deal's own id, whatever it looks like
            "title": TITLES,
        }
    )


def test_titles_name_nobody(store: Any, rows: pl.DataFrame) -> None:
    told = without_identities(store, rows, ())
    own = "张* 装修贷款" if store.named else TITLES[0]  # an undelivered name is not known
    assert told["title"].to_list() == [own, "回电 138****8000", "客户 0* 续贷", "改善购房", None]
    assert told.drop("title").equals(rows.drop("title"))


def test_but_where_names_are_granted(store: Any, rows: pl.DataFrame) -> None:
    told = without_identities(store, rows, ((1, 1),))
    assert told["title"].to_list() == [*TITLES[:2], "客户 0* 续贷", *TITLES[3:]]


def test_without_customers_and_without_rows(store: Any, rows: pl.DataFrame) -> None:
    told = without_identities(store, rows.drop("customer_no"), ())
    assert told["title"].to_list()[1] == "回电 138****8000"
    assert without_identities(store, rows.clear(), ()).equals(rows.clear())


def test_names_fail_closed(store: Any, rows: pl.DataFrame) -> None:
    with pytest.raises(CockpitError, match="does not include the names"):
        names(store, rows, ())
    with pytest.raises(CockpitError, match=f"{MOST} rows at most"):
        names(store, pl.concat([rows] * MOST), ((0, 9),))
    found = names(store, rows, ((1, 1),))
    assert found == {
        0: Customer("0000000001", "张伟" if store.named else None),
        1: Customer("0000000002", "李娜" if store.named else None),
    }
    store.is_whole = lambda _: False
    with pytest.raises(CockpitError, match="damaged"):
        names(store, rows, ((1, 1),))


MONTHS = (date(2026, 9, 30), date(2026, 10, 31))


@pytest.fixture
def months(store: Any, tmp_path: Path) -> Any:
    """Customer 1 was at institution 20 (node 2) in September and is at 10 (node 1) in October."""
    (tmp_path / "tables/customer_months").mkdir()
    for month, institution, tier in zip(MONTHS, (20, 10), (1, 2), strict=True):
        rows = {"customer_no": [0, 1], "institution_no": [10, institution], "aum": [5, 100 * institution]}
        frame = pl.DataFrame({**rows, "month": [month] * 2, "tier": pl.Series([0, tier], dtype=pl.Int16)})
        frame.write_parquet(tmp_path / f"tables/customer_months/{month:%Y-%m}.parquet")
    calls = {"customer_no": [1, 1, 0, 1], "institution_no": [20, 10, 10, 10], "kind": ["call"] * 4}
    days = [date(2026, 9, 5), date(2026, 10, 5), date(2026, 10, 6), None]
    pl.DataFrame({**calls, "contacted_on": days}).write_parquet(tmp_path / "tables/contacts.parquet")
    store.months, store.part = list(MONTHS), ""
    store.tree = SimpleNamespace(numbers=[0, 10, 20])
    return store


def test_a_history_is_of_one_customer_and_newest_first(months: Any) -> None:
    found = history(months, 1, ((1, 2),))
    assert found.months.rows() == [(MONTHS[1], 2, 1000), (MONTHS[0], 1, 2000)]
    assert found.contacts.rows() == [(date(2026, 10, 5), "call", None), (date(2026, 9, 5), "call", None)]


def test_months_and_contacts_booked_elsewhere_are_not_told(months: Any) -> None:
    found = history(months, 1, ((1, 1),))
    assert found.months["month"].to_list() == [MONTHS[1]]
    assert found.contacts["contacted_on"].to_list() == [date(2026, 10, 5)]
    assert history(months, 1, ((0, 0),)).months.is_empty()


def test_a_history_fails_closed(months: Any) -> None:
    with pytest.raises(CockpitError, match="does not include lists"):
        history(months, 1, ())
    months.part = "then"
    with pytest.raises(CockpitError, match="tree as now"):
        history(months, 1, ((1, 2),))
    months.part, months.is_whole = "", lambda _: False
    with pytest.raises(CockpitError, match="damaged"):
        history(months, 1, ((1, 2),))
