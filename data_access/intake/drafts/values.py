"""What a column's values say: which forms of dates and numbers they have, how many differ."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from data_access.contract.rules import Column
from data_access.intake.casting import EXCEL, NO_DATE, day_of, text_of
from data_access.intake.numbers import ACCOUNTING, PLAIN, folded, number

# forms of dates that must be named, the likelier first; "" needs no name
DATES = (
    *("", "%Y年%m月%d日", "%Y年%m月", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *(
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d %b %Y",
        "%b %d, %Y",
        "%y/%m/%d",
        "%m/%Y",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %H:%M",
    ),
    *("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M:%S"),
)
SERIALS = (20_000, 60_000)  # days of spreadsheets from 1954 to 2064
NUMBERS = ((PLAIN, "."), (ACCOUNTING, "."), (PLAIN, ","), (ACCOUNTING, ","))
READS = 0.95  # of the values must be of a form
SHOWN = 30  # different values that are looked at as codes
FEW = 40  # different values that a code has at most
YEARS = (1930, 2100)


@dataclass(frozen=True)
class Facts:
    """What the values of one delivered column are."""

    name: str
    filled: int
    distinct: int
    date: str | None  # the form that reads them as dates; "" needs no name
    month_first: bool | None  # whether days and months can be told apart: None where nobody can
    numbers: tuple[str, str] | None  # how they are numbers
    whole: bool
    wide: bool  # letters or digits of double width
    codes: tuple[str, ...]  # the different values, where they are few

    @property
    def unique(self) -> bool:
        return 0 < self.filled == self.distinct


def facts_of(rows: pl.DataFrame, name: str) -> Facts:
    """The facts of a column of the sample."""
    dtype = rows.schema[name]
    raw = rows.select(text_of(name, dtype).cast(pl.String).str.strip_chars().alias("v"))["v"]
    raw = raw.replace("", None).drop_nulls()
    texts = raw.to_frame("v").select(folded(pl.col("v"))).to_series()
    distinct = texts.unique(maintain_order=True)
    form = "" if dtype.is_temporal() else _date_form(texts)
    numbers = None if dtype.is_temporal() or dtype == pl.Boolean else _number_form(raw)
    whole = numbers is not None and bool(
        _read(raw, *numbers).map_elements(float.is_integer, pl.Boolean).all()
    )
    codes = tuple(map(str, distinct.sort())) if distinct.len() <= SHOWN else ()
    return Facts(
        name=name,
        filled=texts.len(),
        distinct=distinct.len(),
        date=form,
        month_first=_month_first(texts, form),
        numbers=numbers,
        whole=whole,
        wide=_is_wide(raw),
        codes=codes,
    )


def _is_wide(texts: pl.Series) -> bool:
    return bool(texts.str.contains(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]").any())


def _share(read: pl.Series, of: int) -> float:
    return (read.len() - read.null_count()) / of if of else 0.0


def _date_form(texts: pl.Series) -> str | None:
    texts = texts.filter(~texts.str.contains(NO_DATE))
    for form in DATES:
        days = texts.to_frame("v").select(day_of("v", pl.String(), form or None, "Asia/Shanghai")).to_series()
        if _share(days.filter(days.dt.year().is_between(*YEARS)), texts.len()) >= READS:
            return form
    serials = texts.cast(pl.Float64, strict=False)
    return EXCEL if _share(serials.filter(serials.is_between(*SERIALS)), texts.len()) >= READS else None


def _month_first(texts: pl.Series, form: str | None) -> bool | None:
    """Whether some day is beyond 12, so that it cannot be a month."""
    if form not in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y"):
        return form == "%m/%d/%Y"
    parts = texts.str.extract_all(r"\d+").to_frame("v")
    numbers = [pl.col("v").list.get(i, null_on_oob=True).cast(pl.Int64, strict=False) for i in (0, 1)]
    beyond = [bool(parts.select((number > 12).any()).item()) for number in numbers]
    return beyond[1] if any(beyond) else None


def _read(texts: pl.Series, numbers: str, decimal: str) -> pl.Series:
    return (
        texts.to_frame("v").select(number(pl.col("v"), numbers, decimal, share=True)).to_series().drop_nulls()
    )


def _number_form(texts: pl.Series) -> tuple[str, str] | None:
    for form in NUMBERS:
        if texts.len() and _share(_read(texts, *form), texts.len()) >= READS:
            return form
    return None


def fitness(column: Column, facts: Facts, *, is_key: bool) -> float:
    """How well the values suit a column of the contract, 0 to 1."""
    if not facts.filled:
        return 0.8
    match column.kind:
        case "money" | "number":
            return 1.0 if facts.numbers else 0.2
        case "count":
            years = column.name != "birth_year" or _are_years(facts.codes)
            return 1.0 if facts.numbers and facts.whole and years else 0.2
        case "date" | "month":
            return 1.0 if facts.date is not None else 0.2
        case "id":
            fits = facts.numbers is None or facts.whole
            return (1.0 if facts.unique or not is_key else 0.85) if fits else 0.2
        case "enum" | "code":
            return 1.0 if facts.distinct <= FEW else 0.3
        case _:
            dated = facts.date is not None and facts.numbers is None
            return 0.5 if dated or (facts.numbers and column.name in ("name", "title", "comment")) else 0.95


def _are_years(codes: Iterable[str]) -> bool:
    return all(code.isdigit() and 1900 <= int(code) <= 2100 for code in codes)
