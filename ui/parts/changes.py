"""What a number changed by, and whether that may be judged."""

from dataclasses import replace

import polars as pl

from data_access import periods
from data_access.subject import Measure, Metric
from data_access.view.view import View
from metrics.statistics.intervals import counts_differ, differs
from metrics.statistics.scores import apart
from metrics.value.edges import NOT_KEPT
from ui.base.formats import COUNTS, MONEY, Scale, change_share, change_text, rounds_to_nothing
from ui.base.link import COMPARE
from ui.base.words import t
from ui.parts.model import Change, Verdict


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


def before(view: View, metric: Metric, names: list[str], *, flow: bool) -> pl.DataFrame | None:
    """The columns of this kind (flow or stock) at the period compared with.

    None where there is no such column, or the data do not reach back so far.
    """
    kind = [name for name in names if metric.measure(name).flow == flow]
    earlier = view.compared(flow=flow)
    if not kind or not view.covers(metric, earlier.period, flow=flow):
        return None
    return earlier.metric(metric.name, columns=with_parts(metric, kind))


def with_parts(metric: Metric, names: list[str]) -> tuple[str, ...]:
    """The columns with the counts that their rates and medians rest on."""
    measures = [metric.measure(name) for name in names]
    behind = [column for m in measures for column in (m.part, *m.cases, m.error) if column is not None]
    return (*names, *behind)


def change(
    view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame | None, scale: Scale
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
    text, direction = change_text(measure, value, before, scale)
    if not text:
        return Change(against, _then(earlier, measure), compared=False)
    doubt = doubtful(view, measure, now, earlier) if direction else None
    if doubt is not None:
        return Change(against, text, verdict=doubt)
    verdict = Verdict.NONE
    if direction and measure.good and not rounds_to_nothing(change_share(measure, value, before)):
        verdict = Verdict.BETTER if direction == measure.good else Verdict.WORSE
    return Change(against, text, direction, verdict)


def days_counted(view: View, measure: Measure) -> tuple[int, int]:
    """The days over which a sum was counted, now and at the comparison; of anything else the same."""
    if not measure.flow or not measure.additive or measure.unit not in (*COUNTS, MONEY):
        return 1, 1
    looks = view, view.compared(flow=True)
    now, then = ((look.period.last - look.period.first).days + 1 for look in looks)
    return now, then


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


def doubtful(view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame) -> Verdict | None:
    """Why a change is not to be judged; None where it may be.

    Too few cases may stand behind a rate or median, or it is within chance. Events counted over a period
    are compared as Poisson counts per day; a stock is a census and has no chance.
    """
    if measure.cases:
        n, n_before = (cases_of(frame, measure) for frame in (now, earlier))
        floor = view.store.policy.floor_rank
        if min(n, n_before) < floor:
            return Verdict.NONE if n < floor else Verdict.TOO_FEW_CASES  # the card's own note says it
        if measure.error is not None:
            (a, se_a), (b, se_b) = ((f[measure.name][0], f[measure.error][0]) for f in (now, earlier))
            return None if apart(a, se_a, b, se_b) else Verdict.NOT_SIGNIFICANT
        if measure.part is None:
            return None
        significant = differs(int(now[measure.part][0]), n, int(earlier[measure.part][0]), n_before)
        return None if significant else Verdict.NOT_SIGNIFICANT
    if measure.unit == "score":  # how sure it is nobody knows, so nothing is judged
        return Verdict.NONE
    if measure.flow and measure.unit in COUNTS and not measure.net:
        a, b = int(now[measure.name][0]), int(earlier[measure.name][0])
        days, days_before = days_counted(view, measure)
        return None if counts_differ(a, days, b, days_before) else Verdict.NOT_SIGNIFICANT
    return None


def withheld(frame: pl.DataFrame) -> bool:
    """Whether the number is not told because too few people stand behind it."""
    return "hidden" in frame.columns and frame["hidden"][0] is not None


def cases_of(now: pl.DataFrame, measure: Measure) -> int:
    return sum(int(now[name][0] or 0) for name in measure.cases)
