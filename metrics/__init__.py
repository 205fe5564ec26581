"""The subjects of the cockpit: what each stores and what is read off it."""

from data_access.subject import Metric, Subject
from metrics import (
    alerts,
    balance,
    book,
    bridge,
    churn,
    complaints,
    funnel,
    holdings,
    migration,
    moves,
    observation,
    pool,
    rank,
    satisfaction,
    satisfaction_compare,
    target,
    value,
    waterfall,
    why,
)

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
    churn.SUBJECT,
    complaints.SUBJECT,
    satisfaction.SUBJECT,
    satisfaction_compare.SUBJECT,
    target.SUBJECT,
    rank.SUBJECT,
    alerts.SUBJECT,
)
METRICS: dict[str, Metric] = {metric.name: metric for subject in SUBJECTS for metric in subject.metrics}
