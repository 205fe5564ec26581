"""What the build learns about churn: the hazard models of today and of past origins, and the common shocks.

Strictly in the order of time: a model of an origin has seen exits up to that month end only, silent ones as
far as they were known to be over then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data_access.subject import Inputs
from data_access.windows import months_later
from metrics.churn.bands import BANDS, DEFINITIONS, VERSION, band_names
from metrics.churn.checks import concordance, cox, drift, interactions
from metrics.churn.marts import EXITS
from metrics.churn.model import DRIVERS, TOP, Fit, collapsed, fit, hazards, read_fit
from metrics.churn.settings import SILENT_MONTHS
from metrics.churn.spells import last_origin

HORIZONS = (3, 6, 12)
TRAINED, EVERY, MOST = 18, 3, 8  # months of training at least, months between origins, past origins kept
WARM, ERRORS = 6, 18  # months before the first one-step forecast, and forecasts below which no interval
Z = 1.959964
NEWEST, LAST_MONTH, PAST = "newest", "last month", "past"


@dataclass(frozen=True)
class Churn:
    """What is learned by definition of churn: models, drivers, shocks and checks."""

    of: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Frailty:
    """By definition and horizon, how much more institutions differ than chance explains, and how far past
    forecasts of the whole bank were out."""

    of: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    common: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)


def level_names(tiers: Sequence[str]) -> dict[str, list[str]]:
    """Words of each driver's levels by code."""
    return {
        "tier": list(tiers),
        **{driver: band_names(*band) for driver, band in BANDS.items()},
    }


def own_exits(definition: int) -> tuple[str, ...]:
    """The column of the exits that are this churn."""
    return (EXITS[definition],)


def other_exits(definition: int) -> tuple[str, ...]:
    return tuple(name for name in EXITS if name not in own_exits(definition))


def trained(cells: pl.DataFrame, definition: int, until: date) -> dict[str, Any] | None:
    """The models of both ways out, learned from the months up to an origin."""
    known = cells.filter(pl.col("month") <= until)
    own = fit(collapsed(known, own_exits(definition))) if known.height else None
    if own is None:
        return None
    other = fit(collapsed(known, other_exits(definition)))
    months = known["month"].unique()
    now = known.filter(pl.col("month") == pl.col("month").max())
    return {
        "origin": until.isoformat(),
        "own": own.as_json(),
        "other": other.as_json() if other else None,
        "first": str(months.min()),
        "last": str(months.max()),
        "months": months.len(),
        "in_last_band": int(now.filter(pl.col("tenure") >= TOP)["at_risk"].sum()),
        "at_risk": int(now["at_risk"].sum()),
    }


def one_step(cells: pl.DataFrame, definition: int) -> list[tuple[float, float, float]]:
    """Month by month, what all months before foretold: expected, its variance, observed exits.

    The variance is that of chance and of the coefficients; what lies beyond it are shocks.
    """
    found, exits = [], own_exits(definition)
    months = sorted(cells["month"].unique())
    for at in range(WARM, len(months)):
        model = fit(collapsed(cells.filter(pl.col("month") < months[at]), exits))
        if model is None:
            continue
        now = collapsed(cells.filter(pl.col("month") == months[at]), exits)
        h, gradient = hazards(model, now)
        n = now["n"].to_numpy()
        g = gradient.T @ n
        variance = float((n * h * (1 - h)).sum() + g @ model.cov @ g)
        found.append((float((n * h).sum()), variance, float(now["d"].sum())))
    return found


def shocks(errors: Sequence[tuple[float, float, float]]) -> dict[str, float] | None:
    """The squared coefficient of variation of a month's common shock; None where too few months are known."""
    if len(errors) < ERRORS:
        return None
    e, v, o = np.array(errors).T
    return {"phi": max(0.0, float(((o - e) ** 2 - v).sum() / (e**2).sum())), "df": float(len(errors))}


def order(cells: pl.DataFrame, definition: int, model: Fit, origin: date) -> dict[str, float | None]:
    """Harrell's C of the months after an origin, by horizon: whether those who left had the higher hazard.

    At risk and exits of each month by the hazard that the origin's model gives their cell then; null where
    the months are not over.
    """
    found: dict[str, float | None] = {}
    after = cells.filter(pl.col("month") > origin)
    months = after["month"].n_unique()
    parts = [
        collapsed(part, own_exits(definition)).with_columns(time=pl.lit(month))
        for (month,), part in after.partition_by("month", as_dict=True).items()
    ]
    if parts:
        rows = pl.concat(parts)
        score = np.round(hazards(model, rows)[0], 9)  # equal to nine digits is equal
        rows = rows.with_columns(score=pl.Series(score))
    for horizon in HORIZONS:
        is_over = months >= horizon
        last = months_later(origin, horizon)
        found[str(horizon)] = concordance(rows.filter(pl.col("time") <= last)) if is_over else None
    return found


def origins(months: Sequence[date], last: date) -> list[date]:
    """Past month ends to forecast from: at least 18 months of training before, the shortest horizon after."""
    found = [months_later(last, -EVERY * step) for step in range(1, MOST + 1)]
    return [at for at in found if sum(month <= at for month in months) >= TRAINED]


def drivers(
    cells: pl.DataFrame, definition: int, model: Fit, words: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Every level with its hazard ratio against the named reference, and the second opinion."""
    counts = collapsed(cells, own_exits(definition))
    second = cox(cells, own_exits(definition), model)
    error = np.sqrt(np.diag(model.cov))
    at = {name: number for number, name in enumerate(model.names, 1)}
    found = []
    for driver in DRIVERS:
        by_level = counts.group_by(driver).agg(pl.col("n").sum(), pl.col("d").sum()).sort(driver)
        for level, n, d in by_level.iter_rows():
            stands = model.levels[driver][level]
            place = at.get((driver, stands))
            b, se = (model.beta[place], error[place]) if place else (0.0, 0.0)
            bounds = (b - Z * se, b + Z * se) if place else (None, None)
            ratio = [None if value is None else float(np.exp(value)) for value in (b, *bounds)]
            found.append(
                {
                    "driver": driver,
                    "level": words[driver][level],
                    "hazard_ratio": ratio[0],
                    "low": ratio[1],
                    "high": ratio[2],
                    "cox_hazard_ratio": second.get((driver, stands))
                    if place
                    else (1.0 if driver != "tenure" else None),
                    "months_at_risk": n,
                    "exits": d,
                    "is_reference": place is None,
                    "with": words[driver][stands] if stands != level else None,
                }
            )
    return found


def learned(inputs: Inputs) -> Churn:
    """By definition the models, their origins, drivers and checks; empty where too few have left."""
    assert inputs.own is not None
    cells = inputs.own("churn_cells")
    words = level_names(["unknown", "untiered", *[tier.key for tier in inputs.policy.tiers]])
    found: dict[str, Any] = {}
    for definition, name in enumerate(DEFINITIONS):
        mine = cells.filter(pl.col("definition") == definition)
        if not mine.height:
            continue
        last = last_origin(inputs, definition, max(inputs.months))
        newest = trained(mine, definition, last)
        if newest is None:
            continue
        months = sorted(mine["month"].unique())
        before = trained(mine, definition, months_later(last, -1))
        past = [trained(mine, definition, at) for at in origins(months, last)]
        exits, own = own_exits(definition), read_fit(newest["own"])
        counts = collapsed(mine, exits)
        models = [newest | {"role": NEWEST}]
        models += [before | {"role": LAST_MONTH}] if before else []
        models += [model | {"role": PAST} for model in past if model]
        for model in models:
            at = date.fromisoformat(model["origin"])
            model["c_index"] = order(mine, definition, read_fit(model["own"]), at)
        found[name] = {
            "version": VERSION,
            "models": models,
            "silent_months": inputs.policy.of(SILENT_MONTHS),
            "shocks": shocks(one_step(mine, definition)),
            "drivers": drivers(mine, definition, own, words),
            "interactions": interactions(counts, own),
            "drift": drift(counts, collapsed(mine.filter(pl.col("month") == months[-1]), exits)),
        }
    return Churn(found)
