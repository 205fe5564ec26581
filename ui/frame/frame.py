"""The frame of every page: where we are, one click up and down, period, comparisons, filters, dates."""

from collections.abc import Mapping
from datetime import date

import streamlit as st

from data_access import periods
from metrics import METRICS
from ui.base.formats import period_label, period_name, plain
from ui.base.link import ALL, COMPARE, KINDS, LIVE, NONE, TAG, WIDTHS, go
from ui.base.offered import choices
from ui.base.snapshot import live
from ui.base.words import language, own, t, word_of
from ui.frame.doors import signed_in_menu, viewed_as
from ui.frame.focus import lead_in
from ui.frame.history import one_entry
from ui.frame.look import Look, tags_of
from ui.frame.my_views import my_views
from ui.frame.opening import opening_comparisons, thin_month
from ui.frame.places import exclusion_choice, institution_choice, name_of, way_up
from ui.frame.sheet import sheet
from ui.frame.take_along import Wish, take_along
from ui.parts.contents import TABLES, covered, tables_of
from ui.quality.banner import banner

WIDER = {"period": {"zh": 176, "en": 196}, "also": {"zh": 132, "en": 256}}


def frame(look: Look) -> Wish | None:
    """Draws the frame; the page follows below. What a phone has no room for stands in its last menu.

    What the reader has clicked to take along is made when the page is drawn.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="frame_phone"):
        _title(look)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="frame_top"):
        st.markdown(f"### {t(look.page.title)}", width="content")
        _breadcrumb(look)
        st.space("stretch")
        wish = take_along(look, "top")
        my_views(look, "top")
        _language("top")
        signed_in_menu(look, "top")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="frame_line"):
        institution_choice(look)
        if look.page.metrics:  # a page about the data themselves has no period
            _periods(look)
            with st.container(horizontal=True, gap="xsmall", key="frame_wide", width="content"):
                _compare(look, "wide")
                _also(look, "wide")
                _filters(look, "wide")
        wish = _more(look) or wish
    for where in ("wide", "narrow"):
        with st.container(key=f"dates_{where}"):
            st.markdown(f":small[:gray[{_dates(look, short=where == 'narrow')}]]")
    one_entry(t(look.page.section))
    sheet(look)
    _marks(look)
    return wish


def _more(look: Look) -> Wish | None:
    """Everything else that cuts the page: on a wide screen the rare ones, on a phone all of them."""
    with st.popover("⋯", key="frame_more", help=t("More filters and views")):
        with st.container(key="frame_narrow"):
            wish = take_along(look, "narrow")
            my_views(look, "narrow")
            _language("narrow")
            signed_in_menu(look, "narrow")
            if look.page.metrics:
                _compare(look, "narrow")
                _also(look, "narrow")
                _filters(look, "narrow")
        exclusion_choice(look)
        _tags(look)
        _trees(look)
        _snapshots(look)
        lead_in("more")
    return wish


def _language(where: str) -> None:
    other = "en" if language() == "zh" else "zh"
    st.button(
        "English" if other == "en" else "中文",
        key=f"language_{where}",
        type="tertiary",
        on_click=go,
        kwargs={"lang": other},
    )


def _marks(look: Look) -> None:
    """What must be known of the whole page: an earlier snapshot, exclusions, a closing, bad links."""
    store = look.store
    viewed_as(look)
    if damaged := live().damaged:
        st.warning(
            t(
                "The newest snapshot {id} is damaged and not shown; these are the numbers of {shown}. "
                "Build again.",
                id=damaged,
                shown=live().store().id,
            )
        )
    if store.id != live().store().id:
        st.warning(t("Earlier snapshot {id}: the numbers as they were then.", id=store.id))
    if store.part:
        st.info(t("Institutions as then: what was booked counts where its institution hung on that day."))
    if look.without:
        names = ", ".join(plain(name_of(look, node)) for node in look.without)
        st.info(
            t("Without {names}. Plans and places are not shown; transfers count at both ends.", names=names)
        )
    closed = store.tree.closed[look.node]
    if closed is not None:
        st.info(plain(_closed(look, closed)))
    for note in look.notes:
        st.warning(plain(note))
    if look.page.metrics:
        banner(look.view(), tables_of(look.page, store))


def has_ended(look: Look) -> bool:
    """Whether the institution was closed before the period began: there is nothing to tell but that."""
    closed = look.store.tree.closed[look.node]
    return bool(look.page.metrics) and closed is not None and closed <= look.period.first


def _closed(look: Look, day: date) -> str:
    tree = look.store.tree
    if tree.merged[look.node] and look.grant.covers(tree.parent[look.node]):
        taker = name_of(look, tree.parent[look.node])
        said = t("This institution was closed on {day}; {taker} took it over.", day=day, taker=taker)
    else:
        said = t("This institution was closed on {day}.", day=day)
    earlier = t("An earlier period shows its history.")
    return f"{said} {earlier}" if has_ended(look) else said


def _title(look: Look) -> None:
    """A phone's first line, beside the menu: the page, and one tap to the institution above."""
    st.markdown(f"**{t(look.page.title)}**", width="content")
    st.space("stretch")
    for node in way_up(look)[-1:]:
        st.button(
            t("↑ {name}", name=plain(name_of(look, node))),
            key="up_phone",
            type="tertiary",
            on_click=go,
            kwargs={"at": look.store.tree.ids[node]},
        )


def _breadcrumb(look: Look) -> None:
    tree = look.store.tree
    for node in way_up(look):
        st.button(
            f"{plain(name_of(look, node))} ›",
            key=f"up_{tree.ids[node]}",
            type="tertiary",
            on_click=go,
            kwargs={"at": tree.ids[node]},
            help=t("Back up"),
        )
    level = look.store.policy.level(tree.levels[look.node])
    name, kind = name_of(look, look.node), word_of(level) if look.grant.covers(look.node) else ""
    shown = kind and kind.casefold() != name.casefold()
    st.markdown(f"**{plain(name)}**" + (f" :gray[{plain(kind)}]" if shown else ""))


def _choice(
    key: str, look: Look, labels: Mapping[str, str], title: str, *, where: str = "", named: bool = False
) -> None:
    """A select box that shows the settled value and writes a new one into the URL."""
    widget = f"frame_{key}_{where}"
    st.session_state[widget] = look.values[key]

    def chosen() -> None:
        value = st.session_state[widget]
        go(**(_with_comparisons(look, value) if key == "period" else {key: value}))

    st.selectbox(
        title,
        list(labels),
        format_func=lambda option: labels[option],
        key=widget,
        on_change=chosen,
        width="stretch" if named or where == "narrow" else WIDER.get(key, WIDTHS)[language()],
        label_visibility="visible" if named or where == "narrow" else "collapsed",
    )


def _periods(look: Look) -> None:
    first, _, last = covered(look.page, look.store)
    offered = [periods.name(period) for period in choices(first, last)]
    asked = look.values["period"]
    options = offered if asked in offered else [asked, *offered]
    labels = {text: period_label(periods.parse(text)) for text in options}
    _choice("period", look, labels, t("Period"))


def _with_comparisons(look: Look, period: str) -> dict[str, str]:
    """Another period with what it is usually held against, where the former one had its usual ones too."""
    former, new = (opening_comparisons(look.page, each) for each in (look.period, periods.parse(period)))
    return {"period": period} | {
        name: new[name] for name, word in former.items() if look.values[name] == word
    }


def _compare(look: Look, where: str) -> None:
    _choice("compare", look, {key: t(word) for key, word in COMPARE.items()}, t("Comparison"), where=where)


def _also(look: Look, where: str) -> None:
    words = {key: t("also {basis}", basis=t(word)) for key, word in COMPARE.items()}
    _choice("also", look, {NONE: t("no second comparison"), **words}, t("Second comparison"), where=where)


def _filters(look: Look, where: str) -> None:
    store = look.store
    if store.has("customers", "kind") or store.has("opportunities", "customer_kind"):
        kinds = dict.fromkeys([ALL, "personal", "corporate", look.values["kind"]])
        _choice("kind", look, {key: t(KINDS[key]) for key in kinds}, t("Customer kind"), where=where)
    if store.months:
        tiers = {tier.key: word_of(tier) for tier in store.policy.tiers}
        tiers = {ALL: t("All tiers"), **tiers, "untiered": t("Untiered")}
        if look.values["tier"] not in tiers:
            tiers[look.values["tier"]] = t("Tier unknown")
        _choice("tier", look, tiers, t("Tier"), where=where)


def _tags(look: Look) -> None:
    """A filter for each of the bank's own tags."""
    for tag in tags_of(look):
        values = [value for value in look.store.codes.get(TAG + tag, []) if value != "unknown"]
        labels = {ALL: f"{tag}: {t('all')}", **{value: value for value in values}}
        _choice(TAG + tag, look, labels | {"unknown": f"{tag}: {t('Unknown')}"}, plain(tag), named=True)


def _trees(look: Look) -> None:
    """Institutions where they hang today, or where they hung on each day."""
    if "tree" in look.values:
        labels = {"now": t("Institutions as now"), "then": t("Institutions as then")}
        _choice("tree", look, labels, t("Tree of institutions"), named=True)


def _snapshots(look: Look) -> None:
    """The page as it was at an earlier meeting."""
    kept = live().kept()
    labels = {LIVE: t("Latest data"), **{key: t("As of snapshot {id}", id=key) for key in kept}}
    _choice("snapshot", look, labels, t("Snapshot shown"), named=True)


def _opened_at(look: Look) -> str:
    """Why the page opened at the quarter; nothing where it opened at its month."""
    if look.page.counts is None or periods.kind(look.period) != "quarter":
        return ""
    if (month := thin_month(look.here, look.page)) is None:
        return ""
    name, column = look.page.counts
    return t(
        "{period}: {label} fewer than {n}, so the quarter opens",
        period=period_name(month),
        label=t(METRICS[name].measure(column).label),
        n=look.store.policy.floor_rank,
    )


def _dates(look: Look, *, short: bool) -> str:
    """How far each table reaches; on a phone the date and what must not be overlooked."""
    store = look.store
    dates = {table: store.as_of[table] for table in tables_of(look.page, store) if table in store.as_of}
    parts = [] if short else [plain(own(store.manifest["title"]))]
    if len(set(dates.values())) == 1:
        parts += [t("Data to {day}", day=next(iter(dates.values())))]
    else:
        parts += [t("{table} to {day}", table=t(TABLES[table]), day=day) for table, day in dates.items()]
    parts += [note] if (note := _opened_at(look)) else []
    parts += [] if short else [t("Snapshot {id}", id=store.id)]
    if store.manifest["sample"]:
        parts.append(t("Sample data, not a bank's own"))
    return " · ".join(parts)
