"""Migration between tiers, and the observation of those who miss theirs."""

from data_access.subject import Subject
from metrics.migration import cohort_marts, lists, marts, observation, observation_marts, summary
from metrics.migration import observation_steps as watch_marts
from metrics.migration.settings import SETTINGS

SUBJECT = Subject(
    "migration",
    settings=SETTINGS,
    marts=(*marts.MARTS, *watch_marts.MARTS, *cohort_marts.MARTS, *observation_marts.MARTS),
    metrics=(*summary.METRICS, *observation.METRICS),
    lists=(*lists.LISTS, *observation.LISTS),
)
