"""One flow of tier migration: which institutions it comes from, and at an outlet whom it is about."""

from dataclasses import replace

import polars as pl
import streamlit as st

from data_access.errors import CockpitError
from data_access.view.rows import BETWEEN, OWN
from data_access.view.view import View
from metrics.migration.lists import LISTED
from metrics.migration.states import STATES
from ui.base.link import NONE, go
from ui.base.words import language, t
from ui.migration.choices import CELL, FLOW
from ui.migration.states import MATRIX, names, order, ranked
from ui.parts.breakdown import plain_rows
from ui.parts.child_rows import WORDS
from ui.parts.contents import chosen
from ui.parts.customers import SHOWN, Amount, Told
from ui.parts.model import Row, Table
from ui.parts.one_customer import customer_rows
from ui.parts.quiet import drawn, heading, nothing, notice
from ui.parts.table import table


def flow_section(view: View, cells: pl.DataFrame, distance: str, states: str, *, key: str) -> None:
    """One flow, chosen by its two ends, by the institutions below; none chosen: the largest between tiers."""
    tiers = ranked(view, states)
    ends = {end: order(view, cells, end, states) for end in CELL}
    asked = {end.name: chosen(view, end) for end in FLOW}
    flow = [asked[end] if asked[end] in ends[end] else NONE for end in CELL]
    if NONE in flow:
        between = cells.filter(
            pl.col("from_tier").is_in(tiers), pl.col("to_tier").is_in(tiers), pl.col("way") != 0
        )
        largest = between.sort("customers", descending=True, maintain_order=True).head(1)
        flow = list(largest.select(CELL).row(0))
    heading(t("Which institutions a flow comes from"), t("click a cell of the matrix or choose both ends"))
    drawn()
    boxes = st.columns([1, 1, 2], gap="small")
    labels = {"from_tier": t("Tier before"), "to_tier": t("Tier now")}

    def changed() -> None:
        go(**{end: st.session_state[f"{key}_{end}"] for end in CELL})

    for box, end, value in zip(boxes, CELL, flow, strict=False):
        st.session_state[f"{key}_{end}"] = value
        words = names(view, end)
        with box:
            st.selectbox(
                labels[end], ends[end], format_func=words.__getitem__, key=f"{key}_{end}", on_change=changed
            )
    found = flow_rows(view, distance, states, flow[0], flow[1])
    if found is None:
        nothing(t("Nobody went this way."))
        return
    table(
        found,
        key=f"{key}_table",
        caption=t("Which institutions a flow comes from"),
        language=language(),
        sort=("customers", True),
        more=t("Show all {n} rows"),
        on_select=lambda at: go(at=at),
    )
    if not view.store.tree.children(view.node):
        went = int(found.rows[-1].cells["customers"].value or 0)
        _listed(view, distance, flow[0], flow[1], went, key=f"{key}_list")


def cut_note(listed: int, went: int) -> str:
    """How many of a flow are listed, where the list was cut."""
    return t("The first {shown} of {n}.", shown=f"{listed:,}", n=f"{went:,}") if listed < went else ""


def _listed(view: View, distance: str, then: str, now: str, went: int, *, key: str) -> None:
    """Who went this way: the customers of an outlet, at the newest month end."""
    codes = {name: code for code, name in enumerate(view.store.codes["tier"])}
    codes |= {name: code for code, name in STATES.items()}
    newest = view.store.months[-1]
    if view.period.last != newest:
        nothing(t("Who they are is listed for the newest month end only, {day}.", day=newest))
        return
    if then not in codes or now not in codes:
        nothing(
            t(
                "Who they are is listed between tiers without observation; who is in observation now "
                "stands under “In observation by tier”."
            )
        )
        return
    if then == now:
        return
    try:
        every = view.list(LISTED[distance])
    except CockpitError as error:
        notice(error)
        return
    frame = every.filter(pl.col("from_tier") == codes[then], pl.col("to_tier") == codes[now])
    frame = frame.sort("weight", descending=True, maintain_order=True).head(SHOWN)
    columns: dict[str, Told | Amount] = {
        "moved": Amount(t("AUM change"), signed=True),
        "then": (t("Tier before"), lambda _row: names(view, "from_tier")[then]),
        "now": (t("Tier now"), lambda _row: names(view, "to_tier")[now]),
    }
    words = names(view, "from_tier")[then], names(view, "to_tier")[now]
    heading(
        t("Who went from {then} to {now}", then=words[0], now=words[1]),
        t("at the newest month end, {day}", day=newest),
    )
    st.caption(
        " ".join(
            filter(
                None,
                [
                    t("The largest changes first; of who left, the amount held before."),
                    cut_note(frame.height, went),
                ],
            )
        )
    )
    customer_rows(view, frame, columns, caption=t("Customers who changed tier"), key=key, amount=t("AUM"))


def flow_rows(view: View, distance: str, states: str, then: str, now: str) -> Table | None:
    """One flow as a table by the institutions below, closed by all; None where nobody went so."""
    metric, way = view.catalogue()[MATRIX], (pl.col("from_tier") == then) & (pl.col("to_tier") == now)
    total = view.metric(MATRIX, distance=distance, states=states).filter(way)
    if not total.height or not total["customers"][0]:
        return None
    here = view.name(view.store.tree.ids[view.node])
    total = total.with_columns(institution=pl.lit("total"), name=pl.lit(here))
    parts = [total]
    if view.store.tree.children(view.node):
        below = view.metric(MATRIX, view.rows, distance=distance, states=states)
        below = below.filter(way, pl.col("customers") != 0)
        parts = [below.select(total.columns), total]
    both = pl.concat(parts)
    columns = ("customers", "share", "n", "aum_from", "aum_to")
    label = ("name", t("Institution"))
    few = t("too few customers, not shown") if then not in STATES.values() else ""
    found = plain_rows(
        view, metric, both, label, columns, notes=lambda _row, _name: few, together=("aum_from", "aum_to")
    )
    placed = [_placed(view, row, at) for row, at in zip(found.rows, both["institution"], strict=True)]
    return replace(found, rows=placed)


def _placed(view: View, row: Row, at: str) -> Row:
    """A row as one of the institution it is of, or of those that close the table."""
    name = replace(row.cells["name"], text=t(WORDS[at])) if at in WORDS else row.cells["name"]
    is_child = at in view.store.tree.node_of
    role = at if at in (OWN, BETWEEN, "total") else "child"
    return Row({**row.cells, "name": name}, role, at if is_child else None)
