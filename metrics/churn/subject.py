"""Churn: who leaves, who will, how well that was foretold, and whom to keep."""

from data_access.subject import Model, Subject
from metrics.churn import (
    change_marts,
    forecast_marts,
    learning,
    marts,
    record,
    retention_marts,
    silence_marts,
)
from metrics.churn.change import CHANGES
from metrics.churn.drivers import DRIVERS
from metrics.churn.durations import prepare
from metrics.churn.lists import LISTS
from metrics.churn.outlook import OUTLOOK
from metrics.churn.rates import RATES
from metrics.churn.record import RECORDS
from metrics.churn.retention import CURVES
from metrics.churn.settings import SETTINGS

SUBJECT = Subject(
    "churn",
    prepare=prepare,
    settings=SETTINGS,
    marts=(
        *marts.MARTS,
        *retention_marts.MARTS,
        *forecast_marts.MARTS,
        *change_marts.MARTS,
        *silence_marts.MARTS,
    ),
    metrics=(*RATES, *CURVES, *OUTLOOK, *RECORDS, *DRIVERS, *CHANGES),
    lists=LISTS,
    models=(
        Model(learning.Churn, learning.learned, marts=("churn_cells",)),
        Model(learning.Frailty, record.frailty, marts=("churn_forecast",)),
    ),
)
