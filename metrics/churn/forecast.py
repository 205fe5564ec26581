"""The newest forecast of one churn: its rows, what was learned for it, and how sure it is."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.special import stdtrit

from data_access.errors import NotDelivered
from data_access.learning import Models, learned_of
from data_access.subject import Ask, Only
from data_access.windows import always
from metrics.churn.bands import DEFINITIONS
from metrics.churn.learning import Churn, Frailty
from metrics.churn.model import Floats, read_fit


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


BOTH = {"churn_forecast": always, "churn_gradients": always}


LEVEL = 0.8  # of the interval of a forecast


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


def with_bounds(rows: Mapping[str, pl.DataFrame], ask: Ask, horizon: int) -> pl.DataFrame:
    """Sums of every group and both intervals; null where too few months are known to tell."""
    at_horizon = pl.col("horizon") == horizon
    forecast, doubt = (newest(rows[name], ask).filter(at_horizon) for name in BOTH)
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
