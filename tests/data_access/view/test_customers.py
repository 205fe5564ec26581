"""Texts of lists: without identities, but where names are granted and asked for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from data_access.errors import CockpitError
from data_access.view.customers import MOST, Customer, names, without_identities

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
