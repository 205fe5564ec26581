"""From what an extract holds to the contract's types: one line per edge."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_access.intake.casting import typed
from data_access.intake.config import Config
from data_access.intake.source import Source
from data_access.policy import Policy
from metrics import CONTRACT

CONFIG = Config(Path("cockpit.toml"), {}, Policy(), CONTRACT)


def cast(
    column: str, values: list[Any], table: str = "opportunities", **settings: Any
) -> tuple[list[Any], list[bool]]:
    """The values of one column as the contract has them, and which could not be read."""
    series = values if isinstance(values, pl.Series) else pl.Series(column, values, strict=False)
    frame = pl.LazyFrame({column: series, "_row": range(1, len(series) + 1), "_source": ["x"] * len(series)})
    found = typed(frame, CONTRACT.tables[table], Source(table, csv="x", **settings), CONFIG).collect()
    unreadable = f"unreadable_{column}"
    bad = found[unreadable].to_list() if unreadable in found.columns else [False] * len(series)
    return found[column].to_list(), bad


@pytest.mark.parametrize(
    ("raw", "minor"),
    [
        (0.0, 0),
        (12.34, 1_234),
        (0.125, 13),  # half a minor unit goes up
        (-0.125, -12),  # up, too: floor(x · 100 + ½)
        (-0.13, -13),
        (10**10, 10**12),
        ("1,234,567.89", 123_456_789),
        (" 5 ", 500),
        ("-5.5", -550),
        ("1e3", 100_000),
        (Decimal("19.99"), 1_999),
        (7, 700),
    ],
)
def test_money_is_whole_minor_units(raw: Any, minor: int) -> None:
    assert cast("amount", [raw]) == ([minor], [False])


@pytest.mark.parametrize("raw", ["", "   ", None])
def test_blank_is_no_value(raw: Any) -> None:
    for column in ("amount", "created_on", "product", "opportunity_id"):
        assert cast(column, pl.Series(column, [raw], dtype=pl.String)) == ([None], [False])


@pytest.mark.parametrize(
    "raw", ["n/a", "12 yuan", "NaN", "inf", "1.2.3", float("inf"), -float("inf"), 1e30, "true", True, False]
)
def test_what_is_no_amount_is_said(raw: Any) -> None:
    assert cast("amount", [raw]) == ([None], [True])


def test_scale() -> None:
    assert cast("amount", ["1.5", "2"], scale={"amount": 10_000}) == ([1_500_000, 2_000_000], [False, False])


@pytest.mark.parametrize(
    "raw",
    [
        "2026-01-31",
        "2026/01/31",
        "20260131",
        "2026.01.31",
        20260131,
        date(2026, 1, 31),
        "2026-01-31 23:59:59",
        "2026-01-31T00:00:00",
        "2026/01/31 12:00:00",
        "2026-01-31 12:00:00.123",
        datetime(2026, 1, 31, 23, 59),
    ],
)
def test_dates_in_several_forms(raw: Any) -> None:
    assert cast("created_on", [raw]) == ([date(2026, 1, 31)], [False])


@pytest.mark.parametrize("raw", ["31/01/2026", "2026-02-30", "20261301", "yesterday", "2026"])
def test_what_is_no_date_is_said(raw: str) -> None:
    assert cast("created_on", [raw]) == ([None], [True])


def test_a_named_form() -> None:
    assert cast("created_on", ["31/01/2026", "2026-01-31"], formats={"created_on": "%d/%m/%Y"}) == (
        [date(2026, 1, 31), None],
        [False, True],
    )


def test_a_moment_with_a_zone_is_a_day_in_the_banks_zone() -> None:
    """16:30 in Greenwich is half past midnight of the next day in Shanghai."""
    moment = pl.Series("created_on", [datetime(2026, 1, 31, 16, 30, tzinfo=UTC)])
    assert cast("created_on", moment) == ([date(2026, 2, 1)], [False])


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-01-31T16:30:00Z", date(2026, 2, 1)),
        ("2026-01-31T15:30:00+00:00", date(2026, 1, 31)),
        ("2026-02-01 00:30:00+0800", date(2026, 2, 1)),
    ],
)
def test_text_with_a_zone(raw: str, day: date) -> None:
    assert cast("created_on", [raw]) == ([day], [False])


@pytest.mark.parametrize("raw", ["2026-02", "202602", "2026-02-01", "2026-02-28", "20260214"])
def test_a_month_is_its_last_day(raw: str) -> None:
    assert cast("month", [raw], "customer_months") == ([date(2026, 2, 28)], [False])


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("007", "007"),
        (" 7 ", "7"),
        (7, "7"),
        ("A-0", "A-0"),
        (7.0, "7"),  # a whole number among floats is the whole number it was
        (-7.0, "-7"),
        (7.5, "7.5"),
        (2.0**53, "9007199254740992"),
        (Decimal("7.00"), "7"),
        (Decimal("7.50"), "7.50"),
        (float("nan"), None),
    ],
)
def test_ids_are_text(raw: Any, value: str | None) -> None:
    assert cast("opportunity_id", [raw]) == ([value], [False])


@pytest.mark.parametrize("raw", ["6.22202E+18", "6.2e+18", 2.0**53 + 2, 6.22202e18])
def test_an_id_that_has_lost_digits_is_said(raw: Any) -> None:
    assert cast("opportunity_id", [raw]) == ([None], [True])


@pytest.mark.parametrize("column", ["amount", "created_on", "opportunity_id", "product"])
def test_nan_among_floats_is_no_value(column: str) -> None:
    """How a table library writes none; the text NaN is none of ours to guess at."""
    assert cast(column, [float("nan")]) == ([None], [False])
    assert cast("birth_year", [float("nan"), 1980.0], "customers") == ([None, 1980], [False, False])


@pytest.mark.parametrize("column", ["closed_on", "expected_close_on"])
@pytest.mark.parametrize(
    "raw",
    [
        "9999-12-31",
        "9999/12/31",
        "99991231",
        99991231,
        99991231.0,
        "9999-12-31 00:00:00",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31 23:59:59.999999",
        date(9999, 12, 31),
        datetime(9999, 12, 31),
        datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
        "9999-01-01",
        "9999-12",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00000000",
        "0",
        0,
        "0001-01-01",
        date(1, 1, 1),
        datetime(1, 1, 1),
        "0001-01-01 00:00:00",
    ],
)
def test_a_date_that_stands_for_none_is_none(raw: Any, column: str) -> None:
    """Open ends of core banking systems, understood without a setting."""
    series = pl.Series(column, [raw, None], strict=False)
    assert cast(column, series) == ([None, None], [False, False])


@pytest.mark.parametrize(("raw", "form"), [("31/12/9999", "%d/%m/%Y"), ("00/00/0000", "%d/%m/%Y")])
def test_a_named_form_may_stand_for_none(raw: str, form: str) -> None:
    assert cast("closed_on", [raw], formats={"closed_on": form}) == ([None], [False])


@pytest.mark.parametrize("raw", ["9998-12-31", "0002-01-01", "1900-01-01"])
def test_other_dates_far_away_stay(raw: str) -> None:
    assert cast("closed_on", [raw]) == ([date.fromisoformat(raw)], [False])


@pytest.mark.parametrize(("raw", "value"), [("3", 3), (3.0, 3), ("3.5", None), ("x", None), (True, None)])
def test_whole_numbers(raw: Any, value: int | None) -> None:
    assert cast("own_transactions", [raw], "customer_months") == ([value], [value is None])
