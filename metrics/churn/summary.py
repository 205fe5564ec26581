"""Churn: who leaves, who will, how well that was foretold, and whom to keep."""

from collections.abc import Mapping
from typing import Any

from data_access.subject import Inputs, Subject
from metrics.churn import change_marts as churn_change_sums
from metrics.churn import forecast_marts as churn_forecast_sums
from metrics.churn import marts as churn_marts
from metrics.churn import retention_marts as churn_curve_marts
from metrics.churn import silence_marts as churn_run_marts
from metrics.churn.change import CHANGES
from metrics.churn.drivers import DRIVERS
from metrics.churn.learned import learned
from metrics.churn.lists import LISTS
from metrics.churn.outlook import OUTLOOK
from metrics.churn.rates import RATES
from metrics.churn.record import RECORDS, frailty
from metrics.churn.retention import CURVES
from metrics.churn.spells import has_silent


def constants(inputs: Inputs) -> Mapping[str, Any]:
    """What is learned of churn; of durations without months nothing."""
    if not inputs.has("customer_months"):
        return {}
    return {"churn_tells_silent": has_silent(inputs), **learned(inputs)}


# The forecast rests on what is learned from the counts of the first.
COUNTED = Subject("churn_counts", marts=(*churn_marts.MARTS, *churn_curve_marts.MARTS), constants=constants)
SUBJECT = Subject(
    "churn",
    marts=(*churn_forecast_sums.MARTS, *churn_change_sums.MARTS, *churn_run_marts.MARTS),
    metrics=(*RATES, *CURVES, *OUTLOOK, *RECORDS, *DRIVERS, *CHANGES),
    lists=LISTS,
    constants=frailty,
)
