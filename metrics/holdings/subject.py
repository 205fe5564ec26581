"""Holdings of customers: what matures, and what was placed anew."""

from data_access.subject import Subject
from metrics.holdings.marts import MARTS
from metrics.holdings.prepare import prepare
from metrics.holdings.settings import SETTINGS
from metrics.holdings.summary import LISTS, METRICS
from metrics.holdings.tables import HOLDINGS

SUBJECT = Subject(
    "holdings",
    tables=(HOLDINGS,),
    prepare=prepare,
    settings=SETTINGS,
    marts=MARTS,
    metrics=METRICS,
    lists=LISTS,
)
