"""Churn: who leaves, who will, and how well that was foretold."""

from data_access.subject import Subject
from metrics.churn_learned import learned
from metrics.churn_marts import MARTS

SUBJECT = Subject("churn", marts=MARTS, constants=learned)
