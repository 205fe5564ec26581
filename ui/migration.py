"""Tier migration: the matrix and its bands, each tier's way, one flow by institution."""

from typing import Any

import polars as pl
import streamlit as st

from charts import flows, matrix
from data_access.errors import CockpitError, NotDelivered
from data_access.reading import BETWEEN, OWN
from data_access.subject import message
from data_access.view import View
from metrics.migration import STATES
from metrics.migration_marts import ELSEWHERE, OUTSIDE
from metrics.migration_outlook import months_before
from ui.breakdown import plain_rows
from ui.children import WORDS
from ui.choice import name_of
from ui.customers import customer_rows
from ui.figure import figure
from ui.formats import unit_of
from ui.key_figures import colours
from ui.page import heading
from ui.state import CELL, DISTANCES, NONE, go
from ui.table import table
from ui.words import error_text, language, t

MATRIX = "migration.matrix"
WITHIN = {
    "1": message("1 month"),
    "3": message("3 months"),
    "6": message("6 months"),
    "12": message("12 months"),
}
COLUMNS = ("opening", "risen_in", "fallen_in", "entered", "transferred_in", "risen_out", "fallen_out", "left",
           "transferred_out", "retiered", "closing")  # fmt: skip


def migration_section(view: View, *, key: str) -> None:
    """How far to look back, then the matrix beside its bands, each tier's way, and one flow below."""
    view = view.suited(view.catalogue()[MATRIX])
    try:
        known = [d for d in DISTANCES if view.metric(MATRIX, distance=d).height]
    except NotDelivered:  # the filter does not apply; the cards say so
        return
    if not known:
        st.info(t("Who changed tier is shown when the month before is delivered too."))
        return
    asked = st.session_state["look"]["distance"]
    distance = asked if asked in known else known[0]
    cells = shown(view, distance)
    if not cells.height:
        st.info(
            t("Nobody has a tier here at these month ends; tiers need aum_avg or aum of personal customers.")
        )
        return
    _choice(known, distance, key=f"{key}_distance")
    _figures(view, cells, distance, key=key)
    ladder_table(view, distance, key=f"{key}_ladder")
    flow_section(view, cells, distance, key=f"{key}_flow")


def _choice(known: list[str], distance: str, *, key: str) -> None:
    st.session_state[key] = distance
    st.segmented_control(
        t("Months compared"), sorted(known, key=int), format_func=lambda d: t(WITHIN[d]), key=key,
        required=True, label_visibility="collapsed",
        on_change=lambda: go(distance=st.session_state[key] or distance),
    )  # fmt: skip


def shown(view: View, distance: str) -> pl.DataFrame:
    """The cells of tiers and of what they exchange customers with, each with its `way` and `count`.

    Customers without a tier are shown where they exchange with tiers: corporate ones stay among themselves.
    """
    tiers = {tier.key: number for number, tier in enumerate(view.store.policy.tiers)}
    cells = view.metric(MATRIX, distance=distance)
    touched = cells.filter(pl.col("customers") > 0)
    ends = pl.col("from_tier").is_in(list(tiers)), pl.col("to_tier").is_in(list(tiers))
    touched = touched.filter(ends[0] | ends[1])
    states = {*tiers, *touched["from_tier"], *touched["to_tier"]} if touched.height else set()
    cells = cells.filter(pl.col("from_tier").is_in(states), pl.col("to_tier").is_in(states))
    outside = STATES[OUTSIDE]
    ways = [
        (tiers[b] > tiers[a]) - (tiers[b] < tiers[a]) if a in tiers and b in tiers
        else (a == outside) - (b == outside)
        for a, b in cells.select("from_tier", "to_tier").iter_rows()
    ]  # fmt: skip
    return cells.with_columns(
        way=pl.Series(ways, dtype=pl.Int64), count="customers", percent=pl.col("share") * 100
    )


def order(view: View, cells: pl.DataFrame, end: str) -> list[str]:
    """States from the highest tier down, then those without a tier, elsewhere and outside."""
    down = [tier.key for tier in reversed(view.store.policy.tiers)]
    every = [*down, "unknown", "untiered", STATES[ELSEWHERE], STATES[OUTSIDE]]
    sums = dict(cells.group_by(end).agg(pl.col("customers").sum()).iter_rows())
    return [state for state in every if state in down or sums.get(state)]


def names(view: View, end: str) -> dict[str, str]:
    """The states of one end in words."""
    words = {key: name_of(view, "tier", {"tier": key}) for key in view.store.codes["tier"]}
    outside, elsewhere = (t("New"), t("Moved in")) if end == "from_tier" else (t("Gone"), t("Moved out"))
    return words | {STATES[OUTSIDE]: outside, STATES[ELSEWHERE]: elsewhere}


def _figures(view: View, cells: pl.DataFrame, distance: str, *, key: str) -> None:
    rows, columns = order(view, cells, "from_tier"), order(view, cells, "to_tier")
    words = (names(view, "from_tier"), names(view, "to_tier"))
    at = view.period.last
    between = t("{first} to {last}", first=months_before(at, int(distance)), last=at)
    left, right = st.columns(2, gap="medium")
    with left:
        heading(t("From tier to tier"), t("% of the tier before, {between}", between=between))
        fig = matrix.heat(
            cells.filter(pl.col("from_tier").is_in(rows), pl.col("to_tier").is_in(columns)),
            "from_tier", "to_tier", "percent",
            names=words,
            ends=([row for row in rows if row not in STATES.values()], columns),
            colours=colours(view),
            words={"few": t("too few customers, not shown"), "then": t("Tier before"), "now": t("Tier now")},
            alt=t("Share of each tier's customers by the tier they went to"),
        )  # fmt: skip
        figure(fig, key=f"{key}_matrix")
    with right:
        heading(t("Where customers went"), between)
        fig = flows.sankey(
            cells, "from_tier", "to_tier", names=words, ends=(rows, columns), colours=colours(view),
            words={"small": t("Smaller flows together"), "unit": unit_of("customers")},
            alt=t("Customers between tiers as bands"),
        )  # fmt: skip
        figure(fig, key=f"{key}_bands")
        st.caption(t("Flows of less than 0.5% of all customers are drawn together; the matrix has each."))


def ladder_table(view: View, distance: str, *, key: str) -> None:
    """Each tier from opening to closing, highest first, and all together."""
    metric = view.catalogue()["migration.ladder"]
    frame = view.metric(metric.name, distance=distance).reverse()
    total = frame.select(pl.lit("all").alias("tier"), *[pl.col(name).sum() for name in COLUMNS])
    both = pl.concat([frame.select("tier", *COLUMNS), total])
    drawn = [name for name in COLUMNS if (both[name] != 0).any()]
    words = {**names(view, "from_tier"), "all": t("All tiers")}
    heads, rows = plain_rows(view, metric, both, ("tier", t("Tier")), drawn, names=words, together=drawn)
    rows[-1]["role"] = "total"
    for head in heads:
        head["phone"] = head["key"] in ("tier", "opening", "closing")
    heading(t("Each tier from opening to closing"))
    table(
        heads, rows, key=key, caption=t("Each tier from opening to closing"), language=language(), fixed=True
    )


def observation_table(view: View, *, key: str) -> None:
    """Who holds a tier that the average no longer reaches, by that tier, highest first, and all together."""
    metric = view.catalogue()["migration.observation"]
    view = view.suited(metric)
    columns = ("observed", "observed_aum", "due", "due_aum", "held")
    total = view.metric(metric.name).select(pl.lit("all").alias("tier"), *columns)
    heading(t("In observation by tier"), t("down after 3 missed months, private banking after 6"))
    if total["observed"][0] is None:
        st.info(t("Observation is shown when six month ends in a row are delivered."))
        return
    both = pl.concat([view.metric(metric.name, "tier").select("tier", *columns).reverse(), total])
    words = {**names(view, "from_tier"), "all": t("All tiers")}
    heads, rows = plain_rows(view, metric, both, ("tier", t("Tier held")), columns, names=words)
    rows[-1]["role"] = "total"
    for head in heads:
        head["phone"] = head["key"] in ("tier", "observed", "due")
    table(heads, rows, key=key, caption=t("In observation by tier"), language=language(), fixed=True)
    if not view.store.tree.children(view.node) and total["observed"][0]:
        _observed(view, key=f"{key}_list")


def _observed(view: View, *, key: str) -> None:
    """Whom to call before the tier is lost: the customers of an outlet, at the newest month end."""
    try:
        frame = view.list("customers_observed").sort("weight", descending=True, maintain_order=True)
    except CockpitError as error:
        st.info(error_text(error))
        return
    words, codes = names(view, "from_tier"), view.store.codes["tier"]
    columns = {
        "left": (t("Months left"), lambda row: str(row["months_left"])),
        "tier": (t("Tier held"), lambda row: words[codes[row["tier"]]]),
    }
    st.caption(t("At the newest month end, {day}.", day=view.store.months[-1]))
    customer_rows(view, frame, columns, caption=t("Customers in observation"), key=key)


def flow_section(view: View, cells: pl.DataFrame, distance: str, *, key: str) -> None:
    """One flow, chosen by its two ends, by the institutions below; none chosen: the largest between tiers."""
    look, tiers = st.session_state["look"], [tier.key for tier in view.store.policy.tiers]
    ends = {end: order(view, cells, end) for end in CELL}
    chosen = [look[end] if look[end] in ends[end] else NONE for end in CELL]
    if NONE in chosen:
        between = cells.filter(
            pl.col("from_tier").is_in(tiers), pl.col("to_tier").is_in(tiers), pl.col("way") != 0
        )
        largest = between.sort("customers", descending=True, maintain_order=True).head(1)
        chosen = list(largest.select(CELL).row(0))
    heading(t("Which institutions a flow comes from"), t("choose both ends"))
    boxes = st.columns([1, 1, 2], gap="small")
    labels = {"from_tier": t("Tier before"), "to_tier": t("Tier now")}

    def changed() -> None:
        go(**{end: st.session_state[f"{key}_{end}"] for end in CELL})

    for box, end, value in zip(boxes, CELL, chosen, strict=False):
        st.session_state[f"{key}_{end}"] = value
        words = names(view, end)
        with box:
            st.selectbox(labels[end], ends[end], format_func=words.__getitem__, key=f"{key}_{end}",
                         on_change=changed)  # fmt: skip
    found = flow_rows(view, distance, chosen[0], chosen[1])
    if found is None:
        st.info(t("Nobody went this way."))
        return
    table(*found, key=f"{key}_table", caption=t("Which institutions a flow comes from"), language=language(),
          sort=("customers", True), more=t("Show all {n} rows"), on_select=lambda at: go(at=at))  # fmt: skip


def flow_rows(
    view: View, distance: str, then: str, now: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
    """Headings and rows of one flow by the institutions below, closed by all; None where nobody went so."""
    metric, way = view.catalogue()[MATRIX], (pl.col("from_tier") == then) & (pl.col("to_tier") == now)
    total = view.metric(MATRIX, distance=distance).filter(way)
    if not total.height or not total["customers"][0]:
        return None
    here = view.name(view.store.tree.ids[view.node])
    total = total.with_columns(institution=pl.lit("total"), name=pl.lit(here))
    parts = [total]
    if view.store.tree.children(view.node):
        below = view.metric(MATRIX, view.rows, distance=distance).filter(way, pl.col("customers") != 0)
        parts = [below.select(total.columns), total]
    both = pl.concat(parts)
    columns = ("customers", "share", "n", "aum_from", "aum_to")
    label = ("name", t("Institution"))
    few = t("too few customers, not shown") if then not in STATES.values() else ""
    heads, rows = plain_rows(view, metric, both, label, columns, notes=lambda _row, _name: few,
                             together=("aum_from", "aum_to"))  # fmt: skip
    for row, at in zip(rows, both["institution"], strict=True):
        is_child = at in view.store.tree.node_of
        row["id"], row["role"] = (
            (at if is_child else None),
            (at if at in (OWN, BETWEEN, "total") else "child"),
        )
        if at in WORDS:
            row["cells"]["name"]["text"] = t(WORDS[at])
    return heads, rows
