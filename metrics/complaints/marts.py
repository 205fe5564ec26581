"""What complaints store: dated events of cases, the time to their resolution, and those that are late.

A case is booked at the institution that the extract names, with its labels, the customer's kind and the
tier of the last month end before it was opened. Cases without an opening day are not counted.
"""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.subject import Inputs, Mart
from metrics.complaints.prepare import LABELS

KEYS = (*LABELS, "kind", "tier")
FAR = "9999-12-31"


def build_complaints(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Cases by day and event: opened, resolved, promise kept or broken; the stock at each month's start."""
    return (
        inputs.tables["complaint_events"]
        .group_by("institution_no", "day", "event", *KEYS)
        .agg(
            nw.len().cast(nw.Int64).alias("cases"),
            nw.col("regulator").sum(),
            nw.col("repeated").sum(),
        )
    )


def build_resolutions(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Cases by the day they were opened and the day they were resolved (open cases: a day far ahead)."""
    cases = inputs.tables["complaints"]
    far = nw.lit(FAR).str.to_date(format="%Y-%m-%d")
    day = nw.when(nw.col("resolved_on").is_null()).then(far).otherwise(nw.col("resolved_on"))
    return (
        cases.with_columns(day=day)
        .group_by("institution_no", "day", "opened_on", *KEYS)
        .agg(nw.len().cast(nw.Int64).alias("cases"))
    )


def build_late(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Cases past their promised time without an answer, by manager, at the date of the data."""
    late = inputs.tables["complaints"].filter(nw.col("is_late"))
    late = late.with_columns(
        day=nw.col("told_on"),
        manager=nw.col("manager_no").fill_null(-1).cast(nw.Int64),
        aum=nw.col("aum").fill_null(0),
    )
    return late.group_by("institution_no", "day", "manager", *KEYS).agg(
        nw.len().cast(nw.Int64).alias("cases"),
        nw.col("regulator").sum(),
        nw.col("aum").cast(nw.Int64).sum(),
    )


def list_late(inputs: Inputs) -> pl.DataFrame:
    """Cases past their promised time without an answer: the regulator's first, then by AUM × days late."""
    frame: pl.DataFrame = inputs.tables["complaints"].filter(nw.col("is_late")).collect().to_native()
    frame = frame.with_columns(days_late=(pl.col("told_on") - pl.col("due_on")).dt.total_days())
    columns = (
        "institution_no",
        "manager_no",
        "customer_no",
        "case_id",
        "opened_on",
        "due_on",
        "days_late",
        "regulator",
        "aum",
        *KEYS,
    )
    weight = pl.col("aum").fill_null(0).cast(pl.Float64) * pl.col("days_late")
    order = ["regulator", "weight", "days_late", "case_id"]
    return frame.select(*columns, weight=weight).sort(order, descending=[True, True, True, False])


_NEEDS = ("complaints.opened_on",)
MARTS = (
    Mart(
        name="complaints",
        keys=("day", "event", *KEYS),
        time="day",
        needs=_NEEDS,
        build=build_complaints,
        counts=("cases", "regulator", "repeated"),
    ),
    Mart(
        name="resolutions",
        keys=("day", "opened_on", *KEYS),
        time="day",
        needs=_NEEDS,
        build=build_resolutions,
        counts=("cases",),
    ),
    Mart(
        name="complaints_late",
        keys=("day", "manager", *KEYS),
        time="day",
        needs=(*_NEEDS, "complaints.due_on"),
        build=build_late,
        counts=("cases", "regulator"),
    ),
)
