"""Numbers and dates as banks write them: read as the table's settings say, never guessed."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from data_access.contract.rules import Column
from data_access.intake.mapping import mapped
from data_access.intake.numbers import likely_remedy
from data_access.intake.source import Source
from metrics import CONTRACT
from tests.data_access.intake.test_casting import cast

ACCOUNTED = [
    ("1,234.50", 123_450),
    ("1，234．50", 123_450),
    ("１２３４", 123_400),
    ("(1,234.50)", -123_450),
    ("（1,234.50）", -123_450),
    ("1,234.50-", -123_450),
    ("－5", -500),
    ("−5", -500),
    ("+5", 500),
    ("¥1,234", 123_400),
    ("￥ 1,234", 123_400),
    ("-¥1,234", -123_400),
    ("¥-1,234", -123_400),
    ("(CNY 7)", -700),
    ("12.5元", 1_250),
    ("RMB12.5", 1_250),
    (".5", 50),
]


@pytest.mark.parametrize(("raw", "minor"), ACCOUNTED)
def test_accounting_is_read_where_it_is_said(raw: str, minor: int) -> None:
    assert cast("amount", [raw], numbers="accounting") == ([minor], [False])


@pytest.mark.parametrize("raw", [raw for raw, _ in ACCOUNTED if raw not in ("1,234.50", "+5", ".5")])
def test_accounting_is_not_guessed(raw: str) -> None:
    assert cast("amount", [raw]) == ([None], [True])
    remedy = likely_remedy(CONTRACT.tables["opportunities"].column("amount"), raw)
    assert remedy and 'numbers = "accounting"' in remedy


@pytest.mark.parametrize(
    "raw",
    ["(5", "5)", "(-5)", "-5-", "5%", "1,23", "1,2345", "12万", "—", "-", "()", "5 6", "1.2.3", "0,123"],
)
def test_what_accounting_does_not_read_is_said(raw: str) -> None:
    assert cast("amount", [raw], numbers="accounting") == ([None], [True])


def test_percent_is_a_share_of_a_plan() -> None:
    plans = ["12.5%", "３％", "(4%)", "7"]
    told = cast("value", plans, "targets", numbers="accounting")
    assert told == ([0.125, 0.03, -0.04, 7.0], [False] * 4)
    assert cast("value", ["12.5%"], "targets") == ([None], [True])


@pytest.mark.parametrize(
    ("raw", "minor"),
    [("1.234,50", 123_450), ("12,5", 1_250), ("1234", 123_400), ("-0,05", -5), ("1 234,5", 123_450)],
)
def test_a_decimal_comma_is_read_where_it_is_said(raw: str, minor: int) -> None:
    assert cast("amount", [raw], decimal=",") == ([minor], [False])
    assert cast("amount", [f"({raw})"], decimal=",", numbers="accounting") == (
        [-minor] if "-" not in raw else [None],
        ["-" in raw],
    )


@pytest.mark.parametrize("raw", ["12,5", "1.234,50", "0,123", "1234,567"])
def test_a_decimal_comma_is_not_guessed(raw: str) -> None:
    assert cast("amount", [raw]) == ([None], [True])


def test_a_decimal_point_is_none_where_a_comma_is() -> None:
    assert cast("amount", ["12.5", "1,234.5"], decimal=",") == ([None, None], [True, True])


SERIAL = 46_203  # 2026-06-30


@pytest.mark.parametrize("raw", [SERIAL, float(SERIAL), SERIAL + 0.75, str(SERIAL), f"{SERIAL}.75"])
def test_a_spreadsheets_number_of_a_day(raw: Any) -> None:
    assert cast("created_on", [raw], formats={"created_on": "excel"}) == ([date(2026, 6, 30)], [False])
    assert cast("created_on", [raw]) == ([None], [True])


@pytest.mark.parametrize("raw", ["2026-06-30", "-3", "1e9", "x"])
def test_what_is_no_such_number(raw: str) -> None:
    assert cast("created_on", [raw], formats={"created_on": "excel"}) == ([None], [True])


@pytest.mark.parametrize("raw", [20260630, 20260630.0, "20260630", 202606, 202606.0, "202606", "2026-06"])
def test_months_as_numbers(raw: Any) -> None:
    assert cast("month", [raw], "customer_months") == ([date(2026, 6, 30)], [False])


@pytest.mark.parametrize("raw", ["2026063", "20260631", "202613", 2026, 2026.5, "2026"])
def test_what_is_no_date(raw: Any) -> None:
    assert cast("month", [raw], "customer_months") == ([None], [True])


@pytest.mark.parametrize(
    ("form", "raw", "day"),
    [
        ("%Y年%m月%d日", "2026年6月5日", date(2026, 6, 5)),
        ("%Y年%m月", "2026年06月", date(2026, 6, 30)),
        ("%m/%Y", "06/2026", date(2026, 6, 30)),
        ("%Y%m%d%H%M%S", "20260605235959", date(2026, 6, 5)),
    ],
)
def test_a_named_form(form: str, raw: str, day: date) -> None:
    table, column = ("opportunities", "created_on") if "%d" in form else ("customer_months", "month")
    assert cast(column, [raw], table, formats={column: form}) == ([day], [False])


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("amount", "1.234,50", 'decimal = ","'),
        ("amount", "12.5万", 'scale = { amount = "万元" }'),
        ("amount", "7%", "no amount"),
        ("created_on", "46203", '"excel"'),
        ("created_on", "31/12/2025", '"%d/%m/%Y"'),
        ("created_on", "12/31/2025", '"%m/%d/%Y"'),
        ("created_on", "01/02/2025", "where the month comes first"),
        ("created_on", "2026年6月5日", '"%Y年%m月%d日"'),
        ("created_on", "２０２６-06-05", "fold_width"),
    ],
)
def test_the_remedy_fits_what_was_found(column: str, value: str, words: str) -> None:
    found = CONTRACT.tables["opportunities"].column(column)
    assert words in (likely_remedy(found, value) or "")


def test_nothing_likely_is_no_remedy() -> None:
    for kind in ("money", "date", "id", "text"):
        assert likely_remedy(Column("x", kind), "n/a") is None


def test_wide_letters_and_digits_are_folded_where_it_is_said() -> None:
    """What people read stays as it was written."""
    frame = pl.LazyFrame({"customer_id": ["Ａ００１"], "name": ["王（五）"], "kind": ["Ｐ"]})
    frame = frame.with_columns(pl.lit(1).alias("cockpit: row"), pl.lit("x").alias("cockpit: source"))
    values = {"kind": {"P": "personal"}}
    for folds in (True, False):
        source = Source("customers", csv="x", fold_width=folds, values=values)
        [row] = mapped(frame, CONTRACT.tables["customers"], source).collect().to_dicts()
        assert row["name"] == "王（五）"
        assert (row["customer_id"], row["kind"]) == (("A001", "personal") if folds else ("Ａ００１", "Ｐ"))
