"""What satisfaction stores: answers by score and month, invitations by month, reasons of detractors.

A month is the finest grain: of answers whole months, quarters and years are told and nothing shorter, so
nothing shorter is stored. An answer belongs to the month in which it was given, an invitation (and whether
it has been answered since) to the month in which it was sent.
"""

from typing import Any

import narwhals as nw
import polars as pl

from data_access.hiding import Count, Hiding
from data_access.subject import Inputs, Mart

MEASURES = ("nps", "csat", "effort")
DIMENSIONS = ("channel", "touchpoint", "product", "kind", "tier")
DETRACTOR = 6  # the highest score of a detractor


def build_answers(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Answers, their weights (thousandths) and squared weights, by measure and score."""
    rows = inputs.tables["surveys"].filter(nw.col("answered") == nw.lit(1, dtype=nw.Int64))
    rows = rows.with_columns(month=nw.col("answered_month"), squared=nw.col("weight") * nw.col("weight"))
    keys = ("institution_no", "month", "survey", "measure", "score", *DIMENSIONS)
    parts = []
    for code, name in enumerate(MEASURES):
        scored = rows.filter(~nw.col(name).is_null()).with_columns(
            measure=nw.lit(code, dtype=nw.Int16), score=nw.col(name).cast(nw.Int16)
        )
        parts.append(
            scored.group_by(*keys).agg(
                nw.len().cast(nw.Int64).alias("answers"),
                nw.col("weight").cast(nw.Int64).sum(),
                nw.col("squared").cast(nw.Int64).sum(),
            )
        )
    return nw.concat(parts, how="vertical")


def build_invitations(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Invitations, and those of them that have been answered by the date of the data."""
    rows = inputs.tables["surveys"].filter(~nw.col("invited_month").is_null())
    return (
        rows.with_columns(month=nw.col("invited_month"))
        .group_by("institution_no", "month", "survey", *DIMENSIONS)
        .agg(
            nw.len().cast(nw.Int64).alias("invited"),
            nw.col("answered").cast(nw.Int64).sum().alias("responded"),
        )
    )


def build_reasons(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Detractors who gave a reason, by reason."""
    low = nw.lit(DETRACTOR, dtype=nw.Int64)
    rows = inputs.tables["surveys"].filter(
        (nw.col("answered") == nw.lit(1, dtype=nw.Int64))
        & (nw.col("nps") <= low)
        & (nw.col("reason") > nw.lit(0, dtype=nw.Int16))
    )
    return (
        rows.with_columns(month=nw.col("answered_month"))
        .group_by("institution_no", "month", "survey", "reason")
        .agg(nw.len().cast(nw.Int64).alias("detractors"))
    )


def list_detractors(inputs: Inputs) -> pl.DataFrame:
    """Detractors of the last 90 days whom nobody has called back in time, by AUM × lateness."""
    frame: pl.DataFrame = inputs.tables["surveys"].collect().to_native()
    frame = frame.filter(pl.col("days_late") > 0)
    weight = pl.col("amount").clip(lower_bound=1).fill_null(1).cast(pl.Float64) * pl.col("days_late")
    columns = (
        "institution_no",
        "manager_no",
        "customer_no",
        "survey",
        "channel",
        "touchpoint",
        "reason",
        "responded_on",
        "nps",
        "days_late",
        "amount",
    )
    return frame.select(*columns, kind="own_kind", tier="own_tier", weight=weight).sort(
        "weight", "customer_no", "responded_on", descending=[True, False, False]
    )


_ANSWERS = ("month", "survey", "measure", "score", *DIMENSIONS)
MARTS = (
    Mart(
        name="answers",
        keys=_ANSWERS,
        time="month",
        needs=("surveys",),
        build=build_answers,
        counts=("answers",),
    ),
    Mart(
        name="invitations",
        keys=("month", "survey", *DIMENSIONS),
        time="month",
        needs=("surveys.invited_on",),
        build=build_invitations,
        counts=("invited", "responded"),
    ),
    Mart(
        name="reasons",
        keys=("month", "survey", "reason"),
        time="month",
        needs=("surveys.nps", "surveys.reason"),
        build=build_reasons,
        counts=("detractors",),
    ),
)
HIDINGS = (
    Hiding(
        "nps",
        (Count("answers", "answers", {"measure": 0}), Count("invitations", "responded")),
        "survey",
        DIMENSIONS,
    ),
    Hiding("csat", (Count("answers", "answers", {"measure": 1}),), "survey", DIMENSIONS),
    Hiding("effort", (Count("answers", "answers", {"measure": 2}),), "survey", DIMENSIONS),
    Hiding("reasons", (Count("reasons", "detractors"),), "survey", floor="floor_comments"),
)
