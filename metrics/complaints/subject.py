"""Complaints: how many, how fast, and which wait."""

from data_access.subject import Subject
from metrics.complaints.marts import MARTS
from metrics.complaints.prepare import prepare
from metrics.complaints.settings import SETTINGS
from metrics.complaints.summary import LISTS, METRICS
from metrics.complaints.tables import COMPLAINTS

SUBJECT = Subject(
    "complaints",
    tables=(COMPLAINTS,),
    prepare=prepare,
    settings=SETTINGS,
    marts=MARTS,
    metrics=METRICS,
    lists=LISTS,
)
