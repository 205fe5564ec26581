"""Who will leave: expected leavers and the balance at risk, for any part of the bank a sum."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.special import stdtrit

from data_access.errors import NotDelivered
from data_access.learned import Models, learned_of
from data_access.subject import Ask, Measure, Metric, Only, Parameter, Period, message
from metrics.churn.bands import DEFINITIONS
from metrics.churn.learned import HORIZONS, Churn, Frailty
from metrics.churn.model import Floats, read_fit

Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
LEVEL = 0.8  # of the interval of a forecast
RISKS = {"low": (1, 5), "medium": (6, 9), "high": (10, 10)}  # tenths of the bank by risk


def always(_: Period) -> tuple[date | None, date | None]:
    """All that is stored: these metrics are told of the newest data only."""
    return None, None


def definition_of(ask: Ask) -> int:
    return DEFINITIONS.index(ask.parameters["definition"])


def told(ask: Ask) -> Mapping[str, Any]:
    """What was learned of the churn asked for; refuses where nothing was."""
    found = ask.learned(Churn).of.get(ask.parameters["definition"])
    if not found:
        raise NotDelivered(
            "There is no churn forecast: at least 100 customers must have left while months were delivered; "
            "silent churn also needs customer_months.own_transactions and aum."
        )
    return found


def newest(rows: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    """The rows of the newest forecast of the churn asked for."""
    origin = date.fromisoformat(told(ask)["models"][0]["origin"])
    return rows.filter(pl.col("definition") == definition_of(ask), pl.col("month") == origin)


def newest_only(parameters: Mapping[str, str], models: Models) -> Only:
    """The churn and horizon asked for, and the newest origin: all that is read of the forecast."""
    found = learned_of(models, Churn).of.get(parameters["definition"])
    only: dict[str, tuple[Any, ...]] = {"definition": (DEFINITIONS.index(parameters["definition"]),)}
    only |= {"horizon": (int(parameters["horizon"]),)} if "horizon" in parameters else {}
    return only | ({"month": (date.fromisoformat(found["models"][0]["origin"]),)} if found else {})


def half_width(
    sums: Mapping[str, Any],
    gradient: Floats,
    of: str,
    *,
    cov: Floats,
    shocks: Mapping[str, float],
    frailty: float,
    horizon: int,
) -> Floats:
    """Half of the interval, of one sum or of many.

    Chance, doubt about the coefficients, common shocks, and institutions' own ways.

    A month's shock hits all alike and the next month's is another, so over h months its share is a h-th; an
    institution's own way lasts. `of`: g of leavers, b of the balance.
    """
    names = ("expected", "e2", *(("expected", "v0") if of == "g" else ("balance_at_risk", "vb")))
    leavers, e2, total, chance = (np.asarray(sums[name], dtype=np.float64) for name in names)
    scale = (total / np.where(leavers == 0, 1.0, leavers)) ** 2
    variance = (
        chance
        + np.einsum("...i,ij,...j->...", gradient, cov, gradient)
        + shocks["phi"] * total**2 / horizon
        + frailty * e2 * np.where(leavers == 0, 1.0, scale)
    )
    half: Floats = stdtrit(shocks["df"], 0.5 + LEVEL / 2) * np.sqrt(np.maximum(variance, 0.0))
    return half


_SUMS = ("customers", "expected", "balance", "balance_at_risk", "v0", "vb")


def _with_bounds(rows: Mapping[str, pl.DataFrame], ask: Ask, horizon: int) -> pl.DataFrame:
    """Sums of every group and both intervals; null where too few months are known to tell."""
    at_horizon = pl.col("horizon") == horizon
    forecast, doubt = (newest(rows[name], ask).filter(at_horizon) for name in _BOTH)
    model, shocks = read_fit(told(ask)["models"][0]["own"]), told(ask)["shocks"]
    slopes = {of: [f"{of}_{at:02}" for at in range(len(model.beta))] for of in "gb"}
    sums = ask.sums(forecast, *_SUMS).hstack(ask.sums(doubt, "e2", *slopes["g"], *slopes["b"]).drop("group"))
    frailty = ask.learned(Frailty).of.get(ask.parameters["definition"], {})
    bounds: dict[str, Any] = dict.fromkeys(("low", "high", "balance_low", "balance_high"))
    for of, total, low, high in (
        (("g", "expected", "low", "high"), ("b", "balance_at_risk", "balance_low", "balance_high"))
        if shocks is not None
        else ()
    ):
        gradient, middle = sums.select(slopes[of]).to_numpy(), sums[total].to_numpy()
        half = half_width(
            sums.to_dict(),
            gradient,
            of,
            cov=model.cov,
            shocks=shocks,
            horizon=horizon,
            frailty=frailty.get(str(horizon), 0.0),
        )
        bounds |= {low: np.maximum(middle - half, 0.0), high: middle + half}
    return sums.select("group", *_SUMS).with_columns(
        *(
            pl.Series(name, values, dtype=pl.Float64)
            if values is not None
            else pl.lit(None, pl.Float64).alias(name)
            for name, values in bounds.items()
        )
    )


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
    return _with_bounds(rows, ask, horizon).select(
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
        .agg(pl.col("customers", "expected", "balance", "balance_at_risk").sum())
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


DEFINITION = Parameter(
    "definition",
    "closed",
    message("closed: the relationship ended; silent: no own transaction and AUM below the floor for months."),
    DEFINITIONS,
)
HORIZON = Parameter("horizon", "6", message("Months ahead."), tuple(map(str, HORIZONS)))
_AUM = ("customer_months", "aum")
_CUSTOMERS = Measure(name="customers", label=message("Customers who can leave"), unit="customers")
_LEAVERS = Measure(
    name="expected_leavers",
    label=message("Expected leavers"),
    unit="customers",
    definition=message("Sum of the chances of today's customers to leave within the horizon."),
    good=-1,
)
_BOUNDS = (
    Measure(name="low", label=message("Lower bound"), unit="customers"),
    Measure(name="high", label=message("Upper bound"), unit="customers"),
)
_BALANCE = Measure(name="balance", label=message("AUM of customers who can leave"), unit="money", needs=_AUM)
_AT_RISK = Measure(
    name="balance_at_risk",
    label=message("Balance at risk"),
    unit="money",
    definition=message("Sum of chance times AUM of today's customers."),
    good=-1,
    needs=_AUM,
)
_MONEY_BOUNDS = (
    Measure(name="balance_low", label=message("Lower bound"), unit="money", needs=_AUM),
    Measure(name="balance_high", label=message("Upper bound"), unit="money", needs=_AUM),
)
_BOTH = {"churn_forecast": always, "churn_gradients": always}


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
    )


OUTLOOK = (
    of_churn(
        "outlook",
        message("Churn forecast"),
        outlook,
        _BOTH,
        (
            Measure(name="horizon", label=message("Months ahead"), unit="count"),
            _CUSTOMERS,
            _LEAVERS,
            *_BOUNDS,
            _BALANCE,
            _AT_RISK,
            *_MONEY_BOUNDS,
        ),
        DEFINITION,
        only=newest_only,
    ),
    of_churn(
        "expected",
        message("Churn forecast"),
        expected,
        _BOTH,
        (
            _CUSTOMERS,
            _LEAVERS,
            *_BOUNDS,
            Measure(name="leaver_share", label=message("Expected to leave"), unit="rate", good=-1),
            _BALANCE,
            _AT_RISK,
            *_MONEY_BOUNDS,
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
            _CUSTOMERS,
            _LEAVERS,
            _BALANCE,
            _AT_RISK,
        ),
        DEFINITION,
        HORIZON,
        only=newest_only,
    ),
)
