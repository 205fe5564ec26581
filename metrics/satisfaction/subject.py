"""Satisfaction: scores of answers, reasons, comparisons and the index."""

from data_access.subject import Subject
from metrics.satisfaction import compare, summary
from metrics.satisfaction.kinds import MODEL
from metrics.satisfaction.marts import HIDINGS, MARTS
from metrics.satisfaction.prepare import prepare
from metrics.satisfaction.settings import SETTINGS
from metrics.satisfaction.tables import SURVEYS

SUBJECT = Subject(
    "satisfaction",
    tables=(SURVEYS,),
    prepare=prepare,
    settings=SETTINGS,
    marts=MARTS,
    metrics=(*summary.METRICS, *compare.METRICS),
    lists=summary.LISTS,
    hidings=HIDINGS,
    models=(MODEL,),
)
