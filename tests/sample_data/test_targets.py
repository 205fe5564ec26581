"""Plans: who has one, and how much is passed on."""

from datetime import date

import polars as pl

from tests.sample_data.conftest import Bank

BASES = {
    "balance.lines.deposit": "increase",
    "book.summary.aum_avg": "increase",
    "book.summary.customers": "level",
    "funnel.outcomes.won_amount": "flow",
    "value.summary.increase": "flow",
}
COUNTS = ("book.summary.customers", "value.summary.increase")


def test_metrics_and_periods(bank: Bank) -> None:
    assert dict(bank.targets.select("metric", "basis").unique().iter_rows()) == BASES
    years = [(date(year, 1, 1), date(year, 12, 31)) for year in (2025, 2026)]
    quarters = [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)),
    ]
    for metric in BASES:
        wanted = years + (quarters if metric == "funnel.outcomes.won_amount" else [])
        found = bank.targets.filter(metric=metric).select("period_start", "period_end").unique()
        assert sorted(found.iter_rows()) == sorted(wanted), metric
    assert bank.targets["value"].min() > 0.0


def test_quarters_make_the_year(bank: Bank) -> None:
    won = bank.targets.filter(pl.col("period_start").dt.year() == 2026, metric="funnel.outcomes.won_amount")
    year = pl.col("period_end") - pl.col("period_start") > pl.duration(days=300)
    sums = won.group_by("institution_id").agg(
        pl.col("value").filter(year).sum().alias("year"), pl.col("value").filter(~year).sum().alias("parts")
    )
    assert (sums["parts"] / sums["year"]).is_between(0.99, 1.01).all()


def test_nearly_everybody_has_a_plan(larger_bank: Bank) -> None:
    institutions = larger_bank.institutions
    planned = set(larger_bank.targets.filter(pl.col("period_start") == date(2026, 1, 1))["institution_id"])
    assert set(institutions.filter(pl.col("level") != "outlet")["institution_id"]) <= planned
    outlets = institutions.filter(pl.col("closed_on").is_null(), level="outlet")["institution_id"]
    share = outlets.is_in(list(planned)).mean()
    assert isinstance(share, float) and 0.65 < share < 0.97, "some have none"


def test_branches_pass_on_more_than_they_received(larger_bank: Bank) -> None:
    keys = ["metric", "period_start", "period_end"]
    above = larger_bank.institutions.select("institution_id", "parent_id")
    passed = (
        larger_bank.targets.join(above, on="institution_id")
        .group_by("parent_id", *keys)
        .agg(pl.col("value").sum().alias("passed"), pl.len().alias("children"))
    )
    both = larger_bank.targets.join(
        passed, left_on=["institution_id", *keys], right_on=["parent_id", *keys]
    ).with_columns(ratio=pl.col("passed") / pl.col("value"))
    assert both.height > 100
    money = both.filter(~pl.col("metric").is_in(COUNTS))
    assert money["ratio"].is_between(1.025, 1.085).all()
    many = both.filter(pl.col("value") > 50 * pl.col("children"), metric="book.summary.customers")
    assert many.height and many["ratio"].is_between(1.02, 1.09).all()
    rounded = both.filter(pl.col("metric").is_in(COUNTS)).with_columns(
        off=(pl.col("passed") - 1.055 * pl.col("value")).abs()
    )
    assert (rounded["off"] <= 0.03 * rounded["value"] + rounded["children"]).all(), "whole, and one at least"


def test_the_head_office_is_a_little_behind(larger_bank: Bank) -> None:
    plan = larger_bank.targets.filter(
        institution_id="00", period_start=date(2026, 1, 1), period_end=date(2026, 12, 31)
    )
    value = dict(plan.select("metric", "value").iter_rows())
    won = larger_bank.deals.filter(pl.col("CLS_DT") >= date(2026, 1, 1))["DEAL_AMT"].sum()
    assert 0.84 < won / value["funnel.outcomes.won_amount"] / (10 / 12) < 0.96
    customers = larger_bank.customer_months.filter(month=date(2026, 10, 31)).height
    assert 0.96 < customers / value["book.summary.customers"] < 1.01
    tiered = larger_bank.customers.filter(kind="personal").select("customer_id")
    middle = larger_bank.customer_months.filter(pl.col("aum_avg") >= 200_000).join(tiered, on="customer_id")
    counts = dict(middle.group_by("month").len().iter_rows())
    came = counts[date(2026, 10, 31)] - counts[date(2025, 12, 31)]
    assert came > 0, "else the plan is a usual one"
    assert 0.84 < came / value["value.summary.increase"] / (304 / 365) < 0.97, "rounded to whole customers"
    books = larger_bank.daily_balances.filter(business_line="deposit").group_by("date")
    on = dict(books.agg(pl.col("balance").sum()).iter_rows())
    increase = on[date(2026, 10, 31)] - on[date(2025, 12, 31)]
    assert increase > 0.0, "else the plan is a usual one"
    assert 0.84 < increase / value["balance.lines.deposit"] / (304 / 365) < 0.96
