"""What the churn model learns from: counts of the whole bank, never a customer.

churn_cells: month × definition × cell × tenure in months at the month end before: at risk, exits by cause.
churn_steps: month × definition × cell then × cell now of those who stayed. A cell: kind, tier, products
held, own transactions (bands of `metrics/churn/bands.py`), all as at the month end before.
"""

from datetime import date
from functools import partial
from typing import Any

import narwhals as nw

from data_access.codes.literals import whole
from data_access.subject import Inputs, Mart
from metrics.churn.bands import CAUSES, DEFINITIONS
from metrics.churn.settings import OF_SILENCE
from metrics.churn.spells import CELL, OF_CUSTOMERS, at_risk, last_origin, person_months

KEYS = ("month", "definition", *CELL)
COVARIATES = ("tier", "products", "activity")
STEPS = ("month", "definition", *COVARIATES, *[f"to_{name}" for name in COVARIATES])
EXITS = tuple(f"to_{cause}" for cause in CAUSES)
BACK = tuple(range(1, 13))  # silent months look back twice as far as policy allows them to last


def exit_counts(rows: nw.LazyFrame[Any], keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """Customers at risk and exits by cause, summed by these keys."""
    flags = [
        nw.when(nw.col("cause") == nw.lit(code, dtype=nw.Int16))
        .then(whole(1))
        .otherwise(whole(0))
        .alias(name)
        for code, name in enumerate(EXITS, 1)
    ]
    return (
        rows.with_columns(*flags)
        .group_by(*keys)
        .agg(nw.len().cast(nw.Int64).alias("at_risk"), *[nw.col(name).sum() for name in EXITS])
    )


def months_told(inputs: Inputs) -> list[tuple[int, date, nw.LazyFrame[Any]]]:
    """What a month makes known: its own closed churn, and the silent churn of so many months before."""
    found = []
    last = max(inputs.months)
    for definition in range(len(DEFINITIONS)):
        month = last_origin(inputs, definition, last)
        rows = person_months(inputs, definition, month)
        if rows is not None:
            dated = rows.with_columns(
                month=nw.lit(month, dtype=nw.Date), definition=nw.lit(definition, dtype=nw.Int16)
            )
            found.append((definition, month, dated))
    return found


def nobody(inputs: Inputs, keys: tuple[str, ...], sums: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """No rows of this shape."""
    now = inputs.tables["now"].filter(nw.col("customer_no") < whole(0))
    codes = [nw.lit(0, dtype=nw.Int16).alias(name) for name in keys if name != "month"]
    return now.select("institution_no", "month", *codes, *[whole(0).alias(name) for name in sums])


def cells_told(inputs: Inputs) -> list[nw.LazyFrame[Any]]:
    """Counts at risk and of exits by institution, cell and tenure, once a build for half a dozen marts."""
    found = []
    for definition, month, rows in months_told(inputs):
        cells = partial(exit_counts, rows, ("institution_no", *KEYS))
        found.append(inputs.once(f"cells-{definition}-{month}", cells) if inputs.once else cells())
    return found


def build_cells(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Counts at risk and of exits by cell and tenure; of the whole bank, so any institution stands for it."""
    parts = cells_told(inputs)
    if not parts:
        return nobody(inputs, KEYS, ("at_risk", *EXITS))
    sums = [nw.col(name).sum().cast(nw.Int64) for name in ("at_risk", *EXITS)]
    rows = nw.concat(parts, how="vertical").group_by(*KEYS)
    return rows.agg(nw.col("institution_no").min(), *sums)


def build_steps(inputs: Inputs) -> nw.LazyFrame[Any]:
    """From which cell to which went those who stayed at risk."""
    parts = []
    for definition, month, rows in months_told(inputs):
        now = at_risk(inputs, definition, month)
        if now is None:
            continue
        after = now.select("customer_no", **{f"to_{name}": nw.col(name) for name in COVARIATES})
        stayed = rows.filter(nw.col("cause") == nw.lit(0, dtype=nw.Int16)).join(
            after, on="customer_no", how="inner"
        )
        count = nw.len().cast(nw.Int64).alias("customers")
        parts.append(stayed.group_by(*STEPS).agg(nw.col("institution_no").min(), count))
    return nw.concat(parts, how="vertical") if parts else nobody(inputs, STEPS, ("customers",))


NEEDS = ("customer_months",)
MARTS = (
    Mart(
        name="churn_cells",
        keys=KEYS,
        time="month",
        needs=NEEDS,
        build=build_cells,
        settings=OF_SILENCE,
        monthly="customer_months",
        back=BACK,
        booked="whole",
        joins=OF_CUSTOMERS,
        counts=("at_risk", *EXITS),
    ),
    Mart(
        name="churn_steps",
        keys=STEPS,
        time="month",
        needs=NEEDS,
        build=build_steps,
        settings=OF_SILENCE,
        monthly="customer_months",
        back=BACK,
        booked="whole",
        joins=OF_CUSTOMERS,
        counts=("customers",),
    ),
)
