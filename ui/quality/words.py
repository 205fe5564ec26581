"""What tables of the contract and the rules of the door are called on a page."""

from data_access.subject import message
from metrics import METRICS
from ui.base.words import t

TABLES = {
    "institutions": message("Institutions"),
    "managers": message("Relationship managers"),
    "customers": message("Master data of customers"),
    "customer_months": message("Customers by month"),
    "opportunities": message("Deals"),
    "stage_events": message("Stages of deals"),
    "opportunity_changes": message("Changes of deals"),
    "daily_balances": message("Balances"),
    "targets": message("Plans set"),
    "large_moves": message("Large movements"),
    "holdings": message("Positions of customers"),
    "contacts": message("Contacts"),
    "complaints": message("Complaints"),
    "surveys": message("Surveys"),
    "annotations": message("Events and tasks"),
    "grants": message("Rights of users"),
    "controls": message("Totals of the ledger"),
    "calendar": message("Calendar of working days"),
}
MEASURES = ("book.summary", "balance.lines", "balance.summary")  # they are called as what is added up
BEGINS = {  # a rule's name, or how it begins
    "not an id": message("numbers that have lost digits of an id"),
    "not an amount": message("texts that are no amount"),
    "not a whole number": message("texts that are no whole number"),
    "not a number": message("texts that are no number"),
    "not a date": message("texts that are no date"),
    "missing": message("no value, where every row needs one"),
    "not an allowed value": message("values that are not among those known"),
    "unknown in": message("ids that are in no delivered table"),
    "negative count": message("counts below zero"),
    "amount out of bounds": message("amounts beyond the bound"),
    "date long ago": message("dates of long ago"),
    "date in the future": message("dates in the future"),
    "key delivered again": message("one key with two contents"),
    "period ends before": message("an end before its beginning"),
    "amount not above zero": message("amounts not above zero"),
    "decided deal without": message("decided deals without a closing day"),
    "closed before": message("closed before it was created"),
    "answered before it was sent": message("answered before it was asked"),
    "answered before it was opened": message("answered before it was opened"),
    "resolved before it was opened": message("resolved before it was opened"),
    "nps out of range": message("scores out of their range"),
    "csat out of range": message("scores out of their range"),
    "effort out of range": message("scores out of their range"),
}


def table_word(name: str) -> str:
    """What a table is called."""
    return t(TABLES[name]) if name in TABLES else name


def column_word(name: str) -> str:
    """What an amount or a count is called, or a line of business; others by their name in the contract."""
    for metric in MEASURES:
        for measure in METRICS[metric].columns:
            if measure.name == name:
                return t(measure.label)
    return name


def rule_word(name: str) -> str:
    """What rows had that broke a rule."""
    known = next((word for begin, word in BEGINS.items() if name.startswith(begin)), None)
    return t(known) if known else name
