"""Whether a change may be called better or worse: never without a test of chance (`Measure.judged`).

A model has no test of chance but a record: whether it is reliable is said in one word and one plain sentence,
the numbers behind it stand in its method.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from data_access import periods
from data_access.policy import Policy
from data_access.subject import Measure, Metric, Period, message
from data_access.view.view import View
from data_access.windows import stock_month
from metrics.churn.settings import RELIABLE_GAIN, RELIABLE_GAP
from metrics.statistics.intervals import differs
from metrics.statistics.judgement import counts_differ, intervals_differ, months_differ, steps_differ
from metrics.statistics.scores import apart
from ui.base.words import t
from ui.parts.model import Verdict

RELIABLE, FAIR, FEW = message("reliable"), message("fair"), message("too few records")
USUAL = 12  # months beyond those compared that say what is usual
FARTHEST = 36


def history(
    view: View, metric: Metric, names: Sequence[str], looks: Sequence[View], *, by: str | None = None
) -> pl.DataFrame:
    """The months of the columns judged by them, as far back as a comparison reaches and a year more."""
    judged = [name for name in dict.fromkeys(names) if by_months(metric.measure(name))]
    if not judged or not looks or metric.latest:
        return pl.DataFrame()
    back = max(
        periods.months_between(look.compared(flow=flow).period.first, view.period.last)
        for look in looks
        for flow in (False, True)
    )
    return view.series(metric.name, *judged, months=min(back + 1 + USUAL, FARTHEST), by=by)


def by_months(measure: Measure) -> bool:
    """Whether the own months say what is chance: of sums, stocks and events, not of shares of cases."""
    return measure.judged == "months" or (measure.judged == "cases" and not measure.part)


def verdict(
    view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame, months: pl.DataFrame
) -> Verdict:
    """What a change that points in one direction is called; `earlier` is of the period compared with.

    Too few cases stand behind it, or it is within chance, or nothing tells what chance would do.
    """
    floor = view.store.policy.floor_rank
    if measure.cases:
        n, n_before = (cases_of(frame, measure) for frame in (now, earlier))
        if min(n, n_before) < floor:
            return Verdict.NONE if n < floor else Verdict.TOO_FEW_CASES  # the card's own note says it
    gap = now[measure.name][0] - earlier[measure.name][0]
    beyond, up = _tested(view, measure, now, earlier, months)
    if beyond is None or not measure.good:
        return Verdict.NONE if beyond is None or beyond else Verdict.NOT_SIGNIFICANT
    if not beyond:
        return Verdict.NOT_SIGNIFICANT
    return Verdict.BETTER if (up or gap) * measure.good > 0 else Verdict.WORSE


def _tested(
    view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame, months: pl.DataFrame
) -> tuple[bool | None, float]:
    """Whether the change is beyond chance, None where nobody can tell; and its direction by the day."""
    a, b = now[measure.name][0], earlier[measure.name][0]
    if measure.judged == "interval" and measure.error is not None:
        return apart(a, now[measure.error][0], b, earlier[measure.error][0]), 0
    if measure.judged == "interval" and measure.interval is not None:
        ends = [tuple(frame[end][0] for end in measure.interval) for frame in (now, earlier)]
        return (None if None in (*ends[0], *ends[1]) else intervals_differ(a, ends[0], b, ends[1])), 0
    if measure.judged == "cases" and measure.part is not None:
        n, n_before = (cases_of(frame, measure) for frame in (now, earlier))
        return differs(int(now[measure.part][0]), n, int(earlier[measure.part][0]), n_before), 0
    if not by_months(measure):
        return None, 0
    past = view.compared(flow=measure.flow).period
    usual = _beyond_months(measure, view.period, past, months)
    if measure.judged == "months":
        return usual, 0
    days, days_before = map(periods.days_in, (view.period, past))
    beyond = counts_differ(int(a), int(b), days / (days + days_before))
    return beyond and usual is not False, a / days - b / days_before


def _beyond_months(measure: Measure, period: Period, past: Period, months: pl.DataFrame) -> bool | None:
    """By the scatter of the own months; None where the periods are not whole months or too few are known."""
    if measure.name not in months.columns or months.is_empty():
        return None
    last = stock_month(period)
    of_month = dict(zip(months["month"].to_list(), months[measure.name].to_list(), strict=True))
    ends = [one.last for one in periods.last_months(Period(last, last), FARTHEST)]
    first = min(of_month)
    values = [of_month.get(end) for end in ends if end >= first]
    if measure.flow:
        if any(periods.whole_months(one) != one for one in (period, past)):
            return None
        per_day = [
            None if value is None else value / end.day
            for value, end in zip(values, ends[len(ends) - len(values) :], strict=True)
        ]
        count, before = (periods.months_between(one.first, one.last) + 1 for one in (period, past))
        stop = len(values) - periods.months_between(past.last, last)
        return months_differ(per_day, count, slice(stop - before, stop)) if stop >= before else None
    if period.last != last or stock_month(past) != past.last:
        return None
    return steps_differ(values, periods.months_between(past.last, last))


def too_few(cases: int) -> str:
    """Said in place of a rate, a median or a mean of fewer cases than policy's floor_cases."""
    return t("too few cases (n = {n})", n=cases)


def with_enough(frame: pl.DataFrame, measures: Iterable[Measure], floor: int) -> pl.DataFrame:
    """Rates, medians and means of fewer cases than policy's floor_cases are not known."""
    told = [measure for measure in measures if measure.cases and set(measure.cases) <= set(frame.columns)]
    return frame.with_columns(
        pl.when(pl.sum_horizontal(measure.cases) >= floor).then(pl.col(measure.name)).alias(measure.name)
        for measure in told
    )


def cases_of(now: pl.DataFrame, measure: Measure) -> int:
    return sum(int(now[name][0] or 0) for name in measure.cases)


def reliability(
    policy: Policy, *, cases: float, missed: float, guessed: float, foretold: float, came: float
) -> str:
    """The word by past forecasts: whether they missed by less than the simplest guess, and how far what came
    in all was from what was foretold (policy's reliable_gain and reliable_gap, floor_rank for too few).

    >>> told = {"missed": 8, "guessed": 10, "foretold": 100}
    >>> [reliability(Policy(), cases=n, came=came, **told) for n, came in ((9, 100), (99, 100), (99, 130))]
    ['too few records', 'reliable', 'fair']
    """
    if cases < policy.floor_rank or not foretold:
        return FEW
    beaten = missed < guessed * (1 - policy.of(RELIABLE_GAIN))
    return RELIABLE if beaten and abs(came / foretold - 1) <= policy.of(RELIABLE_GAP) else FAIR


def reliability_said(word: str, *sentences: str) -> str:
    """“How reliable the model is: …”, what that rests on, and what a reader is to do with it."""
    advice = {
        RELIABLE: message("Its numbers may be planned with."),
        FAIR: message("Take it for a direction, not for a number."),
        FEW: message("It cannot be judged here yet."),
    }[word]
    head = t("How reliable the model is: {word}.", word=t(word))
    return " ".join(filter(None, (head, *sentences, t(advice))))
