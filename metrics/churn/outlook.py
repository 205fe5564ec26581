"""Who will leave: expected leavers and the balance at risk, for any part of the bank a sum."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from data_access.subject import Ask, Measure, Metric, Parameter, message
from data_access.sums import sum_of
from data_access.windows import always
from metrics.churn.forecast import BOTH, newest, newest_only, with_bounds
from metrics.churn.learning import HORIZONS
from metrics.churn.measures import (
    AT_RISK,
    BALANCE,
    BOUNDS,
    CUSTOMERS,
    DEFINITION,
    HORIZON,
    LEAVERS,
    MONEY_BOUNDS,
)

Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
RISKS = {"low": (1, 5), "medium": (6, 9), "high": (10, 10)}  # tenths of the bank by risk


def outlook(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many of today's customers will leave within 3, 6 and 12 months, and how much money they hold today.

    Three rows per group: horizon in months. customers: those who can still leave, at the origin (closed
    churn: the newest month end; silent churn: as many months before it as silence takes to be known).
    expected_leavers: the sum of their chances; low and high: 80 % interval of chance, doubt about the
    coefficients, shocks to all and institutions' own ways. balance: what they hold (nothing below 0),
    balance_at_risk: the sum of chance × balance, balance_low and balance_high. Bounds are null where fewer
    than 18 months could be forecast one by one. Nobody who joins later is in it, nothing beyond 12 months.
    """
    frames = [_of_horizon(rows, ask, horizon) for horizon in HORIZONS]
    return pl.concat(frames).sort("group", "horizon", maintain_order=True)


def _of_horizon(rows: Mapping[str, pl.DataFrame], ask: Ask, horizon: int) -> pl.DataFrame:
    whole = ("balance_at_risk", "balance_low", "balance_high")
    return with_bounds(rows, ask, horizon).select(
        "group",
        pl.lit(horizon, pl.Int64).alias("horizon"),
        "customers",
        pl.col("expected").alias("expected_leavers"),
        "low",
        "high",
        "balance",
        *(pl.col(name).round().cast(pl.Int64) for name in whole),
    )


def expected(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many of today's customers will leave within the horizon, with the money they hold.

    One row per group; the horizon of `churn.outlook` that is asked for. leaver_share = expected_leavers /
    customers.
    """
    horizon = int(ask.parameters["horizon"])
    frame = _of_horizon(rows, ask, horizon).sort("group", maintain_order=True)
    whole = pl.when(pl.col("customers") > 0).then(pl.col("customers"))
    frame = frame.with_columns(leaver_share=pl.col("expected_leavers") / whole)
    return frame.select(
        "group",
        "customers",
        "expected_leavers",
        "low",
        "high",
        "leaver_share",
        "balance",
        "balance_at_risk",
        "balance_low",
        "balance_high",
    )


def matrix(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Today's customers by risk and value: where the money is that may leave.

    One row per group, risk and tier. risk high: the tenth of the bank's customers with the highest chance to
    leave within a year, medium: the next four tenths, low: the lower half. expected_leavers and
    balance_at_risk within the horizon.
    """
    horizon = int(ask.parameters["horizon"])
    frame = newest(rows["churn_forecast"], ask).filter(pl.col("horizon") == horizon)
    of = {tenth: risk for risk, (first, last) in RISKS.items() for tenth in range(first, last + 1)}
    names = dict(enumerate(ask.codes["tier"]))
    sums = (
        frame.with_columns(
            risk=pl.col("risk").replace_strict(of, return_dtype=pl.String),
            tier=pl.col("tier").replace_strict(names, return_dtype=pl.String),
        )
        .group_by("group", "risk", "tier")
        .agg(sum_of("customers", "expected", "balance", "balance_at_risk"))
    )
    order = {risk: at for at, risk in enumerate(reversed(RISKS))}
    tiers = {name: code for code, name in names.items()}
    rank = (
        pl.col("risk").replace_strict(order, return_dtype=pl.Int64),
        -pl.col("tier").replace_strict(tiers, return_dtype=pl.Int64),
    )
    found = ask.groups.join(sums, on="group", how="inner").sort("group", *rank)
    return found.select(
        "group",
        "risk",
        "tier",
        "customers",
        expected_leavers="expected",
        balance="balance",
        balance_at_risk=pl.col("balance_at_risk").round().cast(pl.Int64),
    )


def of_churn(
    name: str,
    label: str,
    compute: Compute,
    marts: Mapping[str, Any],
    columns: tuple[Measure, ...],
    *parameters: Parameter,
    by: tuple[str, ...] = ("kind", "tier"),
    filters: tuple[str, ...] = ("kind", "tier"),
    only: Any = None,
    alone: bool = False,
) -> Metric:
    return Metric(
        name=f"churn.{name}",
        label=label,
        compute=compute,
        marts=marts,
        columns=columns,
        grain="month",
        dimensions=by,
        parameters=parameters,
        filters=filters,
        needs=("customer_months",),
        latest=True,
        only=only,
        alone=alone,
    )


OUTLOOK = (
    of_churn(
        "outlook",
        message("Churn forecast"),
        outlook,
        BOTH,
        (
            Measure(name="horizon", label=message("Months ahead"), unit="count", additive=False),
            CUSTOMERS,
            LEAVERS,
            *BOUNDS,
            BALANCE,
            AT_RISK,
            *MONEY_BOUNDS,
        ),
        DEFINITION,
        only=newest_only,
    ),
    of_churn(
        "expected",
        message("Churn forecast"),
        expected,
        BOTH,
        (
            CUSTOMERS,
            LEAVERS,
            *BOUNDS,
            Measure(name="leaver_share", label=message("Expected to leave"), unit="rate", good=-1),
            BALANCE,
            AT_RISK,
            *MONEY_BOUNDS,
        ),
        DEFINITION,
        HORIZON,
        only=newest_only,
    ),
    of_churn(
        "matrix",
        message("Risk and value"),
        matrix,
        {"churn_forecast": always},
        (
            Measure(name="risk", label=message("Risk"), unit="text"),
            Measure(name="tier", label=message("Tier"), unit="text"),
            CUSTOMERS,
            LEAVERS,
            BALANCE,
            AT_RISK,
        ),
        DEFINITION,
        HORIZON,
        only=newest_only,
    ),
)
