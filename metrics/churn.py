"""Churn: who leaves, who will, how well that was foretold, and whom to keep."""

from data_access.subject import Subject
from metrics import churn_change_sums, churn_forecast_sums, churn_marts, churn_run_marts
from metrics.churn_change import CHANGES
from metrics.churn_drivers import DRIVERS
from metrics.churn_learned import learned
from metrics.churn_list import LISTS
from metrics.churn_outlook import OUTLOOK
from metrics.churn_record import RECORDS, frailty

# The forecast rests on what is learned from the counts of the first.
COUNTED = Subject("churn_counts", marts=churn_marts.MARTS, constants=learned)
SUBJECT = Subject(
    "churn",
    marts=(*churn_forecast_sums.MARTS, *churn_change_sums.MARTS, *churn_run_marts.MARTS),
    metrics=(*OUTLOOK, *RECORDS, *DRIVERS, *CHANGES),
    lists=LISTS,
    constants=frailty,
)
