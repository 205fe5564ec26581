"""The newest forecast of one churn: its rows, what was learned for it, and how sure it is."""

from collections.abc import Mapping, Sequence
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
from metrics.churn.learning import EVERY, Churn, Frailty
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
FEWEST = 3  # past forecasts below which they say nothing of the next one


def spread_of(errors: Sequence[tuple[float, float, float]], horizon: int) -> dict[str, float] | None:
    """How far past forecasts of the whole bank (expected, variance, left) were out beyond chance.

    phi: the squared coefficient of variation of what hits all; df: how many forecasts that do not overlap
    they are worth; inside: how many lay in the interval that all others give it. None of fewer than three.
    """
    if len(errors) < FEWEST:
        return None
    e, v, o = np.array(errors, dtype=np.float64).T
    away, scale = (o - e) ** 2 - v, e**2
    others = np.maximum((away.sum() - away) / (scale.sum() - scale), 0.0)
    apart = EVERY / max(horizon, EVERY)
    half = stdtrit(max(1.0, (len(e) - 1) * apart), 0.5 + LEVEL / 2) * np.sqrt(v + others * scale)
    return {
        "phi": max(0.0, float(away.sum() / scale.sum())),
        "df": max(1.0, len(e) * apart),
        "inside": float((np.abs(o - e) <= half).sum()),
        "of": float(len(e)),
    }


def common_of(known: Mapping[str, Any], frailty: Frailty, definition: str, horizon: int) -> dict[str, float]:
    """What hits all alike within a horizon: phi and the degrees of freedom that it rests on.

    That of the months' shocks, each month another one, or that of past forecasts where it is larger: shocks
    that last, and a forecast that was out on one side for months, do not average out.
    """
    shocks = known["shocks"] or {"phi": 0.0, "df": 1.0}
    found = {"phi": shocks["phi"] / horizon, "df": shocks["df"]}
    spread = frailty.common.get(definition, {}).get(str(horizon))
    if spread is not None and spread["phi"] > found["phi"]:
        return {name: spread[name] for name in ("phi", "df")}
    return found


def half_width(
    sums: Mapping[str, Any],
    gradient: Floats,
    of: str,
    *,
    cov: Floats,
    common: Mapping[str, float],
    frailty: float,
) -> Floats:
    """Half of the interval, of one sum or of many.

    Chance, doubt about the coefficients, what hits all alike, and institutions' own ways. `of`: g of leavers,
    b of the balance.
    """
    names = ("expected", "e2", *(("expected", "v0") if of == "g" else ("balance_at_risk", "vb")))
    leavers, e2, total, chance = (np.asarray(sums[name], dtype=np.float64) for name in names)
    scale = (total / np.where(leavers == 0, 1.0, leavers)) ** 2
    variance = (
        chance
        + np.einsum("...i,ij,...j->...", gradient, cov, gradient)
        + common["phi"] * total**2
        + frailty * e2 * np.where(leavers == 0, 1.0, scale)
    )
    half: Floats = stdtrit(common["df"], 0.5 + LEVEL / 2) * np.sqrt(np.maximum(variance, 0.0))
    return half


_SUMS = ("customers", "expected", "balance", "balance_at_risk", "v0", "vb")


def with_bounds(rows: Mapping[str, pl.DataFrame], ask: Ask, horizon: int) -> pl.DataFrame:
    """Sums of every group and both intervals; null where too few months are known to tell."""
    at_horizon = pl.col("horizon") == horizon
    forecast, doubt = (newest(rows[name], ask).filter(at_horizon) for name in BOTH)
    model, shocks = read_fit(told(ask)["models"][0]["own"]), told(ask)["shocks"]
    slopes = {of: [f"{of}_{at:02}" for at in range(len(model.beta))] for of in "gb"}
    sums = ask.sums(forecast, *_SUMS).hstack(ask.sums(doubt, "e2", *slopes["g"], *slopes["b"]).drop("group"))
    definition, ways = ask.parameters["definition"], ask.learned(Frailty)
    common = common_of(told(ask), ways, definition, horizon)
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
            common=common,
            frailty=ways.of.get(definition, {}).get(str(horizon), 0.0),
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
