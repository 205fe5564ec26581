"""Words and numbers of the churn page: leavers, their intervals, drivers and their levels, reasons."""

from datetime import date
from typing import Any

from data_access.errors import NotDelivered
from data_access.subject import message
from data_access.view.view import View
from metrics.churn.bands import BANDS, spans
from metrics.churn.forecast import common_of
from metrics.churn.learning import Churn, Frailty, level_names
from ui.base.formats import Scale, grouped
from ui.base.words import counted, t
from ui.churn.choices import DEFINITION, HORIZON
from ui.parts.choice import name_of
from ui.parts.contents import chosen
from ui.parts.customers import money
from ui.parts.page import available
from ui.parts.quiet import notice

KINDS_OF_CHURN = {"closed": message("Closed churn"), "silent": message("Silent churn")}
DRIVER_WORDS = {
    "tier": message("Tier"),
    "products": message("Products held"),
    "activity": message("Own transactions in the month"),
    "tenure": message("Time with the bank"),
}
FORECAST, OBSERVED = 80, 95  # levels of intervals: of what is expected, and of what was observed
RISK_WORDS = {"high": message("high"), "medium": message("medium"), "low": message("low")}


def suited(view: View) -> View:
    """The same look at whole months; the churn metrics are told of the newest data whatever the period."""
    return view.suited(view.catalogue()["churn.expected"])


def reachable(view: View) -> None:
    """Ends the page with a sentence where neither months nor durations of customers are delivered."""
    if not view.store.has("customers", "tenure"):
        available(view, "churn.expected")


def no_forecast(view: View) -> NotDelivered | None:
    """Why there is no forecast; None where there is one."""
    try:
        suited(view).metric("churn.expected")
    except NotDelivered as error:
        return error
    return None


def foretold(view: View) -> bool:
    """Whether there is a forecast; where there is none, a sentence says why."""
    why = no_forecast(view)
    if why is not None:
        notice(why)
    return why is None


def definition_of(view: View) -> str:
    """Which churn the page tells of: closed or silent; of durations without months only closed is known."""
    return chosen(view, DEFINITION) if view.store.months else "closed"


def horizon_of(view: View) -> int:
    """How many months ahead."""
    return int(chosen(view, HORIZON))


def model_of(view: View) -> dict[str, Any]:
    """What was learned of this churn."""
    return dict(view.store.learned(Churn).of[definition_of(view)])


def common_of_churn(view: View) -> dict[str, float]:
    """How far what hits all alike moves this churn within the horizon looked at."""
    frailty = view.store.learned(Frailty)
    return common_of(model_of(view), frailty, definition_of(view), horizon_of(view))


def origin_of(view: View) -> date:
    """The month end that the forecast starts from; of silent churn so many months before the newest one."""
    return date.fromisoformat(model_of(view)["models"][0]["origin"])


def leavers(value: float | None) -> str:
    """Expected leavers: whole from 10 on, below with one decimal, below one in words; nobody is 0."""
    if value is None:
        return ""
    if 0 < value < 1:
        return t("less than 1")
    return bound(value)


def bound(value: float) -> str:
    """An end of an interval of leavers, or a count that is expected.

    >>> [bound(value) for value in (0.0, 0.31, 9.96, 12.4, 1297.6)]
    ['0', '0.3', '10', '12', '1,298']
    """
    return grouped(value) if not value or round(value, 1) >= 10 else grouped(value, 1)


def share_of(value: float | None) -> str:
    """Expected leavers of all customers in percent; of what rounds to nothing only that it is less."""
    if value is None:
        return ""
    return "<0.1" if 0 < value < 0.0005 else grouped(value * 100, 1)


def within(interval: str, level: int = FORECAST) -> str:
    """An interval with its level; nothing where there is none."""
    return t("{level} % interval {interval}", level=level, interval=interval) if interval else ""


def ratios(row: dict[str, Any]) -> str:
    """The 95 % interval of a ratio."""
    return f"{row['low']:.2f}–{row['high']:.2f}"


def leavers_span(row: dict[str, Any]) -> str:
    """The interval of expected leavers; nothing where too few months are known for one."""
    return "" if row["low"] is None else f"{bound(row['low'])}–{bound(row['high'])}"


def money_span(view: View, row: dict[str, Any]) -> str:
    """The interval of the balance at risk with its unit, which is that of the amount it is of."""
    scale = money(view, [row["balance_at_risk"]])
    ends = money_ends(scale, row)
    return f"{ends} {scale.unit}".strip() if ends else ""


def money_ends(scale: Scale, row: dict[str, Any]) -> str:
    """The interval of the balance at risk; nothing where too few months are known for one."""
    if row["balance_low"] is None:
        return ""
    return f"{scale.text(row['balance_low'])}–{scale.text(row['balance_high'])}"


def money_text(view: View, value: float | None) -> str:
    """An amount with its unit."""
    scale = money(view, [value])
    return scale.with_unit(value)


def driver_word(driver: str) -> str:
    """What the model knows a customer by."""
    return t(DRIVER_WORDS[driver])


def level_word(view: View, driver: str, level: str) -> str:
    """A level of a driver as it is said of a customer."""
    if level == "unknown":
        return t("{driver} unknown", driver=driver_word(driver))
    if driver == "tier":
        return name_of(view, "tier", {"tier": level})
    low, high = spans(*BANDS[driver])[level]
    if driver == "tenure":
        first, last = low // 12, 0 if high is None else (high + 1) // 12
        if not first:
            return t("first year with the bank")
        if not last:
            return t("{n} years or more with the bank", n=first)
        return t("{low} to {high} years with the bank", low=first, high=last)
    if high == 0:
        return t("no own transaction in the month")
    span = str(low) if low == high else f"{low}–{high}"
    counted = t("{n} or more", n=low) if high is None else span
    if driver == "products":
        return t("{n} products", n=counted) if high != 1 else t("1 product only")
    return t("{n} own transactions in the month", n=counted)


def reason_word(view: View, reason: str | None) -> str:
    """A stored reason, “driver:level code”, in words; nothing where there is none."""
    if reason is None:
        return ""
    driver, _, code = reason.partition(":")
    word = level_word(view, driver, level_names(view.store.codes["tier"])[driver][int(code)])
    return t("tier: {name}", name=word) if driver == "tier" else word


def reasons_of(view: View, row: dict[str, Any]) -> str:
    """Up to three reasons of a customer, the strongest first; who is silent already is said before all."""
    silent = message("silent for {n} month already"), message("silent for {n} months already")
    words = [counted(row["silent_for"], *silent)] if row["silent_for"] else []
    words += [reason_word(view, row[f"reason_{rank}"]) for rank in (1, 2, 3)]
    return t("; ").join(filter(None, words)) or t("none stands out")
