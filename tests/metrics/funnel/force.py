"""Estimators and the movements of deals in plain Python, one case at a time."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from tests.metrics.small_bank import STAGES, Row

FATES = {"won": "advanced", "lost": "lost", "lapsed": "lapsed"}


def product_limit(cases: Iterable[tuple[int, int, bool]], share: float = 0.5) -> int | None:
    """The time by which a share has had the event: (enter, leave, event), both ends under observation."""
    cases = list(cases)
    survival = 1.0
    for time in sorted({leave for _, leave, event in cases if event}):
        at_risk = sum(enter <= time <= leave for enter, leave, _ in cases)
        died = sum(event and leave == time for _, leave, event in cases)
        survival *= 1 - died / at_risk
        if survival <= 1 - share + 1e-12:
            return time
    return None


def aalen_johansen(cases: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """The textbook's way: (enter, leave, cause, "" for none) → a row per day with an end."""
    alive, shares, rows = 1.0, dict.fromkeys(("advanced", "lost", "lapsed", "moved_back"), 0.0), []
    for time in sorted({leave for _, leave, cause in cases if cause}):
        at_risk = sum(enter <= time <= leave for enter, leave, _ in cases)
        ended = {name: sum(cause == name and leave == time for _, leave, cause in cases) for name in shares}
        for name, count in ended.items():
            shares[name] += alive * count / at_risk
        alive *= 1 - sum(ended.values()) / at_risk
        rows.append({"days": time, "at_risk": at_risk, **shares, "still_open": alive})
    return rows


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's 95 % interval."""
    z, p = 1.959963984540054, part / whole
    centre = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * (p * (1 - p) / whole + z * z / (4 * whole * whole)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def stay_cases(
    deals: Iterable[Row], stage: str, first: date, last: date, tier: str | None = None
) -> list[tuple[int, int, str]]:
    """(age when observation begins, age when it ends, fate) of a stage's stays under way in the period."""
    cases = []
    for deal in deals:
        for stay, fate in zip(deal["stays"], fates(deal), strict=True):
            entered, left = stay["entered_on"], stay["left_on"]
            if stay["stage"] != stage or tier not in (None, stay["tier"]):
                continue
            if entered > last or (left and left < first):
                continue
            gone = left is not None and left <= last
            age = ((left if gone else last) - entered).days
            cases.append((max(0, (first - entered).days), age, fate if gone else ""))
    return cases


def stay_times(
    deals: Iterable[Row], stage: str, first: date, last: date, tier: str | None = None
) -> list[tuple[int, int, bool]]:
    """The same with whether the stay ended."""
    return [(enter, age, bool(fate)) for enter, age, fate in stay_cases(deals, stage, first, last, tier)]


def fates(deal: Row) -> list[str]:
    """How each stay of a deal ended: by the decision, or by the next stage that it entered."""
    found = []
    for number, stay in enumerate(deal["stays"]):
        if stay["left_on"] is None:
            found.append("")
        elif stay["left_on"] == deal["closed_on"]:
            found.append(FATES[deal["outcome"]])
        else:
            after = deal["stays"][number + 1]["stage"]
            is_onward = STAGES.index(after) > STAGES.index(stay["stage"])
            found.append("advanced" if is_onward else "moved_back")
    return found


def reached(deal: Row, stage: str, dated: list[str], *, strict: bool) -> int | None:
    """Days from the first dated stage until a stage was reached; None: never."""
    events = deal["events"]
    if not events:
        return None
    first = events[0]["entered_on"]
    if not strict:
        days = [e["entered_on"] for e in events if STAGES.index(e["stage"]) >= STAGES.index(stage)]
        return (min(days) - first).days if days else None
    at, way = -1, None
    for name in dated[: dated.index(stage) + 1]:
        later = [number for number, e in enumerate(events) if number > at and e["stage"] == name]
        if not later:
            return None
        at, way = later[0], events[later[0]]["entered_on"]
    return None if way is None else (way - first).days


def cohort(
    deals: list[Row],
    first: date,
    last: date,
    as_of: date,
    dated: list[str],
    window: int | None,
    *,
    strict: bool,
) -> dict[str, Row]:
    """The deals that began in the period by stage reached, of those old enough for the window."""
    begun = [d for d in deals if d["first_on"] and first <= d["first_on"] <= last]
    young = [d for d in begun if d["first_on"] + timedelta(window or 90) > as_of]
    counted = [d for d in begun if window is None or d not in young]
    found = {}
    for stage in dated:
        after = [name for name in (dated if strict else STAGES) if STAGES.index(name) > STAGES.index(stage)]

        def count(name: str) -> int:
            days = [reached(deal, name, dated, strict=strict) for deal in counted]
            return sum(d is not None and (window is None or d <= window) for d in days)

        row: Row = {"entered": count(stage), "immature": len(young), "reached_next": None}
        if stage != STAGES[-1]:
            row["reached_next"] = count(after[0]) if after else 0
        found[stage] = row
    return found


def throughput(deals: list[Row], first: date, last: date, stage: str) -> Row:
    """The stays in a stage that began in the period, by what had become of them at its end."""
    row = dict.fromkeys(("entered", "reached_next", "lost", "lapsed", "moved_back", "still_here"), 0)
    for deal in deals:
        for stay, fate in zip(deal["stays"], fates(deal), strict=True):
            if stay["stage"] == stage and first <= stay["entered_on"] <= last:
                gone = stay["left_on"] is not None and stay["left_on"] <= last
                row["entered"] += 1
                row[{"advanced": "reached_next"}.get(fate, fate) if gone else "still_here"] += 1
    return row
