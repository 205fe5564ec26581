"""Customers who have been silent for some months, not yet long enough to count as gone.

churn_runs: month × months silent so far (1 … D − 1) × kind × tier: customers there now with their AUM, and of
those who stood there earlier and whose silence is known by this month, how many went on to be gone.
"""

from functools import reduce
from typing import Any

import narwhals as nw

from data_access.codes.literals import whole
from data_access.subject import Inputs, Mart
from data_access.windows import months_later
from metrics.churn.marts import BACK
from metrics.churn.settings import OF_SILENCE, SILENT_MONTHS
from metrics.churn.spells import has_silent, seen

KEYS = ("month", "length", "kind", "tier")
SUMS = ("customers", "aum", "resolved", "completed")


def _run(inputs: Inputs, back: int, length: int, ahead: int) -> nw.LazyFrame[Any] | None:
    """Customers silent for exactly `length` months at the month end `back` months ago, with what followed."""
    assert inputs.month is not None
    at = months_later(inputs.month, -back)
    ages = range(-length, ahead + 1)
    if not all(months_later(at, age) in inputs.months for age in ages):
        return None
    silent = [nw.col(f"silent_{age}") == whole(1) for age in range(1 - length, 1)]
    exact = reduce(lambda a, b: a & b, silent)
    before = nw.col(f"silent_{-length}") == whole(1)
    begun = nw.when(before).then(whole(0)).otherwise(whole(1))  # not silent the month before, or not there
    went_on = [nw.col(f"silent_{age}") == whole(1) for age in range(1, ahead + 1)]
    completed = reduce(lambda a, b: a & b, went_on) if went_on else whole(0) > whole(0)
    aum = nw.col("aum").fill_null(0)
    rows = seen(inputs, at, ages, "institution_no", "kind", "tier", aum)
    rows = rows.filter(nw.col("silent_0") == whole(1)).filter(exact)  # few, before others are looked at
    rows = rows.with_columns(begun=begun, completed=nw.when(completed).then(whole(1)).otherwise(whole(0)))
    return rows.filter(nw.col("begun") == whole(1)).with_columns(
        month=nw.lit(inputs.month, dtype=nw.Date), length=nw.lit(length, dtype=nw.Int16)
    )


def build_runs(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Customers by months silent so far, and what came of those whose silence is over or complete by now."""
    silent, parts = inputs.policy.of(SILENT_MONTHS), []
    nothing = [whole(0).alias(name) for name in SUMS]
    for length in range(1, silent) if has_silent(inputs) else ():
        now = _run(inputs, 0, length, 0)
        if now is not None:
            parts.append(
                now.select(
                    "institution_no", *KEYS, "aum", customers=whole(1), resolved=whole(0), completed=whole(0)
                )
            )
        then = _run(inputs, silent - length, length, silent - length)
        if then is not None:
            parts.append(
                then.select(
                    "institution_no", *KEYS, "completed", customers=whole(0), aum=whole(0), resolved=whole(1)
                )
            )
    if not parts:
        now = inputs.tables["now"].filter(nw.col("customer_no") < whole(0))
        parts = [
            now.select("institution_no", "month", "kind", "tier", *nothing, length=nw.lit(0, dtype=nw.Int16))
        ]
    rows = nw.concat([part.select("institution_no", *KEYS, *SUMS) for part in parts], how="vertical")
    return rows.group_by("institution_no", *KEYS).agg(*[nw.col(name).cast(nw.Int64).sum() for name in SUMS])


MARTS = (
    Mart(
        name="churn_runs",
        keys=KEYS,
        time="month",
        needs=("customer_months.own_transactions", "customer_months.aum"),
        build=build_runs,
        settings=OF_SILENCE,
        monthly="customer_months",
        back=BACK,
        counts=("customers", "resolved", "completed"),
    ),
)
