"""The daily books: which days and institutions are delivered, and how they follow the customers' money."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sample_data.bank import write
from tests.sample_data.conftest import Bank

PRODUCTS = {
    "deposit": {"活期存款", "定期存款", "通知存款", "保证金存款"},
    "loan": {"个人住房贷款", "助学贷款", "其他贷款"},
    "contingent": {"贴现", "信用证", "保函"},
    "intermediary": {"代理手续费", "转账结算", "异地存款"},
    "wealth": {"基金", "保险", "理财"},
}


@pytest.fixture(scope="module")
def lines(bank: Bank) -> pl.DataFrame:
    """Balance by day, institution and business line, beside the institution's dates."""
    keys = ("date", "institution_id", "business_line")
    sums = bank.daily_balances.group_by(*keys).agg(pl.col("balance").sum())
    dates = bank.institutions.select("institution_id", "opened_on", "closed_on", "merged_into")
    return sums.join(dates, on="institution_id")


@pytest.fixture(scope="module")
def at_month_ends(bank: Bank, lines: pl.DataFrame) -> pl.DataFrame:
    """The books beside the customers' sums, per institution and month end."""
    customers = bank.customer_months.group_by("institution_id", "month").agg(
        pl.col("deposit", "wealth", "loan").sum()
    )
    books = lines.pivot("business_line", index=("institution_id", "date"), values="balance")
    return books.join(
        customers, left_on=("institution_id", "date"), right_on=("institution_id", "month"), suffix="_owned"
    )


def test_lines_and_products(bank: Bank) -> None:
    found = bank.daily_balances.group_by("business_line").agg(pl.col("product").unique())
    assert {line: set(products) for line, products in found.iter_rows()} == PRODUCTS
    per_day = bank.daily_balances.group_by("date", "institution_id").len()["len"]
    assert per_day.min() == per_day.max() == 16
    assert bank.daily_balances["balance"].min() >= 0.0
    assert (bank.daily_balances["balance"] == bank.daily_balances["balance"].round(2)).all()


def test_every_working_day_and_every_month_end_but_no_weekend(bank: Bank) -> None:
    first, last = date(2025, 9, 1), date(2026, 10, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    wanted = [day for day in days if day.weekday() < 5 or (day + timedelta(days=1)).day == 1]
    assert sorted(bank.daily_balances["date"].unique()) == wanted
    assert any(day.weekday() > 4 for day in wanted), "a month ends on a weekend"


def test_only_the_last_months(tmp_path: Path) -> None:
    write(tmp_path, customers=30, months=30, outlets=4)
    names = sorted(path.name for path in (tmp_path / "extracts" / "daily_balances").iterdir())
    assert len(names) == 26 and names[0] == "2024-09.parquet" and names[-1] == "2026-10.parquet"


def test_institutions_that_own_customers_while_they_are_open(bank: Bank, lines: pl.DataFrame) -> None:
    assert set(lines["institution_id"]) == set(bank.customer_months["institution_id"])
    assert lines.filter(pl.col("date") < pl.col("opened_on")).height == 0
    new = lines.filter(pl.col("opened_on") > date(2025, 9, 1))
    first = new.group_by("institution_id").agg(pl.col("date").min(), pl.col("opened_on").first())
    assert first.height and (first["date"] - first["opened_on"]).dt.total_days().max() <= 3


def test_a_closed_outlet_stops_on_its_last_day(lines: pl.DataFrame) -> None:
    closed = lines.drop_nulls("closed_on").group_by("institution_id", "closed_on").agg(pl.col("date").max())
    assert closed.height >= 2 and (closed["date"] == closed["closed_on"]).all()


def test_the_taker_gets_what_a_merged_outlet_had(lines: pl.DataFrame) -> None:
    merged = lines.drop_nulls("merged_into").select("institution_id", "closed_on", "merged_into").unique()
    assert merged.height
    for gone, closed_on, taker in merged.iter_rows():
        before = lines.filter(date=closed_on)
        next_day = lines.filter(pl.col("date") > closed_on)["date"].min()
        for line, tolerance in (("deposit", 0.10), ("wealth", 0.10), ("contingent", 0.03)):
            here = pl.col("business_line") == line
            had = before.filter(here, institution_id=gone)["balance"].item()
            own = before.filter(here, institution_id=taker)["balance"].item()
            after = lines.filter(here, institution_id=taker, date=next_day)["balance"].item()
            assert had > 0.1 * own and abs(after / (own + had) - 1) < tolerance, line


def test_books_follow_the_customers_money(at_month_ends: pl.DataFrame) -> None:
    assert at_month_ends.height > 400
    for line, low, high in (("deposit", 0.85, 1.05), ("wealth", 0.85, 1.05), ("loan", 0.97, 1.03)):
        some = at_month_ends.filter(pl.col(f"{line}_owned") > 1_000.0)
        ratio = some[line] / some[f"{line}_owned"]
        assert low < ratio.min() and ratio.max() < high, line


def test_a_year_end_is_dressed_and_undressed(lines: pl.DataFrame) -> None:
    total = lines.filter(business_line="deposit").group_by("date").agg(pl.col("balance").sum())
    on = dict(total.iter_rows())
    last = date(2025, 12, 31)
    assert on[last] > 1.015 * on[date(2025, 12, 25)] and on[last] > 1.015 * on[date(2026, 1, 2)]
    assert 1.012 * on[date(2025, 12, 25)] < on[date(2025, 12, 30)] < on[last], "over three days"


def test_fees_have_a_week_and_a_quarter(bank: Bank, lines: pl.DataFrame) -> None:
    fees = lines.filter(business_line="intermediary").group_by("date").agg(pl.col("balance").sum())
    usual = fees.group_by(pl.col("date").dt.weekday().alias("weekday")).agg(pl.col("balance").median())
    by_weekday = dict(usual.iter_rows())
    assert by_weekday[1] > 1.2 * by_weekday[4] and by_weekday[6] < 0.5 * by_weekday[4]
    months = fees.group_by(pl.col("date").dt.month_end().alias("month")).agg(pl.col("balance").sum())
    owned = bank.customer_months.group_by("month").agg(pl.col("fee_income").sum())
    both = months.join(owned, on="month").with_columns(pl.col("balance") / pl.col("fee_income"))
    quarter = pl.col("month").dt.month() % 3 == 0
    assert both.filter(quarter)["balance"].is_between(1.1, 1.3).all()
    assert both.filter(~quarter)["balance"].is_between(0.93, 1.07).all()
