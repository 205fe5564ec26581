"""The period that a command line asks for, and what is to be said of it."""

from data_access import periods
from data_access.errors import CallError
from data_access.subject import Metric, Period
from data_access.view.protection import whole
from data_access.view.store import Store


def asked_period(
    store: Store, found: Metric, month: str | None, first: str | None, last: str | None
) -> tuple[Period, str]:
    """The period asked for, clipped to the data, and what to say of it; without dates: all data."""
    if month is not None and (first or last):
        raise CallError("--month says the whole period; leave out --from and --to.")
    bounds = data_bounds(store, found)
    if found.protected and month is None and not (first or last):
        period = whole(bounds, bounds.last)
        return period, f"No dates given: the last whole month, {period}."
    if month is not None:
        period = periods.parse(month)
    elif first or last:
        period = Period(
            periods.day(first) if first else bounds.first, periods.day(last) if last else bounds.last
        )
        if first and last and period.first > period.last:
            raise CallError("--from {first} is after --to {last}.", first=first, last=last)
    else:
        return bounds, f"No dates given: flows over all data, {bounds}; stocks at the last complete month."
    clipped = Period(max(period.first, bounds.first), min(period.last, bounds.last))
    if found.protected and clipped.first <= clipped.last:
        return period, ""  # its small cells were decided for the whole period
    if clipped.first > clipped.last:
        raise CallError("The data reaches from {first} to {last}.", first=bounds.first, last=bounds.last)
    if clipped == period:
        is_past = found.latest and period.last < bounds.last
        return period, f"Told of the newest data, {bounds.last}, whatever the period." if is_past else ""
    return clipped, f"The data reaches from {bounds.first} to {bounds.last}; the period is cut to {clipped}."


def data_bounds(store: Store, found: Metric) -> Period:
    """The first and last day that a metric's tables cover."""
    return Period(*store.reach(found))
