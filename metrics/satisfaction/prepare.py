"""Survey answers as the builders get them: coded, with month ends, weights and the customer's call back.

This is reading work and always Polars; the builders get plain columns.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from data_access.codes.banding import tier_names
from data_access.codes.coding import KINDS, OTHER, Codes
from data_access.intake.intake import Intake
from data_access.policy import Policy
from data_access.workdays import due_after, working_days
from metrics.book.customers import with_customer
from metrics.satisfaction.settings import CALLBACK_DAYS
from metrics.satisfaction.tables import SCORES, SURVEY_KINDS

LABELS = ("channel", "touchpoint", "product", "reason")
WEIGHT = 1000  # weights are whole thousandths, so their sums are exact
TRIM = 5  # a weight is at most so many times the median
RARE = 20  # a value with fewer answers a month in the whole bank is told as "other"
CALLS = ("call", "visit", "follow_up", "complaint_callback")
DETRACTOR = 6  # the highest score of a detractor
LOOK_BACK = 90  # days; an older answer is not called back any more


def prepare(intake: Intake) -> Mapping[str, pl.DataFrame]:
    """Invitations and their answers."""
    tables = intake.tables
    if "surveys" not in tables:
        return {}
    surveys = prepare_surveys(
        tables["surveys"],
        tables.get("contacts"),
        tables.get("customers"),
        intake.scans(),
        {name: intake.as_of(name) for name in intake.reports},
        intake.config.policy,
        intake.codes,
        _working(intake),
    )
    # rare kinds and tiers of those who answered
    intake.codes.values |= {"kind": [*KINDS, OTHER], "tier": [*tier_names(intake.config.policy), OTHER]}
    return {"surveys": surveys}


def _working(intake: Intake) -> pl.Series:
    """The working days of those surveys whose detractors may still be called back, and some after."""
    today = intake.as_of("surveys")
    first, last = today - timedelta(days=LOOK_BACK + 1), today + timedelta(days=LOOK_BACK)
    policy, notes = intake.config.policy, intake.reports["surveys"].notes
    return working_days(intake.tables.get("calendar"), policy.calendar, first, last, notes.append)


def prepare_surveys(
    surveys: pl.DataFrame,
    contacts: pl.DataFrame | None,
    customers: pl.DataFrame | None,
    months: Mapping[date, pl.LazyFrame],
    as_of: Mapping[str, date],
    policy: Policy,
    codes: Codes,
    working: pl.Series,
) -> pl.DataFrame:
    """Invitations with the months in which they were sent and answered, and whether they were answered.

    An invitation is answered when it has at least one score. Without `responded_on` an answer belongs to
    the day of the invitation. Comments do not come this far: nothing of what a customer wrote is stored.
    """
    types = {
        "customer_no": pl.Int64,
        "manager_no": pl.Int64,
        "survey_kind": pl.String,
        "invited_on": pl.Date,
        "responded_on": pl.Date,
        **dict.fromkeys(LABELS, pl.String),
        **dict.fromkeys(SCORES, pl.Int64),
    }
    frame = surveys.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in types.items() if name not in surveys.columns
    )
    scored = pl.any_horizontal(pl.col(name).is_not_null() for name in SCORES)
    if "responded_on" not in surveys.columns:
        frame = frame.with_columns(responded_on=pl.when(scored).then("invited_on"))
    frame = frame.filter(pl.col("responded_on").is_not_null() | pl.col("invited_on").is_not_null())
    kinds = {name: code for code, name in enumerate(SURVEY_KINDS)}
    frame = frame.with_columns(
        answered=(scored & pl.col("responded_on").is_not_null()).cast(pl.Int64),
        survey=pl.col("survey_kind").fill_null(SURVEY_KINDS[0]).replace_strict(kinds, return_dtype=pl.Int16),
        day=pl.coalesce("invited_on", "responded_on"),
        invited_month=pl.col("invited_on").dt.month_end(),
    ).with_columns(
        answered_month=pl.when(pl.col("answered") == 1).then(pl.col("responded_on").dt.month_end())
    )
    frame = with_customer(frame, pl.col("day"), customers, months)
    frame = frame.with_columns(codes.coded(frame, name).alias(name) for name in LABELS)
    frame = _pooled(_weighted(frame), codes, policy)
    frame = _with_money(_with_manager(frame, customers), months)
    return _called_back(frame, contacts, as_of, policy.of(CALLBACK_DAYS), working).select(
        "customer_no",
        "institution_no",
        "manager_no",
        "kind",
        "tier",
        "own_kind",
        "own_tier",
        "survey",
        *LABELS,
        "day",
        "invited_month",
        "answered_month",
        "responded_on",
        "answered",
        "weight",
        *SCORES,
        "amount",
        "days_late",
    )


def _weighted(frame: pl.DataFrame) -> pl.DataFrame:
    """Each answer's weight: invitations per answer of its tier, kind and month in the whole bank.

    Trimmed at five times the median of all answers. What has no invitation weighs one.
    """
    cell = ["survey", "kind", "tier", "invited_month"]
    rates = frame.group_by(cell).agg(invited=pl.len(), came=pl.col("answered").sum())
    rates = rates.filter((pl.col("came") > 0) & pl.col("invited_month").is_not_null())
    rates = rates.select(*cell, weight=(pl.col("invited") * WEIGHT + pl.col("came") // 2) // pl.col("came"))
    frame = frame.join(rates, on=cell, how="left", maintain_order="left", nulls_equal=True)
    weight = pl.col("weight").cast(pl.Int64).fill_null(WEIGHT)
    median = pl.col("weight").filter(pl.col("answered") == 1).median().over("survey").fill_null(WEIGHT)
    return frame.with_columns(weight=weight).with_columns(
        weight=pl.min_horizontal("weight", (TRIM * median).cast(pl.Int64))
    )


def _pooled(frame: pl.DataFrame, codes: Codes, policy: Policy) -> pl.DataFrame:
    """Values that are rare in the whole bank become “other”, for all months and institutions alike.

    Otherwise one rare value would hide every breakdown that holds it. The smallest go together until they
    are not rare themselves. Reasons are told of all detractors of an institution together and stay.
    """
    least = RARE * max(frame["answered_month"].drop_nulls().n_unique(), 1)
    frame = frame.with_columns(own_kind="kind", own_tier="tier")
    names = {
        **{name: codes.values[name] for name in LABELS[:-1]},
        "kind": list(KINDS),
        "tier": tier_names(policy),
    }
    for name, known in names.items():
        came = frame.filter(pl.col("answered") == 1).group_by("survey", name).agg(n=pl.len())
        came = came.sort("n", name).with_columns(before=(pl.col("n").cum_sum() - pl.col("n")).over("survey"))
        rare = (pl.col("n") < least) | (pl.col("before") < least)
        some = (pl.col("n").min() < least).over("survey") & (pl.len() > 1).over("survey")
        pooled = came.filter(rare & some).select("survey", name, _rare=True)
        if not pooled.height:
            continue
        if OTHER not in known:
            known.append(OTHER)
        other = pl.lit(known.index(OTHER), dtype=pl.Int16)
        frame = frame.join(pooled, on=["survey", name], how="left", maintain_order="left")
        silent = frame.join(came, on=["survey", name], how="anti").select("survey", name).unique()
        frame = frame.join(
            silent.with_columns(_silent=True), on=["survey", name], how="left", maintain_order="left"
        )
        is_rare = pl.col("_rare").fill_null(False) | pl.col("_silent").fill_null(False)
        frame = frame.with_columns(pl.when(is_rare).then(other).otherwise(pl.col(name)).alias(name))
        frame = frame.drop("_rare", "_silent")
    return frame


def _with_manager(frame: pl.DataFrame, customers: pl.DataFrame | None) -> pl.DataFrame:
    """The manager named by the survey, else the one who looks after the customer now."""
    if customers is None or "manager_no" not in customers.columns:
        return frame
    own = customers.select("customer_no", _own="manager_no")
    joined = frame.join(own, on="customer_no", how="left", maintain_order="left")
    return joined.with_columns(manager_no=pl.coalesce("manager_no", "_own")).drop("_own")


def _with_money(frame: pl.DataFrame, months: Mapping[date, pl.LazyFrame]) -> pl.DataFrame:
    """The customer's AUM at the last month end; null where the bank does not deliver it."""
    newest = months[max(months)] if months else None
    if newest is None or "aum" not in newest.collect_schema():
        return frame.with_columns(amount=pl.lit(None, dtype=pl.Int64))
    held = newest.select("customer_no", amount="aum").collect()
    return frame.join(held, on="customer_no", how="left", maintain_order="left")


def _called_back(
    frame: pl.DataFrame,
    contacts: pl.DataFrame | None,
    as_of: Mapping[str, date],
    within: int,
    working: pl.Series,
) -> pl.DataFrame:
    """Days since a detractor should have been called back and was not; null where there is nothing to do."""
    if contacts is None or "customer_no" not in contacts.columns or "nps" not in frame.columns:
        return frame.with_columns(days_late=pl.lit(None, dtype=pl.Int64))
    today = min(as_of["surveys"], as_of["contacts"])
    frame = frame.with_row_index("_at")
    unhappy = frame.filter(
        (pl.col("nps") <= DETRACTOR)
        & (pl.col("answered") == 1)
        & pl.col("customer_no").is_not_null()
        & (pl.col("responded_on") > today - timedelta(days=LOOK_BACK))
    ).select("_at", "customer_no", "responded_on")
    calls = contacts.filter(pl.col("kind").is_in(CALLS)) if "kind" in contacts.columns else contacts
    met = calls.select("customer_no", "contacted_on").drop_nulls()
    hits = unhappy.join(met, on="customer_no").filter(pl.col("contacted_on") >= pl.col("responded_on"))
    due = due_after(pl.col("responded_on"), within, working)
    late = (pl.lit(today) - due).dt.total_days()
    waiting = unhappy.join(hits, on="_at", how="anti").select("_at", days_late=late)
    waiting = waiting.filter(pl.col("days_late") > 0)
    return frame.join(waiting, on="_at", how="left", maintain_order="left").drop("_at")
