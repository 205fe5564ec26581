"""Churn: who leaves, who will, and how well that was foretold."""

from collections.abc import Mapping
from typing import Any

from data_access.subject import Inputs, Subject
from metrics import churn_curve_marts
from metrics.churn_curves import CURVES
from metrics.churn_learned import learned
from metrics.churn_marts import MARTS
from metrics.churn_rates import RATES
from metrics.churn_spells import has_silent


def constants(inputs: Inputs) -> Mapping[str, Any]:
    """What is learned of churn; of durations without months nothing."""
    if not inputs.has("customer_months"):
        return {}
    return {"churn_tells_silent": has_silent(inputs), **learned(inputs)}


SUBJECT = Subject(
    "churn",
    marts=(*MARTS, *churn_curve_marts.MARTS),
    metrics=(*RATES, *CURVES),
    constants=constants,
)
