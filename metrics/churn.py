"""Churn: who leaves, who will, how well that was foretold, and whom to keep."""

from collections.abc import Mapping
from typing import Any

from data_access.subject import Inputs, Subject
from metrics import churn_change_sums, churn_curve_marts, churn_forecast_sums, churn_marts, churn_run_marts
from metrics.churn_change import CHANGES
from metrics.churn_curves import CURVES
from metrics.churn_drivers import DRIVERS
from metrics.churn_learned import learned
from metrics.churn_list import LISTS
from metrics.churn_outlook import OUTLOOK
from metrics.churn_rates import RATES
from metrics.churn_record import RECORDS, frailty
from metrics.churn_spells import has_silent


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
