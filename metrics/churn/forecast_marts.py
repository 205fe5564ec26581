"""What the churn forecast stores: sums of chances, so that any part of the bank is a plain sum.

churn_forecast: origin (month) × definition × horizon × kind × tier × risk tenth. Of past origins whose
horizon is over also who left, wherever they were by then: a forecast is kept where the customer was at the
origin; they are kept without the tier, which would be the larger part of what is stored.
churn_gradients: of the newest origin: what the doubt about the coefficients does to the sums.
"""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.literals import shaped
from data_access.subject import Inputs, Mart
from data_access.windows import months_later
from metrics.churn.bands import DEFINITIONS
from metrics.churn.learning import HORIZONS, LAST_MONTH, NEWEST, Churn
from metrics.churn.scores import YEAR, customers_at, exits, models_of, origin_of, scored, summed
from metrics.churn.settings import OF_SILENCE
from metrics.churn.spells import last_origin

KEYS = ("month", "definition", "horizon", "kind", "tier", "risk")
GRADIENTS = ("month", "definition", "horizon", "kind", "tier")
PRIOR = 50  # customers of the bank's own rate that last year's rate of an institution starts from
FLOATS = ("expected", "balance_at_risk", "v0", "vb", "p2", "po", "b2", "bo")
COUNTS = ("customers", "observed")
SUMS = (*COUNTS, "balance", "observed_balance", *FLOATS)


def _last_year(inputs: Inputs, definition: int, origin: date, gone: pl.DataFrame) -> pl.DataFrame:
    """By institution the share of a year ago's customers that left in the year; few customers: the bank's."""
    before = months_later(origin, -YEAR)
    there = customers_at(inputs, definition, before).group_by("institution_no").len("n")
    left = gone.filter(pl.col("left") > before, pl.col("left") <= origin).group_by("institution_no").len("d")
    both = there.join(left, on="institution_no", how="full", coalesce=True).fill_null(0)
    bank = pl.col("d").sum() / pl.col("n").sum()
    rate = ((pl.col("d") + PRIOR * bank) / (pl.col("n") + PRIOR)).clip(0, 1)
    return both.select("institution_no", year_rate=rate)


def _record(
    inputs: Inputs, definition: int, model: dict[str, Any], gone: pl.DataFrame, last: date
) -> list[pl.DataFrame]:
    """The sums of one origin, horizon by horizon."""
    origin = origin_of(model)
    rows = scored(inputs, definition, model, customers_at(inputs, definition, origin))[0]
    if model["role"] != NEWEST:
        rows = rows.with_columns(tier=pl.lit(0, pl.Int64))
    is_over = months_later(origin, HORIZONS[0]) <= last
    if is_over:
        first = gone.filter(pl.col("left") > origin).group_by("customer_no").agg(pl.col("left").min())
        rows = rows.join(first, on="customer_no", how="left", maintain_order="left")
        rates = _last_year(inputs, definition, origin, gone)
        bank = float(rates["year_rate"].mean() or 0.0)  # type: ignore[arg-type]
        rows = rows.join(rates, on="institution_no", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("year_rate").fill_null(bank))
    held, sums = pl.col("held"), dict[str, pl.Expr]()
    for horizon in HORIZONS:
        end, p = months_later(origin, horizon), pl.col(f"p_{horizon}")
        y = (pl.col("left") <= end).fill_null(False).cast(pl.Int64) if end <= last else pl.lit(0, pl.Int64)
        base = 1 - (1 - pl.col("year_rate")) ** (horizon / YEAR) if end <= last else pl.lit(0.0)
        of_horizon = {
            "expected": p,
            "balance": held,
            "balance_at_risk": p * held,
            "v0": p * (1 - p),
            "vb": p * (1 - p) * held.cast(pl.Float64) ** 2,
            "p2": p**2,
            "observed": y,
            "po": p * y,
            "observed_balance": y * held,
            "b2": base**2,
            "bo": base * y,
        }
        sums |= {f"{horizon} {name}": expr for name, expr in of_horizon.items()}
    keys = ("institution_no", "kind", "tier", "risk")
    count = pl.len().cast(pl.Int64).alias("customers")
    totals = rows.group_by(keys).agg(count, *[expr.sum().alias(name) for name, expr in sums.items()])
    return [
        totals.select(
            *keys,
            "customers",
            *[pl.col(f"{horizon} {name}").alias(name) for name in SUMS if name != "customers"],
            *_when(origin, definition, horizon),
        )
        for horizon in HORIZONS
    ]


def _when(origin: date, definition: int, horizon: int) -> list[pl.Expr]:
    return [
        pl.lit(origin).alias("month"),
        pl.lit(definition, pl.Int16).alias("definition"),
        pl.lit(horizon, pl.Int16).alias("horizon"),
    ]


def _shaped(parts: list[pl.DataFrame], keys: tuple[str, ...], sums: tuple[str, ...]) -> nw.LazyFrame[Any]:
    schema: dict[str, Any] = {"institution_no": pl.Int64, "month": pl.Date}
    schema |= {name: pl.Int16 for name in keys if name != "month"}
    schema |= {name: pl.Float64 if name in FLOATS else pl.Int64 for name in sums}
    schema |= {name: kind for part in parts for name, kind in part.schema.items() if name not in schema}
    whole = pl.concat([shaped(part, schema) for part in (pl.DataFrame(schema=schema), *parts)])
    return nw.from_native(whole.lazy())


def build_forecast(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Expected and, where it is known by now, observed leavers by risk and value."""
    parts = []
    for definition in range(len(DEFINITIONS)):
        models = [model for model in models_of(inputs, definition) if model["role"] != LAST_MONTH]
        if models:
            last = last_origin(inputs, definition, max(inputs.months))
            earliest = min(origin_of(model) for model in models)
            gone = exits(inputs, definition, months_later(earliest, -YEAR), last)
            for model in models:
                parts += _record(inputs, definition, model, gone, last)
    return _shaped(parts, KEYS, SUMS)


def build_gradients(inputs: Inputs) -> nw.LazyFrame[Any]:
    """By coefficient what the sums of the newest forecast change by; `e2`: squares of institutions' sums."""
    parts = []
    for definition in range(len(DEFINITIONS)):
        for model in models_of(inputs, definition)[:1]:
            origin = origin_of(model)
            there = customers_at(inputs, definition, origin)
            rows, gradients = scored(inputs, definition, model, there, slopes=True)
            keys = ["institution_no", "kind", "tier"]
            counts = rows.group_by(*keys, "at").agg(
                n=pl.len(), held=pl.col("held").sum(), **{f"e_{h}": pl.col(f"p_{h}").sum() for h in HORIZONS}
            )
            for horizon in HORIZONS:
                wholes = counts.group_by("institution_no").agg(whole=pl.col(f"e_{horizon}").sum())
                e2 = (
                    counts.join(wholes, on="institution_no")
                    .with_columns(e2=pl.col(f"e_{horizon}") * pl.col("whole"))
                    .group_by(keys)
                    .agg(pl.col("e2").sum())
                )
                both = [
                    summed(counts, keys, counts["at"], gradients[horizon], n, name)
                    for n, name in (("n", "g"), ("held", "b"))
                ]
                part = both[0].join(both[1], on=keys).join(e2, on=keys)
                parts.append(part.with_columns(_when(origin, definition, horizon)))
    return _shaped(parts, GRADIENTS, ())


NEEDS = ("customer_months",)
MARTS = (
    Mart(
        name="churn_forecast",
        keys=KEYS,
        time="month",
        needs=NEEDS,
        build=build_forecast,
        settings=OF_SILENCE,
        models=(Churn,),
        counts=COUNTS,
    ),
    Mart(
        name="churn_gradients",
        keys=GRADIENTS,
        time="month",
        needs=NEEDS,
        build=build_gradients,
        settings=OF_SILENCE,
        models=(Churn,),
    ),
)
