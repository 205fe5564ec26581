"""What to do next: the list behind the page with the most money in it."""

from dataclasses import dataclass

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Period, message
from data_access.view.grants import CUSTOMERS
from data_access.view.refusals import check_filters
from data_access.view.view import View
from ui.base.formats import unit_of
from ui.base.words import t
from ui.parts.customers import money

LISTS = {
    "overdue": message("open deals past their expected closing day"),
    "stalled": message("stalled deals"),
    "returning": message("deals that go back to the pool within 7 days"),
    "due": message("money falling due within 30 days"),
    "moves": message("large amounts taken out"),
    "detractors": message("detractors not called back in time"),
    "near_edge": message("customers just short of the next tier"),
}
NOUNS = {
    "overdue": "deals",
    "stalled": "deals",
    "returning": "deals",
    "due": "positions",
    "moves": "customers",
    "detractors": "answers",
    "near_edge": "customers",
}


@dataclass(frozen=True)
class Total:
    """A list in one line: how many of what, and how much money, as its panel prints them."""

    name: str
    cases: int
    amount: int
    count: str
    text: str


def totals(view: View) -> dict[str, Total]:
    """The lists that this bank delivers and that hold money here."""
    found = {}
    for name, read in READ.items():
        try:
            cases, amount = read(view)
        except NotDelivered:
            continue
        if cases and amount:
            scale = money(view, [amount])
            count = f"{cases:,} {unit_of(NOUNS[name])}".strip()
            found[name] = Total(name, cases, amount, count, scale.with_unit(amount))
    return found


def _overdue(view: View) -> tuple[int, int]:
    row = view.metric("funnel.overdue").row(0, named=True)
    return int(row["deals"]), int(row["amount"] or 0)


def _stalled(view: View) -> tuple[int, int]:
    day = view.store.reach(view.catalogue()["funnel.stage_time"])[1]
    rows = view.during(Period(day, day)).metric("funnel.stage_time").filter(pl.col("stage") == "cycle")
    return int(rows["stalled"][0]), int(rows["stalled_amount"][0] or 0)


def _returning(view: View) -> tuple[int, int]:
    row = view.metric("funnel.pool").row(0, named=True)
    return int(row["returning_7d"]), int(row["returning_7d_amount"] or 0)


def _due(view: View) -> tuple[int, int]:
    rows = view.metric("holdings.maturing", days="30")
    return int(rows["positions"].sum()), int(rows["amount"].sum())


def _moves(view: View) -> tuple[int, int]:
    rows = moves_view(view).metric("moves.large").filter(pl.col("direction") == "out")
    return int(rows["customers"][0]), int(rows["amount"][0])


def _detractors(view: View) -> tuple[int, int]:
    if not view.store.snapshot.has("lists", "detractors.parquet") or CUSTOMERS not in view.grant.permissions:
        raise NotDelivered("Detractors are listed when surveys and contacts name the customer.")
    check_filters(view, view.catalogue()["satisfaction.nps"])
    rows = view.list("detractors")
    return rows.height, int(rows["amount"].sum())


def _near_edge(view: View) -> tuple[int, int]:
    """Those to be lifted, and the money that lifts them."""
    look = view.suited(view.catalogue()["value.near_edge"])
    rows = look.metric("value.near_edge").filter(pl.col("side") == "below")
    return int(rows["customers"].sum()), int(rows["gap"].sum())


def moves_view(view: View) -> View:
    """The look at the period that large moves can be told for: days, or whole months."""
    monthly = view.store.constants.get("moves_from") == "customer_months"
    return view.suited(view.catalogue()["book.summary"]) if monthly else view


READ = {
    "overdue": _overdue,
    "stalled": _stalled,
    "returning": _returning,
    "due": _due,
    "moves": _moves,
    "detractors": _detractors,
    "near_edge": _near_edge,
}


def told(view: View, name: str) -> str:
    """The line under a panel's title: how many and how much; nothing where the list is empty."""
    total = totals(view).get(name)
    return "" if total is None else t("{n} in all, {amount}", n=total.count, amount=total.text)


def todo(view: View, *names: str) -> str:
    """The sentence that names the list with the most money, of these lists or of all."""
    found = {name: total for name, total in totals(view).items() if name in names or not names}
    if not found:
        return ""
    most = max(found.values(), key=lambda total: total.amount)
    return t("Next: {list}, {n} in all, {amount}.", list=t(LISTS[most.name]), n=most.count, amount=most.text)
