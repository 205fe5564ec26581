"""The finding on top of a page: how we stand, who makes the difference, what to do next.

It is put together from the very items and rows that cards and tables are drawn from, so every number in it
is found there. What lies within chance is said not to be significant; where nothing stands out, it says so.
"""

from typing import Any

import streamlit as st

from data_access.subject import message
from data_access.view.view import View
from ui.base.formats import plain
from ui.base.words import t
from ui.parts.children import LEAD, NAME, Children, children
from ui.parts.contents import Page
from ui.parts.key_items import items
from ui.parts.todo import todo

AGAINST = {
    "Largest increase: {who}.": message("Largest increase {basis}: {who}."),
    "Largest decrease: {who}.": message("Largest decrease {basis}: {who}."),
    "Smallest increase: {who}.": message("Smallest increase {basis}: {who}."),
}


def finding(view: View, page: Page, then: str = "") -> list[str]:
    """One to three sentences; `then` is the last one, what to do next."""
    found, _ = items(view, page.cards, course=False)
    known = [item for item in found if item["value"] is not None]
    if not known and found and found[0]["missing"] == t("too few answers, not shown"):
        few = t(
            "Too few people answered here or in an institution beside it: not shown. A quarter or a year "
            "may have enough answers."
        )
        return [few, *([then] if then else [])]
    if not known:
        return [t("There are no numbers for this institution and period.")]
    lead, *others = known
    below = _below(view, page, lead)
    said = [_standing(lead)]
    if below is not None:
        said += difference(below)
    said += _notable(others)
    return [*said, *([then] if then else [])]


def show_finding(view: View, page: Page, *more: str) -> None:
    """The finding above the cards, with what else the page says and its list with the most money."""
    said = " ".join(filter(None, [*more, todo(view, page.lists)]))
    with st.container(key="finding"):
        first, *others = (plain(sentence) for sentence in finding(view, page, said))
        lead, comma, rest = first.partition(t(", "))  # what leads is read first
        st.markdown(" ".join([f"**{lead}**{comma}{rest}", *others]))


def _below(view: View, page: Page, lead: dict[str, Any]) -> Children | None:
    if not page.below or not view.store.tree.children(view.node):
        return None
    found = children(view, page.below, view.rows)
    return found if found is not None and f"{found.lead[0]}.{found.lead[1].name}" == lead["id"] else None


def _number(item: dict[str, Any]) -> str:
    unit = item["unit"]
    text = f"{item['value']}%" if unit == "%" else f"{item['value']} {unit}".strip()
    return t("{text} ({word})", text=text, word=item["dated"]) if item["dated"] else text


def _standing(item: dict[str, Any]) -> str:
    """The leading figure, its changes, its plan."""
    text = t("{label} {number}", label=item["label"], number=_number(item))
    for change in item["changes"]:
        told = f"{change['basis']} {change['text']}"
        told = t("{text} ({word})", text=told, word=change["word"]) if change["word"] else told
        text = t("{so_far}, {next}", so_far=text, next=told)
    plan = next((line for line in item["lines"] if line["kind"] == "plan" and line["done"] is not None), None)
    if plan is not None:
        parts = [plan["text"], plan["more"], plan["left"]]
        text = t("{so_far}; {next}", so_far=text, next=t(", ").join(filter(None, parts)))
    place = next((line for line in item["lines"] if line["kind"] == "place"), None)
    if place is not None:
        text = t("{so_far}; {next}", so_far=text, next=place["text"])
    return t("{sentence}.", sentence=text)


def difference(below: Children) -> list[str]:
    """Largest gain and largest loss among the institutions below.

    What is told is the change of the leading column; of a column that is itself an increase, that increase.
    """
    unit, lead = below.heads[1]["unit"] or "", below.lead[1]
    key = below.heads[1]["key"] if lead.net else LEAD
    rows = [row for row in below.rows if row["role"] == "child"]
    if rows and all(row["cells"][key]["value"] is None for row in rows):
        return []  # no change is known, which is not the same as no change
    moved = [row for row in rows if row["cells"][key]["value"] and _shows(row["cells"][key])]
    moved.sort(key=lambda row: row["cells"][key]["value"])
    if not moved:
        return [t("None of the institutions below stands out.")]

    def told(row: dict[str, Any]) -> str:
        return f"{row['cells'][NAME]['text']} {row['cells'][key]['text']} {unit}".strip()

    best, worst = moved[-1], moved[0]
    gained, lost = best["cells"][key]["value"] > 0, worst["cells"][key]["value"] < 0
    against = below.basis if lead.flow and not lead.net else ""
    said = []
    if gained:
        said.append(_of_whom(message("Largest increase: {who}."), told(best), against))
    if lost:
        said.append(_of_whom(message("Largest decrease: {who}."), told(worst), against))
    elif best is not worst:
        said.append(_of_whom(message("Smallest increase: {who}."), told(worst), against))
    return said


def _shows(cell: dict[str, Any]) -> bool:
    """Whether a value is more than nothing as it is printed."""
    return bool(cell.get("direction", True))


def _of_whom(text: str, who: str, against: str) -> str:
    """Of a flow it is said what its change is against: an increase of new customers is not new customers."""
    if not against:
        return t(text, who=who)
    return t(AGAINST[text], who=who, basis=against)


def _notable(others: list[dict[str, Any]], most: int = 2) -> list[str]:
    """Of the other cards those that got significantly worse; changes within chance are called so."""
    worse = [
        (item, change) for item in others for change in item["changes"][:1] if change["verdict"] == "bad"
    ]
    said = [
        t(
            "{label} {number}, {basis} {change} ({word}).",
            label=item["label"],
            number=_number(item),
            basis=change["basis"],
            change=change["text"],
            word=change["word"],
        )
        for item, change in worse[:most]
    ]
    chance = [
        item for item in others for change in item["changes"][:1] if change["word"] == t("not significant")
    ]
    if not said and chance:
        names = t(", ").join(item["label"] for item in chance[:3])
        said.append(t("The changes of {names} are not significant.", names=names))
    elif not said and any(change["compared"] for item in others for change in item["changes"][:1]):
        said.append(t("None of the other figures got worse."))
    return said
