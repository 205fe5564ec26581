"""Whether what tier migration takes is delivered and still kept; each function says why where it is not."""

from datetime import date

from data_access.errors import NotDelivered
from data_access.subject import Ask
from data_access.windows import months_later, stock_month
from metrics.migration.cohort_marts import AFTER
from metrics.migration.marts import NEAR, RECENT_FAR
from metrics.migration.observation_marts import BACK
from metrics.migration.observation_marts import KEPT as OBSERVED
from metrics.migration.observation_steps import RECENT

MONTHS = 12  # compared for steadiness
STEP, STEPS = 3, 4  # months of a step of the outlook; steps ahead, and back for the rates


def _why(ask: Ask, at: date, back: set[int], kept: int | None = None, before: int = 0) -> NotDelivered | None:
    """Why what takes the month ends so many months before one is not known: they are not delivered, or what
    it takes, the oldest of it so many months `before`, is kept for the last months only."""
    months = ask.months
    lacking = sorted({months_later(at, -number) for number in back} - set(months))
    if lacking:
        named = ", ".join(f"{month:%Y-%m}" for month in lacking[:3]) + (", …" if len(lacking) > 3 else "")
        return NotDelivered("This takes month ends that are not delivered: {months}.", months=named)
    if kept is None or months_later(at, -before) in months[-kept:]:
        return None
    if kept - before == 1:
        return NotDelivered("This is kept for the newest month end only.")
    return NotDelivered("This is kept for the last {n} months only.", n=kept - before)


def why_not_stepped(ask: Ask, at: date, distance: int) -> NotDelivered | None:
    """Why the steps between a month end and the one so far before it are not known; None where they are."""
    if distance > NEAR:
        return _why(ask, at, {0, distance}, RECENT_FAR)
    if at == ask.months[0]:
        return NotDelivered("The first month delivered has no month before it.")
    return _why(ask, at, {0})


def why_not_watched(ask: Ask, at: date, distance: int) -> NotDelivered | None:
    """The same of the steps between tiers held, for which both ends need the six months up to them."""
    back = {end + age for end in (0, distance) for age in (0, *BACK)}
    return _why(ask, at, back, RECENT if distance == NEAR else 1)


def why_no_steps(ask: Ask) -> NotDelivered | None:
    """The same of the period, distance and states asked for."""
    find = why_not_watched if ask.parameters.get("states") == "watch" else why_not_stepped
    return find(ask, stock_month(ask.period), int(ask.parameters["distance"]))


def why_no_rates(ask: Ask) -> NotDelivered | None:
    """The same of rates, which are summed over the period's months where the step is one month."""
    distance, at = int(ask.parameters["distance"]), stock_month(ask.period)
    if distance == NEAR and at > ask.months[0]:
        return None
    return why_not_stepped(ask, at, distance)


def why_no_outlook(ask: Ask, steps: int = STEPS) -> NotDelivered | None:
    """Why there is no outlook: it takes the steps of a year, and those of its first quarter are kept."""
    back = {STEP * number for number in range(steps + 1)}
    return _why(ask, stock_month(ask.period), back, RECENT_FAR, STEP * (steps - 1))


def why_no_record(ask: Ask) -> NotDelivered | None:
    """The same of the record, which takes a step more."""
    return why_no_outlook(ask, STEPS + 1)


def why_no_cohort(ask: Ask) -> NotDelivered | None:
    """Why it is not known who entered a tier twelve months before, and where they are."""
    return _why(ask, stock_month(ask.period), {0, AFTER, AFTER + 1}, RECENT_FAR)


def why_not_observed(ask: Ask) -> NotDelivered | None:
    """Why it is not known who is in observation."""
    return _why(ask, stock_month(ask.period), {0, *BACK}, OBSERVED)


def why_too_short(ask: Ask) -> NotDelivered | None:
    """Why months cannot be compared for steadiness: it takes two steps of a month."""
    at = stock_month(ask.period)
    whys = [why_not_stepped(ask, months_later(at, -number), NEAR) for number in range(MONTHS)]
    return next(filter(None, whys)) if whys.count(None) < 2 else None
