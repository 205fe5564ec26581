"""What the sales funnel stores: dated, coded events of deals, all of them sums.

Every event of a deal is booked at the deal's institution with the deal's product, source, channel
and own tags, the customer's kind, and the customer's tier at the last month end before the event.
Stage codes follow the policy's order from 1; 0 is a deal in no known stage.
"""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.literals import code
from data_access.subject import Inputs, Mart

LABELS = ("product", "source", "channel")
OPEN, WON, LOST, LAPSED = 0, 1, 2, 3
ENTER, LEAVE, OPENING = 0, 1, 2
HERE, ADVANCED, GONE_LOST, GONE_LAPSED, BACK = 0, 1, 2, 3, 4  # how a stay in a stage ended
FAR = "9999-12-31"


def _labels(inputs: Inputs) -> tuple[str, ...]:
    return (*LABELS, "kind", "tier", *inputs.tags.get("opportunities", ()))


def _deals(inputs: Inputs) -> nw.LazyFrame[Any]:
    return inputs.tables["opportunities"]


def _timed(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Deals of which it is known when they were open: not those decided on a day that nobody delivers."""
    return _deals(inputs).filter((nw.col("outcome") == OPEN) | ~nw.col("closed_on").is_null())


def stays_of(inputs: Inputs) -> nw.LazyFrame[Any]:
    """One row per deal and stage entered: when it came, when it left (null: still there), and how.

    A stay ends when the deal enters another stage or is decided, whichever comes first; a won deal
    advances out of its last stage. What is written down on or after the day of the decision is no stay.
    """
    deals = _timed(inputs)
    stays = inputs.tables["stage_events"].join(deals, on="opportunity_no", how="inner")
    stays = stays.filter(nw.col("closed_on").is_null() | (nw.col("entered_on") < nw.col("closed_on")))
    left, decided = nw.col("next_on"), nw.col("closed_on")
    missed = nw.when(nw.col("outcome") == LOST).then(code(GONE_LOST)).otherwise(code(GONE_LAPSED))
    ends = nw.when(nw.col("outcome") == WON).then(code(ADVANCED)).otherwise(missed)
    goes = nw.when(nw.col("next_stage") > nw.col("event_stage")).then(code(ADVANCED)).otherwise(code(BACK))
    moved = nw.when(left.is_null()).then(code(HERE)).otherwise(goes)
    by_decision = ~decided.is_null() & (left.is_null() | (decided <= left))
    return stays.with_columns(
        left_on=nw.when(by_decision).then(decided).otherwise(left),
        fate=nw.when(by_decision).then(ends).otherwise(moved),
        stage=nw.col("event_stage"),
    )


def _undated(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Deals without a dated stage: in their own stage from the day they were created, if that is known."""
    deals = _timed(inputs)
    return deals.filter(~nw.col("has_events")).with_columns(
        entered_on=nw.col("created_on"), left_on=nw.col("closed_on"), tier=nw.col("tier_first")
    )


def _places(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Every stay of an undecided deal in a stage, undated deals included."""
    columns = ("institution_no", "stage", "entered_on", "left_on", "expected_amount", *_labels(inputs))
    dated = stays_of(inputs)
    loose = _undated(inputs)
    loose = loose.filter(~(nw.col("entered_on").is_null() & ~nw.col("left_on").is_null()))
    return nw.concat([dated.select(*columns), loose.select(*columns)], how="vertical")


def build_pipeline(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Open deals as movements: entering and leaving a stage by day, and the stock at each month's start.

    Deals of unknown age stand in every month's opening stock. The stock at a day is the opening of
    its month, plus what entered, less what left since, so no reading goes back to the beginning.
    """
    places = _places(inputs)
    parts = []
    for event, column in ((ENTER, "entered_on"), (LEAVE, "left_on")):
        rows = places.filter(~nw.col(column).is_null())
        if event == LEAVE:
            rows = rows.filter(~nw.col("entered_on").is_null())
        parts.append(_summed(rows.with_columns(day=nw.col(column)), event, inputs))
    for start in inputs.tables["month_starts"].collect().get_column("day").to_list():
        here = nw.lit(start, dtype=nw.Date)
        open_then = places.filter(
            (nw.col("entered_on").is_null() | (nw.col("entered_on") < here))
            & (nw.col("left_on").is_null() | (nw.col("left_on") >= here))
        )
        parts.append(_summed(open_then.with_columns(day=here), OPENING, inputs))
    return nw.concat(parts, how="vertical")


def _summed(rows: nw.LazyFrame[Any], event: int, inputs: Inputs) -> nw.LazyFrame[Any]:
    keys = ("institution_no", "day", "event", "stage", *_labels(inputs))
    rows = rows.with_columns(event=nw.lit(event, dtype=nw.Int16))
    return rows.group_by(*keys).agg(
        nw.len().cast(nw.Int64).alias("deals"),
        nw.col("expected_amount").fill_null(0).cast(nw.Int64).sum().alias("amount"),
        _squared().sum().alias("amount_squared"),
    )


def _squared() -> nw.Expr:
    """For the variance of weighted pipelines; a float, for it does not fit an Int64."""
    amount = nw.col("expected_amount").fill_null(0).cast(nw.Float64)
    return amount * amount


def build_reaches(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Deals by the day they began, and for every stage reached how long that took."""
    deals = _deals(inputs).filter(~nw.col("first_on").is_null())
    rows = inputs.tables["reaches"].join(deals.drop("stage"), on="opportunity_no", how="inner")
    keys = ("institution_no", "day", "stage", "days", "strict_days", *_labels(inputs))
    return (
        rows.with_columns(day=nw.col("first_on"), tier=nw.col("tier_first"))
        .group_by(*keys)
        .agg(nw.len().cast(nw.Int64).alias("deals"))
    )


def build_stays(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Stays in a stage by the day they ended (still there: a day far ahead), how, and when they began."""
    far = nw.lit(FAR).str.to_date(format="%Y-%m-%d")
    stays = stays_of(inputs)
    left = nw.when(nw.col("left_on").is_null()).then(far).otherwise(nw.col("left_on"))
    keys = ("institution_no", "left_on", "entered_on", "stage", "fate", *_labels(inputs))
    stays = stays.with_columns(left_on=left)
    return stays.group_by(*keys).agg(
        nw.len().cast(nw.Int64).alias("deals"),
        nw.col("expected_amount").fill_null(0).cast(nw.Int64).sum().alias("amount"),
        _squared().sum().alias("amount_squared"),
    )


def build_decisions(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Deals by their outcome, the day it fell (open deals: a day far ahead) and the day they began."""
    deals = _deals(inputs)
    keys = ("institution_no", "day", "outcome", "first_on", *_labels(inputs))
    far = nw.lit(FAR).str.to_date(format="%Y-%m-%d")
    day = nw.when(nw.col("outcome") == OPEN).then(far).otherwise(nw.col("closed_on"))
    priced = nw.when(nw.col("amount").is_null()).then(nw.lit(0, dtype=nw.Int64))
    return (
        deals.with_columns(
            day=day, tier=nw.col("tier_last"), priced=priced.otherwise(nw.lit(1, dtype=nw.Int64))
        )
        .group_by(*keys)
        .agg(
            nw.len().cast(nw.Int64).alias("deals"),
            nw.col("priced").sum().alias("priced"),
            nw.col("amount").fill_null(0).cast(nw.Int64).sum().alias("amount"),
        )
    )


def build_overdue(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Open deals past the day they were expected to close, by manager, at the table's date."""
    deals = overdue_deals(inputs).with_columns(manager=nw.col("manager_no").fill_null(-1).cast(nw.Int64))
    return deals.group_by("institution_no", "day", "manager", *_labels(inputs)).agg(
        nw.len().cast(nw.Int64).alias("deals"),
        nw.col("expected_amount").fill_null(0).cast(nw.Int64).sum().alias("amount"),
        nw.col("days_late").cast(nw.Int64).sum().alias("days_late"),
    )


def overdue_deals(inputs: Inputs) -> nw.LazyFrame[Any]:
    """The open deals whose expected closing day lies before the table's date."""
    today = nw.lit(inputs.as_of["opportunities"], dtype=nw.Date)
    deals = _deals(inputs).with_columns(day=today, tier=nw.col("tier_last"))
    return deals.filter((nw.col("outcome") == OPEN) & (nw.col("expected_close_on") < today))


def list_overdue(inputs: Inputs) -> pl.DataFrame:
    """Open deals past their expected closing day; the largest by money × days late come first."""
    columns = [
        "institution_no",
        "manager_no",
        "customer_no",
        "opportunity_id",
        "title",
        "product",
        "stage",
        "expected_amount",
        "expected_close_on",
        "days_late",
        "day",
        "kind",
        "tier",
        *inputs.tags.get("opportunities", ()),
    ]
    found: pl.DataFrame = overdue_deals(inputs).select(*columns).collect().to_native()
    weight = pl.col("expected_amount").fill_null(0).cast(pl.Float64) * pl.col("days_late")
    return found.with_columns(weight=weight).sort("weight", "opportunity_id", descending=[True, False])


_NEEDS = ("opportunities",)
_BY = (*LABELS, "kind", "tier")
MARTS = (
    Mart(
        name="pipeline",
        keys=("day", "event", "stage", *_BY),
        time="day",
        needs=_NEEDS,
        build=build_pipeline,
        counts=("deals",),
    ),
    Mart(
        name="reaches",
        keys=("day", "stage", "days", "strict_days", *_BY),
        time="day",
        needs=_NEEDS,
        build=build_reaches,
        counts=("deals",),
    ),
    Mart(
        name="stays",
        keys=("left_on", "entered_on", "stage", "fate", *_BY),
        time="left_on",
        needs=_NEEDS,
        build=build_stays,
        counts=("deals",),
    ),
    Mart(
        name="decisions",
        keys=("day", "outcome", "first_on", *_BY),
        time="day",
        needs=_NEEDS,
        build=build_decisions,
        counts=("deals", "priced"),
    ),
    Mart(
        name="overdue",
        keys=("day", "manager", *_BY),
        time="day",
        needs=("opportunities.expected_close_on",),
        build=build_overdue,
        counts=("deals",),
    ),
)
