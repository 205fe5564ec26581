"""Tier migration: the matrix and its bands, each tier's way, and who is in observation."""

from typing import Any

import polars as pl
import streamlit as st

from charts import flows
from data_access.errors import CockpitError, NotDelivered
from data_access.subject import message
from data_access.view.view import View
from data_access.windows import months_later
from metrics.migration.ladder import LADDER
from metrics.migration.settings import MISSED_MONTHS, MISSED_MONTHS_PRIVATE
from ui.base.formats import unit_of
from ui.base.link import go
from ui.base.words import error_text, language, t
from ui.migration.choices import CELL, DISTANCE, DISTANCES, FLOW, NUMBERS, STANDS, STATES_SHOWN
from ui.migration.flow import flow_section
from ui.migration.matrix import SHARE, cell_rows, cells_choice, drawn, unit
from ui.migration.states import MATRIX, names, order, shown
from ui.parts.breakdown import plain_rows
from ui.parts.contents import chosen
from ui.parts.figure import figure
from ui.parts.folded import folded
from ui.parts.key_figures import colours
from ui.parts.key_items import unknown
from ui.parts.one_customer import customer_rows
from ui.parts.quiet import absent, heading, notice
from ui.parts.table import table

STAND = {"plain": message("Tiers"), "watch": message("Tiers with observation")}
WITHIN = {
    "1": message("1 month"),
    "3": message("3 months"),
    "6": message("6 months"),
    "12": message("12 months"),
}
_SCROLLS = (
    ".st-key-{key} {{overflow-x: auto}}"
    ".st-key-{key} [data-testid=stElementContainer], .st-key-{key} [data-testid=stFullScreenFrame],"
    ".st-key-{key} [data-testid=stPlotlyChart] {{min-width: 58rem}}"
)


def migration_section(view: View, *, key: str) -> None:
    """How far to look back, the matrix beside its bands, the flow chosen in it, and each tier's way."""
    view = view.suited(view.catalogue()[MATRIX])
    states = chosen(view, STATES_SHOWN)
    try:
        known, plain = known_distances(view, states), known_distances(view, STANDS[0])
    except NotDelivered:  # the filter does not apply; the cards say so
        return
    if not plain:
        absent(t("Who changed tier is shown when the month before is delivered too."))
        return
    asked = chosen(view, DISTANCE)
    for reason in _reasons(view, plain, STANDS[0]):
        st.caption(reason)
    distance = asked if asked in known else (known or plain)[0]
    _choice(known or plain, distance, states, key=f"{key}_distance")
    if len(known) < len(plain):
        st.caption(
            t(
                "Who is in observation is known after six month ends in a row, at both ends; over more "
                "than one month it is told for the newest month end only."
            )
        )
        for reason in _reasons(view, known, states):
            st.caption(reason)
    states = states if known else STANDS[0]
    cells = shown(view, distance, states)
    if not cells.height:
        st.info(
            t("Nobody has a tier here at these month ends; tiers need aum_avg or aum of personal customers.")
        )
        return
    _figures(view, cells, distance, states, key=key)
    flow_section(view, cells, distance, states, key=f"{key}_flow")
    ladder_table(view, distance, key=f"{key}_ladder")


def known_distances(view: View, states: str) -> list[str]:
    """The months back for which both ends of a step are known."""
    return view.once(
        "known_distances",
        states,
        lambda: [d for d in DISTANCES if view.metric(MATRIX, distance=d, states=states).height],
    )


def _reasons(view: View, known: list[str], states: str) -> list[str]:
    """Why the other distances are not offered, those of one reason together."""
    found: dict[str, list[str]] = {}
    for distance in sorted(set(DISTANCES) - set(known), key=int):
        if (why := unknown(view, MATRIX, distance=distance, states=states)) is not None:
            found.setdefault(error_text(why), []).append(t(WITHIN[distance]))
    return [t("{name}: {value}", name=t(", ").join(months), value=why) for why, months in found.items()]


def _choice(known: list[str], distance: str, states: str, *, key: str) -> None:
    st.session_state[key], st.session_state[f"{key}_states"] = distance, states
    with st.container(horizontal=True, gap="medium"):
        st.segmented_control(
            t("Months compared"),
            sorted(known, key=int),
            format_func=lambda d: t(WITHIN[d]),
            key=key,
            required=True,
            label_visibility="collapsed",
            on_change=lambda: go(distance=st.session_state[key] or distance),
        )
        st.segmented_control(
            t("States"),
            STANDS,
            format_func=lambda s: t(STAND[s]),
            key=f"{key}_states",
            required=True,
            label_visibility="collapsed",
            on_change=lambda: go(states=st.session_state[f"{key}_states"] or states),
        )


def _figures(view: View, cells: pl.DataFrame, distance: str, states: str, *, key: str) -> None:
    at, shows = view.period.last, chosen(view, NUMBERS)
    between = t("{first} to {last}", first=months_later(at, -int(distance)), last=at)
    shows = cells_choice(cells, shows, key=f"{key}_cells")
    is_wide = states != STANDS[0]  # so many states need the whole width
    left, right = (st.container(), st.container()) if is_wide else st.columns(2, gap="medium")
    with left:
        heading(
            t("From tier to tier"), t("{what}, {between}", what=unit(view, cells, shows), between=between)
        )
        _drawn(view, cells, shows, distance, states, key=key)
    if is_wide:
        return
    with right, st.container(key="wide_only"):  # a phone has the matrix, of which this is the picture
        heading(t("Where customers went"), between)
        rows, columns = (order(view, cells, end, states) for end in CELL)
        fig = flows.sankey(
            cells,
            "from_tier",
            "to_tier",
            names=(names(view, "from_tier"), names(view, "to_tier")),
            ends=(rows, columns),
            colours=colours(view),
            words={"small": t("Smaller flows together"), "unit": unit_of("customers")},
            alt=t("Customers between tiers as bands"),
        )
        figure(fig, key=f"{key}_bands")
        st.caption(t("Flows of less than 0.5% of all customers are drawn together; the matrix has each."))


def _drawn(view: View, cells: pl.DataFrame, shows: str, distance: str, states: str, *, key: str) -> None:
    """The matrix, what is marked in it, and the same as a table; with observation it scrolls in its box."""
    box, asked = f"{key}_wide", (shows, distance, states)
    if states != STANDS[0]:
        st.html(f"<style>{_SCROLLS.format(key=box)}</style>")
    flow = [chosen(view, end) for end in FLOW]
    ways = set(cells.select(CELL).iter_rows())

    def clicked(point: list[Any]) -> None:
        if tuple(point[:2]) in ways:  # the browser may only choose what it was shown
            go(from_tier=point[0], to_tier=point[1])

    with st.container(key=box):
        fig = view.once("matrix", asked, lambda: drawn(view, cells, shows, states))
        figure(fig, key=f"{key}_matrix_{'_'.join(flow)}", on_select=clicked)
    if shows == SHARE:
        few = view.store.policy.floor_rank
        st.caption(t("Slanted: customers. n<{few}: too few customers before for a share.", few=few))
    found = view.once("matrix_table", asked, lambda: cell_rows(view, cells, shows, states))
    with st.expander(t("The same as a table")):
        table(
            found, key=f"{key}_cells_table", caption=t("From tier to tier"), language=language(), fixed=True
        )


def ladder_table(view: View, distance: str, *, key: str) -> None:
    """Each tier from opening to closing, highest first, and all together."""
    metric = view.catalogue()["migration.ladder"]
    frame = view.metric(metric.name, distance=distance).reverse()
    total = frame.select(pl.lit("all").alias("tier"), *[pl.col(name).sum() for name in LADDER])
    both = pl.concat([frame.select("tier", *LADDER), total])
    drawn = [name for name in LADDER if (both[name] != 0).any()]
    words = {**names(view, "from_tier"), "all": t("All tiers")}
    found = plain_rows(
        view,
        metric,
        both,
        ("tier", t("Tier")),
        drawn,
        names=words,
        together=drawn,
        phone=("opening", "closing"),
        total="all",
    )
    title = t("Each tier from opening to closing")
    with folded(title, key=key):
        table(found, key=key, caption=title, language=language(), fixed=True)


def observation_table(view: View, *, key: str) -> None:
    """Who holds a tier that the average no longer reaches, by that tier, highest first, and all together."""
    metric = view.catalogue()["migration.observation"]
    view = view.suited(metric)
    columns = ("observed", "observed_aum", "due", "due_aum", "held")
    total = view.metric(metric.name).select(pl.lit("all").alias("tier"), *columns)
    policy = view.store.policy
    missed = t(
        "down after {n} missed months, private banking after {private}",
        n=policy.of(MISSED_MONTHS),
        private=policy.of(MISSED_MONTHS_PRIVATE),
    )
    if total["observed"][0] is None:
        why = unknown(view, metric.name)
        if why is not None and "months" not in why.values:
            heading(t("In observation by tier"), missed)
            notice(why)
        else:
            absent(t("Observation is shown when six month ends in a row are delivered."))
        return
    heading(t("In observation by tier"), missed)
    both = pl.concat([view.metric(metric.name, "tier").select("tier", *columns).reverse(), total])
    words = {**names(view, "from_tier"), "all": t("All tiers")}
    label, phone = ("tier", t("Tier held")), ("observed", "due")
    found = plain_rows(view, metric, both, label, columns, names=words, phone=phone, total="all")
    table(found, key=key, caption=t("In observation by tier"), language=language(), fixed=True)
    if not view.store.tree.children(view.node) and total["observed"][0]:
        _observed(view, key=f"{key}_list")


def _observed(view: View, *, key: str) -> None:
    """Whom to call before the tier is lost: the customers of an outlet, at the newest month end."""
    try:
        frame = view.list("customers_observed").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        notice(error)
        return
    words, codes = names(view, "from_tier"), view.store.codes["tier"]
    columns = {
        "left": (t("Months left"), lambda row: str(row["months_left"])),
        "tier": (t("Tier held"), lambda row: words[codes[row["tier"]]]),
    }
    st.caption(t("At the newest month end, {day}.", day=view.store.months[-1]))
    customer_rows(view, frame, columns, caption=t("Customers in observation"), key=key, amount=t("AUM"))
