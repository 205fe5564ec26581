"""The time that deals spend in a stage, how a stay ends, and which open deals have stalled.

Estimators: Kaplan–Meier and Aalen–Johansen with late entry (Kalbfleisch and Prentice 2002, §1.4, §8.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from data_access.errors import CallError
from data_access.subject import Ask, Inputs, ListOf, Measure, Metric, Parameter, Period, message
from metrics.funnel.marts import ADVANCED, BACK, GONE_LAPSED, GONE_LOST, LABELS, LAPSED, stays_of
from metrics.statistics.intervals import competing, time_quantile

CYCLE = "cycle"  # the row of the whole way, from the first dated stage to the decision
STALLED_AT = 2  # times the usual days of stage and product
USUAL_LEAST = 30  # stays below which a product has no usual days of its own
EVERY = "every"  # every product of a stage
CAUSES = {"advanced": ADVANCED, "lost": GONE_LOST, "lapsed": GONE_LAPSED, "moved_back": BACK}
Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Stages:
    """Which stages carry dates in this bank, and the usual days in a stage by stage and product."""

    dated: Sequence[int] = ()
    usual_days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def from_start(period: Period) -> Days:
    return period.first, None


def under_way(stays: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Stays under way in the period: `enter`, the age when observation begins, `days`, the age when it ends,
    and the fate (0: the stay had not ended by the period's end)."""
    first, last = pl.lit(period.first), pl.lit(period.last)
    seen = stays.filter((pl.col("entered_on") <= last) & (pl.col("left_on") >= first))
    return seen.with_columns(
        enter=(first - pl.col("entered_on")).dt.total_days().clip(lower_bound=0),
        days=(pl.min_horizontal("left_on", last) - pl.col("entered_on")).dt.total_days(),
        fate=pl.when(pl.col("left_on") <= last).then("fate").otherwise(0).cast(pl.Int64),
    )


def quantiles(cases: pl.DataFrame, groups: pl.DataFrame, shares: Mapping[str, float]) -> pl.DataFrame:
    """The days by which shares of the stays have ended, by group and stage."""
    found = []
    for (group, stage), part in cases.group_by("group", "stage"):
        enter, days, weight = (part[name].to_numpy() for name in ("enter", "days", "deals"))
        ended = part["fate"].to_numpy() != 0
        found.append(
            (group, stage, *(time_quantile(enter, days, ended, weight, share) for share in shares.values()))
        )
    schema = {"group": groups.schema["group"], "stage": pl.Int16(), **dict.fromkeys(shares, pl.Int64())}
    return pl.DataFrame(found, schema=pl.Schema(schema), orient="row")


def cycles(decisions: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Deals under way in the period as one stay from their first dated stage to the outcome."""
    begun = decisions.filter(pl.col("first_on") <= pl.col("day"))
    stage = pl.lit(0, dtype=pl.Int16)
    return under_way(
        begun.select("group", "deals", stage=stage, fate="outcome", entered_on="first_on", left_on="day"),
        period,
    )


def stage_time(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How long deals stay in each stage, and which open ones have been there for too long.

    One row per group and dated stage, and the row “cycle” from the first dated stage to the decision. n:
    stays under way in the period. median_days and p75_days: Kaplan–Meier; stays that began before the
    period enter late at their age, those not ended at its end are censored; null where the share is
    not reached. stalled, stalled_amount: deals open at the period's end that have been in their stage for
    more than twice the usual days of stage and product in the whole bank (a model constant: Kaplan–Meier
    median of all stays; a product with fewer than 30 stays takes that of its stage).
    """
    dated = ask.learned(Stages).dated
    whole_way = cycles(rows["decisions"], ask.period)
    whole_way = whole_way.with_columns(fate=pl.when(pl.col("fate") != LAPSED).then("fate").otherwise(0))
    cases = pl.concat([under_way(rows["stays"], ask.period), whole_way], how="diagonal_relaxed")
    counted = cases.group_by("group", "stage").agg(n=pl.col("deals").sum())
    stage = pl.lit(0, dtype=pl.Int16)
    stuck = stalled(rows["stays"], ask).group_by("group", "stage")
    late = stuck.agg(stalled=pl.col("deals").sum(), stalled_amount=pl.col("amount").sum())
    late = pl.concat(
        [
            late,
            late.group_by("group").agg(pl.col("stalled", "stalled_amount").sum()).with_columns(stage=stage),
        ],
        how="diagonal_relaxed",
    )
    frame = ask.groups.join(pl.DataFrame({"stage": [*dated, 0]}, schema={"stage": pl.Int16}), how="cross")
    for part in (counted, quantiles(cases, ask.groups, {"median_days": 0.5, "p75_days": 0.75}), late):
        frame = frame.join(part, on=["group", "stage"], how="left", maintain_order="left")
    known = pl.lit(ask.has("opportunities", "expected_amount"))
    frame = frame.with_columns(pl.col("n", "stalled", "stalled_amount").fill_null(0)).with_columns(
        stalled_amount=pl.when(known).then("stalled_amount")
    )
    names = {0: CYCLE, **dict(enumerate((stage.key for stage in ask.policy.stages), 1))}
    frame = frame.with_columns(pl.col("stage").replace_strict(names, return_dtype=pl.String))
    return frame.select("group", *[measure.name for measure in TIMES])


def stalled(stays: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Stays open at the end of the period that have lasted beyond twice the usual days."""
    day = pl.lit(ask.period.last)
    here = stays.filter((pl.col("entered_on") <= day) & (pl.col("left_on") > day))
    return here.filter((day - pl.col("entered_on")).dt.total_days() > STALLED_AT * usual(ask.learned(Stages)))


def usual(stages: Stages) -> pl.Expr:
    """The usual days of a row's stage and product; null where the bank has none."""
    found = stages.usual_days
    days = pl.lit(None, dtype=pl.Int64)
    for stage, own in found.items():
        by_product = {int(code): value for code, value in own.items() if code != EVERY}
        here = pl.col("product").replace_strict(by_product, default=own.get(EVERY), return_dtype=pl.Int64)
        days = pl.when(pl.col("stage") == int(stage)).then(here).otherwise(days)
    return days


def learned(inputs: Inputs) -> Stages:
    """What the bank's own stage events say."""
    events = inputs.tables["stage_events"]
    dated = events.select("event_stage").unique().collect().get_column("event_stage").to_list()
    return Stages(sorted(int(code) for code in dated), usual_days(inputs))


def usual_days(inputs: Inputs) -> dict[str, dict[str, int]]:
    """The bank's median days in a stage over all stays, by the codes of stage and product."""
    as_of = pl.lit(inputs.as_of["opportunities"])
    stays: pl.DataFrame = stays_of(inputs).collect().to_native()
    cases = stays.select(
        "stage",
        "product",
        days=(pl.col("left_on").fill_null(as_of) - pl.col("entered_on")).dt.total_days(),
        ended=pl.col("left_on").is_not_null(),
    )
    found: dict[str, dict[str, int]] = {}
    for by in (["stage"], ["stage", "product"]):
        for (stage, *product), part in cases.group_by(by, maintain_order=True):
            days = part["days"].to_numpy()
            median = time_quantile(np.zeros_like(days), days, part["ended"].to_numpy(), np.ones_like(days))
            if median is not None and (part.height >= USUAL_LEAST or not product):
                found.setdefault(str(stage), {})[str(product[0]) if product else EVERY] = median
    return found


def list_stalled(inputs: Inputs) -> pl.DataFrame:
    """Open deals that have been in their stage for more than twice the usual days; the largest by money ×
    days beyond it come first."""
    columns = [
        "institution_no",
        "manager_no",
        "customer_no",
        "opportunity_id",
        "title",
        "product",
        "stage",
        "expected_amount",
        "entered_on",
        "kind",
        "tier",
        *inputs.tags.get("opportunities", ()),
    ]
    stays: pl.DataFrame = stays_of(inputs).select("left_on", *columns).collect().to_native()
    as_of = pl.lit(inputs.as_of["opportunities"])
    here = (
        stays.filter(pl.col("left_on").is_null())
        .drop("left_on")
        .with_columns(
            days_here=(as_of - pl.col("entered_on")).dt.total_days(),
            usual_days=usual(inputs.learned(Stages)),
        )
    )
    here = here.filter(pl.col("days_here") > STALLED_AT * pl.col("usual_days"))
    beyond = pl.col("days_here") - STALLED_AT * pl.col("usual_days")
    weight = pl.col("expected_amount").fill_null(0).cast(pl.Float64) * beyond
    return here.with_columns(weight=weight).sort("weight", "opportunity_id", descending=[True, False])


def incidence(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Of all stays in a stage, how many have gone on, were lost, lapsed or went back after so many days,
    and how many are still there.

    One row per group and day on which a stay ended; `stage` names the stage, “cycle” the whole way from
    the first dated stage to the decision (advanced: won). Aalen–Johansen over the stays under way in the
    period, late entry as in funnel.stage_time, open ones censored at its end; the five shares sum to 1.
    """
    stage, names = ask.parameters["stage"], [found.key for found in ask.policy.stages]
    if stage not in (CYCLE, *names):
        known = ", ".join((CYCLE, *names))
        raise CallError("stage = “{stage}” does not exist. Known: {known}.", stage=stage, known=known)
    if stage == CYCLE:
        cases = cycles(rows["decisions"], ask.period)
    else:
        cases = under_way(rows["stays"].filter(pl.col("stage") == names.index(stage) + 1), ask.period)
    key = ask.groups.schema["group"]
    schema = pl.Schema({"group": key, **{m.name: pl.Float64() for m in INCIDENCE}})
    frames = [pl.DataFrame(schema=schema)]
    for (group,), part in cases.group_by("group", maintain_order=True):
        enter, days, fate, deals = (part[name].to_numpy() for name in ("enter", "days", "fate", "deals"))
        found = competing(enter, days, fate, deals, tuple(CAUSES.values()))
        found = found.rename({str(code): name for name, code in CAUSES.items()} | {"open": "still_open"})
        frames.append(
            found.select(pl.lit(group, dtype=key).alias("group"), pl.exclude("group").cast(pl.Float64))
        )
    return pl.concat(frames).select(schema.names()).with_columns(pl.col("days", "at_risk").cast(pl.Int64))


TIMES = (
    Measure(name="stage", label=message("Stage"), unit="text"),
    Measure(name="n", label=message("Stays under way"), unit="deals", flow=True),
    Measure(
        name="median_days",
        label=message("Median days in stage"),
        unit="days",
        definition=message("Half of the deals leave the stage by then; deals still there are accounted for."),
        good=-1,
        cases=("n",),
    ),
    Measure(
        name="p75_days",
        label=message("75 % have left by day"),
        unit="days",
        definition=message("Three quarters of the deals leave the stage by then."),
        good=-1,
        cases=("n",),
    ),
    Measure(
        name="stalled",
        label=message("Stalled deals"),
        unit="deals",
        definition=message("Open for more than twice the usual days of stage and product."),
        good=-1,
    ),
    Measure(
        name="stalled_amount",
        label=message("Stalled amount"),
        unit="money",
        definition=message("Expected amount of stalled deals."),
        good=-1,
        needs=("opportunities", "expected_amount"),
    ),
)
INCIDENCE = (
    Measure(name="days", label=message("Days"), unit="days"),
    Measure(name="at_risk", label=message("At risk"), unit="deals", additive=False),
    Measure(name="advanced", label=message("Gone on"), unit="rate"),
    Measure(name="lost", label=message("Lost"), unit="rate"),
    Measure(name="lapsed", label=message("Lapsed"), unit="rate"),
    Measure(name="moved_back", label=message("Moved back"), unit="rate"),
    Measure(name="still_open", label=message("Still open"), unit="rate"),
)
_BY = (*LABELS, "kind", "tier")
METRICS = (
    Metric(
        name="funnel.stage_time",
        label=message("Time in stage"),
        compute=stage_time,
        marts={"stays": from_start, "decisions": from_start},
        columns=TIMES,
        grain="day",
        dimensions=_BY,
        tags_of="opportunities",
        needs=("opportunities",),
    ),
    Metric(
        name="funnel.incidence",
        label=message("What becomes of deals"),
        compute=incidence,
        marts={"stays": from_start, "decisions": from_start},
        columns=INCIDENCE,
        grain="day",
        dimensions=_BY,
        tags_of="opportunities",
        needs=("opportunities",),
        parameters=(Parameter("stage", CYCLE, message("A stage, or cycle for the whole way.")),),
    ),
)
LISTS = (ListOf("deals_stalled", message("Stalled deals"), ("stage_events",), list_stalled),)
