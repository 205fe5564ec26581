"""Complaints come as they were drawn; changes of deals lead to what the deals say."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl

from sample_data.complaints import MONTHLY_RATE, PROMISED_DAYS, SOURCES
from tests.sample_data.conftest import Bank

LAST_DAY = date(2026, 10, 31)


def test_complaints_come_from_customers_of_the_month(larger_bank: Bank) -> None:
    cases = larger_bank.complaints.with_columns(month=pl.col("opened_on").dt.month_end())
    held = larger_bank.customer_months.select("customer_id", "month", home="institution_id")
    both = cases.join(held, on=("customer_id", "month"))
    assert both.height == cases.height > 200
    assert (both["institution_id"] == both["home"]).all()
    assert cases["case_id"].is_unique().all()
    joined = cases.join(larger_bank.customers.select("customer_id", "joined_on"), on="customer_id")
    assert (joined["opened_on"] >= joined["joined_on"]).all()


def test_branches_complain_as_often_as_the_truth_says(larger_bank: Bank) -> None:
    truth = json.loads((larger_bank.folder / "truth.json").read_text("utf-8"))["complaints"]
    assert truth["monthly_rate"] == MONTHLY_RATE
    names = dict(larger_bank.institutions.select("name", "institution_id").iter_rows())
    branch = {names[name]: factor for name, factor in truth["branch_factor"].items()}
    rows = larger_bank.customer_months.select(top=pl.col("institution_id").str.slice(0, 4))
    months = dict(rows.group_by("top").len().iter_rows())
    tops = larger_bank.complaints.select(top=pl.col("institution_id").str.slice(0, 4))
    found = dict(tops.group_by("top").len().iter_rows())
    for key, factor in branch.items():
        if key in months and months[key] > 5_000:  # head office is spread over departments of its own
            expected = MONTHLY_RATE * factor * months[key]
            assert 0 <= found[key] - expected + 4 * np.sqrt(expected) < 8 * np.sqrt(expected) + 0.2 * expected
    repeats = larger_bank.complaints.sort("customer_id", "opened_on").select(
        days=(pl.col("opened_on") - pl.col("opened_on").shift(1).over("customer_id")).dt.total_days()
    )
    assert (repeats["days"] <= 90).sum() > 0.03 * larger_bank.complaints.height


def test_days_of_a_case_follow_one_another(larger_bank: Bank) -> None:
    cases = larger_bank.complaints
    promised = dict(zip(SOURCES, PROMISED_DAYS.tolist(), strict=True))
    days = pl.col("source").replace_strict(promised, return_dtype=pl.Int64)
    assert ((cases["due_on"] - cases["opened_on"]).dt.total_days() == cases.select(days).to_series()).all()
    dated = cases.drop_nulls("answered_on")
    assert (dated["answered_on"] >= dated["opened_on"]).all()
    done = cases.drop_nulls("resolved_on")
    assert (done["resolved_on"] >= done["answered_on"]).all() and done["answered_on"].null_count() == 0
    for name in ("opened_on", "answered_on", "resolved_on"):
        assert cases[name].max() <= LAST_DAY  # type: ignore[operator]
    assert (cases["outcome"].is_null() == cases["resolved_on"].is_null()).all()
    late = dated.filter(pl.col("answered_on") > pl.col("due_on")).height
    assert 0.04 < late / dated.height < 0.3
    assert 0 < cases["answered_on"].null_count() < 0.1 * cases.height
    waiting = cases.filter(pl.col("answered_on").is_null() & (pl.col("due_on") < LAST_DAY))
    assert waiting.height > 0 and waiting["opened_on"].min() > LAST_DAY - timedelta(121)  # type: ignore[operator]
    assert 0.05 < (cases["source"] == "regulator").mean() < 0.16  # type: ignore[operator]


def test_changes_lead_to_what_the_deals_say(bank: Bank) -> None:
    """Each change continues the one before, the last one ends at the deal, all while it was open."""
    changes = bank.deal_changes.sort("OPP_NO", "FLD", "CHG_DT")
    assert set(changes["FLD"]) == {"EXP_AMT", "EXP_CLS_DT", "ORG_NO"}
    assert changes.select("OPP_NO", "FLD", "CHG_DT").is_unique().all()
    key = ["OPP_NO", "FLD"]
    following = pl.col("OLD_VAL").shift(-1).over(key)
    inner = changes.with_columns(following=following).drop_nulls("following")
    assert inner.height > 50 and (inner["NEW_VAL"] == inner["following"]).all()
    assert (changes["OLD_VAL"] != changes["NEW_VAL"]).all()
    last = changes.unique(key, keep="last", maintain_order=True).join(bank.deals, on="OPP_NO")
    assert last.height == changes.unique(key).height
    today = {
        "EXP_AMT": pl.col("EXP_AMT").cast(pl.String),
        "EXP_CLS_DT": pl.col("EXP_CLS_DT").cast(pl.String),
        "ORG_NO": pl.col("ORG_NO"),
    }
    for field, value in today.items():
        rows = last.filter(pl.col("FLD") == field)
        assert rows.height > 0 and (rows.select(value).to_series() == rows["NEW_VAL"]).all(), field
    lived = changes.join(bank.deals, on="OPP_NO", suffix="_of_deal")
    assert (lived["CHG_DT"] > lived["CRT_DT"]).all()
    assert (lived["CHG_DT"] <= pl.Series([LAST_DAY]).item()).all()
    closed = lived.drop_nulls("CLS_DT")
    assert (closed["CHG_DT"] <= closed["CLS_DT"]).all()
    pushed = changes.filter(pl.col("FLD") == "EXP_CLS_DT")
    assert 0.6 < (pushed["NEW_VAL"] > pushed["OLD_VAL"]).mean() < 0.95  # type: ignore[operator]


def test_deals_are_handed_over_within_their_branch(bank: Bank) -> None:
    moved = bank.deal_changes.filter(pl.col("FLD") == "ORG_NO")
    assert (moved["OLD_VAL"].str.slice(0, 4) == moved["NEW_VAL"].str.slice(0, 4)).all()
    assert set(moved["OLD_VAL"]) <= set(bank.institutions["institution_id"])
