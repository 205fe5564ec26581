"""Large moves of customers' money."""

from data_access.subject import Subject
from metrics.moves.marts import MARTS
from metrics.moves.prepare import prepare
from metrics.moves.settings import SETTINGS
from metrics.moves.summary import LISTS, METRICS
from metrics.moves.tables import LARGE_MOVES

SUBJECT = Subject(
    "moves",
    tables=(LARGE_MOVES,),
    prepare=prepare,
    settings=SETTINGS,
    marts=MARTS,
    metrics=METRICS,
    lists=LISTS,
)
