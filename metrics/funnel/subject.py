"""Deals: the funnel, why they are lost, the common pool, the bridge of open deals, their outlook."""

from data_access.subject import Model, Subject
from metrics.funnel import (
    bridge,
    bridge_marts,
    chances,
    marts,
    pool,
    pool_marts,
    reasons,
    reasons_marts,
    summary,
    times,
)
from metrics.funnel.prepare import prepare
from metrics.funnel.settings import SETTINGS
from metrics.funnel.tables import CONTACTS, OPPORTUNITIES, OPPORTUNITY_CHANGES, STAGE_EVENTS

SUBJECT = Subject(
    "funnel",
    tables=(OPPORTUNITIES, STAGE_EVENTS, OPPORTUNITY_CHANGES, CONTACTS),
    prepare=prepare,
    settings=SETTINGS,
    marts=(*marts.MARTS, *reasons_marts.MARTS, *pool_marts.MARTS, *bridge_marts.MARTS),
    metrics=(*summary.METRICS, *reasons.METRICS, *pool.METRICS, *bridge.METRICS),
    lists=(*summary.LISTS, *pool.LISTS),
    models=(
        Model(times.Stages, times.learned, needs=("opportunities",)),
        Model(chances.Outlook, chances.learned, needs=("opportunities",)),
    ),
)
