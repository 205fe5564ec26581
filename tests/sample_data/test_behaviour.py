"""How the customers and deals of the synthetic bank behave, against what `truth.json` says."""

import json
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.sample_data.conftest import Bank

FIRST_DAY, LAST_DAY = date(2025, 9, 1), date(2026, 10, 31)


@pytest.fixture(scope="module")
def truth(bank: Bank) -> dict[str, Any]:
    return json.loads((bank.folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def at_risk(bank: Bank) -> pl.DataFrame:
    """Every customer-month but the last, and whether the customer closed in the month after it."""
    month_after = pl.col("month").dt.offset_by("1d").dt.month_end()
    closes = (pl.col("exit_cause") == "closed") & (pl.col("closed_on").dt.month_end() == month_after)
    return (
        bank.customer_months.filter(pl.col("month") < LAST_DAY)
        .join(bank.customers.drop("institution_id"), on="customer_id")
        .with_columns(
            closes.fill_null(False).alias("closes"),
            (pl.col("month").dt.year() * 12 + pl.col("month").dt.month()).alias("number"),
        )
        .with_columns(
            tenure=pl.col("number") - pl.col("joined_on").dt.year() * 12 - pl.col("joined_on").dt.month()
        )
    )


def test_rows_from_joining_to_the_month_before_closing(bank: Bank) -> None:
    spans = bank.customer_months.group_by("customer_id").agg(
        pl.col("month").min().alias("first"), pl.col("month").max().alias("last"), pl.len().alias("rows")
    )
    found = bank.customers.join(spans, on="customer_id")
    joined = pl.col("joined_on").dt.month_end()
    window = pl.lit(date(2025, 9, 30))
    assert found.filter(pl.col("first") != pl.max_horizontal(joined, window)).height == 0
    before_closing = pl.col("closed_on").dt.month_start().dt.offset_by("-1d")
    assert found.filter(pl.col("last") != before_closing.fill_null(LAST_DAY)).height == 0
    months = (pl.col("last").dt.year() - pl.col("first").dt.year()) * 12
    months = months + pl.col("last").dt.month() - pl.col("first").dt.month() + 1
    assert found.filter(pl.col("rows").cast(pl.Int32) != months).height == 0, "no month is left out"


def test_customers_join_leave_and_come_from_long_ago(bank: Bank) -> None:
    customers = bank.customers
    assert customers.filter(pl.col("joined_on") >= FIRST_DAY).height > 50
    assert customers["closed_on"].count() > 50
    assert set(customers["exit_cause"].drop_nulls()) >= {"closed", "death"}
    assert customers.filter(pl.col("joined_on") < date(2015, 9, 1)).height > 100
    assert customers["joined_on"].min() > date(2005, 1, 1)
    assert customers.filter(pl.col("closed_on") < pl.col("joined_on")).height == 0
    per_month = bank.customer_months.group_by("month").len()["len"]
    assert 0.9 * 1_500 < per_month.min() <= per_month.max() < 1.25 * 1_500, "the stock stays about the same"


def test_about_one_in_a_hundred_moves_in_a_year(bank: Bank) -> None:
    moves = (
        bank.customer_months.sort("customer_id", "month")
        .with_columns(pl.col("institution_id").shift().over("customer_id").alias("before"))
        .filter(pl.col("before") != pl.col("institution_id"))
    )
    closed = bank.institutions.drop_nulls("closed_on")["institution_id"].to_list()
    by_choice = moves.filter(~pl.col("before").is_in(closed)).height
    assert 5 <= by_choice <= 40
    latest = bank.customer_months.sort("month").group_by("customer_id").last()
    both = latest.join(bank.customers, on="customer_id", suffix="_in_customers")
    assert (both["institution_id"] == both["institution_id_in_customers"]).all()


def test_a_fifth_holds_most_of_the_money(bank: Bank) -> None:
    last = bank.customer_months.filter(month=LAST_DAY).join(bank.customers, on="customer_id")
    for rows in (last, last.filter(kind="personal")):
        aum = rows["aum"].sort(descending=True)
        assert 0.65 < aum[: len(aum) // 5].sum() / aum.sum() < 0.92
    assert 20_000 < last.filter(kind="personal")["aum"].median() < 50_000
    assert last.filter(kind="corporate")["aum"].median() > 3 * last.filter(kind="personal")["aum"].median()
    assert 0.04 < last.filter(kind="corporate").height / last.height < 0.11


def test_balances_hang_together(bank: Bank) -> None:
    rows = bank.customer_months
    assert (rows["deposit"] + rows["wealth"] - rows["aum"]).abs().max() < 0.011
    assert 0 < rows.filter(pl.col("aum") < 0).height < 0.01 * rows.height
    assert rows["products"].min() == 1 and 5 <= rows["products"].max() <= 8
    dressing = rows.group_by("month").agg(pl.col("aum").sum() / pl.col("aum_avg").sum()).sort("month")["aum"]
    assert dressing[3] > dressing[4] + 0.01, "December's last day is dressed, January's hardly"


def test_some_customers_are_silent_for_months(bank: Bank) -> None:
    silent = (pl.col("own_transactions") == 0) & (pl.col("aum") < 1_000)
    months = bank.customer_months.filter(silent).group_by("customer_id").len()
    assert months.filter(pl.col("len") >= 6).height > 20


def test_exits_follow_the_written_hazards(at_risk: pl.DataFrame, truth: dict[str, Any]) -> None:
    told = truth["exit_cause_closed"]
    eta = np.full(at_risk.height, np.log(-np.log(1 - told["base_monthly_hazard"])))
    values = {"tier": "aum_avg", "tenure": "tenure", "products": "products", "activity": "own_transactions"}
    corporate = (at_risk["kind"] == "corporate").to_numpy()
    for name, column in values.items():
        band = np.searchsorted(told["bands"][name]["edges"], at_risk[column].to_numpy(), side="right")
        effect = np.array(told["bands"][name]["coefficients"])[band]
        eta += np.where(corporate, told["corporate"]["coefficient"], effect) if name == "tier" else effect
    hazard = 1 - np.exp(-np.exp(eta))
    seen, expected = int(at_risk["closes"].sum()), float(hazard.sum())
    assert expected > 60 and abs(seen - expected) < 4 * expected**0.5
    likely = hazard > np.median(hazard)  # the model separates: half the risk-months carry most exits
    assert at_risk.filter(likely)["closes"].sum() > 1.8 * at_risk.filter(~likely)["closes"].sum()


def test_exit_rate_falls_with_the_tier(at_risk: pl.DataFrame, truth: dict[str, Any]) -> None:
    coefficients = truth["exit_cause_closed"]["bands"]["tier"]["coefficients"]
    assert coefficients[0] > coefficients[1] > coefficients[2]
    rate = (
        at_risk.filter(kind="personal")
        .group_by((pl.col("aum_avg") >= 200_000).alias("is_upper"))
        .agg(pl.col("closes").mean())
        .sort("is_upper")["closes"]
    )
    assert rate[0] > 1.5 * rate[1]


def test_stage_events_are_in_order_and_inside_the_window(bank: Bank) -> None:
    events = bank.deal_stages.sort("OPP_NO", "SEQ_NO")
    steps = events.with_columns(pl.col("ENT_DT").diff().over("OPP_NO").alias("days"))["days"]
    assert steps.drop_nulls().dt.total_days().min() >= 0
    assert events["ENT_DT"].min() >= FIRST_DAY and events["ENT_DT"].max() <= LAST_DAY
    assert bank.deals["CLS_DT"].max() <= LAST_DAY
    ends = (
        events.group_by("OPP_NO", maintain_order=True).last().join(bank.deals, on="OPP_NO", suffix="_of_deal")
    )
    assert (ends["STG_CD"] == ends["STG_CD_of_deal"]).all()
    assert ends.filter(pl.col("CLS_DT") < pl.col("ENT_DT")).height == 0
    starts = events.group_by("OPP_NO", maintain_order=True).first().join(bank.deals, on="OPP_NO")
    assert (starts["ENT_DT"] == starts["CRT_DT"]).all()


def test_deals_skip_return_and_end_in_every_way(bank: Bank) -> None:
    deals = bank.deals
    assert abs(deals.height - 1_500 / 4) < 4 * (1_500 / 4) ** 0.5
    steps = bank.deal_stages.sort("OPP_NO", "SEQ_NO").select(
        pl.col("STG_CD").cast(pl.Int32).diff().over("OPP_NO").alias("step")
    )["step"]
    shares = {step: (steps == step).sum() / steps.count() for step in (-1, 1, 2)}
    assert shares[1] > 0.8 and 0.03 < shares[2] < 0.2 and 0.005 < shares[-1] < 0.08
    assert set(deals["STS_CD"]) == {"S", "F", "X", "O"}
    closed = pl.col("CLS_DT").is_not_null()
    assert deals.filter(closed != (pl.col("STS_CD") != "O")).height == 0
    assert deals.filter(pl.col("DEAL_AMT").is_not_null() != (pl.col("STS_CD") == "S")).height == 0
    assert deals.filter(pl.col("LOST_RSN").is_not_null() != (pl.col("STS_CD") == "F")).height == 0
    assert deals["PROD_NAME"].n_unique() == 9
    overdue = deals.filter((pl.col("STS_CD") == "O") & (pl.col("EXP_CLS_DT") < LAST_DAY)).height
    assert 0 < overdue < deals.filter(STS_CD="O").height


def test_deals_belong_to_the_home_of_their_customer(bank: Bank) -> None:
    home = bank.customer_months.select("month", "customer_id", "institution_id")
    found = bank.deals.with_columns(pl.col("CRT_DT").dt.month_end().alias("month")).join(
        home, left_on=["CUST_NO", "month"], right_on=["customer_id", "month"]
    )
    assert found.height == bank.deals["CUST_NO"].count()
    assert (found["ORG_NO"] == found["institution_id"]).all()
    kinds = bank.deals.join(bank.customers, left_on="CUST_NO", right_on="customer_id")
    assert kinds.filter((pl.col("CUST_TYPE") == "2") != (pl.col("kind") == "corporate")).height == 0
    assert kinds.filter(pl.col("CRT_DT") < pl.col("joined_on")).height == 0


def test_new_business_has_seasons() -> None:
    from sample_data.dates import deal_season

    ordinary = deal_season(date(2026, 5, 31))
    assert all(deal_season(date(2026, month, 28)) > 1.2 * ordinary for month in (3, 6, 12))
    assert deal_season(date(2026, 2, 28)) < 0.7 * ordinary  # Spring Festival on 17 February 2026
    assert deal_season(date(2025, 1, 31)) < 0.7 * ordinary < deal_season(date(2025, 2, 28))  # 29 January 2025
