"""The page of definitions."""

from data_access.subject import message
from metrics import SUBJECTS
from ui.parts.contents import Choice, Page

WORDS = {
    "book": message("Customers and assets"),
    "balance": message("Balances"),
    "funnel": message("Sales"),
    "moves": message("Large movements"),
    "migration": message("Tier migration"),
    "holdings": message("Positions of customers"),
    "value": message("Customer value"),
    "churn": message("Churn and retention"),
    "complaints": message("Complaints"),
    "satisfaction": message("Satisfaction"),
    "target": message("Plans"),
    "rank": message("Places"),
    "alerts": message("Alerts"),
    "contacts": message("To call today"),
}
SUBJECT = Choice(
    name="subject",
    label=message("subject"),
    values=tuple(subject.name for subject in SUBJECTS),
)
PAGE = Page(
    script="pages/help/glossary.py",
    section=message("Help"),
    title=message("Metric definitions"),
    metrics=(),
    choices=(SUBJECT,),
)
