"""What is looked at: institution, period, comparison, filters, language. It stands whole in the URL.

A value in the URL wins if it is valid, then this session's last, then the default; a bad value says
so and falls back. After it is settled the URL holds every value explicitly, so that a copied link
opens the same numbers in a new browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from data_access import periods
from data_access.errors import CockpitError
from data_access.places import THEN
from data_access.subject import Period, message
from data_access.view.grants import Grant
from data_access.view.scope import Scope
from data_access.view.store import Store
from data_access.view.view import YOURS, View
from metrics import METRICS, SUBJECTS
from ui.base.formats import period_name
from ui.base.link import ALL, CHILDREN, COMPARE, LIVE, NONE, TAG
from ui.base.reader import Reader
from ui.base.words import LANGUAGES, language, speak, t
from ui.frame.opening import opening_comparisons, opening_period
from ui.parts.contents import Choice, Page, covered


@dataclass
class Look:
    """The settled values of one run, with what had to be said about bad ones."""

    store: Store
    reader: Reader
    page: Page
    values: dict[str, str]
    notes: list[str] = field(default_factory=list)

    @property
    def grant(self) -> Grant:
        return self.reader.grant

    @property
    def node(self) -> int:
        return self.store.tree.node_of[self.values["at"]]

    @property
    def period(self) -> Period:
        return periods.parse(self.values["period"])

    @property
    def here(self) -> Scope:
        """The whole institution, as far as the reader may view it."""
        return Scope(store=self.store, grant=self.grant, node=self.node)

    def view(self) -> View:
        """The only door to data, cut to this look."""
        names = {"kind": "kind", "tier": "tier", **{TAG + tag: tag for tag in tags_of(self)}}
        filters = {names[key]: value for key, value in self.values.items() if key in names and value != ALL}
        return View(
            scope=Scope(
                store=self.store,
                grant=self.grant,
                node=self.node,
                without=tuple(self.without),
                filters=filters,
            ),
            subjects=SUBJECTS,
            period=self.period,
            comparison=self.values["compare"],
            language=self.values["lang"],
            also=self.values["also"].replace(NONE, ""),
            rows=self.rows,
            settings={choice.key: choice.value(self.values[choice.name]) for choice in self.page.choices},
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
    tables = [METRICS[name].tags_of for name in look.page.metrics if METRICS[name].tags_of]
    return list(look.store.manifest["dimensions"].get(tables[0], [])) if tables else []


def settle_language(default: str, english: Mapping[str, str] | None = None) -> None:
    """The language comes first, and what the bank's own words are in it: the menu is already written."""
    asked = st.query_params.get("lang") or st.session_state.get("lang") or default
    speak(asked if asked in LANGUAGES else default, english)


def asked_snapshot() -> str:
    """The snapshot looked at: the live one, or an earlier one by its id."""
    return st.query_params.get("snapshot") or st.session_state.get("look", {}).get("snapshot") or LIVE


def asked_tree(store: Store) -> Store:
    """The store by the tree looked at: as now, or as then where it was ever another."""
    kept = st.session_state.get("look", {}).get("tree")
    asked = st.query_params.get("tree") or kept
    return store.then if asked == THEN and store.then is not None else store


def _snapshot(look: Look) -> str:
    asked = asked_snapshot()
    if asked in (LIVE, look.store.id):
        return asked
    look.notes.append(
        t(
            "The snapshot {id} is not kept any more; shown is {shown}.",
            id=asked[:40],
            shown=look.store.id,
        )
    )
    return LIVE


def settle(store: Store, page: Page, reader: Reader) -> Look:
    """Settles every value and writes them all into the URL."""
    look = Look(store, reader, page, {})
    look.values["at"] = _settle(look, "at", store.tree.ids[look.grant.home])
    opening = periods.name(opening_period(look.here, page))
    period = _settle(look, "period", opening)
    usual = opening_comparisons(page, periods.parse(period))
    look.values |= {
        "period": period,
        **{name: _settle(look, name, word) for name, word in usual.items()},
        "rows": _settle(look, "rows", CHILDREN),
        "without": _settle(look, "without", NONE),
        **({"tree": "then" if store.part else "now"} if store.part or store.then else {}),
        "snapshot": _snapshot(look),
        "kind": _settle(look, "kind", ALL),
        "tier": _settle(look, "tier", ALL),
        **{TAG + tag: _settle(look, TAG + tag, ALL) for tag in tags_of(look)},
        "lang": language(),
        **{
            choice.name: _settle(look, choice.name, choice.usual(look.store) or ALL)
            for choice in page.choices
        },
    }
    kept = {key: value for key, value in st.session_state.get("look", {}).items() if key.startswith(TAG)}
    for key, value in kept.items():  # a filter of another page waits there, and this page says so
        if key not in look.values and value != ALL:
            look.notes.append(t("The filter {name} does not apply to this page.", name=key.removeprefix(TAG)))
    nobody_chose = usual | {"period": opening}  # the next page opens as it does itself
    chosen = {key: value for key, value in look.values.items() if nobody_chose.get(key) != value}
    st.session_state["look"] = {**kept, **chosen}
    if st.query_params.to_dict() != look.values:
        st.query_params.from_dict(look.values)
    return look


def _settle(look: Look, key: str, default: str) -> str:
    asked = st.query_params.get(key)
    if asked is not None:
        if _valid(look, key, asked):
            return asked
        choice = _choice(look, key)
        what = t(choice.label if choice else _NAMES.get(key, _FILTER))
        shown = _shown(look, key, default)
        note = t(
            "The link asks for {what} “{value}”, which does not exist here; shown is {shown}.",
            what=what,
            value=asked[:40],
            shown=shown,
        )
        look.notes.append(note)
        return default
    kept = st.session_state.get("look", {}).get(key)
    return kept if kept is not None and _valid(look, key, kept) else default


_FILTER = message("filter")
_NAMES = {
    "at": message("institution"),
    "period": message("period"),
    "compare": message("comparison"),
    "also": message("second comparison"),
    "rows": message("level"),
    "without": message("exclusion"),
    "kind": message("customer kind"),
    "tier": message("tier"),
}


def _choice(look: Look, key: str) -> Choice | None:
    """The page's choice of this name."""
    return next((choice for choice in look.page.choices if choice.name == key), None)


def _shown(look: Look, key: str, value: str) -> str:
    """A settled value in words."""
    if key == "at":
        tree = look.store.tree
        node = tree.node_of[value]
        if not look.grant.covers(node):
            return YOURS[language()]
        return (tree.names if language() == "zh" else tree.names_en)[node]
    if key in ("compare", "also"):
        return t(COMPARE[value]) if value in COMPARE else t("none")
    if key == "period":
        return period_name(periods.parse(value))
    if key == "rows":
        return t("Institutions below")
    if (choice := _choice(look, key)) and value in choice.words:
        return t(choice.words[value])
    if value == NONE:
        return t("none")
    return t("all") if value == ALL else value


def _valid(look: Look, key: str, value: str) -> bool:
    store = look.store
    if key == "at":
        node = store.tree.node_of.get(value)
        return node is not None and (node == look.grant.home or look.grant.covers(node))
    if key in ("compare", "also"):
        return value in periods.COMPARISONS or (key == "also" and value == NONE)
    if key == "rows":
        return value == CHILDREN or value in {f"level:{level}" for level in store.tree.levels}
    if key == "without":
        nodes = [store.tree.node_of.get(part) for part in value.split(",")]
        return value == NONE or all(node is not None and look.grant.covers(node) for node in nodes)
    if choice := _choice(look, key):
        return choice.has(store, value)
    if key in ("kind", "tier") or key.startswith(TAG):
        return value == ALL or value in store.codes.get(key, [])
    try:
        period = periods.parse(value)
    except CockpitError:
        return False
    first, _, last = covered(look.page, store)
    return first <= period.first and period.last <= last
