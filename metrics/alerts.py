"""Alerts: what lies beyond the institution's own usual scatter, so that a small outlet neither cries wolf
nor goes unheard. What is watched, floors and distances are policy (`[[alerts]]`).
"""

import contextlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import polars as pl

from data_access.errors import NotDelivered
from data_access.policy import Alert
from data_access.subject import Ask, Measure, Metric, More, Subject, message

LEAST_MONTHS = 6  # fewer say nothing of what is usual
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
    bad, by the figure's good direction.
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
    return pl.DataFrame(found, schema=SCHEMA).sort("group", maintain_order=True)


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


def _of_rule(more: More, rule: Alert, known: Mapping[str, pl.DataFrame], minor: int) -> list[dict[str, Any]]:
    name, _, column = rule.key.rpartition(".")
    metric, months = more.declared.get(name), known.get(name)
    if metric is None or months is None or column not in months.columns:
        return []
    measure = metric.measure(column)
    found = []
    for (group,), part in months.sort("month").group_by("group", maintain_order=True):
        values = part[column].cast(pl.Float64).to_list()
        if len(values) <= LEAST_MONTHS or values[-1] is None:
            continue
        if measure.part:
            cases = part.select(pl.sum_horizontal(*measure.cases)).to_series().to_list()
            usual = _rate(part[measure.part].to_list(), cases, rule)
        elif measure.flow and measure.unit != "money":
            usual = _count(values, [month.day for month in part["month"]], rule)
        else:
            usual = _stock(values, rule, minor if measure.unit == "money" else 1)
        if usual is None or usual[1] <= values[-1] <= usual[2]:
            continue
        up = 1 if values[-1] > usual[2] else -1
        unit = minor if measure.unit == "money" else 1
        verdict = {1: "good", -1: "bad"}.get(up * measure.good, "")
        told = {"value": values[-1], **dict(zip(("baseline", "low", "high"), usual, strict=True))}
        told = {key: value / unit for key, value in told.items()}
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
        ),
    ),
)
