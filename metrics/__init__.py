"""The subjects of the cockpit: what each stores and what is read off it."""

from data_access.catalogue import contract_of
from data_access.contract.contract import Contract
from data_access.subject import Metric, Subject
from metrics import alerts, contacts, rank, target
from metrics.balance import subject as balance
from metrics.book import subject as book
from metrics.churn import subject as churn
from metrics.complaints import subject as complaints
from metrics.funnel import subject as funnel
from metrics.holdings import subject as holdings
from metrics.migration import subject as migration
from metrics.moves import subject as moves
from metrics.satisfaction import subject as satisfaction
from metrics.value import subject as value

SUBJECTS: tuple[Subject, ...] = (
    book.SUBJECT,
    balance.SUBJECT,
    funnel.SUBJECT,
    moves.SUBJECT,
    migration.SUBJECT,
    holdings.SUBJECT,
    value.SUBJECT,
    churn.SUBJECT,
    complaints.SUBJECT,
    satisfaction.SUBJECT,
    contacts.SUBJECT,
    target.SUBJECT,
    rank.SUBJECT,
    alerts.SUBJECT,
)
METRICS: dict[str, Metric] = {metric.name: metric for subject in SUBJECTS for metric in subject.metrics}
CONTRACT: Contract = contract_of(SUBJECTS)
