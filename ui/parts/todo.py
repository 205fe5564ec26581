"""What to do next: the list behind the page with the most money in it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from data_access.errors import NotDelivered
from data_access.view.view import View
from ui.base.formats import unit_of
from ui.base.words import t
from ui.parts.customers import money


@dataclass(frozen=True, kw_only=True)
class ActionList:
    """A list that somebody works off: what its rows are, and how many and how much money they are here."""

    name: str
    label: str
    noun: str
    read: Callable[[View], tuple[int, int]]


@dataclass(frozen=True)
class Total:
    """A list in one line: how many of what, and how much money, as its panel prints them."""

    cases: int
    amount: int
    count: str
    text: str


def total(view: View, listed: ActionList) -> Total | None:
    """A list's total; None where this bank does not deliver it or it holds no money here."""
    try:
        cases, amount = listed.read(view)
    except NotDelivered:
        return None
    if not cases or not amount:
        return None
    scale = money(view, [amount])
    count = f"{cases:,} {unit_of(listed.noun)}".strip()
    return Total(cases, amount, count, scale.with_unit(amount))


def told(view: View, listed: ActionList) -> str:
    """The line under a panel's title: how many and how much; nothing where the list is empty."""
    found = total(view, listed)
    return "" if found is None else t("{n} in all, {amount}", n=found.count, amount=found.text)


def todo(view: View, lists: Iterable[ActionList]) -> str:
    """The sentence that names the list with the most money; nothing where all are empty."""
    totals = [(found, listed) for listed in lists if (found := total(view, listed))]
    if not totals:
        return ""
    most, listed = max(totals, key=lambda pair: pair[0].amount)
    return t("Next: {list}, {n} in all, {amount}.", list=t(listed.label), n=most.count, amount=most.text)
