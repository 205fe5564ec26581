"""What the open pipeline will bring: each deal weighted by the chance that the bank's own deals had.

The chances are learned at build from the whole bank (landmarks, van Houwelingen 2007): at the first day of
each month, which deals stood in a stage for how long, and how many of them were won within half a year.
Only landmarks whose half year is over are used, so nothing is censored.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from data_access.subject import Ask, Measure, Metric, Parameter, message
from data_access.sums import sum_of
from metrics.funnel.chances import ALL, Outlook, banded
from metrics.funnel.marts import LABELS
from metrics.funnel.stages import month_of_end, open_stock
from metrics.funnel.times import from_start
from metrics.statistics.bounds import bounds
from metrics.statistics.intervals import Z95
from metrics.target import Plans, reached

PLANNED = "funnel.outcomes.won_amount"


# ------------------------------------------------------------- the model, at build


# ---------------------------------------------------------------- read


def outlook(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """What the deals that are open at the period's end are expected to bring within 180 days.

    One row per group and stage, and the row “all”. expected_amount: expected amounts × the chance that deals
    of this stage and age had in this bank (a model constant, learned at build; `model=policy`: the fixed
    probabilities of the stages, which also stand in for stages with fewer than 30 cases). low, high: 95 %
    interval from the chance of each deal and the doubt about each rate, within 0 and amount. Deals without
    dated stages count with their stage's rate. Deals in no known stage have no chance and are left out.
    """
    chance = _chances(ask)
    day = pl.lit(ask.period.last)
    stays = rows["stays"].filter((pl.col("entered_on") <= day) & (pl.col("left_on") > day))
    band = banded((day - pl.col("entered_on")).dt.total_days())
    dated = stays.group_by("group", "stage", band=band).agg(pl.col("deals", "amount", "amount_squared").sum())
    stock = open_stock(rows["pipeline"], ask.period.last).rename(
        {"open_count": "deals", "open_amount": "amount", "open_squared": "amount_squared"}
    )
    seen = dated.group_by("group", "stage").agg(
        pl.col(name).sum().alias(f"seen_{name}") for name in ("deals", "amount", "amount_squared")
    )
    rest = stock.join(seen, on=["group", "stage"], how="left").with_columns(
        *[
            pl.col(name) - pl.col(f"seen_{name}").fill_null(0)
            for name in ("deals", "amount", "amount_squared")
        ],
        band=pl.lit(-1, dtype=pl.Int64),
    )
    cells = pl.concat([dated, rest.filter(pl.col("deals") > 0)], how="diagonal_relaxed")
    cells = cells.join(chance, on=["stage", "band"], how="left").join(
        chance.filter(pl.col("band") == -1).select("stage", whole="chance", of="cases"),
        on="stage",
        how="left",
    )
    p, n = pl.coalesce("chance", "whole"), pl.coalesce("cases", "of")
    doubt = p * (1 - p)
    cells = cells.filter(pl.col("stage") > 0).with_columns(
        expected=p * pl.col("amount"),
        spread=doubt * pl.col("amount_squared").clip(0)
        + pl.when(n > 0).then(doubt * pl.col("amount").cast(pl.Float64).pow(2) / n).otherwise(0),
    )
    return _by_stage(cells, ask)


def _by_stage(cells: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    codes = pl.DataFrame({"stage": [*range(1, len(ask.policy.stages) + 1), 0]}, schema={"stage": pl.Int16})
    both = pl.concat([cells, cells.with_columns(stage=pl.lit(0, dtype=pl.Int16))])
    sums = both.group_by("group", "stage").agg(
        pl.col("deals", "amount").sum(), sum_of("expected", "spread"), unknown=pl.col("expected").null_count()
    )
    frame = ask.groups.join(codes, how="cross").join(
        sums, on=["group", "stage"], how="left", maintain_order="left"
    )
    zero = ("deals", "amount", "expected", "spread", "unknown")
    frame = frame.with_columns(pl.col(name).fill_null(0) for name in zero)
    known = pl.lit(ask.has("opportunities", "expected_amount")) & (pl.col("unknown") == 0)
    half = Z95 * pl.col("spread").sqrt()
    names = {0: ALL, **dict(enumerate((stage.key for stage in ask.policy.stages), 1))}
    return frame.select(
        "group",
        pl.col("stage").replace_strict(names, return_dtype=pl.String),
        "deals",
        amount=pl.when(pl.lit(ask.has("opportunities", "expected_amount"))).then("amount"),
        expected_amount=pl.when(known).then("expected"),
        low=pl.when(known).then((pl.col("expected") - half).clip(0)),
        high=pl.when(known).then(pl.min_horizontal(pl.col("expected") + half, pl.col("amount"))),
    )


def _chances(ask: Ask) -> pl.DataFrame:
    """The learned chances, the policy's where there are none; `cases` 0 where no rate was estimated."""
    schema = {"stage": pl.Int16, "band": pl.Int64, "chance": pl.Float64, "cases": pl.Int64}
    rows: list[Any] = []
    if ask.parameters["model"] == "learned":
        rows = [tuple(row) for row in ask.learned(Outlook).cells]
    stages = {row[0] for row in rows}
    fixed = [
        (code, -1, stage.probability, 0)
        for code, stage in enumerate(ask.policy.stages, 1)
        if code not in stages
    ]
    return pl.DataFrame([*rows, *fixed], schema=schema, orient="row")


def calibration(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How well the chances foretold: deals open at the last six landmarks, won within 180 days, against what
    the model of that time and the policy's fixed probabilities expected.

    One row per stage, of the whole bank whatever the institution: n (a deal counts once per landmark), won,
    expected (by chances learned only from what was known at the first of these landmarks), by_policy.
    """
    names = [stage.key for stage in ask.policy.stages]
    rows = [(0, names[stage - 1], *numbers) for stage, *numbers in ask.learned(Outlook).record]
    schema = {
        "group": pl.Int64,
        "stage": pl.String,
        "n": pl.Int64,
        "won": pl.Int64,
        "expected": pl.Float64,
        "by_policy": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def coverage(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How much of what is missing to the plan of closed amounts the weighted pipeline covers.

    One row per group; null without a plan (未下达). target, actual and gap as in target.attainment, as money;
    expected_amount with low and high as in funnel.outlook, all stages; coverage = expected_amount / gap,
    null once the plan is reached.
    """
    weighted = ("expected_amount", "low", "high")
    frame = ask.groups.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in weighted)
    if ask.wants(*weighted, "coverage"):
        frame = outlook(rows, ask).filter(pl.col("stage") == ALL)
    names = ("target", "actual", "gap")
    plan = pl.DataFrame(schema={"group": frame.schema["group"], **dict.fromkeys(names, pl.Float64)})
    if ask.wants(*names, "coverage") and PLANNED in ask.learned(Plans).metrics:
        found = reached(ask, PLANNED).unique("group", keep="first", maintain_order=True)
        plan = found.select(pl.col("group").cast(frame.schema["group"]), *names)
    minor = ask.minor_units
    plan = plan.with_columns(pl.col(name) * minor for name in names)
    frame = frame.join(plan, on="group", how="left", maintain_order="left")
    return frame.select(
        "group",
        *names,
        "expected_amount",
        "low",
        "high",
        coverage=pl.when(pl.col("gap") > 0).then(pl.col("expected_amount") / pl.col("gap")),
    )


_MONEY = ("opportunities", "expected_amount")
_BY = (*LABELS, "kind", "tier")
_STAGE = Measure(name="stage", label=message("Stage"), unit="text")
_EXPECTED = Measure(
    name="expected_amount",
    label=message("Weighted pipeline"),
    unit="money",
    definition=message("Expected amount × the chance that deals of this stage and age had to be won."),
    good=1,
    needs=_MONEY,
    interval=("low", "high"),
)
_BOUNDS = bounds("money", needs=_MONEY)
OUTLOOK = (
    _STAGE,
    Measure(name="deals", label=message("Open deals"), unit="deals"),
    Measure(name="amount", label=message("Open pipeline"), unit="money", needs=_MONEY),
    _EXPECTED,
    *_BOUNDS,
)
MODEL = Parameter(
    "model",
    "learned",
    message("Chances learned from the bank's deals, or fixed by policy."),
    ("learned", "policy"),
)
_READ = {"stays": from_start, "pipeline": month_of_end}
METRICS = (
    Metric(
        name="funnel.outlook",
        label=message("Weighted pipeline"),
        compute=outlook,
        marts=_READ,
        columns=OUTLOOK,
        grain="day",
        dimensions=_BY,
        tags_of="opportunities",
        needs=("opportunities",),
        parameters=(MODEL,),
    ),
    Metric(
        name="funnel.coverage",
        label=message("Pipeline against plan"),
        compute=coverage,
        marts=_READ,
        columns=(
            Measure(name="target", label=message("Plan"), unit="money", additive=False),
            Measure(name="actual", label=message("Actual"), unit="money", additive=False),
            Measure(
                name="gap", label=message("Gap to plan"), unit="money", flow=True, good=-1, additive=False
            ),
            _EXPECTED,
            *_BOUNDS,
            Measure(
                name="coverage",
                label=message("Gap covered"),
                unit="rate",
                definition=message("Weighted pipeline as a share of what is missing to the plan."),
                flow=True,
                good=1,
            ),
        ),
        grain="day",
        tags_of="opportunities",
        needs=("opportunities",),
        parameters=(MODEL,),
    ),
    Metric(
        name="funnel.calibration",
        label=message("How well the chances foretold"),
        compute=calibration,
        alone=True,
        marts={},
        columns=(
            _STAGE,
            Measure(name="n", label=message("Deals held out"), unit="deals"),
            Measure(name="won", label=message("Won deals"), unit="deals"),
            Measure(name="expected", label=message("Expected by the model"), unit="count"),
            Measure(name="by_policy", label=message("Expected by policy"), unit="count"),
        ),
        grain="day",
        needs=("opportunities",),
    ),
)
