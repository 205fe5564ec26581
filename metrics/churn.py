"""Churn: who leaves, who will, and how well that was foretold."""

from data_access.subject import Subject
from metrics import churn_forecast_marts, churn_marts
from metrics.churn_drivers import DRIVERS
from metrics.churn_learned import learned
from metrics.churn_outlook import OUTLOOK
from metrics.churn_record import RECORDS, frailty

# The forecast rests on what is learned from the counts of the first.
COUNTED = Subject("churn_counts", marts=churn_marts.MARTS, constants=learned)
SUBJECT = Subject(
    "churn",
    marts=churn_forecast_marts.MARTS,
    metrics=(*OUTLOOK, *RECORDS, *DRIVERS),
    constants=frailty,
)
