"""Each customer's chance of leaving, while marts and lists are built; a customer's row goes no further."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from data_access.subject import Inputs
from data_access.windows import months_later
from metrics.churn.bands import DEFINITIONS, NO_TENURE
from metrics.churn.learning import HORIZONS, Churn
from metrics.churn.marts import COVARIATES
from metrics.churn.model import TOP, Floats, ahead, read_fit, transitions
from metrics.churn.spells import at_risk, ended

GRID = (*COVARIATES, "months")
YEAR = 12


def models_of(inputs: Inputs, definition: int) -> list[dict[str, Any]]:
    """The models learned: today's, last month's, and those of past origins, newest first."""
    told = inputs.learned(Churn).of.get(DEFINITIONS[definition], {})
    return list(told.get("models", []))


def origin_of(model: Mapping[str, Any]) -> date:
    return date.fromisoformat(model["origin"])


def customers_at(inputs: Inputs, definition: int, origin: date) -> pl.DataFrame:
    """Customers at risk at a month end: institution, cell, tenure as far as it matters, and AUM."""
    rows = at_risk(inputs, definition, origin)
    if rows is None:
        raise ValueError(f"nobody knows who was at risk at {origin}")
    frame: pl.DataFrame = rows.collect("polars").to_native()
    tenure = pl.col("tenure").cast(pl.Int64)
    months = pl.when(tenure == NO_TENURE).then(tenure).otherwise(pl.min_horizontal(tenure, TOP))
    codes = [pl.col(name).cast(pl.Int64) for name in COVARIATES]
    return frame.with_columns(*codes, months=months, held=pl.col("aum").clip(0))


def exits(inputs: Inputs, definition: int, first: date, last: date) -> pl.DataFrame:
    """Who left in the months after `first` up to `last`, and when: customer_no, institution_no, left."""
    found = []
    month = months_later(first, 1)
    while month <= last:
        rows = ended(inputs, definition, month)
        if rows is not None:
            frame: pl.DataFrame = rows.collect("polars").to_native()
            gone = frame.filter(pl.col("cause") == definition + 1)  # the causes begin with the definitions
            found.append(gone.select("customer_no", "institution_no", left=pl.lit(month)))
        month = months_later(month, 1)
    empty = pl.DataFrame(schema={"customer_no": pl.Int64, "institution_no": pl.Int64, "left": pl.Date})
    return pl.concat([empty, *found], how="vertical_relaxed")


def chances(
    inputs: Inputs, definition: int, model: Mapping[str, Any], also: pl.DataFrame, *, slopes: bool = False
) -> tuple[pl.DataFrame, dict[int, Floats]]:
    """The grid of cell × tenure with p_3, p_6, p_12 and its row number `at`; with `slopes` also the gradients
    by horizon.

    `also`: customers whose cells must be in the grid too.
    """
    assert inputs.own is not None
    origin = origin_of(model)
    steps = inputs.own("churn_steps").filter(
        pl.col("definition") == definition,
        pl.col("month").is_between(months_later(origin, 1 - YEAR), origin),
    )
    ends = [steps.select(COVARIATES), steps.select(**{name: f"to_{name}" for name in COVARIATES})]
    seen = [frame.select(pl.col(COVARIATES).cast(pl.Int64)) for frame in (*ends, also)]
    cells = pl.concat(seen).unique().sort(COVARIATES)
    own, other = read_fit(model["own"]), read_fit(model["other"]) if model["other"] else None
    grid, p, gradients = ahead(own, other, cells, transitions(steps, cells), HORIZONS, slopes=slopes)
    told = grid.with_columns(pl.Series(f"p_{horizon}", p[horizon]) for horizon in HORIZONS)
    return told.with_row_index("at").with_columns(pl.col("at").cast(pl.Int64)), gradients


def scored(
    inputs: Inputs,
    definition: int,
    model: Mapping[str, Any],
    customers: pl.DataFrame,
    *,
    slopes: bool = False,
) -> tuple[pl.DataFrame, dict[int, Floats]]:
    """Customers with their chances p_3, p_6 and p_12, and `risk`: their tenth of the bank by p_12."""
    grid, gradients = chances(inputs, definition, model, customers, slopes=slopes)
    counts = customers.group_by(GRID).len("n")
    ranked = grid.join(counts, on=GRID, how="inner").sort("p_12", "at")
    middle = (pl.col("n").cum_sum() - pl.col("n") / 2) / pl.col("n").sum()
    ranked = ranked.with_columns(risk=((middle * 10).floor() + 1).clip(1, 10).cast(pl.Int16)).drop("n")
    return customers.join(ranked, on=GRID, how="left", maintain_order="left"), gradients


def summed(
    rows: pl.DataFrame, keys: Sequence[str], at: pl.Series, gradient: Floats, n: str, name: str
) -> pl.DataFrame:
    """Σ n × gradient by keys, one column per coefficient; `rows` one for each keys and place of the grid.

    Added in the order of the grid, so that sums come out alike to the last bit.
    """
    ordered = rows.with_columns(at=at).sort(*keys, "at")
    groups = ordered.select(keys).unique(maintain_order=True)
    group = ordered.join(groups.with_row_index("group"), on=list(keys), maintain_order="left")["group"]
    places = (group.to_numpy(), ordered["at"].to_numpy())
    counts = csr_array(
        (ordered[n].to_numpy().astype(np.float64), places), shape=(groups.height, len(gradient))
    )
    names = [f"{name}_{k:02}" for k in range(gradient.shape[1])]
    return groups.hstack(pl.DataFrame(counts @ gradient, schema=names))
