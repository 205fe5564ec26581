"""What a number changed by, and whether that may be judged."""

from dataclasses import replace
from math import sqrt
from typing import Any

import polars as pl

from data_access import periods
from data_access.subject import Measure, Metric
from data_access.view.view import View
from metrics.statistics.intervals import Z95, differs
from metrics.statistics.scores import apart
from metrics.value.edges import NOT_KEPT
from ui.base.formats import COUNTS, Scale, change_text
from ui.base.link import COMPARE
from ui.base.words import t


def comparisons(view: View) -> list[View]:
    """The look at each of the comparisons asked for: one, or two at once."""
    others = [view.also] if view.also and view.also != view.comparison else []
    return [view, *(replace(view, comparison=word) for word in others)]


def basis(view: View, measure: Measure) -> str:
    """The name of the comparison; a flow has none on a day and takes last year's or the period before."""
    word = view.comparison
    if measure.flow and word in periods.BEFORE:
        word = periods.LAST_YEAR if word == periods.YEAR_START else periods.PREVIOUS
    return t(COMPARE[word])


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
) -> dict[str, Any]:
    """One line of a card: against what, by how much, and whether that is good."""
    told = {"basis": basis(view, measure), "direction": 0, "verdict": None, "word": "", "compared": False}
    if earlier is None:
        monthly = view.comparison in (periods.DAY, periods.WEEK)
        return told | {"text": t("month-end figures only") if monthly else t("no earlier data")}
    text, direction = change_text(measure, now[measure.name][0], earlier[measure.name][0], scale)
    word, verdict = "", None
    doubt = doubtful(view, measure, now, earlier) if direction else ""
    if doubt:
        direction, word = 0, doubt.strip()
    if (
        direction and measure.good and not text.endswith(("+0.0%", "-0.0%"))
    ):  # what rounds to nothing is not judged
        verdict = "good" if direction == measure.good else "bad"
        word = t("better") if verdict == "good" else t("worse")
    return told | {
        "text": text or _then(earlier, measure),
        "direction": direction,
        "verdict": verdict,
        "word": word,
        "compared": bool(text),
    }


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


def doubtful(view: View, measure: Measure, now: pl.DataFrame, earlier: pl.DataFrame) -> str:
    """Why a change is not to be judged: too few cases behind a rate or median, or within chance.

    Events counted over a period are compared as Poisson counts; a stock is a census and has no chance.
    """
    if measure.cases:
        n, n_before = (cases_of(frame, measure) for frame in (now, earlier))
        floor = view.store.policy.floor_rank
        if min(n, n_before) < floor:
            return " " if n < floor else t("too few cases to judge")  # the card's own note says it already
        if measure.error is not None:
            (a, se_a), (b, se_b) = ((f[measure.name][0], f[measure.error][0]) for f in (now, earlier))
            return "" if apart(a, se_a, b, se_b) else t("not significant")
        if measure.part is None:
            return ""
        significant = differs(int(now[measure.part][0]), n, int(earlier[measure.part][0]), n_before)
        return "" if significant else t("not significant")
    if measure.unit == "score":  # how sure it is nobody knows, so nothing is judged
        return " "
    if measure.flow and measure.unit in COUNTS and not measure.net:
        a, b = int(now[measure.name][0]), int(earlier[measure.name][0])
        return "" if abs(a - b) > Z95 * sqrt(a + b) else t("not significant")
    return ""


def withheld(frame: pl.DataFrame) -> bool:
    """Whether the number is not told because too few people stand behind it."""
    return "hidden" in frame.columns and frame["hidden"][0] is not None


def cases_of(now: pl.DataFrame, measure: Measure) -> int:
    return sum(int(now[name][0] or 0) for name in measure.cases)
