"""What is looked at: institution, period, comparison, filters, language. It stands whole in the URL.

A value in the URL wins if it is valid, then this session's last, then the default; a bad value says
so and falls back. After it is settled the URL holds every value explicitly, so that a copied link
opens the same numbers in a new browser.
"""

from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from data_access import periods
from data_access.errors import CockpitError
from data_access.grants import Grant, granted
from data_access.store import Store
from data_access.subject import Period, message
from data_access.view import View
from metrics import METRICS, SUBJECTS
from ui.formats import period_name, plain
from ui.menu import Entry, tables_of
from ui.words import LANGUAGES, t

ALL = "all"
TAG = "tag_"  # before the name of one of the bank's own tags in a link
BREAKDOWNS = ("children", "product", "source", "channel", "kind", "tier")


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
            self.store, SUBJECTS, self.grant, self.node, self.period, self.values["compare"], filters,
            self.values["lang"],
        )  # fmt: skip


def tags_of(look: Look) -> list[str]:
    """The bank's own tags that filter the page's leading metric."""
    return list(look.store.manifest["dimensions"].get(METRICS[look.entry.metrics[0]].tags_of, []))


def settle_language(default: str) -> None:
    """The language comes first: the menu is already written in it."""
    asked = st.query_params.get("lang") or st.session_state.get("lang") or default
    st.session_state["lang"] = asked if asked in LANGUAGES else default


def covered(store: Store, entry: Entry) -> tuple[date, date]:
    """The first and last day that every table of a page covers."""
    firsts, lasts = [], []
    for table in tables_of(entry, store):
        if table == "customer_months":
            firsts.append(store.months[0].replace(day=1))
            lasts.append(store.months[-1])
        else:
            firsts.append(date.fromisoformat(store.constants["first_day"]))
            lasts.append(store.as_of[table])
    today = max(store.as_of.values())
    return max(firsts, default=today), min(lasts, default=today)


def default_period(store: Store, entry: Entry) -> Period:
    """The last month that every table of the page covers whole."""
    first, last = covered(store, entry)
    offered = periods.choices(first, last)
    return offered[0] if offered else Period(first, last)


def settle(store: Store, entry: Entry) -> Look:
    """Settles every value and writes them all into the URL."""
    grant = granted(store.tree, None)
    look = Look(store, grant, entry, {})
    look.values = {
        "at": _settle(look, "at", store.tree.ids[grant.home]),
        "period": _settle(look, "period", periods.name(default_period(store, entry))),
        "compare": _settle(look, "compare", periods.YEAR_START),
        "kind": _settle(look, "kind", ALL),
        "tier": _settle(look, "tier", ALL),
        "by": _settle(look, "by", BREAKDOWNS[0]),
        **{TAG + tag: _settle(look, TAG + tag, ALL) for tag in tags_of(look)},
        "lang": st.session_state["lang"],
    }
    kept = {key: value for key, value in st.session_state.get("look", {}).items() if key.startswith(TAG)}
    for key, value in kept.items():  # a filter of another page waits there, and this page says so
        if key not in look.values and value != ALL:
            look.notes.append(t("The filter {name} does not apply to this page.", name=key.removeprefix(TAG)))
    st.session_state["look"] = {**kept, **look.values}
    if st.query_params.to_dict() != look.values:
        st.query_params.from_dict(look.values)
    return look


def _settle(look: Look, key: str, default: str) -> str:
    asked = st.query_params.get(key)
    if asked is not None:
        if _valid(look, key, asked):
            return asked
        what, shown = t(_NAMES.get(key, "filter")), _shown(look, key, default)
        note = t("The link asks for {what} “{value}”, which does not exist here; shown is {shown}.",
                 what=what, value=plain(asked[:40]), shown=plain(shown))  # fmt: skip
        look.notes.append(note)
        return default
    kept = st.session_state.get("look", {}).get(key)
    return kept if kept is not None and _valid(look, key, kept) else default


COMPARE = {
    periods.YEAR_START: message("vs start of year"),
    periods.PREVIOUS: message("vs previous period"),
    periods.LAST_YEAR: message("vs same period last year"),
}
_NAMES = {
    "at": message("institution"),
    "period": message("period"),
    "compare": message("comparison"),
    "kind": message("customer kind"),
    "tier": message("tier"),
    "by": message("breakdown"),
    TAG: message("filter"),
}


def _shown(look: Look, key: str, value: str) -> str:
    """A settled value in words."""
    if key == "at":
        tree = look.store.tree
        node = tree.node_of[value]
        return (tree.names if st.session_state["lang"] == "zh" else tree.names_en)[node]
    if key == "compare":
        return t(COMPARE[value])
    if key == "period":
        return period_name(periods.parse(value))
    if key == "by":
        return t("Institutions below")
    return t("all") if value == ALL else value


def _valid(look: Look, key: str, value: str) -> bool:
    store = look.store
    if key == "at":
        node = store.tree.node_of.get(value)
        return node is not None and look.grant.covers(node)
    if key == "compare":
        return value in periods.COMPARISONS
    if key == "by":
        return value in BREAKDOWNS or value in store.manifest["dimensions"].get("opportunities", [])
    if key in ("kind", "tier") or key.startswith(TAG):
        return value == ALL or value in store.codes.get(key.removeprefix(TAG), [])
    try:
        period = periods.parse(value)
    except CockpitError:
        return False
    first, last = covered(store, look.entry)
    whole = "customer_months" not in tables_of(look.entry, store) or periods.kind(period) not in (
        "free",
        "part",
    )
    return whole and first <= period.first and period.last <= last


def go(**changes: str) -> None:
    """Called by widgets: the new values go into the URL, and the next run reads them there."""
    st.query_params.from_dict({**st.query_params.to_dict(), **changes})
