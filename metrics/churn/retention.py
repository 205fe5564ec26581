"""How long customers stay: retention curves, causes of leaving, months stayed.

What is stored: `metrics/churn/retention_marts.py`; how it is read: `metrics/statistics/life_table.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from data_access.errors import NotDelivered
from data_access.subject import Ask, Measure, Metric, Only, Parameter, message
from data_access.windows import always
from metrics.churn.bands import CAUSES, DEFINITIONS
from metrics.churn.rates import DEFINITION, exit_meant
from metrics.churn.retention_marts import NO_CALENDAR, SUMS
from metrics.churn.retention_measures import _STAYED, HORIZON, INCIDENCE, LOGRANK, MEAN, SURVIVAL, WINDOW
from metrics.churn.settings import FLOOR_AT_RISK
from metrics.statistics.intervals import Z95
from metrics.statistics.life_table import Curve, curve_of, median, of_any_cause
from metrics.statistics.life_table import incidence as incidence_of
from metrics.statistics.life_table import logrank as logrank_of
from metrics.statistics.life_table import restricted_mean as mean_of
from metrics.statistics.life_table import survival as survival_of

Rows = Mapping[str, pl.DataFrame]
CURVES_OF = ("churn_curves", "churn_curves_by")
STAYED = "stayed"


def _only(parameters: Mapping[str, str], _: Mapping[str, Any]) -> Only:
    """The window and the churn asked for."""
    window, definition = int(parameters["window"]), DEFINITIONS.index(parameters["definition"])
    return {"window": (window, NO_CALENDAR), "definition": (definition,)}


def curve_counts(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Customers at risk and exits by group and month with the bank, of the window and definition asked."""
    frame = next(rows[name] for name in CURVES_OF if name in rows)
    window, definition = int(ask.parameters["window"]), DEFINITIONS.index(ask.parameters["definition"])
    frame = frame.filter(pl.col("definition") == definition, pl.col("window").is_in([window, NO_CALENDAR]))
    sums = frame.group_by("group", month=pl.col("tenure")).agg(pl.col(name).sum() for name in SUMS)
    return sums.filter(pl.col("at_risk") != 0).sort("group", "month")


def curves(rows: Rows, ask: Ask) -> Iterator[tuple[int, pl.DataFrame, Curve]]:
    """Every group with enough customers at risk: its number, its counts and its curve."""
    counts = curve_counts(rows, ask)
    for group in ask.groups["group"]:
        part = counts.filter(pl.col("group") == group)
        curve = curve_of(part, exit_meant(ask), ask.policy.of(FLOOR_AT_RISK))
        if curve is not None:
            yield group, part, curve


def _stacked(frames: list[pl.DataFrame], ask: Ask, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The groups' rows one below the other; none: no rows of the same shape."""
    empty = pl.DataFrame(schema={"group": ask.groups.schema["group"], **schema})
    return pl.concat([empty, *frames], how="vertical_relaxed")


def survival(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Which share of customers has not left after so many months with the bank, if each month with the bank
    is survived as it was in the last 12 or 36 months: a period life table, not the course of one cohort.

    Kaplan–Meier with late entry. One row per group and month with the bank (1: the first). at_risk: customers
    who were there at the month end before and could leave in that month, each in every month of the window at
    which it was under observation; events: those who left in it, by the churn meant; survival: the share
    that has not left by this churn at its end, low and high: its 95 % interval (Greenwood, log-log), null
    while nobody has left; leaving by another cause ends the observation. stayed, stayed_low and stayed_high:
    the share still there, whatever the cause of leaving: what 1 − all of churn.incidence is.
    at_risk(next) = at_risk − events − censored + entered, where censored and entered are the balance of what
    else ended and began in that month: other causes, transfers, and customers whom the window shows at one
    of both ages only. cumulative_hazard: Nelson–Aalen. The curve begins with the first month that
    policy's floor_at_risk customers were at risk in and is then of those who have come so far; it ends before
    the first month with fewer. Not counted: customers of whom it is not known since when. Windows end with
    the newest month end; of silent churn with the month that is silent_months older. By tier and the bank's
    own tags: at institutions with stored totals, as rows are not kept for smaller ones. Where customers are
    delivered with durations instead of months, all of them are followed from their first month.
    """
    frames = [
        survival_of(curve).select(pl.lit(group).alias("group"), pl.all())
        for group, _, curve in curves(rows, ask)
    ]
    counts = dict.fromkeys(("month", "at_risk", "events", "censored", "entered"), pl.Int64())
    shares = dict.fromkeys(("survival", "low", "high", "cumulative_hazard", *_STAYED), pl.Float64())
    return _stacked(frames, ask, {**counts, **shares})


def incidence(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Which share of customers has left by which cause after so many months with the bank.

    Aalen–Johansen: causes compete, so nobody is counted as leaving twice. One row per group, month with the
    bank and cause; `stayed` is the share still there, of any cause, and with it the shares of a month sum to
    1. Causes: closed, silent, death, bank (closed by the bank), merged (into another number), other; those
    that did not occur are left out. Same months and customers as churn.survival.
    """
    frames = []
    for group, part, curve in curves(rows, ask):
        inside = part.filter(pl.col("month").is_between(int(curve.months[0]), int(curve.months[-1])))
        exits = {cause: inside[f"to_{cause}"].to_numpy() for cause in CAUSES if inside[f"to_{cause}"].sum()}
        for cause, share in incidence_of(curve, exits).items():
            frames.append(
                pl.DataFrame({"month": curve.months, "incidence": share}).select(
                    pl.lit(group).alias("group"), "month", pl.lit(cause).alias("cause"), "incidence"
                )
            )
    schema = {"month": pl.Int64(), "cause": pl.String(), "incidence": pl.Float64()}
    return _stacked(frames, ask, schema).sort("group", "month", maintain_order=True)


def restricted_mean(rows: Rows, ask: Ask) -> pl.DataFrame:
    """How many of the next 12, 24 or 36 months customers stay on average, by the retention curve.

    One row per group. first_month: the month with the bank in which the curve begins (1: new customers).
    stayed_months: the area under the curve of any cause of leaving (`stayed` of churn.survival) over the
    horizon, with its 95 % interval in stayed_low and stayed_high, null where the curve ends before;
    stayed_median: the month with the bank by whose end half have left, null where the curve does not come so
    low. mean_months with low and high, and median_month: the same of the churn meant alone, were there no
    other cause; they are longer. at_risk: months at risk behind the curve, events: exits among them by the
    churn meant; unknown_at_risk: months at risk of customers of whom it is not known since when, not on the
    curve. Where too few are at risk for a curve all others are null, and hidden says so.
    """
    unknown = curve_counts(rows, ask).filter(pl.col("month") < 1)
    horizon, found = int(ask.parameters["horizon"]), []
    for group, _, curve in curves(rows, ask):
        of_all = of_any_cause(curve)
        sums = int(curve.at_risk.sum()), int(curve.events.sum())
        stays = (*_mean(of_all, horizon), median(of_all), *_mean(curve, horizon), median(curve))
        found.append((group, int(curve.months[0]), *stays, *sums))
    names = {
        "first_month": pl.Int64(),
        "stayed_months": pl.Float64(),
        "stayed_low": pl.Float64(),
        "stayed_high": pl.Float64(),
        "stayed_median": pl.Int64(),
        "mean_months": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "median_month": pl.Int64(),
        "at_risk": pl.Int64(),
        "events": pl.Int64(),
    }
    schema = pl.Schema({"group": ask.groups.schema["group"], **names})
    frame = pl.DataFrame(found, schema=schema, orient="row")
    apart = unknown.select("group", unknown_at_risk="at_risk")
    found_of = ask.groups.join(frame, on="group", how="left", maintain_order="left")
    few = pl.lit(f"n<{ask.policy.of(FLOOR_AT_RISK)}")
    return found_of.join(apart, on="group", how="left", maintain_order="left").with_columns(
        pl.col("unknown_at_risk").fill_null(0), hidden=pl.when(pl.col("first_month").is_null()).then(few)
    )


def _mean(curve: Curve, horizon: int) -> tuple[float | None, float | None, float | None]:
    """Months stayed on average, and the 95 % interval; nothing where the curve ends before."""
    found = mean_of(curve, horizon)
    if found is None:
        return None, None, None
    mean, error = found
    return mean, max(0.0, mean - Z95 * error), min(float(horizon), mean + Z95 * error)


def _why_no_curve(ask: Ask) -> NotDelivered | None:
    """Of an answer without a row; a bank that knows of nobody since when he is a customer has none either."""
    if ask.groups.height:
        return None
    return NotDelivered(
        "In no month with the bank {n} customers are at risk of whom it is known since when: "
        "there is no curve.",
        n=ask.policy.of(FLOOR_AT_RISK),
    )


def _why_no_test(ask: Ask) -> NotDelivered | None:
    """Of an answer that compares nothing."""
    if ask.groups["chi2"].is_not_null().any():
        return None
    if ask.groups.height == 1:
        return NotDelivered("The test compares the groups of a breakdown: say which with --by.")
    return NotDelivered(
        "Fewer than two groups have customers at risk, or nobody left: there is nothing to compare."
    )


def logrank(rows: Rows, ask: Ask) -> pl.DataFrame:
    """Whether the groups of a breakdown lose customers at different rates at the same age: log-rank test.

    One row per group: at_risk and events as in churn.survival, over all months with the bank; expected: the
    events it would have had if all groups lost customers alike; in every row the same chi2, df and p_value.
    Null without a breakdown, where only one group has customers at risk, and where nobody left.
    """
    counts = curve_counts(rows, ask).filter(pl.col("month") >= 1)
    numbers = {group: i for i, group in enumerate(ask.groups["group"])}
    size = int(counts["month"].max() or 0) + 1  # type: ignore[arg-type]
    r, d = np.zeros((len(numbers), size)), np.zeros((len(numbers), size))
    at = [numbers[group] for group in counts["group"]], counts["month"].to_list()
    r[at], d[at] = counts["at_risk"].to_numpy(), counts[exit_meant(ask)].to_numpy()
    expected, chi2, df = logrank_of(r, d)
    p = None
    if chi2 is not None:
        from scipy.stats import chi2 as distribution

        p = float(distribution.sf(chi2, df))
    return ask.groups.with_columns(
        at_risk=pl.Series(r.sum(axis=1)).cast(pl.Int64),
        events=pl.Series(d.sum(axis=1)).cast(pl.Int64),
        expected=pl.Series(expected, dtype=pl.Float64),
        chi2=pl.lit(chi2, dtype=pl.Float64),
        df=pl.lit(df if chi2 is not None else None, dtype=pl.Int64),
        p_value=pl.lit(p, dtype=pl.Float64),
    )


def _curve(
    name: str,
    label: str,
    compute: Callable[[Rows, Ask], pl.DataFrame],
    columns: tuple[Measure, ...],
    *more: Parameter,
    why: Callable[[Ask], NotDelivered | None] | None = None,
    alone: bool = False,
) -> Metric:
    return Metric(
        name=f"churn.{name}",
        label=label,
        compute=compute,
        marts=dict.fromkeys(CURVES_OF, always),
        columns=columns,
        grain="month",
        dimensions=("kind", "tier"),
        tags_of="customers",
        parameters=(WINDOW, DEFINITION, *more),
        filters=("kind",),
        latest=True,
        only=_only,
        why_missing=why,
        alone=alone,
    )


CURVES = (
    _curve("survival", message("Retention curve"), survival, SURVIVAL, why=_why_no_curve),
    _curve("incidence", message("Causes of leaving"), incidence, INCIDENCE, why=_why_no_curve),
    _curve("restricted_mean", message("Months customers stay"), restricted_mean, MEAN, HORIZON),
    _curve("logrank", message("Whether retention differs"), logrank, LOGRANK, why=_why_no_test, alone=True),
)
