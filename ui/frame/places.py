"""Choosing an institution: one click up or down, search, the level of the rows, exclusion."""

import streamlit as st

from data_access.view.view import YOURS
from ui.base.formats import plain
from ui.base.link import CHILDREN, NONE, go
from ui.base.words import language, t, word_of
from ui.frame.focus import lead_in
from ui.frame.look import Look
from ui.frame.search import matches, meant


def name_of(look: Look, node: int) -> str:
    """An institution's name; of what only holds the reader's own, not that one's."""
    if not look.grant.covers(node):
        return YOURS[language()]
    tree = look.store.tree
    return (tree.names if language() == "zh" else tree.names_en)[node]


def way_up(look: Look) -> list[int]:
    """The institutions above that the reader may open, his home where he has several among them."""
    above = look.store.tree.path(look.node)[:-1]
    return [node for node in above if node == look.grant.home or look.grant.covers(node)]


def institution_choice(look: Look) -> None:
    """Where we are; opens the way up, the institutions below and a search over all of the scope."""
    with st.popover(plain(name_of(look, look.node)), key="frame_at"):
        _search(look)
        for node in way_up(look):
            _to(look, node, "way", t("↑ {name}", name=name_of(look, node)))
        _children(look)
        _levels(look)
        lead_in("at")


def _to(look: Look, node: int, where: str, label: str) -> None:
    st.button(
        plain(label),
        key=f"{where}_{look.store.tree.ids[node]}",
        type="tertiary",
        on_click=_go_to,
        args=(look.store.tree.ids[node],),
    )


def _go_to(institution: str) -> None:
    st.session_state["frame_search"] = ""
    go(at=institution)


def _search(look: Look) -> None:
    tree = look.store.tree

    def entered() -> None:
        one = meant(tree, look.grant, st.session_state["frame_search"] or "")
        if one is not None and one != look.node:  # who is there already wants the others
            _go_to(tree.ids[one])

    text = st.text_input(
        t("Search by name or id"),
        key="frame_search",
        on_change=entered,
        placeholder=t("Name, pinyin or id"),
        label_visibility="collapsed",
        max_chars=60,
    )
    if not (text or "").strip():
        return
    found = matches(tree, look.grant, text)
    if not found:
        st.caption(t("No institution of your scope is called so."))
    for node in found:
        above = [name_of(look, up) for up in tree.path(node)[1:-1] if look.grant.covers(up)]
        where = f" · {' › '.join(above)}" if above else ""
        _to(look, node, "hit", f"{name_of(look, node)}{where}")


def _children(look: Look) -> None:
    tree = look.store.tree
    children = look.grant.below(tree, look.node)
    if not children:
        return
    st.session_state["frame_child"] = None
    names = {
        tree.ids[node]: t("{name} (closed)", name=name_of(look, node))
        if tree.closed[node]
        else name_of(look, node)
        for node in children
    }

    def chosen() -> None:
        if st.session_state["frame_child"] is not None:
            go(at=st.session_state["frame_child"])

    st.selectbox(
        t("View children"),
        list(names),
        key="frame_child",
        on_change=chosen,
        index=None,
        format_func=lambda key: names[key],
        label_visibility="collapsed",
        placeholder=t("View children"),
    )


def _levels(look: Look) -> None:
    """The rows of the tables: the institutions below, or all of one level that occurs below."""
    below = look.store.tree.levels_below(look.node)
    if not below:
        return
    levels = {f"level:{key}": look.store.policy.level(key) for key in below}
    labels = {CHILDREN: t("Institutions below")}
    labels |= {key: t("all: {level}", level=word_of(level)) for key, level in levels.items()}
    st.session_state["frame_rows"] = look.rows

    def chosen() -> None:
        go(rows=st.session_state["frame_rows"])

    st.selectbox(
        t("Level of the rows"),
        list(labels),
        format_func=lambda key: labels[key],
        key="frame_rows",
        on_change=chosen,
    )


def exclusion_choice(look: Look) -> None:
    """Institutions below that are left out of every number of the page."""
    tree = look.store.tree
    children = look.grant.below(tree, look.node)
    if not children:
        return
    out = [tree.ids[node] for node in look.without]
    names = {tree.ids[node]: name_of(look, node) for node in dict.fromkeys([*children, *look.without])}
    st.session_state["frame_without"] = out
    elsewhere = [key for key in look.values["without"].split(",") if key not in (NONE, *out)]

    def chosen() -> None:
        go(without=",".join([*elsewhere, *st.session_state["frame_without"]]) or NONE)

    st.multiselect(
        t("Leave out"),
        list(names),
        format_func=lambda key: names[key],
        key="frame_without",
        on_change=chosen,
        placeholder=t("nobody"),
    )
