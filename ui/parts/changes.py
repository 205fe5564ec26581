"""What a number changed by, and whether that may be judged."""

from dataclasses import replace

import polars as pl

from data_access import periods
from data_access.subject import Measure, Metric
from data_access.view.view import View
from metrics.value.edges import NOT_KEPT
from ui.base.formats import COUNTS, MONEY, Scale, change_share, change_text, rounds_to_nothing
from ui.base.link import COMPARE
from ui.base.words import t
from ui.parts.model import Change, Verdict
from ui.parts.verdicts import verdict


def comparisons(view: View) -> list[View]:
    """The look at each of the comparisons asked for: one, or two at once."""
    others = [view.also] if view.also and view.also != view.comparison else []
    return [view, *(replace(view, comparison=word) for word in others)]


def compared_with(view: View, measure: Measure) -> str:
    """The comparison; a flow has none on a day and takes last year's or the period before."""
    asked = view.comparison
    if measure.flow and asked in periods.BEFORE:
        return periods.LAST_YEAR if asked == periods.YEAR_START else periods.PREVIOUS
    return asked


def basis(view: View, measure: Measure) -> str:
    """The name of the comparison."""
    return t(COMPARE[compared_with(view, measure)])


def before(
    view: View, metric: Metric, names: list[str], *, flow: bool, by: str | None = None
) -> pl.DataFrame | None:
    """The columns of this kind (flow or stock) at the period compared with.

    None where there is no such column, or the data do not reach back so far.
    """
    kind = [name for name in names if metric.measure(name).flow == flow]
    earlier = view.compared(flow=flow)
    if not kind or not view.covers(metric, earlier.period, flow=flow):
        return None
    return earlier.metric(metric.name, by, columns=with_parts(metric, kind))


def with_parts(metric: Metric, names: list[str]) -> tuple[str, ...]:
    """The columns with the counts that their rates and medians rest on."""
    measures = [metric.measure(name) for name in names]
    behind = [
        column
        for m in measures
        for column in (m.part, *m.cases, m.error, *(m.interval or ()))
        if column is not None
    ]
    return (*names, *behind)


def change(
    view: View,
    measure: Measure,
    now: pl.DataFrame,
    earlier: pl.DataFrame | None,
    scale: Scale,
    months: pl.DataFrame,
) -> Change:
    """One line of a card: against what, by how much, and whether that is good."""
    against = basis(view, measure)
    if earlier is None:
        monthly = view.comparison in (periods.DAY, periods.WEEK)
        none = t("month-end figures only") if monthly else t("no earlier data")
        return Change(against, none, compared=False)
    value, before = now[measure.name][0], earlier[measure.name][0]
    days, days_before = days_counted(view, measure)
    if days != days_before and before is not None:  # as much as it would have been in as many days
        against, before = t("{basis}, per day", basis=against), before * days / days_before
    text, direction = change_text(measure, value, before, scale, floor=view.store.policy.floor_rank)
    if not text:
        return Change(against, _then(earlier, measure), compared=False)
    if not direction:
        return Change(against, text)
    called = verdict(view, measure, now, earlier, months)
    if called in (Verdict.NOT_SIGNIFICANT, Verdict.TOO_FEW_CASES):
        return Change(against, text, verdict=called)
    if rounds_to_nothing(change_share(measure, value, before)):
        called = Verdict.NONE
    return Change(against, text, direction, called)


def days_counted(view: View, measure: Measure) -> tuple[int, int]:
    """The days over which a sum was counted, now and at the comparison; of anything else the same."""
    if not measure.flow or not measure.additive or measure.unit not in (*COUNTS, MONEY):
        return 1, 1
    return periods.days_in(view.period), periods.days_in(view.compared(flow=True).period)


def _then(earlier: pl.DataFrame, measure: Measure) -> str:
    """Why there was no number at the period compared with."""
    if not_kept(earlier):
        return t("no longer kept")
    if withheld(earlier):
        return t("too few customers then") if measure.floor else t("too few answers then")
    return t("no cases then")


def not_kept(frame: pl.DataFrame) -> bool:
    """Whether the number is of a month whose details are not kept any more."""
    return "hidden" in frame.columns and frame["hidden"][0] == NOT_KEPT


def withheld(frame: pl.DataFrame) -> bool:
    """Whether the number is not told because too few people stand behind it."""
    return "hidden" in frame.columns and frame["hidden"][0] is not None
