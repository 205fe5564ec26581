"""Large moves, positions that mature, contacts, and what the planning office notes."""

from datetime import date, timedelta

import polars as pl
import pytest

from tests.sample_data.conftest import Bank

LAST_DAY = date(2026, 10, 31)


@pytest.fixture(scope="module")
def upper(larger_bank: Bank) -> pl.DataFrame:
    """Customers of the upper tiers, beside the month that follows."""
    rows = larger_bank.customer_months.filter(pl.col("aum_avg") >= 500_000.0)
    return rows.select(
        "customer_id", "aum_avg", month=pl.col("month").dt.offset_by("1d").dt.month_end()
    ).filter(pl.col("month") <= LAST_DAY)


@pytest.fixture(scope="module")
def branches(larger_bank: Bank) -> pl.DataFrame:
    """Each institution's first-level branch; none for the head office's own."""
    found = larger_bank.institutions.filter(level="branch_1")["institution_id"].to_list()
    first = pl.col("institution_id").str.slice(0, 4)
    return larger_bank.institutions.select("institution_id", branch=pl.when(first.is_in(found)).then(first))


def test_only_the_upper_tiers_move_large_sums(larger_bank: Bank, upper: pl.DataFrame) -> None:
    moves = larger_bank.large_moves.with_columns(month=pl.col("date").dt.month_end())
    assert moves.height > 100
    assert moves.join(upper, on=("customer_id", "month"), how="anti").height == 0
    assert moves["amount"].min() >= 200_000.0
    assert date(2025, 10, 1) <= moves["date"].min() and moves["date"].max() <= LAST_DAY
    assert 0.02 < moves.height / upper.height < 0.04
    assert set(moves["direction"]) == {"in", "out"}
    assert 0.35 < (moves["direction"] == "in").mean() < 0.65
    kinds = {"own_other_bank", "other_person", "company", "securities", "product"}
    assert set(moves["counterparty_kind"]) == kinds


def test_moves_are_booked_at_the_home_of_the_month(larger_bank: Bank) -> None:
    home = larger_bank.customer_months.select("customer_id", "month", home="institution_id")
    moves = larger_bank.large_moves.with_columns(month=pl.col("date").dt.month_end())
    both = moves.join(home, on=("customer_id", "month"))
    assert both.height == moves.height and (both["institution_id"] == both["home"]).all()


def test_managers_call_after_most_large_moves(larger_bank: Bank) -> None:
    moves = larger_bank.large_moves.drop_nulls("manager_id")
    calls = larger_bank.contacts.filter(CNT_TP="DH").select("CUST_NO", "MGR_NO", "CNT_DT")
    after = moves.join(calls, left_on="customer_id", right_on="CUST_NO").filter(
        (pl.col("CNT_DT") - pl.col("date")).dt.total_days().is_between(0, 3)
    )
    called = moves.join(after, on=("customer_id", "date"), how="semi")
    assert 0.45 < called.height / moves.height < 0.78
    assert after["MGR_NO"].null_count() == 0


def test_contacts_go_to_the_upper_tiers_first(larger_bank: Bank, upper: pl.DataFrame) -> None:
    contacts = larger_bank.contacts
    assert contacts["CNT_DT"].min() >= date(2025, 10, 1) and contacts["CNT_DT"].max() <= LAST_DAY
    assert set(contacts["CNT_TP"]) == {"DH", "BF", "GH", "GJ", "TS"} and set(contacts["EFF_FLG"]) == {
        "0",
        "1",
    }
    routine = contacts.filter(pl.col("OPP_NO").is_null(), pl.col("CNT_TP") != "DH")  # no calls after moves
    customers = larger_bank.customer_months.filter(pl.col("month") >= date(2025, 10, 1)).height
    often = routine.with_columns(month=pl.col("CNT_DT").dt.month_end()).join(
        upper, left_on=("CUST_NO", "month"), right_on=("customer_id", "month"), how="semi"
    )
    share = 0.54  # of the routine contacts that are no calls
    assert 0.8 < often.height / upper.height / (0.25 * share) < 1.2
    others = (routine.height - often.height) / (customers - upper.height)
    assert 0.8 < others / (0.02 * share) < 1.2


def test_contacts_about_deals_name_the_customer_of_the_deal(bank: Bank) -> None:
    about = bank.contacts.drop_nulls("OPP_NO").join(bank.deals, on="OPP_NO", suffix="_of_deal")
    assert 0 < about.height < 0.5 * bank.contacts.height, "null mostly"
    assert (about["CUST_NO"] == about["CUST_NO_of_deal"]).all()
    assert (about["CNT_DT"] >= about["CRT_DT"]).all()


def test_contacts_are_made_by_the_customers_bank(bank: Bank) -> None:
    home = bank.customer_months.select("customer_id", "month", home="institution_id")
    contacts = bank.contacts.with_columns(month=pl.col("CNT_DT").dt.month_end())
    both = contacts.join(home, left_on=("CUST_NO", "month"), right_on=("customer_id", "month"))
    assert both.height == contacts.height and (both["ORG_NO"] == both["home"]).all()
    dates = both.join(bank.institutions, left_on="ORG_NO", right_on="institution_id")
    assert dates.filter(pl.col("CNT_DT") < pl.col("opened_on")).height == 0
    people = contacts.join(bank.customers, left_on="CUST_NO", right_on="customer_id")
    assert people.filter(pl.col("CNT_DT") < pl.col("joined_on")).height == 0


def test_positions_run_or_matured_lately(larger_bank: Bank) -> None:
    holdings = larger_bank.holdings
    assert set(holdings["product_kind"]) == {"time_deposit", "wealth_product", "insurance", "fund"}
    fund = pl.col("product_kind") == "fund"
    assert holdings.filter(fund != pl.col("matures_on").is_null()).height == 0
    assert holdings["amount"].min() > 0.0
    assert holdings["opened_on"].max() <= LAST_DAY
    assert holdings.filter(pl.col("matures_on") <= pl.col("opened_on")).height == 0
    assert date(2026, 4, 25) <= holdings["matures_on"].min() < date(2026, 5, 10)
    assert holdings.filter(pl.col("matures_on") > date(2028, 6, 30)).height > 0
    owners = holdings.join(larger_bank.customers, on="customer_id", suffix="_of_customer")
    assert (owners["institution_id"] == owners["institution_id_of_customer"]).all()
    assert owners.filter(pl.col("opened_on") < pl.col("joined_on")).height == 0


def test_most_of_what_matures_stays(larger_bank: Bank, branches: pl.DataFrame) -> None:
    holdings = larger_bank.holdings
    due = holdings.filter(pl.col("matures_on") <= LAST_DAY - timedelta(days=3)).with_row_index("position")
    later = holdings.select("customer_id", "product_kind", "amount", next_on="opened_on")
    followed = due.join(later, on="customer_id", suffix="_next").filter(
        (pl.col("next_on") - pl.col("matures_on")).dt.total_days().is_between(0, 3)
    )
    kept = due.with_columns(kept=pl.col("position").is_in(followed["position"].implode()))
    assert 0.60 < kept["kept"].mean() < 0.80
    for count, share in (
        kept.join(branches, on="institution_id")
        .drop_nulls("branch")
        .group_by("branch")
        .agg(pl.len(), pl.col("kept").mean())
        .select("len", "kept")
        .iter_rows()
    ):
        error = 3 * (0.25 / count) ** 0.5
        assert count > 20 and 0.55 - error < share < 0.80 + error
    alone = followed.filter(pl.len().over("position") == 1)
    same = (alone["product_kind"] == alone["product_kind_next"]).mean()
    assert 0.75 < same < 0.97
    assert (alone["amount_next"] / alone["amount"]).is_between(0.55, 1.15).mean() > 0.80


def test_events_and_tasks_around_the_end(bank: Bank) -> None:
    notes = bank.annotations
    events, tasks = notes.filter(kind="event"), notes.filter(kind="task")
    assert 8 <= events.height <= 12 and events.height + tasks.height == notes.height
    assert events["date"].min() >= date(2024, 11, 1) and notes["date"].max() <= LAST_DAY
    rates = events.filter(text="存款利率下调10个基点")
    assert rates.select("institution_id", "date").rows() == [("00", date(2026, 3, 16))]
    starts = events.filter(text="开门红活动开始")
    assert starts["date"].to_list() == [date(2025, 1, 1), date(2026, 1, 1)]
    branches = bank.institutions.filter(level="branch_1")["institution_id"]
    per_branch = (
        tasks.filter(pl.col("institution_id").is_in(branches.implode())).group_by("institution_id").len()
    )
    assert per_branch.height == len(branches) and per_branch["len"].is_between(1, 2).all()
    assert tasks.height > per_branch["len"].sum(), "some below the branches"
    due, done = pl.col("due_on"), pl.col("done_on").is_not_null()
    assert tasks["due_on"].null_count() == 0 and tasks["owner"].null_count() == 0
    for state in (~done & (due < LAST_DAY), ~done & (due > LAST_DAY), done):
        assert tasks.filter(state).height > 0
    assert tasks["done_on"].max() <= LAST_DAY
    assert tasks.filter(pl.col("done_on") < pl.col("date")).height == 0
