"""Whose plans turned within the last week: the institutions newly behind, and those back on course."""

from datetime import timedelta

from data_access.errors import CockpitError
from data_access.subject import Period
from data_access.view.view import View
from metrics.target import shown
from ui.base.words import t
from ui.parts.model import mark_of
from ui.parts.parents import above
from ui.parts.plans import plans, standing

NAMED = 5
WEEK = timedelta(days=7)
Marks = dict[tuple[str, str], str]  # of an institution and a measure: good or bad


def turned(view: View) -> str:
    """The sentences, worked out once for whoever tells of it; nothing where no plan turned, or where balances
    are not told by day, so that a week says nothing."""
    daily = view.store.first_days.get("daily_balances")
    if daily is None or daily > view.period.last - WEEK:
        return ""
    return view.once("turned", (), lambda: _turned(view))


def _turned(view: View) -> str:
    before = view.period.last - WEEK
    earlier = view.during(Period(min(view.period.first, before), before))
    try:
        now, then = _marks(view), _marks(earlier)
    except CockpitError:
        return ""
    changed = {pair: mark for pair, mark in now.items() if pair in then and then[pair] != mark}
    said = [
        t("Newly behind plan since {day}: {who}.", day=before, who=_who(view, changed, "bad")),
        t("Back on course since {day}: {who}.", day=before, who=_who(view, changed, "good")),
    ]
    return " ".join(
        text for text, mark in zip(said, ("bad", "good"), strict=True) if mark in changed.values()
    )


def _marks(view: View) -> Marks:
    """How each plan stands of what is counted by day: a month's figure does not change within a week."""
    rows: dict[str, list[dict[str, object]]] = {}
    for row in plans(view, view.rows):
        rows.setdefault(row["institution"], []).append(row)
    found = {}
    for institution, own in rows.items():
        for full in dict.fromkeys(str(row["metric"]) for row in own):
            name, _, column = full.rpartition(".")
            metric = view.catalogue()[name]
            told = shown(own, full) if metric.grain == "day" else None
            mark = mark_of(standing(told, metric.measure(column))) if told is not None else ""
            if mark:
                found[institution, full] = mark
    return found


def _who(view: View, changed: Marks, mark: str) -> str:
    """The institutions, each with the measures of its plans."""
    measures: dict[str, list[str]] = {}
    for (institution, full), one in changed.items():
        if one == mark:
            name, _, column = full.rpartition(".")
            label = t(view.catalogue()[name].measure(column).label)
            measures.setdefault(institution, []).append(label)
    said = [
        t("{text} ({word})", text=_name(view, one), word=t(", ").join(labels))
        for one, labels in measures.items()
    ]
    return t(", ").join(said[:NAMED]) + (t(" and others") if len(said) > NAMED else "")


def _name(view: View, institution: str) -> str:
    """The name, with that of the one above where it is no child of the institution looked at."""
    whose = above(view, view.store.tree.node_of[institution])
    return " · ".join(filter(None, [view.name(institution), whose]))
