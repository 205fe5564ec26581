"""Customer value: customers by size and tier, cumulated shares, tenths and quadrants."""

from dataclasses import replace

import polars as pl
import streamlit as st

from charts import distribution
from data_access.errors import NotDelivered
from data_access.view.view import View
from metrics.value.settings import FLOOR_GINI
from ui.base.formats import grouped, round_amount, unit_of
from ui.base.link import KINDS
from ui.base.words import t, word_of
from ui.parts.figure import figure
from ui.parts.key_items import has_tiers
from ui.parts.quiet import heading, nothing, notice

MONTHS = 24


def suited(view: View) -> View:
    """The look at the whole months that customer value is counted by."""
    return view.suited(view.catalogue()["value.summary"])


def of_people(view: View) -> View:
    """The same look, with managers' customers counted as all of this page: without corporate ones."""
    return replace(view, settings={**view.settings, "book.customers": "people"})


def tier_names(view: View) -> dict[str, str]:
    """Tiers in words, lowest first."""
    named = {tier.key: word_of(tier) for tier in view.store.policy.tiers}
    return {**named, "untiered": t("Untiered"), "unknown": t("Tier unknown")}


def day_note(view: View) -> str:
    """The month end that all of it stands at."""
    return t("at {day}", day=suited(view).period.last)


def whom_note(view: View) -> None:
    """Whose figures these are: kinds are never mixed."""
    chosen = view.filters.get("kind")
    if chosen:
        bare = "" if has_tiers(view) else t("No tier edges are set for corporate customers.")
        st.caption(" ".join(filter(None, [t("Customers shown: {kind}.", kind=t(KINDS[chosen])), bare])))
    elif view.store.has("customers", "kind"):
        st.caption(
            t(
                "Personal customers and those of unknown kind. Corporate customers are shown by the "
                "filter Corporate; kinds are never mixed here."
            )
        )


def size_figure(view: View, *, key: str) -> None:
    """Customers by size of AUM on a logarithmic scale, with the tiers' edges."""
    heading(t("Customers by AUM"), day_note(view))
    try:
        frame = suited(view).metric("value.histogram", bands="4")
    except NotDelivered as error:
        notice(error)
        return
    if frame.is_empty():
        nothing(t("No customer is booked here at the end of the period."))
        return
    units = pl.col("low_edge", "high_edge") / view.store.minor_units
    frame = frame.with_columns(units)
    told = [
        t("up to 0") if low is None else f"{_exact(low)} – {_exact(high)}"
        for low, high in frame.select("low_edge", "high_edge").iter_rows()
    ]
    marks = [(tier.edge, word_of(tier)) for tier in view.store.policy.tiers[1:]]
    marks = marks if has_tiers(view) else []
    ticks = [(10**power, round_amount(view, 10**power)) for power in range(0, 11, 2)]
    words = {"nothing": "≤ 0", "count": unit_of("customers") or t("customers")}
    fig = distribution.by_size(
        frame.with_columns(told=pl.Series(told, dtype=pl.String)),
        "low_edge",
        "high_edge",
        "customers",
        marks=marks,
        ticks=ticks,
        told="told",
        words=words,
        alt=t("Number of customers by size of their AUM, with the edges of the tiers"),
    )
    figure(fig, key=key)


def _exact(value: float | None) -> str:
    return "" if value is None else grouped(value)


def too_few(view: View) -> bool:
    """Says that a curve is not told of so few customers, where it is not."""
    customers, floor = suited(view).metric("value.summary")["customers"][0], view.store.policy.of(FLOOR_GINI)
    if not 0 < customers < floor:
        return False
    nothing(t("Among fewer than {n} customers this is not told.", n=floor))
    return True


def lorenz_figure(view: View, *, key: str) -> None:
    """The Lorenz curve, that of a year before, and that of the parent where it may be told."""
    heading(t("Who holds the AUM (Lorenz curve)"), day_note(view))
    if too_few(view):
        return
    look = suited(view)
    try:
        own, parent = look.metric("value.lorenz"), look.reference("value.lorenz")
    except NotDelivered as error:
        notice(error)
        return
    if own.is_empty():
        nothing(t("No customer holds anything here at the end of the period."))
        return
    here = view.name(view.store.tree.ids[view.node])
    lines = [(here, own)]
    then = replace(look, comparison="last_year").compared(flow=False)
    if look.covers(look.catalogue()["value.lorenz"], then.period):
        earlier = then.metric("value.lorenz")
        lines += [(f"{then.period.last:%Y-%m}", earlier)] if earlier.height else []
    if parent is not None and parent.height:
        lines.append((view.name(view.store.tree.ids[view.store.tree.parent[view.node]]), parent))
    fig = distribution.curves(
        lines,
        "share_customers",
        "share_aum",
        equal=t("all equal"),
        titles=(t("Customers, least AUM first"), t("AUM held")),
        alt=t("Share of AUM that the customers with the least AUM hold together"),
    )
    figure(fig, key=key)
    if parent is None and view.node:
        st.caption(t("The institution above has too few institutions to be shown beside this one."))


def whale_figure(view: View, *, key: str) -> None:
    """Contribution from the customers who bring most to those who cost most."""
    if not view.store.has("customer_months", "contribution"):
        return
    heading(t("Who brings the contribution (whale curve)"), day_note(view))
    if too_few(view):
        return
    try:
        frame = suited(view).metric("value.whale")
    except NotDelivered as error:
        notice(error)
        return
    if frame.is_empty():
        nothing(t("All customers together bring no contribution in this month."))
        return
    fig = distribution.curves(
        [(view.name(view.store.tree.ids[view.node]), frame)],
        "share_customers",
        "share_contribution",
        equal=t("all equal"),
        titles=(t("Customers, highest contribution first"), t("Contribution")),
        alt=t("Share of contribution that the customers who bring most bring together"),
    )
    figure(fig, key=key)
    if any(share > 1 + 1e-6 for share in frame["share_contribution"]):
        st.caption(
            t("Where the curve falls, customers with a negative contribution take back what others bring.")
        )


def mix_figure(view: View, *, key: str) -> None:
    """The tiers' shares of AUM over time."""
    if not has_tiers(view):
        return
    share = "share_aum" if view.store.has("customer_months", "aum") else "share_customers"
    frame = suited(view).series("value.tiers", "tier", "customers", share, months=MONTHS)
    label = t("% of AUM") if share == "share_aum" else t("% of customers")
    heading(t("Tiers over {n} months", n=MONTHS), label)
    if frame.is_empty() or frame[share].null_count() == frame.height:
        nothing(t("No customer is booked here at the end of the period."))
        return
    held = set(frame.filter(pl.col("customers") > 0)["tier"])
    names = {key: name for key, name in tier_names(view).items() if key in held}
    figure(
        distribution.mix(frame, "month", "tier", share, names, alt=t("Share of each tier by month")), key=key
    )
