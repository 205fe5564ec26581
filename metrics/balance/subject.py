"""Daily balances by business line and product."""

from data_access.subject import Subject
from metrics.balance.marts import MARTS
from metrics.balance.prepare import prepare
from metrics.balance.summary import METRICS
from metrics.balance.tables import DAILY_BALANCES

SUBJECT = Subject("balance", tables=(DAILY_BALANCES,), prepare=prepare, marts=MARTS, metrics=METRICS)
