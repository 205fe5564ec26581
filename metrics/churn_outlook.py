"""Who will leave: expected leavers and the balance at risk, for any part of the bank a sum."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.special import stdtrit

from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Parameter, Period, message
from metrics.churn_bands import DEFINITIONS
from metrics.churn_learned import HORIZONS
from metrics.churn_model import Floats, read_fit

Compute = Callable[[Mapping[str, pl.DataFrame], Ask], pl.DataFrame]
LEVEL = 0.8  # of the interval of a forecast
RISKS = {"low": (1, 5), "medium": (6, 9), "high": (10, 10)}  # tenths of the bank by risk
LEAST = 1.0  # leavers to be expected, below which a forecast has no interval of its own


def always(_: Period) -> tuple[date | None, date | None]:
    """All that is stored: these metrics are told of the newest data only."""
    return None, None


def definition_of(ask: Ask) -> int:
    return DEFINITIONS.index(ask.parameters["definition"])


def told(ask: Ask) -> Mapping[str, Any]:
    """What was learned of the churn asked for; refuses where nothing was."""
    found: Mapping[str, Any] | None = ask.constants.get("churn", {}).get(ask.parameters["definition"])
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


def half_width(
    sums: Mapping[str, float], gradient: Floats, of: str, *, cov: Floats, shocks: Mapping[str, float],
    frailty: float, horizon: int,
) -> float:  # fmt: skip
    """Half of the interval: chance, doubt about the coefficients, common shocks, and institutions' own ways.

    A month's shock hits all alike and the next month's is another, so over h months its share is a h-th; an
    institution's own way lasts. `of`: g of leavers, b of the balance.
    """
    total = sums["expected"] if of == "g" else sums["balance_at_risk"]
    scale = 1.0 if of == "g" or not sums["expected"] else (total / sums["expected"]) ** 2
    variance = (
        (sums["v0"] if of == "g" else sums["vb"])
        + float(gradient @ cov @ gradient)
        + shocks["phi"] * total**2 / horizon
        + frailty * sums["e2"] * scale
    )
    return float(stdtrit(shocks["df"], 0.5 + LEVEL / 2) * np.sqrt(max(variance, 0.0)))


_SUMS = ("customers", "expected", "balance", "balance_at_risk", "v0", "vb")


def _by_group(
    rows: Mapping[str, pl.DataFrame], ask: Ask, horizons: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    forecast, doubt = newest(rows["churn_forecast"], ask), newest(rows["churn_gradients"], ask)
    names = [name for name in doubt.columns if name[:2] in ("g_", "b_")]
    shocks, model = told(ask)["shocks"], read_fit(told(ask)["models"][0]["own"])
    ways = ask.constants.get("churn_frailty", {}).get(ask.parameters["definition"], {})
    for horizon in horizons:
        sums = ask.sums(forecast.filter(pl.col("horizon") == horizon), *_SUMS).rows(named=True)
        here = doubt.filter(pl.col("horizon") == horizon)
        slopes = ask.sums(here, "e2", *names).rows(named=True)
        for one, slope in zip(sums, slopes, strict=True):
            one |= {"e2": slope.get("e2", 0.0)}
            bounds: list[float | None] = [None] * 4  # too few months are known to tell
            if shocks is not None:
                bounds = []
                for of, total in (("g", one["expected"]), ("b", one["balance_at_risk"])):
                    gradient = np.array(
                        [float(slope.get(f"{of}_{at:02}") or 0.0) for at in range(len(model.beta))]
                    )
                    half = half_width(one, gradient, of, cov=model.cov, shocks=shocks, horizon=horizon,
                                      frailty=ways.get(str(horizon), 0.0))  # fmt: skip
                    bounds += [max(0.0, total - half), total + half]
            yield one["group"], horizon, one, bounds


def outlook(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many of today's customers will leave within 3, 6 and 12 months, and how much money they hold today.

    Three rows per group: horizon in months. customers: those who can still leave, at the origin (closed
    churn: the newest month end; silent churn: as many months before it as silence takes to be known).
    expected_leavers: the sum of their chances; low and high: 80 % interval of chance, doubt about the
    coefficients, shocks to all and institutions' own ways. balance: what they hold (nothing below 0),
    balance_at_risk: the sum of chance × balance, balance_low and balance_high. Bounds are null where fewer
    than 18 months could be forecast one by one. Nobody who joins later is in it, nothing beyond 12 months.
    """
    found = []
    for group, horizon, one, bounds in _by_group(rows, ask, HORIZONS):
        money = [None if value is None else round(value) for value in bounds[2:]]
        found.append((group, horizon, one["customers"], one["expected"], *bounds[:2], one["balance"],
                      round(one["balance_at_risk"]), *money))  # fmt: skip
    return pl.DataFrame(found, schema=_SCHEMA, orient="row").sort("group", "horizon", maintain_order=True)


_SCHEMA = {
    "group": pl.Int64, "horizon": pl.Int64, "customers": pl.Int64, "expected_leavers": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "balance": pl.Int64, "balance_at_risk": pl.Int64,
    "balance_low": pl.Int64, "balance_high": pl.Int64,
}  # fmt: skip


def expected(rows: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """How many of today's customers will leave within the horizon, with the money they hold.

    One row per group; the horizon of `churn.outlook` that is asked for. leaver_share = expected_leavers /
    customers.
    """
    horizon = int(ask.parameters["horizon"])
    frame = outlook(rows, ask).filter(pl.col("horizon") == horizon).drop("horizon")
    whole = pl.when(pl.col("customers") > 0).then(pl.col("customers"))
    frame = frame.with_columns(leaver_share=pl.col("expected_leavers") / whole)
    return frame.select("group", "customers", "expected_leavers", "low", "high", "leaver_share", "balance",
                        "balance_at_risk", "balance_low", "balance_high")  # fmt: skip


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
    rank = (pl.col("risk").replace_strict(order, return_dtype=pl.Int64),
            -pl.col("tier").replace_strict(tiers, return_dtype=pl.Int64))  # fmt: skip
    found = ask.groups.join(sums, on="group", how="inner").sort("group", *rank)
    return found.select(
        "group", "risk", "tier", "customers", expected_leavers="expected", balance="balance",
        balance_at_risk=pl.col("balance_at_risk").round().cast(pl.Int64),
    )  # fmt: skip


DEFINITION = Parameter(
    "definition", "closed",
    message("closed: the relationship ended; silent: no own transaction and AUM below the floor for months."),
    DEFINITIONS,
)  # fmt: skip
HORIZON = Parameter("horizon", "6", message("Months ahead."), tuple(map(str, HORIZONS)))
_AUM = ("customer_months", "aum")
_CUSTOMERS = Measure("customers", message("Customers who can leave"), "customers")
_LEAVERS = Measure(
    "expected_leavers", message("Expected leavers"), "customers",
    message("Sum of the chances of today's customers to leave within the horizon."), good=-1,
)  # fmt: skip
_BOUNDS = (
    Measure("low", message("Lower bound"), "customers"),
    Measure("high", message("Upper bound"), "customers"),
)
_BALANCE = Measure("balance", message("AUM of customers who can leave"), "money", needs=_AUM)
_AT_RISK = Measure(
    "balance_at_risk", message("Balance at risk"), "money",
    message("Sum of chance times AUM of today's customers."), good=-1, needs=_AUM,
)  # fmt: skip
_MONEY_BOUNDS = (
    Measure("balance_low", message("Lower bound"), "money", needs=_AUM),
    Measure("balance_high", message("Upper bound"), "money", needs=_AUM),
)
_BOTH = {"churn_forecast": always, "churn_gradients": always}


def of_churn(name: str, label: str, compute: Compute, marts: Mapping[str, Any], columns: tuple[Measure, ...],
             *parameters: Parameter, by: tuple[str, ...] = ("kind", "tier"),
             filters: tuple[str, ...] = ("kind", "tier")) -> Metric:  # fmt: skip
    return Metric(f"churn.{name}", label, compute, marts, columns, "month", by, parameters=parameters,
                  filters=filters, needs=("customer_months",), latest=True)  # fmt: skip


OUTLOOK = (
    of_churn("outlook", message("Churn forecast"), outlook, _BOTH,
             (Measure("horizon", message("Months ahead"), "count"), _CUSTOMERS, _LEAVERS, *_BOUNDS, _BALANCE,
              _AT_RISK, *_MONEY_BOUNDS), DEFINITION),
    of_churn("expected", message("Churn forecast"), expected, _BOTH,
             (_CUSTOMERS, _LEAVERS, *_BOUNDS,
              Measure("leaver_share", message("Expected to leave"), "rate", good=-1), _BALANCE, _AT_RISK,
              *_MONEY_BOUNDS), DEFINITION, HORIZON),
    of_churn("matrix", message("Risk and value"), matrix, {"churn_forecast": always},
             (Measure("risk", message("Risk"), "text"), Measure("tier", message("Tier"), "text"), _CUSTOMERS,
              _LEAVERS, _BALANCE, _AT_RISK), DEFINITION, HORIZON),
)  # fmt: skip
