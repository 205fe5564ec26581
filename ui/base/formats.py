"""Numbers as managers read them: 万 and 亿 in Chinese, K, M and B in English.

Amounts and counts change by amount and percent, rates by percentage points, and a level carries no
plus sign. Dividing and rounding happen here and nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data_access import periods
from data_access.subject import EVENTS, Measure, Period
from data_access.view.view import View
from ui.base.words import language, t

MONEY, COUNTS = "money", (*EVENTS, "count")
MOST = 9.99  # a percentage beyond it says only that there was little before
_ZH = ((1e8, "亿"), (1e4, "万"))
_EN = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
_WORDS = {
    "CNY": {"zh": "元", "en": "CNY"},
    "USD": {"zh": "美元", "en": "USD"},
}
_NOUNS = {"customers": "户", "deals": "笔", "positions": "笔", "cases": "件", "answers": "人次", "days": "天"}


def unit_of(noun: str) -> str:
    """The counter of customers, deals, answers and the like in Chinese; English needs none."""
    return _NOUNS.get(noun, "") if language() == "zh" else ""


def currency_word(currency: str) -> str:
    """The currency as the reader's language calls it: 元 or CNY; one without a word stays its code."""
    return _WORDS.get(currency, {}).get(language(), currency)


class Printed(str):
    """A number as it is printed, with the rounded number itself: nothing is ever read back out of a text."""

    number: float
    decimals: int
    plus: bool  # stands before it


def grouped(value: float, decimals: int = 0, *, signed: bool = False, plus_zero: bool = False) -> Printed:
    """A number in groups of three; `signed` with a plus before what is above zero, or from zero on.

    >>> grouped(1025.4, 2, signed=True), grouped(-0.04, 1), grouped(0, 1, signed=True, plus_zero=True)
    ('+1,025.40', '0.0', '+0.0')
    """
    rounded = round(value, decimals) + 0.0
    plus = signed and (rounded > 0 or (plus_zero and rounded == 0))
    text = Printed(f"{'+' if plus else ''}{rounded:,.{decimals}f}")
    text.number, text.decimals, text.plus = rounded, decimals, plus
    return text


def short(count: int) -> str:
    """A count for a narrow cell, from ten thousand on in the language's own units; told in full elsewhere."""
    if count < 10_000:
        return f"{count:,}"
    divisor, unit = next(step for step in (_ZH if language() == "zh" else _EN) if count >= step[0])
    units = count / divisor
    return f"{units:,.0f}{unit}" if units >= 100 else f"{units:.1f}{unit}"


@dataclass(frozen=True)
class Scale:
    """What a column's numbers are divided by, the unit in its heading, its decimals; the word for the size
    alone, such as 亿 or M, where there is one."""

    divisor: float
    unit: str
    decimals: int
    size: str = ""

    def text(self, value: float | None) -> str:
        """A level."""
        return "" if value is None else grouped(value / self.divisor, self.decimals)

    def signed(self, value: float | None) -> str:
        """A change."""
        return "" if value is None else grouped(value / self.divisor, self.decimals, signed=True)

    def direction(self, value: float | None) -> int:
        """1 up, -1 down, 0 where the rounded change is none."""
        rounded = 0.0 if value is None else self._rounded(value)
        return (rounded > 0) - (rounded < 0)

    def with_unit(self, value: float | None) -> str:
        """A level and its unit, where they stand in one text."""
        return "" if value is None else f"{self.text(value)} {self.unit}".strip()

    def _rounded(self, value: float) -> float:
        return round(value / self.divisor, self.decimals) + 0.0


WHOLE = Scale(1, "", 0)  # of what is counted one by one


def scale_in(view: View, measure: Measure, values: Iterable[float | None]) -> Scale:
    """One scale for all numbers of a column, in the currency of the bank that is looked at."""
    return scale_for(measure, values, view.store.manifest["currency"], view.store.minor_units)


def scale_for(measure: Measure, values: Iterable[float | None], currency: str, minor_units: int) -> Scale:
    """One scale for all numbers of a column, from its largest."""
    top = max((abs(v) for v in values if v is not None), default=0.0)
    zh = language() == "zh"
    if measure.unit == MONEY:
        word = currency_word(currency)
        return _large(top / minor_units, minor_units, word, zh, floor=1e4 if zh else 1e3)
    if measure.unit in COUNTS:
        noun = unit_of(measure.unit)
        scale = _large(top, 1, noun, zh, floor=1e6)
        return replace(scale, decimals=scale.decimals if scale.divisor > 1 else 0)
    if measure.unit == "rate":
        return Scale(0.01, "%", 1)
    if measure.unit == "days":
        return Scale(1, t("days"), 0)
    if measure.unit == "gini":
        return Scale(1, "", 3)
    if measure.unit == "score":
        return Scale(1, t("points"), 1)
    return Scale(1, "", 2 if measure.part else 1)  # so many to one needs its second decimal


def table_scales(
    view: View, measures: Mapping[str, Measure], values: Mapping[str, Sequence[float | None]]
) -> dict[str, Scale]:
    """The scale of each column of a table: all its amounts have one unit."""
    amounts = [values[key] for key, measure in measures.items() if measure.unit == MONEY]
    shared = one_money_scale(view, amounts) if amounts else None
    return {
        key: shared if shared and measure.unit == MONEY else scale_in(view, measure, values[key])
        for key, measure in measures.items()
    }


def one_money_scale(view: View, columns: Sequence[Sequence[float | None]]) -> Scale:
    """The largest unit in which the smallest column still reaches a half, at most one below the largest's."""
    amount = Measure(name="", label="", unit=MONEY)
    tops = [max((abs(v) for v in column if v is not None), default=0.0) for column in columns]
    tops = sorted(top for top in tops if top) or [0.0]
    largest = scale_in(view, amount, tops)
    sizes = {scale.divisor: scale for scale in (scale_in(view, amount, [top]) for top in tops)}
    below = sorted((size for size in sizes if size < largest.divisor), reverse=True)[:1]
    small = below and tops[0] / largest.divisor < 0.5
    found = sizes[below[0]] if small else largest
    return replace(found, decimals=2 if tops[0] / found.divisor < 10 and found.decimals else found.decimals)


def _large(top: float, unit_size: float, word: str, zh: bool, floor: float) -> Scale:
    for size, letter in _ZH if zh else _EN:
        if top >= max(size, floor):
            unit = f"{letter}{word}" if zh else f"{letter} {word}".strip()
            decimals = 2 if top / size < 10 else 1
            return Scale(size * unit_size, unit, decimals, letter)
    return Scale(unit_size, word, 0)


def change_text(
    measure: Measure, now: float | None, before: float | None, scale: Scale, *, floor: int = 0
) -> tuple[str, int]:
    """Amount and percent (rates: percentage points), and the direction of the change.

    A percent of something that was not positive says nothing and is left out, and so is one of fewer
    counted than `floor`.
    """
    if now is None or before is None:
        return "", 0
    gap = now - before
    direction = (gap > 0) - (gap < 0)
    if scale.direction(gap) == 0:
        return t("unchanged"), 0
    if measure.unit == "rate":
        return t("{points} pp", points=f"{gap * 100:+.1f}"), direction
    text = f"{scale.signed(gap)} {scale.size}".strip()
    if measure.unit == "score":
        return t("{points} points", points=text), direction
    percent = change_percent(measure, now, before, floor=floor)
    return t("{amount}, {percent}", amount=text, percent=percent) if percent else text, direction


def change_percent(measure: Measure, now: float | None, before: float | None, *, floor: int = 0) -> str:
    """A change in percent; nothing where that says nothing or is 0.0, and of fewer counted than `floor`."""
    share = change_share(measure, now, before)
    if share is None or rounds_to_nothing(share) or (measure.unit in COUNTS and (before or 0) < floor):
        return ""
    return f"{share:+.1%}" if share < MOST else f">{MOST:+.0%}"


def change_share(measure: Measure, now: float | None, before: float | None) -> float | None:
    """A change as a share of what was before; None where that was not positive, or where it says nothing."""
    if now is None or before is None or before <= 0:
        return None
    return None if measure.unit in ("rate", "days", "score") or measure.net else (now - before) / before


def rounds_to_nothing(share: float | None) -> bool:
    """Whether a change is printed as 0.0 %."""
    return share is not None and round(share * 100, 1) == 0


def round_amount(view: View, amount: float) -> str:
    """A whole amount with the word for its size, for the axis of a figure and an edge."""
    minor, currency = view.store.minor_units, view.store.manifest["currency"]
    scale = scale_in(view, Measure(name="", label="", unit=MONEY), [amount * minor])
    spelled = language() == "zh" and currency in _WORDS
    return replace(scale, decimals=0).text(amount * minor) + (scale.unit if spelled else scale.size)


def interval_ends(
    row: Mapping[str, Any], low: str = "low", high: str = "high", *, times: float = 100, decimals: int = 1
) -> tuple[str, str]:
    """Both ends of an interval as they are printed, of a share in percent.

    >>> interval_ends({"low": 0.05, "high": 0.123})
    ('5.0', '12.3')
    """
    first, last = (f"{row[end] * times:.{decimals}f}" for end in (low, high))
    return first, last


def interval_said(row: Mapping[str, Any], n: int, low: str = "low", high: str = "high") -> str:
    """The 95 % interval of a share and the cases behind it, for those who look closer."""
    ends = interval_ends(row, low, high)
    return t("95 % interval {low}–{high} %, n = {n}", low=ends[0], high=ends[1], n=f"{n:,}")


def period_label(period: Period) -> str:
    """A period as a select box has room for it: a week without its year."""
    if periods.kind(period) != "week":
        return period_name(period)
    days = f"{period.first:%m.%d}–{period.last:%m.%d}"
    return t("W{week}: {days}", week=period.last.isocalendar().week, days=days)


def period_name(period: Period) -> str:
    """A period as it is said.

    2026年10月, 2026年3季度, 2026年1-10月; Oct 2026, Q3 2026, Jan–Oct 2026.
    """
    last = period.last
    match periods.kind(period):
        case "month":
            return (
                t("{month}/{year}", year=last.year, month=last.month)
                if language() == "zh"
                else f"{last:%b %Y}"
            )
        case "quarter":
            return t("Q{quarter} {year}", year=last.year, quarter=(last.month + 2) // 3)
        case "year":
            return t("Year {year}", year=last.year)
        case "week":
            number, stretch = last.isocalendar(), f"{period.first:%m.%d}–{last:%m.%d}"
            return t("Week {week} of {year} ({days})", week=number.week, year=number.year, days=stretch)
        case "ytd" | "jan_feb":
            return f"{last.year}年1-{last.month}月" if language() == "zh" else f"Jan–{last:%b %Y}"
        case "part":
            month = period_name(periods.parse(f"{last:%Y-%m}"))
            return t("{month} (to day {day})", month=month, day=last.day)
        case _:
            return f"{period.first} – {last}"


JOINER = "\u2060"  # is not seen
SPECIAL = "\\`*_{}[]$~<>|:&"  # what Markdown would take for a sign of its own inside a line


def plain(text: str) -> str:
    """A name is text, whatever characters the bank put into it; an address or a mailbox in it is no link."""
    unlinked = text.replace("://", f":{JOINER}//").replace("www.", f"www{JOINER}.").replace("@", f"@{JOINER}")
    return "".join(f"\\{c}" if c in SPECIAL else c for c in unlinked)
