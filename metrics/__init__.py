"""The subjects of the cockpit: what each stores and what is read off it."""

from data_access.subject import Metric, Subject
from metrics import alerts, rank, target
from metrics.balance import summary as balance
from metrics.book import summary as book
from metrics.book import waterfall
from metrics.churn import summary as churn
from metrics.complaints import summary as complaints
from metrics.funnel import bridge, pool
from metrics.funnel import reasons as why
from metrics.funnel import summary as funnel
from metrics.holdings import summary as holdings
from metrics.migration import observation
from metrics.migration import summary as migration
from metrics.moves import summary as moves
from metrics.satisfaction import compare as satisfaction_compare
from metrics.satisfaction import summary as satisfaction
from metrics.value import summary as value

SUBJECTS: tuple[Subject, ...] = (
    book.SUBJECT,
    waterfall.SUBJECT,
    balance.SUBJECT,
    funnel.SUBJECT,
    why.SUBJECT,
    pool.SUBJECT,
    bridge.SUBJECT,
    moves.SUBJECT,
    migration.SUBJECT,
    observation.SUBJECT,
    holdings.SUBJECT,
    value.SUBJECT,
    churn.COUNTED,
    churn.SUBJECT,
    complaints.SUBJECT,
    satisfaction.SUBJECT,
    satisfaction_compare.SUBJECT,
    target.SUBJECT,
    rank.SUBJECT,
    alerts.SUBJECT,
)
METRICS: dict[str, Metric] = {metric.name: metric for subject in SUBJECTS for metric in subject.metrics}
