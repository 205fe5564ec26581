"""How well churn was foretold: past forecasts against what came, and institutions against what was expected.

Every past forecast was made with what was known then, and is kept as it was made.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from scipy.special import gammaincinv

from data_access.learning import Models, learned_of
from data_access.subject import Ask, Inputs, Measure, Only, message
from data_access.sums import sum_of
from data_access.windows import always, months_later
from metrics.churn.bands import DEFINITIONS
from metrics.churn.forecast import FEWEST, common_of, definition_of, spread_of, told
from metrics.churn.learning import HORIZONS, PAST, Churn, Frailty
from metrics.churn.measures import DEFINITION, HORIZON
from metrics.churn.outlook import of_churn
from metrics.churn.spells import last_origin
from metrics.statistics.bounds import bounds

SIGMAS = 3.0  # control limits of an institution
EXPECTED = 5.0  # leavers to be expected, below which an institution is not judged
RECORD = ("customers", "expected", "observed", "p2", "po", "b2", "bo")


def over(learned: Mapping[str, Any] | None) -> list[tuple[date, int]]:
    """Past forecasts whose horizon is over: origins and horizons."""
    models = [
        (date.fromisoformat(model["origin"]), model["role"]) for model in (learned or {}).get("models", [])
    ]
    return [
        (origin, horizon)
        for origin, role in models
        for horizon in HORIZONS
        if role == PAST and months_later(origin, horizon) <= models[0][0]
    ]


def _past_only(parameters: Mapping[str, str], models: Models) -> Only:
    """The churn asked for, at past origins; with a horizon the newest one whose end is reached."""
    pairs = over(learned_of(models, Churn).of.get(parameters["definition"]))
    months = {origin for origin, _ in pairs}
    only: dict[str, tuple[Any, ...]] = {"definition": (DEFINITIONS.index(parameters["definition"]),)}
    if "horizon" in parameters:
        horizon = int(parameters["horizon"])
        months = {max((origin for origin, ahead in pairs if ahead == horizon), default=date.min)}
        only |= {"horizon": (horizon,)}
    return only | {"month": tuple(sorted(months or {date.min}))}


def complete(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """The rows of past forecasts whose horizon is over."""
    schema = {"month": pl.Date, "horizon": pl.Int64}
    pairs = pl.DataFrame(over(told(ask)), schema=schema, orient="row")
    mine = rows.filter(pl.col("definition") == definition_of(ask)).with_columns(
        pl.col("horizon").cast(pl.Int64)
    )
    return mine.join(pairs, on=["month", "horizon"], how="inner")


def ratio_bounds(
    observed: pl.Series, expected: pl.Series, level: float = 0.95
) -> tuple[pl.Series, pl.Series]:
    """Exact Poisson interval of observed / expected; null where nothing was expected.

    >>> low, high = ratio_bounds(pl.Series([10]), pl.Series([8.0]))
    >>> round(low[0], 4), round(high[0], 4)
    (0.5994, 2.2988)
    """
    o, e = observed.to_numpy().astype(float), expected.to_numpy()
    tail = (1 - level) / 2
    low = np.where(o > 0, gammaincinv(np.maximum(o, 1), tail), 0.0)
    high = gammaincinv(o + 1, 1 - tail)
    known = expected > 0
    pairs = []
    for bound in (low, high):
        values = pl.Series(bound / np.where(e > 0, e, 1.0))
        pairs.append(pl.select(pl.when(known).then(values)).to_series())
    return pairs[0], pairs[1]


def _with_ratio(frame: pl.DataFrame) -> pl.DataFrame:
    low, high = ratio_bounds(frame["observed"], frame["expected"])
    some = pl.when(pl.col("expected") > 0).then(pl.col("expected"))
    return frame.with_columns(ratio=pl.col("observed") / some, low=low, high=high)


def backtest(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many were foretold to leave and how many left, at past month ends whose horizon is over.

    One row per group, origin and horizon, oldest first; each forecast was learned from the months up to its
    origin only. ratio = observed / expected with its exact 95 % interval. brier: mean squared error of the
    chances; brier_baseline: that of the institution's rate of the year before the origin (drawn towards the
    bank's where it has few customers): a forecast whose brier is not lower does not beat last year's rate.
    c_index: Harrell's C of the months after the origin in the whole bank. Customers who were transferred
    count where they were at the origin, whatever their tier. Nothing with fewer than three origins: no record
    yet.
    """
    frame = complete(rows["churn_forecast"], ask)
    sums = frame.group_by("group", "month", "horizon").agg(sum_of(*RECORD))
    sums = sums.filter((pl.col("month").n_unique() >= FEWEST).over("horizon"), pl.col("customers") > 0)
    n = pl.col("customers")
    c = [
        (date.fromisoformat(model["origin"]), int(horizon), value)
        for model in told(ask)["models"]
        for horizon, value in model["c_index"].items()
    ]
    order = pl.DataFrame(
        c, schema={"month": pl.Date, "horizon": pl.Int64, "c_index": pl.Float64}, orient="row"
    ).unique(["month", "horizon"])
    found = ask.groups.join(sums, on="group").join(order, on=["month", "horizon"], how="left")
    found = _with_ratio(found.sort("group", "horizon", "month"))
    return found.select(
        "group",
        pl.col("month").alias("origin"),
        "horizon",
        "customers",
        "expected",
        "observed",
        "ratio",
        "low",
        "high",
        brier=(pl.col("observed") - 2 * pl.col("po") + pl.col("p2")) / n,
        brier_baseline=(pl.col("observed") - 2 * pl.col("bo") + pl.col("b2")) / n,
        c_index="c_index",
    )


def _at_newest(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """Of the horizon asked for, the newest forecast whose end is reached."""
    frame = complete(rows, ask).filter(pl.col("horizon") == int(ask.parameters["horizon"]))
    return frame.filter(pl.col("month") == pl.col("month").max())


def ranking(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Who lost more or fewer customers than their customers' risk let expect: the fair league table.

    One row per group: of the newest forecast whose horizon is over, expected and observed leavers of the
    customers who were there at its origin; ratio = observed / expected with its exact 95 % interval. outside:
    above or below where the difference exceeds three standard deviations of chance and of what hits all;
    few where fewer than five were expected. limit: those three standard deviations, in leavers. since: the
    origin.
    """
    frame = _at_newest(rows["churn_forecast"], ask)
    sums = _with_ratio(ask.sums(frame, "customers", "expected", "observed", "v0"))
    definition, horizon = ask.parameters["definition"], int(ask.parameters["horizon"])
    phi = common_of(told(ask), ask.learned(Frailty), definition, horizon)["phi"]
    limit = SIGMAS * (pl.col("v0") + phi * pl.col("expected") ** 2).sqrt()
    away = pl.col("observed") - pl.col("expected")
    outside = (
        pl.when(pl.col("expected") < EXPECTED)
        .then(pl.lit("few"))
        .when(away > limit)
        .then(pl.lit("above"))
        .when(away < -limit)
        .then(pl.lit("below"))
    )
    since = frame["month"].max()
    return sums.select(
        "group",
        "customers",
        "expected",
        "observed",
        "ratio",
        "low",
        "high",
        outside=outside,
        limit=limit,
        since=pl.lit(since, pl.Date),
    )


def calibration(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Foretold and observed by tenth of risk: whether those called risky left more often.

    One row per group and risk tenth (1 lowest, 10 highest, of the whole bank at the origin) of the newest
    forecast whose horizon is over; expected_rate and observed_rate of the tenth's customers; ratio with its
    exact 95 % interval.
    """
    frame = _at_newest(rows["churn_forecast"], ask)
    sums = frame.group_by("group", "risk").agg(sum_of("customers", "expected", "observed"))
    found = _with_ratio(ask.groups.join(sums, on="group").sort("group", "risk"))
    n = pl.col("customers")
    return found.select(
        "group",
        pl.col("risk").cast(pl.Int64),
        "customers",
        "expected",
        "observed",
        expected_rate=pl.col("expected") / n,
        observed_rate=pl.col("observed") / n,
        ratio="ratio",
        low="low",
        high="high",
    )


def frailty(inputs: Inputs) -> Frailty:
    """By definition and horizon, how much more institutions differ than chance explains.

    The squared coefficient of variation of their own ways over past forecasts, less what hit all; and that.
    """
    assert inputs.own is not None
    rows, found = inputs.own("churn_forecast"), dict[str, dict[str, float]]()
    common, wanted = dict[str, dict[str, dict[str, float]]](), sum_of("expected", "v0", "observed")
    for definition, name in enumerate(DEFINITIONS):
        known = inputs.learned(Churn).of.get(name)
        if not known:
            continue
        last = last_origin(inputs, definition, max(inputs.months))
        found[name], common[name] = {}, {}
        for horizon in HORIZONS:
            over = [date.fromisoformat(model["origin"]) for model in known["models"] if model["role"] == PAST]
            over = [origin for origin in over if months_later(origin, horizon) <= last]
            mine = rows.filter(
                pl.col("definition") == definition, pl.col("horizon") == horizon, pl.col("month").is_in(over)
            )
            sums = mine.group_by("node", "month").agg(wanted).sort("node", "month")
            away = ((pl.col("observed") - pl.col("expected")) ** 2 - pl.col("v0")).sum()
            total = sums.select(away / (pl.col("expected") ** 2).sum()).item() if sums.height else 0.0
            bank = sums.group_by("month").agg(wanted).sort("month")
            spread = spread_of(bank.drop("month").rows(), horizon)
            common[name] |= {} if spread is None else {str(horizon): spread}
            phi = common_of(known, Frailty(common=common), name, horizon)["phi"]
            found[name][str(horizon)] = max(0.0, float(total) - phi)
    return Frailty(found, common)


_COUNTS = (
    Measure(name="customers", label=message("Customers at the origin"), unit="customers"),
    Measure(name="expected", label=message("Foretold to leave"), unit="customers"),
    Measure(name="observed", label=message("Left"), unit="customers"),
)
_RATIO = (
    Measure(
        name="ratio",
        label=message("Left of those foretold"),
        unit="ratio",
        definition=message("1: as many left as their risk let expect; more is worse."),
        good=-1,
    ),
    *bounds("ratio"),
)
_MARTS = {"churn_forecast": always}
# without the tier: past forecasts are kept without it
_of_record = partial(of_churn, by=("kind",), filters=("kind",), only=_past_only, alone=True)
RECORDS = (
    _of_record(
        "backtest",
        message("Foretold and observed churn"),
        backtest,
        _MARTS,
        (
            Measure(name="origin", label=message("Forecast of"), unit="text"),
            Measure(name="horizon", label=message("Months ahead"), unit="count", additive=False),
            *_COUNTS,
            *_RATIO,
            Measure(name="brier", label=message("Brier score"), unit="ratio", good=-1),
            Measure(name="brier_baseline", label=message("Brier score of last year's rate"), unit="ratio"),
            Measure(name="c_index", label=message("Harrell's C"), unit="ratio", good=1),
        ),
        DEFINITION,
    ),
    _of_record(
        "ranking",
        message("Churn against what was expected"),
        ranking,
        _MARTS,
        (
            *_COUNTS,
            *_RATIO,
            Measure(name="outside", label=message("Beyond chance"), unit="text"),
            Measure(name="limit", label=message("Control limit"), unit="customers", additive=False),
            Measure(name="since", label=message("Since"), unit="text"),
        ),
        DEFINITION,
        HORIZON,
    ),
    _of_record(
        "calibration",
        message("Churn by risk tenth, foretold and observed"),
        calibration,
        _MARTS,
        (
            Measure(name="risk", label=message("Risk tenth"), unit="count", additive=False),
            *_COUNTS,
            Measure(name="expected_rate", label=message("Foretold rate"), unit="rate"),
            Measure(name="observed_rate", label=message("Observed rate"), unit="rate"),
            *_RATIO,
        ),
        DEFINITION,
        HORIZON,
    ),
)
