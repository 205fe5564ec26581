"""The subjects of the cockpit: what each stores and what is read off it."""

from data_access.subject import Metric, Subject
from metrics import book, funnel

SUBJECTS: tuple[Subject, ...] = (book.SUBJECT, funnel.SUBJECT)
METRICS: dict[str, Metric] = {metric.name: metric for subject in SUBJECTS for metric in subject.metrics}
