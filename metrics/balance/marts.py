"""What daily balances store: one row per institution, day, business line and product, and sums of days.

A daily average is the sum of the days' balances over their number, so both are kept as sums: single
days in one mart, whole months of days in the other; no reading opens more days than it needs.
"""

from typing import Any

import narwhals as nw

from data_access.subject import Inputs, Mart

KEYS = ("line", "line_product")


def _summed(inputs: Inputs, time: str) -> nw.LazyFrame[Any]:
    rows = inputs.tables["daily_balances"]
    return rows.group_by("institution_no", time, *KEYS).agg(nw.col("balance").cast(nw.Int64).sum())


def build_days(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Balances of each day, income booked on it."""
    return _summed(inputs, "day")


def build_months(inputs: Inputs) -> nw.LazyFrame[Any]:
    """Sums of the balances of all days of a month, under its first day."""
    return _summed(inputs, "month")


_NEEDS = ("daily_balances",)
MARTS = (
    Mart(name="balances", keys=("day", *KEYS), time="day", needs=_NEEDS, build=build_days),
    Mart(name="balance_months", keys=("month", *KEYS), time="month", needs=_NEEDS, build=build_months),
)
