"""Customer value: tiers, concentration, loyalty, contribution and potential."""

from data_access.subject import Subject
from metrics.value import dimensions_marts, largest_marts, marts
from metrics.value.settings import SETTINGS
from metrics.value.summary import LISTS, METRICS

SUBJECT = Subject(
    "value",
    settings=SETTINGS,
    marts=(*marts.MARTS, *dimensions_marts.MARTS, *largest_marts.MARTS),
    metrics=METRICS,
    lists=LISTS,
)
