"""Choosing a breakdown, and rates by it."""

from typing import Any

import polars as pl
import streamlit as st

from charts import bars
from data_access.codes.coding import OTHER
from data_access.subject import Metric, message
from data_access.view.view import View
from metrics import METRICS
from ui.base.link import CHILDREN, KINDS, WIDTHS, go
from ui.base.words import language, own, t, word_of
from ui.parts.breakdown import plain_rows
from ui.parts.child_rows import WORDS
from ui.parts.contents import Choice, chosen
from ui.parts.figure import figure
from ui.parts.quiet import nothing
from ui.parts.table import table

NAMES = {
    "children": message("Institutions below"),
    "product": message("Product"),
    "source": message("Source"),
    "channel": message("Channel"),
    "touchpoint": message("Touchpoint"),
    "kind": message("Customer kind"),
    "tier": message("Tier"),
}
NEEDS = {
    "kind": ("customers", "kind"),
    "tier": ("customer_months", None),
}


def ways(view: View, metric: Metric) -> list[str]:
    """The breakdowns that this bank's data and this institution have."""
    found = ["children"] if view.store.tree.children(view.node) else []
    of_table = {"channel", "product", "source", "touchpoint"}  # labels that stand in the metric's own table
    needs = {
        name: (metric.needs[0], name) if name in of_table else NEEDS[name]
        for name in metric.dimensions
        if name in of_table or name in NEEDS
    }
    found += [name for name, need in needs.items() if view.store.has(*need)]
    return found + view.scope.tags(metric)


def breakdown_of(name: str) -> Choice:
    """The choice of a breakdown of this metric; what an institution does not have gives way to the next."""
    metric = METRICS[name]
    ways = (CHILDREN, *(way for way in metric.dimensions if way in NAMES))
    return Choice(
        name="by",
        label=message("breakdown"),
        values=ways,
        also=lambda store: store.manifest["dimensions"].get(metric.tags_of, []),
        words={CHILDREN: NAMES[CHILDREN]},
    )


def breakdown_choice(view: View, name: str, label: str, *, key: str) -> str:
    """The breakdown chosen, kept in the URL; an institution without children starts with the next one."""
    offered = ways(view, view.catalogue()[name])
    asked = chosen(view, breakdown_of(name))
    by = asked if asked in offered else offered[0]
    st.session_state[key] = by

    def changed() -> None:
        go(by=st.session_state[key])

    labels = {way: t(NAMES[way]) if way in NAMES else way for way in offered}
    st.selectbox(
        label,
        offered,
        format_func=lambda way: labels[way],
        key=key,
        on_change=changed,
        width=WIDTHS[language()],
    )
    return by


def rates_figure(view: View, by: str, *, key: str) -> None:
    """Closing rates by a breakdown with their intervals, beside the rate of the whole."""
    rates = _rates(view, by)
    if not rates["n"].sum():
        nothing(t("Nothing was decided in the period."))
        return
    if rates["win_rate"].null_count() == rates.height:
        st.caption(t("Too few decided deals to be compared."))
        return
    overall = view.metric("funnel.outcomes", columns=("win_rate",))["win_rate"][0]
    words = {
        "reference": t("all together"),
        "missing": t("too few cases"),
        "clear": t("differs beyond chance"),
        "unclear": t("not distinguishable"),
        "count": t("Decided deals"),
    }
    fig = bars.ranked(
        rates,
        "name",
        "win_rate",
        low="low",
        high="high",
        count="n",
        unit="%",
        labels=words,
        least=view.store.policy.floor_rank,
        reference=None if overall is None else overall * 100,
        alt=t("Closing rates compared, with intervals"),
        in_order=has_own_order(by),
    )
    figure(fig, key=key)


def amounts_table(view: View, by: str, *, key: str) -> None:
    """What was won by the same breakdown, largest amount first; tiers in their order."""
    metric = view.catalogue()["funnel.outcomes"]
    columns = ("won_amount", "average_deal", "won", "lost")
    frame = view.metric(metric.name, by, columns=columns).filter(pl.col("won") + pl.col("lost") > 0)
    if not frame.height:
        return
    frame = in_own_order(view, by, frame)
    names = pl.Series([name_of(view, by, row) for row in frame.to_dicts()], dtype=pl.String)
    shown = frame.with_columns(who=names)
    found = plain_rows(view, metric, shown, ("who", t(NAMES[by]) if by in NAMES else by), columns)
    lead = "won_amount" if any(column.key == "won_amount" for column in found.columns) else "won"
    table(
        found,
        key=key,
        caption=t("Closed amount"),
        language=language(),
        sort=None if has_own_order(by) else (lead, True),
        more=t("Show all {n} rows"),
    )


def _rates(view: View, by: str) -> pl.DataFrame:
    """Closing rates in percent with intervals and n; groups without any deal are left out."""
    frame = in_own_order(view, by, view.metric("funnel.outcomes", by, columns=("win_rate", "open")))
    names = pl.Series([name_of(view, by, row) for row in frame.to_dicts()], dtype=pl.String)
    percent = [pl.col(column) * 100 for column in ("win_rate", "low", "high")]
    rates = frame.with_columns(*percent, name=names, n=pl.col("won") + pl.col("lost"))
    enough = pl.col("n") >= view.store.policy.floor_cases
    rates = rates.with_columns(pl.when(enough).then(pl.col("win_rate")).alias("win_rate"))
    return rates.filter(pl.col("n") + pl.col("open") > 0)


def in_own_order(view: View, by: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a breakdown whose values have an order of their own: tiers, from the highest down."""
    if not has_own_order(by):
        return frame
    tiers = [tier.key for tier in reversed(view.store.policy.tiers)]
    place = pl.col(by).replace_strict(
        {tier: at for at, tier in enumerate(tiers)}, default=len(tiers), return_dtype=pl.Int64
    )
    return frame.sort(place, maintain_order=True)


def has_own_order(by: str) -> bool:
    """Whether the values of a breakdown are ranks, which no number may put into another order."""
    return by == "tier"


def name_of(view: View, by: str, row: dict[str, Any]) -> str:
    """A row of a breakdown in words."""
    if "institution" in row:
        mark = row["institution"]
        return t(WORDS[mark]) if mark in WORDS else str(row["name"])
    value = str(row[by])
    if value == OTHER and by not in view.store.manifest["dimensions"]:
        return t("Other")
    if by == "tier":
        tiers = {tier.key: word_of(tier) for tier in view.store.policy.tiers}
        return str({"untiered": t("Untiered"), "unknown": t("Tier unknown"), **tiers}.get(value, value))
    if by == "kind":
        return t(KINDS[value])
    return t("Unknown") if value == "unknown" else own(value)
