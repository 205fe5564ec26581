"""What the build learns about deals: by stage and days in it, how many are won in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from data_access.periods import months_back
from data_access.subject import Inputs, Period
from metrics.funnel.marts import WON, stays_of

HORIZON = 180  # days


EDGES = (0, 15, 31, 61, 91, 181)  # days in stage at which an age band begins; a change makes another model


LANDMARKS = 36  # months looked back


TESTED = 6  # the last landmarks, held out to see how well earlier ones foretold them


PRIOR = 20  # cases of the stage's own rate that each age band starts from


LEAST = 30  # cases below which a stage keeps the policy's fixed probability


ALL = "all"


def banded(age: pl.Expr) -> pl.Expr:
    """The number of the age band."""
    return pl.sum_horizontal(*((age >= edge).cast(pl.Int64) for edge in EDGES[1:]))


@dataclass(frozen=True)
class Outlook:
    """Chances learned: the landmarks they rest on, rows of stage, band, chance and deals, and the record."""

    last: str = ""
    tested_from: str = ""
    cells: Sequence[tuple[Any, ...]] = ()
    record: Sequence[Sequence[Any]] = ()


def learned(inputs: Inputs) -> Outlook:
    """Chances by stage and age band with their cases, and how those of earlier months fared since."""
    as_of = inputs.as_of["opportunities"]
    stays: pl.DataFrame = (
        stays_of(inputs)
        .select("opportunity_no", "stage", "entered_on", "left_on", "outcome", "closed_on")
        .collect()
        .to_native()
    )
    newest = as_of - timedelta(days=HORIZON)
    this = Period(newest.replace(day=1), newest)
    days = sorted(months_back(this, back).first for back in range(LANDMARKS))
    first = stays["entered_on"].min()
    cases = _cases(stays, [day for day in days if isinstance(first, date) and day > first])
    if not cases.height:
        return Outlook()
    tested = sorted(cases["landmark"].unique())[-TESTED:]
    known_then = cases.filter(pl.col("landmark") <= tested[0] - timedelta(days=HORIZON))
    stages = [stage.probability for stage in inputs.policy.stages]
    record = _record(cases.filter(pl.col("landmark").is_in(tested)), chances(known_then), stages)
    return Outlook(
        last=str(cases["landmark"].max()),
        tested_from=str(tested[0]),
        cells=chances(cases).rows(),
        record=record,
    )


def _cases(stays: pl.DataFrame, landmarks: list[date]) -> pl.DataFrame:
    """Every deal open at a landmark: stage, age band, and whether it was won within the horizon."""
    frames = []
    for day in landmarks:
        here = stays.filter(
            (pl.col("entered_on") <= day) & (pl.col("left_on").is_null() | (pl.col("left_on") > day))
        )
        until = day + timedelta(days=HORIZON)
        frames.append(
            here.select(
                "opportunity_no",
                "stage",
                landmark=pl.lit(day),
                band=banded((pl.lit(day) - pl.col("entered_on")).dt.total_days()),
                won=((pl.col("outcome") == WON) & (pl.col("closed_on") <= until)).fill_null(False),
            )
        )
    return pl.concat(frames) if frames else pl.DataFrame()


def chances(cases: pl.DataFrame) -> pl.DataFrame:
    """stage, band (-1: any age), chance, and the deals it rests on; stages with few cases are left out."""
    whole = cases.group_by("stage").agg(rate=pl.col("won").mean(), n=pl.len())
    whole = whole.filter(pl.col("n") >= LEAST)
    deals = pl.col("opportunity_no").n_unique()
    cells = cases.group_by("stage", "band").agg(won=pl.col("won").sum(), n=pl.len(), deals=deals)
    cells = cells.join(whole.select("stage", "rate"), on="stage")
    smoothed = (pl.col("won") + PRIOR * pl.col("rate")) / (pl.col("n") + PRIOR)
    every = cases.group_by("stage").agg(deals=deals).join(whole, on="stage")
    rows = [
        cells.select("stage", "band", chance=smoothed, deals=pl.col("deals").cast(pl.Int64)),
        every.select(
            "stage", band=pl.lit(-1, dtype=pl.Int64), chance="rate", deals=pl.col("deals").cast(pl.Int64)
        ),
    ]
    return pl.concat(rows).sort("stage", "band")


def _record(cases: pl.DataFrame, known: pl.DataFrame, fixed: list[float | None]) -> list[list[Any]]:
    """Per stage: cases held out, won, expected by the model of that time and by the policy."""
    both = cases.join(known.select("stage", "band", "chance"), on=["stage", "band"])
    rows = []
    for (stage,), part in both.group_by("stage", maintain_order=True):
        share = fixed[int(str(stage)) - 1]
        by_policy = None if share is None else share * part.height
        rows.append(
            [
                int(str(stage)),
                part.height,
                int(part["won"].sum()),
                float(part["chance"].sort().sum()),
                by_policy,
            ]
        )
    return sorted(rows)
