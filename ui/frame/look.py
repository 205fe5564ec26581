"""What is looked at: institution, period, comparison, filters, language. It stands whole in the URL.

A value in the URL wins if it is valid, then this session's last, then the default; a bad value says
so and falls back. After it is settled the URL holds every value explicitly, so that a copied link
opens the same numbers in a new browser.
"""

from dataclasses import dataclass, field

import streamlit as st

from data_access import periods
from data_access.errors import CockpitError
from data_access.subject import Period, message
from data_access.view.grants import Grant, granted
from data_access.view.store import Store
from data_access.view.view import View
from metrics import METRICS, SUBJECTS
from metrics.churn.bands import DEFINITIONS
from metrics.funnel.stages import RULES
from metrics.migration.summary import STATES, WATCHED
from metrics.satisfaction.tables import SURVEY_KINDS
from ui.base.formats import period_name, plain
from ui.base.words import LANGUAGES, t
from ui.menu import Entry, covered

ALL, NONE, LIVE = "all", "none", "live"
TAG = "tag_"  # before the name of one of the bank's own tags in a link
CHILDREN = "children"
BREAKDOWNS = (CHILDREN, "product", "source", "channel", "touchpoint", "kind", "tier")
WINDOWS = ("30", "60", "90", "180")
QUESTIONS = {"rule": RULES, "window": (ALL, *WINDOWS), "closing": (ALL, "quarter", "year")}  # to the funnel
DISTANCES = ("12", "1", "3", "6")  # months between the two month ends of tier migration
STANDS = ("plain", "watch")  # its states: tiers, or tiers held with observation apart
CELLS = ("share", "customers", "aum_from", "aum_to")  # the numbers of its matrix
CELL = ("from_tier", "to_tier")  # the flow looked at; none: the largest one
SURVEY = "survey"  # of the pages that tell of one kind of survey at a time
CHURN = {"definition": DEFINITIONS, "horizon": ("6", "3", "12")}  # which churn, and how many months ahead


@dataclass
class Look:
    """The settled values of one run, with what had to be said about bad ones."""

    store: Store
    grant: Grant
    entry: Entry
    values: dict[str, str]
    notes: list[str] = field(default_factory=list)

    @property
    def node(self) -> int:
        return self.store.tree.node_of[self.values["at"]]

    @property
    def period(self) -> Period:
        return periods.parse(self.values["period"])

    def view(self) -> View:
        """The only door to data, cut to this look."""
        names = {"kind": "kind", "tier": "tier", **{TAG + tag: tag for tag in tags_of(self)}}
        filters = {names[key]: value for key, value in self.values.items() if key in names and value != ALL}
        return View(
            store=self.store,
            subjects=SUBJECTS,
            grant=self.grant,
            node=self.node,
            period=self.period,
            comparison=self.values["compare"],
            filters=filters,
            language=self.values["lang"],
            without=tuple(self.without),
            also=self.values["also"].replace(NONE, ""),
            rows=self.rows,
            settings={key: self.values[key] for key in (SURVEY, *CHURN) if key in self.values},
        )

    @property
    def rows(self) -> str:
        """What the rows of tables are: the institutions below, or all of a level that occurs below."""
        asked = self.values["rows"]
        return asked if asked.removeprefix("level:") in self.store.tree.levels_below(self.node) else CHILDREN

    @property
    def without(self) -> list[int]:
        """The excluded institutions that lie below the one chosen."""
        tree = self.store.tree
        nodes = [tree.node_of[key] for key in self.values["without"].split(",") if key in tree.node_of]
        return sorted(node for node in nodes if self.node < node <= tree.last[self.node])


def tags_of(look: Look) -> list[str]:
    """The bank's own tags that filter the first of the page's metrics that has any."""
    tables = [METRICS[name].tags_of for name in look.entry.metrics if METRICS[name].tags_of]
    return list(look.store.manifest["dimensions"].get(tables[0], [])) if tables else []


def settle_language(default: str) -> None:
    """The language comes first: the menu is already written in it."""
    asked = st.query_params.get("lang") or st.session_state.get("lang") or default
    st.session_state["lang"] = asked if asked in LANGUAGES else default


def default_period(store: Store, entry: Entry) -> Period:
    """The last month that every table of the page covers whole."""
    first, last, _ = covered(entry, store)
    offered = periods.choices(first, last)
    return offered[0] if offered else Period(first, last)


def asked_snapshot() -> str:
    """The snapshot looked at: the live one, or an earlier one by its id."""
    return st.query_params.get("snapshot") or st.session_state.get("look", {}).get("snapshot") or LIVE


def _snapshot(look: Look) -> str:
    asked = asked_snapshot()
    if asked in (LIVE, look.store.id):
        return asked
    look.notes.append(
        t(
            "The snapshot {id} is not kept any more; shown is {shown}.",
            id=plain(asked[:40]),
            shown=look.store.id,
        )
    )
    return LIVE


def settle(store: Store, entry: Entry) -> Look:
    """Settles every value and writes them all into the URL."""
    grant = granted(store.tree, None)
    look = Look(store, grant, entry, {})
    look.values = {
        "at": _settle(look, "at", store.tree.ids[grant.home]),
        "period": _settle(look, "period", periods.name(default_period(store, entry))),
        "compare": _settle(look, "compare", periods.YEAR_START),
        "also": _settle(look, "also", periods.LAST_YEAR),
        "rows": _settle(look, "rows", CHILDREN),
        "without": _settle(look, "without", NONE),
        "snapshot": _snapshot(look),
        "kind": _settle(look, "kind", ALL),
        "tier": _settle(look, "tier", ALL),
        "by": _settle(look, "by", BREAKDOWNS[0]),
        **{TAG + tag: _settle(look, TAG + tag, ALL) for tag in tags_of(look)},
        "lang": st.session_state["lang"],
    }
    if _has_surveys(entry):
        look.values[SURVEY] = _settle(look, SURVEY, SURVEY_KINDS[0])
    if "funnel.stages" in entry.metrics:
        look.values |= {key: _settle(look, key, values[0]) for key, values in QUESTIONS.items()}
    if "churn.expected" in entry.metrics:
        look.values |= {key: _settle(look, key, values[0]) for key, values in CHURN.items()}
    if "migration.matrix" in entry.metrics:
        look.values["distance"] = _settle(look, "distance", DISTANCES[0])
        look.values |= {"states": _settle(look, "states", STANDS[0])}
        look.values["cells"] = _settle(look, "cells", CELLS[0])
        look.values |= {key: _settle(look, key, NONE) for key in CELL}
    kept = {key: value for key, value in st.session_state.get("look", {}).items() if key.startswith(TAG)}
    for key, value in kept.items():  # a filter of another page waits there, and this page says so
        if key not in look.values and value != ALL:
            look.notes.append(t("The filter {name} does not apply to this page.", name=key.removeprefix(TAG)))
    st.session_state["look"] = {**kept, **look.values}
    if st.query_params.to_dict() != look.values:
        st.query_params.from_dict(look.values)
    return look


def _has_surveys(entry: Entry) -> bool:
    return any(p.name == SURVEY for name in entry.metrics for p in METRICS[name].parameters)


def _settle(look: Look, key: str, default: str) -> str:
    asked = st.query_params.get(key)
    if asked is not None:
        if _valid(look, key, asked):
            return asked
        what, shown = t(_NAMES.get(key, "filter")), _shown(look, key, default)
        note = t(
            "The link asks for {what} “{value}”, which does not exist here; shown is {shown}.",
            what=what,
            value=plain(asked[:40]),
            shown=plain(shown),
        )
        look.notes.append(note)
        return default
    kept = st.session_state.get("look", {}).get(key)
    return kept if kept is not None and _valid(look, key, kept) else default


KINDS = {
    ALL: message("All customers"),
    "personal": message("Personal"),
    "corporate": message("Corporate"),
    "unknown": message("Kind unknown"),
}
WIDTHS = {"zh": 132, "en": 176}  # of a select box
COMPARE = {
    periods.YEAR_START: message("vs start of year"),
    periods.LAST_YEAR: message("vs same period last year"),
    periods.PREVIOUS: message("vs previous period"),
    periods.QUARTER_END: message("vs last quarter end"),
    periods.MONTH_END: message("vs last month end"),
    periods.WEEK: message("vs last week"),
    periods.DAY: message("vs previous day"),
}
_NAMES = {
    "at": message("institution"),
    "period": message("period"),
    "compare": message("comparison"),
    "also": message("second comparison"),
    "rows": message("level"),
    "without": message("exclusion"),
    "kind": message("customer kind"),
    "tier": message("tier"),
    "by": message("breakdown"),
    "rule": message("question to the funnel"),
    "window": message("observation window"),
    "closing": message("pipeline looked at"),
    SURVEY: message("kind of survey"),
    "definition": message("kind of churn"),
    "horizon": message("months ahead"),
    "distance": message("months compared"),
    "states": message("states"),
    "cells": message("numbers in the matrix"),
    **dict.fromkeys(CELL, message("way between tiers")),
    TAG: message("filter"),
}


def _shown(look: Look, key: str, value: str) -> str:
    """A settled value in words."""
    if key == "at":
        tree = look.store.tree
        node = tree.node_of[value]
        return (tree.names if st.session_state["lang"] == "zh" else tree.names_en)[node]
    if key in ("compare", "also"):
        return t(COMPARE[value]) if value in COMPARE else t("none")
    if key == "period":
        return period_name(periods.parse(value))
    if key in ("by", "rows"):
        return t("Institutions below")
    if value == NONE:
        return t("none")
    return t("all") if value == ALL else value


def _valid(look: Look, key: str, value: str) -> bool:
    store = look.store
    if key == "at":
        node = store.tree.node_of.get(value)
        return node is not None and look.grant.covers(node)
    if key in ("compare", "also"):
        return value in periods.COMPARISONS or (key == "also" and value == NONE)
    if key == "rows":
        return value == CHILDREN or value in {f"level:{level}" for level in store.tree.levels}
    if key == "without":
        nodes = [store.tree.node_of.get(part) for part in value.split(",")]
        return value == NONE or all(node is not None and look.grant.covers(node) for node in nodes)
    if key == SURVEY:
        return value in SURVEY_KINDS
    if key in CHURN:
        return value in CHURN[key]
    if key == "distance":
        return value in DISTANCES
    if key == "states":
        return value in STANDS
    if key == "cells":
        return value in CELLS
    if key in CELL:
        return value.removesuffix(WATCHED) in (NONE, *store.codes["tier"], *STATES.values())
    if key == "by":
        return value in BREAKDOWNS or value in store.manifest["dimensions"].get("opportunities", [])
    if key in QUESTIONS:
        return value in QUESTIONS[key]
    if key in ("kind", "tier") or key.startswith(TAG):
        return value == ALL or value in store.codes.get(key, [])
    try:
        period = periods.parse(value)
    except CockpitError:
        return False
    first, _, last = covered(look.entry, store)
    return first <= period.first and period.last <= last


def go(**changes: str) -> None:
    """Called by widgets: the new values go into the URL, and the next run reads them there."""
    st.query_params.from_dict({**st.query_params.to_dict(), **changes})
