"""The frame of every page: where we are, one click up and down, period, comparison, as-of dates."""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from data_access import periods
from data_access.subject import message
from ui.formats import period_name, plain
from ui.menu import tables_of
from ui.state import ALL, COMPARE, TAG, Look, covered, go, tags_of
from ui.words import language, t

KINDS = {
    ALL: message("All customers"),
    "personal": message("Personal"),
    "corporate": message("Corporate"),
    "unknown": message("Kind unknown"),
}
TABLES = {"customer_months": message("Customers"), "opportunities": message("Deals")}


WIDTHS = {"zh": 132, "en": 176}  # of a select box; three in a row on a phone would cut the Chinese words


def frame(look: Look) -> None:
    """Draws the frame; the page follows below."""
    top = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with top:
        st.markdown(f"### {t(look.entry.title)}", width="content")
        _breadcrumb(look)
        st.space("stretch")
        _copy_link(look)
        other = "en" if language() == "zh" else "zh"
        st.button("English" if other == "en" else "中文", key="language", type="tertiary",
                  on_click=go, kwargs={"lang": other})  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        _children(look)
        _periods(look)
        _choice("compare", look, {key: t(word) for key, word in COMPARE.items()}, t("Comparison"))
        _filters(look)
        _tags(look)
    st.markdown(f":small[:gray[{_dates(look)}]]")
    closed = look.store.tree.closed[look.node]
    if closed is not None and closed <= max(look.store.as_of.values(), default=closed):
        st.info(t("This institution was closed on {day}; its history stays.", day=closed))
    for note in look.notes:
        st.warning(note)


def _name(look: Look, node: int) -> str:
    tree = look.store.tree
    return (tree.names if language() == "zh" else tree.names_en)[node]


def _breadcrumb(look: Look) -> None:
    tree = look.store.tree
    path = [node for node in tree.path(look.node) if look.grant.covers(node)]
    for node in path[:-1]:
        st.button(f"{_name(look, node)} ›", key=f"up_{tree.ids[node]}", type="tertiary", on_click=go,
                  kwargs={"at": tree.ids[node]}, help=t("Back up"))  # fmt: skip
    level = look.store.policy.level(tree.levels[look.node])
    name, kind = _name(look, look.node), level.zh if language() == "zh" else level.en
    st.markdown(
        f"**{plain(name)}**" + (f" :gray[{plain(kind)}]" if kind.casefold() != name.casefold() else "")
    )


def _copy_link(look: Look) -> None:
    base = st.context.url or ""
    query = urlencode(look.values)
    with st.popover(t("Copy link"), type="tertiary"):
        st.caption(t("Opens the same numbers in another browser."))
        st.code(f"{base.partition('?')[0]}?{query}", language=None, wrap_lines=True)


def _choice(key: str, look: Look, labels: Mapping[str, str], title: str) -> None:
    """A select box that shows the settled value and writes a new one into the URL."""
    widget = f"frame_{key}"
    st.session_state[widget] = look.values[key]

    def chosen() -> None:
        go(**{key: st.session_state[widget]})

    st.selectbox(title, list(labels), format_func=lambda option: labels[option], key=widget, on_change=chosen,
                 width=WIDTHS[language()], label_visibility="collapsed")  # fmt: skip


def _children(look: Look) -> None:
    tree = look.store.tree
    children = [node for node in tree.children(look.node) if look.grant.covers(node)]
    if not children:
        return
    st.session_state["frame_child"] = None
    names = {
        tree.ids[node]: t("{name} (closed)", name=_name(look, node))
        if tree.closed[node]
        else _name(look, node)
        for node in children
    }

    def chosen() -> None:
        if st.session_state["frame_child"] is not None:
            go(at=st.session_state["frame_child"])

    st.selectbox(
        t("View children"), list(names), key="frame_child", on_change=chosen,
        width=WIDTHS[language()], format_func=lambda key: names[key], label_visibility="collapsed",
        placeholder=t("View children"), index=None,
    )  # fmt: skip


def _periods(look: Look) -> None:
    offered = [periods.name(period) for period in periods.choices(*covered(look.store, look.entry))]
    asked = look.values["period"]
    options = offered if asked in offered else [asked, *offered]
    labels = {text: period_name(periods.parse(text)) for text in options}
    _choice("period", look, labels, t("Period"))


def _filters(look: Look) -> None:
    store = look.store
    if store.has("customers", "kind") or store.has("opportunities", "customer_kind"):
        kinds = dict.fromkeys([ALL, "personal", "corporate", look.values["kind"]])
        _choice("kind", look, {key: t(KINDS[key]) for key in kinds}, t("Customer kind"))
    if store.months:
        tiers = {tier.key: tier.zh if language() == "zh" else tier.en for tier in store.policy.tiers}
        tiers = {ALL: t("All tiers"), **tiers, "untiered": t("Untiered")}
        if look.values["tier"] not in tiers:
            tiers[look.values["tier"]] = t("Tier unknown")
        _choice("tier", look, tiers, t("Tier"))


def _tags(look: Look) -> None:
    """A filter for each of the bank's own tags."""
    for tag in tags_of(look):
        values = [value for value in look.store.codes.get(tag, []) if value != "unknown"]
        labels = {ALL: f"{tag}: {t('all')}", **{value: value for value in values}}
        _choice(TAG + tag, look, labels | {"unknown": f"{tag}: {t('Unknown')}"}, tag)


def _dates(look: Look) -> str:
    store = look.store
    dates = {table: store.as_of[table] for table in tables_of(look.entry, store) if table in store.as_of}
    parts = [plain(store.manifest["title"])]
    if len(set(dates.values())) == 1:
        parts += [t("Data to {day}", day=next(iter(dates.values())))]
    else:
        parts += [t("{table} to {day}", table=t(TABLES[table]), day=day) for table, day in dates.items()]
    parts.append(t("Snapshot {id}", id=store.id))
    if store.manifest["sample"]:
        parts.append(t("Sample data, not a bank's own"))
    return " · ".join(parts)
