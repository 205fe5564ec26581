"""The finding on top of a page: how we stand, who makes the difference, what to do next.

It is put together from the very items and rows that cards and tables are drawn from, so every number in it
is found there. What lies within chance is said not to be significant; where nothing stands out, it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import plain
from ui.base.words import t
from ui.parts.child_rows import LEAD, NAME
from ui.parts.children import Children, children
from ui.parts.contents import Page
from ui.parts.key_items import items
from ui.parts.model import Card, Row, Verdict, verdict_word
from ui.parts.todo import todo

# What is said of an institution below, and what is said where the change is against something.
Told = tuple[str, str]
GAINED = message("Largest increase: {who}."), message("Largest increase {basis}: {who}.")
LOST = message("Largest decrease: {who}."), message("Largest decrease {basis}: {who}.")
LEAST = message("Smallest increase: {who}."), message("Smallest increase {basis}: {who}.")


@dataclass(frozen=True)
class Said:
    """A finding: what leads is read first, then the rest of its sentence, then the others."""

    lead: str
    rest: str = ""
    others: Sequence[str] = ()


def finding(view: View, page: Page, then: str = "") -> list[str]:
    """One to three sentences; `then` is the last one, what to do next."""
    said = _said(view, page, then, course=False)
    return [said.lead + said.rest, *said.others]


def show_finding(view: View, page: Page, *more: str) -> None:
    """The finding above the cards, with what else the page says and its list with the most money."""
    then = " ".join(filter(None, [*more, todo(view, page.lists)]))
    with st.container(key="finding"):
        said = _said(view, page, then, course=True)  # the very cards that stand below
        first = f"**{plain(said.lead)}**{plain(said.rest)}"
        st.markdown(" ".join([first, *map(plain, said.others)]))


def _said(view: View, page: Page, then: str, *, course: bool) -> Said:
    found, _ = items(view, page.cards, course=course)
    known = [card for card in found if card.text]
    next_step = [then] if then else []
    if not known and found and found[0].withheld:
        rest = t(
            " here or in an institution beside it: not shown. A quarter or a year may have enough answers."
        )
        return Said(t("Too few people answered"), rest, next_step)
    if not known:
        return Said(t("There are no numbers for this institution and period."))
    lead, *others = known
    below = _below(view, page, lead)
    beneath = [] if below is None else difference(below)
    first = _standing(lead)
    return replace(first, others=[*beneath, *_notable(others), *next_step])


def _below(view: View, page: Page, lead: Card) -> Children | None:
    if not page.below or not view.store.tree.children(view.node):
        return None
    found = children(view, page.below, view.rows)
    return found if found is not None and f"{found.lead[0]}.{found.lead[1].name}" == lead.id else None


def _number(card: Card) -> str:
    text = f"{card.text}%" if card.unit == "%" else f"{card.text} {card.unit}".strip()
    return t("{text} ({word})", text=text, word=card.dated) if card.dated else text


def _standing(card: Card) -> Said:
    """The leading figure, its changes, its plan, its place; what stands before the first comma leads."""
    lead, rest = t("{label} {number}", label=card.label, number=_number(card)), ""
    for change in (change for change in card.changes if change.compared):
        told, word = f"{change.basis} {change.text}", verdict_word(change.verdict)
        told = t("{text} ({word})", text=told, word=word) if word else told
        rest = t("{so_far}, {next}", so_far=rest, next=told)
    plan = card.plan
    if plan is not None and plan.done is not None:
        more = [part for part in (plan.more, plan.left) if part]
        if rest:
            rest = t("{so_far}; {next}", so_far=rest, next=t(", ").join([plan.text, *more]))
        else:
            lead = t("{so_far}; {next}", so_far=lead, next=plan.text)
            rest = "".join(t("{so_far}, {next}", so_far="", next=part) for part in more)
    if card.place is not None:
        so_far = t("{so_far}; {next}", so_far=rest or lead, next=card.place.text)
        lead, rest = (lead, so_far) if rest else (so_far, "")
    return Said(lead, t("{sentence}.", sentence=rest)) if rest else Said(t("{sentence}.", sentence=lead))


def difference(below: Children) -> list[str]:
    """Largest gain and largest loss among the institutions below.

    What is told is the change of the leading column; of a column that is itself an increase, that increase.
    """
    column, lead = below.table.columns[1], below.lead[1]
    key = column.key if lead.net else LEAD
    rows = [row for row in below.table.rows if row.role == "child"]
    if rows and all(row.cells[key].value is None for row in rows):
        return []  # no change is known, which is not the same as no change
    moved = [row for row in rows if _value(row, key) and (lead.net or row.cells[key].direction)]
    moved.sort(key=lambda row: _value(row, key))
    if not moved:
        return [t("None of the institutions below stands out.")]

    def told(row: Row) -> str:
        return f"{row.cells[NAME].text} {row.cells[key].text} {column.unit}".strip()

    best, worst = moved[-1], moved[0]
    gained, lost = _value(best, key) > 0, _value(worst, key) < 0
    against = below.basis if lead.flow and not lead.net else ""
    said = []
    if gained:
        said.append(_of_whom(GAINED, told(best), against))
    if lost:
        said.append(_of_whom(LOST, told(worst), against))
    elif best is not worst:
        said.append(_of_whom(LEAST, told(worst), against))
    return said


def _value(row: Row, key: str) -> float:
    """The number in a cell; none is nothing."""
    value = row.cells[key].value
    return value if isinstance(value, int | float) else 0


def _of_whom(words: Told, who: str, against: str) -> str:
    """Of a flow it is said what its change is against: an increase of new customers is not new customers."""
    plainly, compared = words
    return t(compared, who=who, basis=against) if against else t(plainly, who=who)


def _notable(others: list[Card], most: int = 2) -> list[str]:
    """Of the other cards those that got significantly worse; changes within chance are called so."""
    changed = [(card, change) for card in others for change in card.changes[:1]]
    said = [
        t(
            "{label} {number}, {basis} {change} ({word}).",
            label=card.label,
            number=_number(card),
            basis=change.basis,
            change=change.text,
            word=verdict_word(change.verdict),
        )
        for card, change in [one for one in changed if one[1].verdict is Verdict.WORSE][:most]
    ]
    chance = [card for card, change in changed if change.verdict is Verdict.NOT_SIGNIFICANT]
    if not said and chance:
        names = t(", ").join(card.label for card in chance[:3])
        said.append(t("The changes of {names} are not significant.", names=names))
    judged = [card for card, change in changed if change.verdict is Verdict.BETTER]
    if not said and not chance and judged:  # of those that nobody can judge nothing is said
        whole = len(judged) == len([change for _, change in changed if change.compared])
        nothing = t("None of the other figures got worse.")
        said.append(nothing if whole else t("Of the other figures that can be judged none got worse."))
    return said
