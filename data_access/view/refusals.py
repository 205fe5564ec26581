"""Whether a metric can answer what it is asked; what it cannot is refused by name, with what it can."""

from collections.abc import Mapping
from datetime import timedelta

from data_access import periods
from data_access.errors import CallError, NotDelivered, nearest
from data_access.subject import Mart, Metric, Period
from data_access.view.protection import check_period
from data_access.view.scope import Scope


def check_ask(
    scope: Scope,
    marts: Mapping[str, Mart],
    metric: Metric,
    by: str | None,
    parameters: Mapping[str, str],
    period: Period,
    here: str,
) -> None:
    """Refuses parameters, filters, breakdowns and periods that the metric does not have.

    `here` is the name of the institution that is looked at.
    """
    declared = {parameter.name: parameter for parameter in metric.parameters}
    for name, value in parameters.items():
        if name not in declared:
            held = sorted({*declared, *metric.filters, *scope.tags(metric)})
            raise CallError(
                "{metric} has no parameter “{name}”. Nearest: {near}. It has: {known}.",
                metric=metric.name,
                name=name,
                near=nearest(name, held),
                known=", ".join(held),
            )
        if declared[name].values and value not in declared[name].values:
            raise CallError(
                "{metric}: {name} = “{value}” does not exist. Known: {known}.",
                metric=metric.name,
                name=name,
                value=value,
                known=", ".join(declared[name].values),
            )
    if metric.protected and scope.store.part:
        raise NotDelivered(
            "“{label}” is told by the institutions as now alone: both trees side by side would tell "
            "of few people.",
            label=metric.label,
        )
    tags = scope.tags(metric)
    if metric.marts:  # one that rests on others leaves out those that the filter does not apply to
        check_filters(scope, metric)
    if metric.tags_of == "customers" and len({by, *scope.filters} & set(tags)) > 1:
        raise CallError(
            "Of the bank's own tags of customers one at a time can be used: {tags}.", tags=", ".join(tags)
        )
    ways = ["children", *[f"level:{key}" for key in scope.store.tree.levels_below(scope.node)]]
    ways += [*metric.dimensions, *tags]
    if by is not None and by not in ways:
        raise CallError(
            "{metric} of {institution} cannot be broken down by “{by}”. Possible: {ways}.",
            metric=metric.name,
            institution=here,
            by=by,
            ways=", ".join(ways),
        )
    cuts = periods.kind(period) in ("free", "part", "week")
    for cut in {by, *scope.filters} & {*metric.dimensions, *tags} if scope.without else ():
        check_apart(scope, marts, metric, str(cut))
    if metric.grain == "month" and scope.store.months and cuts:
        _whole_months(metric, period)
    if metric.protected:
        check_period(metric, period)


def check_apart(scope: Scope, marts: Mapping[str, Mart], metric: Metric, name: str) -> None:
    """Refuses a breakdown or filter that is stored for larger institutions only, where some are left out."""
    tagged = name in scope.tags(metric)
    names = {f"{mart}_tags" if tagged else mart for mart in metric.marts}
    found = [mart for name_of, mart in marts.items() if name_of in names]
    booked = {mart.booked for mart in found if tagged or name in mart.keys}
    if booked and "own" not in booked:
        raise CallError(
            "“{label}” by “{name}” is told of whole institutions only.", label=metric.label, name=name
        )


def check_filters(scope: Scope, metric: Metric) -> None:
    """Refuses a filter that what the metric counts does not carry."""
    for name in scope.not_carried(metric):
        raise NotDelivered("“{label}” cannot be filtered by “{name}”.", label=metric.label, name=name)


def _whole_months(metric: Metric, period: Period) -> None:
    before, last = period.first - timedelta(days=1), period.last
    cut = [day for day in (before, last) if day != periods.month_end(day.year, day.month)]
    if cut:
        ends = {periods.month_end(day.year, day.month) for day in cut}
        ends |= {day.replace(day=1) - timedelta(days=1) for day in cut}
        raise CallError(
            "{metric} is counted by whole months; {period} cuts one. Nearest month ends: {ends}.",
            metric=metric.name,
            period=period,
            ends=", ".join(map(str, sorted(ends))),
        )
