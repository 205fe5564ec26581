"""Alerts: what lies beyond the institution's own usual scatter, so that a small outlet neither cries wolf
nor goes unheard. What is watched, floors and distances are policy (`[[alerts]]`).

Of many institutions looked at together some lie beyond by chance alone, so less is told of each: the share
of false ones is held as by Benjamini and Hochberg (1995).
"""

import contextlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import polars as pl
from scipy.special import stdtr

from data_access.errors import NotDelivered
from data_access.policy import Alert
from data_access.subject import Ask, Measure, Metric, More, Subject, message

LEAST_MONTHS = 6  # fewer say nothing of what is usual
FALSE_SHARE = 0.05  # of what is told of many institutions at once, at most so much is chance
SCHEMA = {
    "group": pl.Int64,
    "metric": pl.String,
    "value": pl.Float64,
    "baseline": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "direction": pl.Int64,
    "verdict": pl.String,
}


def watch(_: Mapping[str, pl.DataFrame], ask: Ask) -> pl.DataFrame:
    """Figures of the last whole month that lie beyond the institution's own last twelve months.

    One row per group and figure that stands out, amounts in currency units. Counts: beyond the mean per
    day of the months before by more than `sigmas` Poisson deviations, widened by the scatter they really had
    (over-dispersion). Rates: the month against all months before together, by as many deviations of their
    difference, widened likewise. Stocks: the change of the month against the changes of the months before.
    Nothing is said of fewer than `floor` cases (stocks: a change of less than `floor` currency units), nor
    with fewer than six months to compare with. low and high: what would have been usual. verdict: good or
    bad, by the figure's good direction. Of several groups at once only what also stands out among all of them
    and all figures is told: where nothing changed anywhere, not one look in twenty tells of anything.
    """
    more = ask.more
    assert more is not None
    found: list[dict[str, Any]] = []
    rules = ask.policy.alerts or watched(more.declared)
    known = _months(more, rules)
    for rule in rules:
        found += _of_rule(more, rule, known, ask.minor_units)
    groups = ask.groups["group"].to_list()
    found = [row for row in found if row["group"] in groups]
    if len(groups) > 1:
        figures = sum(_is_delivered(rule, known) for rule in rules)
        found = _beyond_all(found, len(groups) * figures)
    rows = [{name: row[name] for name in SCHEMA} for row in found]
    return pl.DataFrame(rows, schema=SCHEMA).sort("group", maintain_order=True)


def _beyond_all(found: list[dict[str, Any]], family: int) -> list[dict[str, Any]]:
    """What stands out among all that was looked at, so many figures of institutions.

    >>> [row["chance"] for row in _beyond_all([{"chance": p} for p in (0.001, 0.03, 0.0001)], 100)]
    [0.001, 0.0001]
    """
    ordered = sorted(row["chance"] for row in found)
    told = [p for place, p in enumerate(ordered, 1) if p <= FALSE_SHARE * place / family]
    return [row for row in found if told and row["chance"] <= told[-1]]


def watched(metrics: Mapping[str, Metric]) -> list[Alert]:
    """What is watched where policy names nothing else."""
    keys = {
        f"{name}.{measure.name}": measure.watched
        for name, metric in metrics.items()
        for measure in metric.columns
        if measure.watched is not None
    }
    return [Alert(key, key, key, floor) for key, floor in keys.items()]


def _months(more: More, rules: Sequence[Alert]) -> dict[str, pl.DataFrame]:
    """The months of every watched metric, read once for all rules on it."""
    wanted: dict[str, dict[str, None]] = {}
    for rule in rules:
        name, _, column = rule.key.rpartition(".")
        metric = more.declared.get(name)
        if metric is not None and column in {measure.name for measure in metric.columns}:
            measure = metric.measure(column)
            columns = (column, measure.part, *measure.cases)
            wanted.setdefault(name, {}).update(dict.fromkeys(c for c in columns if c))
    found = {}
    for name, columns_of in wanted.items():
        with contextlib.suppress(NotDelivered):
            found[name] = more.months(name, tuple(columns_of), 13)
    return found


def _is_delivered(rule: Alert, known: Mapping[str, pl.DataFrame]) -> bool:
    name, _, column = rule.key.rpartition(".")
    return name in known and column in known[name].columns


def _chance(value: float, usual: tuple[float, float, float], sigmas: float, months: int) -> float:
    """How often chance brings a month as far from what is usual: Student's t, for few months say what is.

    >>> round(_chance(31, (16, 4, 28), 3, 12), 4), _chance(2, (1, 1, 1), 3, 12)
    (0.0032, 0.0)
    """
    baseline, low, high = usual
    deviation = max(high - baseline, baseline - low) / sigmas  # one of the two ends may be cut
    return float(2 * stdtr(months - 1, -abs(value - baseline) / deviation)) if deviation else 0.0


def _of_rule(more: More, rule: Alert, known: Mapping[str, pl.DataFrame], minor: int) -> list[dict[str, Any]]:
    name, _, column = rule.key.rpartition(".")
    if not _is_delivered(rule, known):
        return []
    measure, months = more.declared[name].measure(column), known[name]
    found = []
    for (group,), part in months.sort("month").group_by("group", maintain_order=True):
        values = part[column].cast(pl.Float64).to_list()
        if len(values) <= LEAST_MONTHS or values[-1] is None:
            continue
        before = sum(value is not None for value in values[:-1])
        if measure.part:
            cases = part.select(pl.sum_horizontal(*measure.cases)).to_series().to_list()
            usual = _rate(part[measure.part].to_list(), cases, rule)
        elif measure.flow and measure.unit != "money":
            usual = _count(values, [month.day for month in part["month"]], rule)
        else:
            usual = _stock(values, rule, minor if measure.unit == "money" else 1)
            before -= 1  # its steps are one fewer
        if usual is None or usual[1] <= values[-1] <= usual[2]:
            continue
        up = 1 if values[-1] > usual[2] else -1
        unit = minor if measure.unit == "money" else 1
        verdict = {1: "good", -1: "bad"}.get(up * measure.good, "")
        told = {"value": values[-1], **dict(zip(("baseline", "low", "high"), usual, strict=True))}
        told = {key: value / unit for key, value in told.items()}
        told["chance"] = _chance(values[-1], usual, rule.sigmas, before)
        found.append({"group": group, "metric": rule.key, **told, "direction": up, "verdict": verdict})
    return found


Usual = tuple[float, float, float] | None  # baseline, low, high


def _count(values: list[float | None], days: list[int], rule: Alert) -> Usual:
    """Poisson counts per day, with the over-dispersion of the months before.

    >>> _count([30.0] * 12 + [60.0], [30] * 13, Alert("x", "x", "x", floor=20))
    (30.0, 12.89..., 47.10...)
    """
    past = [(value, n) for value, n in zip(values[:-1], days[:-1], strict=True) if value is not None]
    if len(past) < LEAST_MONTHS:
        return None
    counted, over = sum(value for value, _ in past), sum(n for _, n in past)
    mean = counted / over * days[-1]
    if max(mean, values[-1] or 0) < rule.floor:
        return None
    usual = [(value, counted / over * n) for value, n in past]
    spread = sum((value - told) ** 2 / told for value, told in usual) if counted else 0.0
    phi = max(1.0, spread / (len(past) - 1))
    half = rule.sigmas * sqrt(phi * mean * (1 + days[-1] / over))
    return mean, max(0.0, mean - half), mean + half


def _rate(parts: list[int], cases: list[int], rule: Alert) -> Usual:
    """The month's rate against all months before together; the scatter between months widens it."""
    n, whole = cases[-1] or 0, sum(cases[:-1])
    if n < rule.floor or whole < rule.floor:
        return None
    p = sum(parts[:-1]) / whole
    spread = (
        [(x - c * p) ** 2 / (c * p * (1 - p)) for x, c in zip(parts[:-1], cases[:-1], strict=True) if c]
        if 0 < p < 1
        else []
    )
    phi = max(1.0, sum(spread) / max(len(spread) - 1, 1)) if spread else 1.0
    half = rule.sigmas * sqrt(phi * max(p * (1 - p), 1 / whole) * (1 / n + 1 / whole))
    return p, max(0.0, p - half), min(1.0, p + half)


def _stock(values: list[float | None], rule: Alert, minor: int) -> Usual:
    """The month's change against the changes of the months before, as a part of what there was."""
    known = [value for value in values if value is not None]
    steps = [now / before - 1 for before, now in pairwise(known) if before > 0]
    if len(known) < len(values) or len(steps) < len(values) - 1 or len(steps) <= LEAST_MONTHS:
        return None
    past, before = steps[:-1], known[-2]
    if abs(known[-1] - before) < rule.floor * minor:
        return None
    mean = sum(past) / len(past)
    spread = sqrt(sum((step - mean) ** 2 for step in past) / (len(past) - 1) * (1 + 1 / len(past)))
    half = rule.sigmas * spread
    return before * (1 + mean), before * (1 + mean - half), before * (1 + mean + half)


SUBJECT = Subject(
    "alerts",
    metrics=(
        Metric(
            name="alerts.watch",
            label=message("Alerts"),
            compute=watch,
            marts={},
            columns=(
                Measure(name="metric", label=message("Metric"), unit="text"),
                Measure(name="value", label=message("Value"), unit="count", additive=False),
                Measure(name="baseline", label=message("Usual"), unit="count", additive=False),
                Measure(name="low", label=message("Usual, from"), unit="count", additive=False),
                Measure(name="high", label=message("Usual, to"), unit="count", additive=False),
                Measure(name="direction", label=message("Direction"), unit="count", additive=False),
                Measure(name="verdict", label=message("Verdict"), unit="text"),
            ),
            grain="day",
            alone=True,
        ),
    ),
)
