"""The book of customers: who they are, what they hold, who came and went."""

from data_access.subject import Subject
from metrics.book import summary, waterfall
from metrics.book.marts import MARTS

SUBJECT = Subject("book", marts=MARTS, metrics=(*summary.METRICS, *waterfall.METRICS))
