"""Metrics as key figures: the number, two comparisons, plan, place, course and definition.

The cards are drawn by `ui/parts/cards.py` and taken along by `ui/brief/compose.py`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Measure, Metric, Period, message
from data_access.view.view import View
from metrics.statistics.intervals import wilson
from metrics.value.marts import RECENT
from ui.base.formats import Scale, interval_ends, interval_said, period_name, scale_in
from ui.base.words import counted, error_text, t, word_of
from ui.parts.changes import (
    before,
    change,
    compared_with,
    comparisons,
    not_kept,
    with_parts,
    withheld,
)
from ui.parts.contents import Wanted
from ui.parts.model import Card, Place
from ui.parts.plans import plan_of, plans
from ui.parts.verdicts import cases_of, history, too_few, with_enough


def items(view: View, wanted: Wanted, *, course: bool = True) -> tuple[list[Card], list[str]]:
    """The cards of a page, worked out once for whoever tells of them (`cards_of`)."""
    return view.once("cards", (tuple(wanted), course), lambda: cards_of(view, wanted, course=course))


def cards_of(view: View, wanted: Wanted, *, course: bool = True) -> tuple[list[Card], list[str]]:
    """Cards for (metric, column) pairs, and the names of those that a filter does not apply to.

    `course`: with their values of the last twelve months.

    What the bank does not deliver is left out. A metric that is counted by the month is read at the last
    whole month, and the card says so.
    """
    columns: dict[str, list[str]] = {}
    for name, column in wanted:
        columns.setdefault(name, []).append(column)
    found: dict[tuple[str, str], tuple[Card, Scale]] = {}
    unfiltered = []
    for name, names in columns.items():
        metric = view.catalogue()[name]
        try:
            found |= _of_metric(view.suited(metric), metric, names, view, course=course)
        except NotDelivered:
            if view.scope.not_carried(metric):
                unfiltered += [t(metric.measure(column).label) for column in names]
    planned, places = plans(view), _places(view, found)
    cards = {
        pair: _with_lines(view, card, scale, planned, places.get(f"{pair[0]}.{pair[1]}"))
        for pair, (card, scale) in found.items()
    }
    return [cards[pair] for pair in wanted if pair in cards], unfiltered


def _places(view: View, found: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """The own place by each of these figures that places are told by."""
    catalogue = view.catalogue()
    ranked = [f"{name}.{column}" for name, column in found if catalogue[name].measure(column).ranked]
    if not ranked:
        return {}
    told = view.metric("rank.own", metric=",".join(sorted(ranked)))
    return {row["metric"]: row for row in told.to_dicts()}


def _with_lines(
    view: View, card: Card, scale: Scale, planned: list[dict[str, Any]], place: dict[str, Any] | None
) -> Card:
    """Plan and place of a figure that has a number; what they mean goes with its definition."""
    if not card.text:
        return card
    plan, own = plan_of(view, card, scale, planned), _place(view, place)
    told = [card.definition, *(line.title for line in (plan, own) if line is not None)]
    return replace(card, plan=plan, place=own, definition="\n".join(filter(None, told)))


def _of_metric(
    view: View, metric: Metric, names: list[str], page: View, *, course: bool
) -> dict[tuple[str, str], tuple[Card, Scale]]:
    drawn = [name for name in names if delivered(view, metric.measure(name))]
    if not drawn:
        return {}
    now = view.metric(metric.name, columns=with_parts(metric, drawn))
    looks = [] if metric.latest else comparisons(view)
    past = [{flow: before(look, metric, drawn, flow=flow) for flow in (False, True)} for look in looks]
    series = _course(view, metric, drawn) if course and not metric.latest else pl.DataFrame()
    months = history(view, metric, drawn, looks)
    found = {}
    if metric.latest:  # what it tells is of this day
        last = view.store.reach(metric)[1]
        view = view.during(Period(last, last))
    for name in drawn:
        measure = metric.measure(name)
        earlier = [frames[measure.flow] for frames in past]
        values = [frame[name][0] for frame in [now, *earlier] if frame is not None]
        scale = scale_in(view, measure, values)
        changes = {  # both may fall back to the same comparison
            compared_with(look, measure): change(look, measure, now, frame, scale, months)
            for look, frame in zip(looks, earlier, strict=True)
        }
        card = _card(view, metric, measure, now, scale, series, page)
        told = tuple(changes.values()) if card.text else ()
        found[metric.name, name] = replace(card, changes=told), scale
    return found


def _course(view: View, metric: Metric, names: list[str]) -> pl.DataFrame:
    """The last twelve months of the columns; a rate of too few cases is not known."""
    measures = [metric.measure(name) for name in names]
    cases = dict.fromkeys(case for one in measures for case in one.cases if case not in names)
    series = view.series(metric.name, *dict.fromkeys(names), *cases)
    return with_enough(series, measures, view.store.policy.floor_cases)


def has_tiers(view: View) -> bool:
    """Whether the customers chosen can have tiers; no edges are set for corporate ones."""
    return view.filters.get("kind") != "corporate"


def unknown(
    view: View, name: str, answer: pl.DataFrame | None = None, **parameters: str
) -> NotDelivered | None:
    """Why a metric tells nothing of the view's period; None where it tells, or does not say."""
    metric, told = view.catalogue()[name], pl.DataFrame() if answer is None else answer
    ask = view.ask(metric, view.period, told, parameters)
    return metric.why_missing(ask) if metric.why_missing else None


def delivered(view: View, measure: Measure) -> bool:
    if measure.tiered and not has_tiers(view):
        return False
    return measure.needs is None or view.store.has(*measure.needs)


def _card(
    view: View,
    metric: Metric,
    measure: Measure,
    now: pl.DataFrame,
    scale: Scale,
    series: pl.DataFrame,
    page: View,
) -> Card:
    value = now[measure.name][0]
    points = series[measure.name].to_list() if measure.name in series.columns else []
    spark = [None if point is None else float(point) for point in points]
    policy, cases = view.store.policy, cases_of(now, measure)
    few = measure.cases and value is not None and 0 < cases < policy.floor_rank
    if few and cases < policy.floor_cases:
        value = None
    at = min(view.period.last, view.store.reach(metric)[1])
    dated, hidden = _dated(view, measure, page), _few(view, now, measure)
    why = None if value is not None or few else unknown(view, metric.name, now)
    return Card(
        label=t(measure.label),
        text=scale.text(value),
        unit="" if value is None else scale.unit,
        value=value,
        noun=measure.unit,
        id=f"{metric.name}.{measure.name}",
        missing=hidden or (too_few(cases) if few and value is None else _missing(now, measure, why)),
        withheld=not hidden and why is None and withheld(now) and not not_kept(now),
        dated=dated,
        note=" · ".join(filter(None, [dated, t("few cases") if few and value is not None else ""])),
        window="" if dated else period_name(view.period) if measure.flow else t("as of {day}", day=at),
        definition=" ".join(filter(None, [t(measure.definition), _doubt(now, measure)])),
        spark=spark if len({v for v in spark if v is not None}) > 1 else (),
        spark_alt=t("{label}, last 12 months", label=t(measure.label)),
    )


def _dated(view: View, measure: Measure, page: View) -> str:
    """The date of a figure that is older than the page's."""
    if view.period == page.period or (not measure.flow and view.period.last == page.period.last):
        return ""
    return period_name(view.period) if measure.flow else t("as of {day}", day=view.period.last)


def _few(view: View, now: pl.DataFrame, measure: Measure) -> str:
    """Said of a figure that is not told of so few customers."""
    if not measure.floor:
        return ""
    floor = view.store.policy.named(measure.floor)
    return t("fewer than {n} customers, not shown", n=floor) if 0 < now["customers"][0] < floor else ""


def _missing(now: pl.DataFrame, measure: Measure, why: NotDelivered | None) -> str:
    """Why there is no number: not kept, hidden, no plan, nothing to count, no data yet, not reached yet."""
    if not_kept(now):
        return t("This is kept for the last {n} months only", n=RECENT)
    if why is not None:
        return error_text(why)
    if withheld(now):
        return t("too few answers, not shown")
    if "target" in now.columns:
        return t("No plan set") if now["target"][0] is None else t("plan reached")
    cases = [name for name in ("open", "won", "lost") if name in now.columns]
    if measure.unit == "days" and any(now[name][0] for name in cases):
        return t("not reached yet")
    if measure.no_divisor and cases_of(now, measure):
        return t(measure.no_divisor)
    rests_on_cases = measure.cases or measure.unit == "days"
    is_none = rests_on_cases and not cases_of(now, measure)
    return t("no cases in the period") if is_none else t("no data for the period")


def _doubt(now: pl.DataFrame, measure: Measure) -> str | None:
    """The 95 % interval of a rate and its n, or the cases behind a median, for those who look closer."""
    if not measure.cases:
        return None
    n = f"{cases_of(now, measure):,}"
    if measure.error is not None:
        if now["low"][0] is None:
            return None
        low, high = interval_ends(now.row(0, named=True), times=1)
        return t("95 % interval {low} to {high} points, n = {n}", low=low, high=high, n=n)
    if measure.part is None:
        return counted(cases_of(now, measure), message("Rests on {n} case."), message("Rests on {n} cases."))
    ends = wilson(pl.col(measure.part), pl.sum_horizontal(measure.cases))
    interval = now.head(1).select(low=ends[0], high=ends[1]).row(0, named=True)
    if interval["low"] is None or (measure.unit == "ratio" and interval["high"] == 1):
        return None
    if measure.unit == "ratio":  # of those that are part to those that are not
        low, high = (f"{value / (1 - value):.2f}" for value in interval.values())
        return t("95 % interval {low} to {high}, n = {n}", low=low, high=high, n=n)
    return interval_said(interval, cases_of(now, measure))


RANKED_BY = {
    "growth": message("By the growth since the date compared with, not by size."),
    "rate": message("By the rate, of customers as a part of all in the period, not by size."),
}
PLACES = {
    ("growth", "group"): message("Growth in the group: {place}"),
    ("growth", "level"): message("Growth in the level: {place}"),
    ("rate", "group"): message("Rate in the group: {place}"),
    ("rate", "level"): message("Rate in the level: {place}"),
}


def _place(view: View, row: dict[str, Any] | None) -> Place | None:
    """The own place among peers, and how it moved."""
    if row is None or row["rank"] is None:
        return None
    unclear = row["rank_low"] < row["rank_high"]
    text = t("{rank} of {of}", rank=row["rank"], of=row["of"])
    if unclear:
        text = t("{low}–{high} of {of}", low=row["rank_low"], high=row["rank_high"], of=row["of"])
    moved = (row["previous_rank"] or row["rank"]) - row["rank"]
    arrow = f"↑{moved}" if moved > 0 else f"↓{-moved}" if moved < 0 else ""
    level = view.store.policy.level(view.store.tree.levels[view.node])
    in_group = row["among"] == "group"
    against = message("Place among {level} of the same group; at the comparison: {before}")
    if not in_group:
        against = message("Place among {level} of the bank; at the comparison: {before}")
    told = t(against, level=word_of(level), before=row["previous_rank"] or t("no earlier data"))
    way, shown_place = RANKED_BY[row["by"]], PLACES[row["by"], row["among"]]
    told = " ".join((told, t(way)))
    return Place(
        t(shown_place, place=text),
        more="" if unclear else arrow,
        title=told,
    )
