"""Values that are spoiled: one cell, or a whole column."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from tests.data_access.intake.fuzz.case import DOUBTED, NOTED, Case

NUMBERS = ("money", "count", "number")
DAYS = ("date", "month")
EXCEL = date(1899, 12, 30)


def one(
    label: str, kinds: tuple[str, ...], value: str | None, needed: bool | None = None
) -> Callable[[Case], None]:
    """One value that must put its row into quarantine."""

    def spoil(case: Case) -> None:
        columns = case.columns(*kinds, needed=needed)
        if columns and (at := case.row(columns[0].name)) >= 0:
            case.write(case.text(case.put(columns[0].name, value, at)))
            case.quarantines(1, columns[0].name, f"row {at + 1}")

    spoil.__name__ = label
    return spoil


def whole(
    label: str,
    kinds: tuple[str, ...],
    change: Callable[[str], str],
    say: Callable[[list[str]], str] | None = None,
    *,
    quarantined: bool = False,
) -> Callable[[Case], None]:
    """A column written otherwise; where a setting says how, all of these kinds are."""

    def spoil(case: Case) -> None:
        columns = [column.name for column in case.columns(*kinds)]
        names = columns if say else columns[-1:]
        if not names or (case.name == "institutions" and quarantined):
            return
        changed = case.rows.select(pl.col(n).map_elements(change, pl.String, skip_nulls=True) for n in names)
        moved = int((changed[names[0]] != case.rows[names[0]]).sum())
        if not moved:
            return
        case.write(case.text(case.rows.with_columns(changed)), *([say(names)] if say else []))
        if quarantined:
            case.quarantines(moved, names[0])
        else:
            case.harmless()

    spoil.__name__ = label
    return spoil


def by_name(setting: str, word: str) -> Callable[[list[str]], str]:
    """A setting that says a word of each column."""
    return lambda names: (
        f"{setting} = {{ {', '.join(f'{name} = {chr(34)}{word}{chr(34)}' for name in names)} }}"
    )


def of_table(line: str) -> Callable[[list[str]], str]:
    return lambda _: line


def comma(text: str) -> str:
    return f"{float(text):.2f}".replace(".", ",")


def grouped(text: str) -> str:
    return f"{float(text):,.2f}"


def accounted(text: str) -> str:
    value = float(text)
    return f"({-value:,.2f})" if value < 0 else f"¥{value:,.2f}"


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in text)


def slashed(text: str) -> str:
    return date.fromisoformat(text[:10]).strftime("%d/%m/%Y")


def serial(text: str) -> str:
    return str((date.fromisoformat(text[:10]) - EXCEL).days)


def compact(text: str) -> str:
    return text[:10].replace("-", "")


def zoned(text: str) -> str:
    """Midnight in Shanghai, told in UTC."""
    return f"{date.fromisoformat(text[:10]) - timedelta(days=1)}T16:00:00Z"


def unit(label: str, factor: float) -> Callable[[Case], None]:
    """Every amount in another unit than last time."""

    def spoil(case: Case) -> None:
        columns = [column.name for column in case.columns("money")]
        if columns and case.rows.height >= 100:
            scaled = [(pl.col(n).cast(pl.Float64) * factor).round(4).cast(pl.String) for n in columns]
            case.write(case.text(case.rows.with_columns(scaled)))
            case.expects, case.words = DOUBTED, ("another unit?",)

    spoil.__name__ = label
    return spoil


def reference(case: Case) -> None:
    """An id that nobody has delivered."""
    hard = [
        c
        for c in case.columns("id")
        if c.refers in ("institutions", "customers", "opportunities") and not c.soft
    ]
    if hard and (at := case.row(hard[0].name)) >= 0:
        case.write(case.text(case.put(hard[0].name, "no such id", at)))
        case.quarantines(1, hard[0].name, "“no such id”")


def soft_reference(case: Case) -> None:
    """An id of a table that the row can do without."""
    soft = [
        c for c in case.columns("id") if c.soft and c.refers in ("managers", "customers", "opportunities")
    ]
    if soft and (at := case.row(soft[0].name)) >= 0:
        case.write(case.text(case.put(soft[0].name, "no such id", at)))
        case.expects, case.words = NOTED, (soft[0].name, "“no such id”")


def zeros_lost(case: Case) -> None:
    """Ids of institutions as a spreadsheet leaves them."""
    if case.name == "institutions" or "institution_id" not in case.rows.columns:
        return
    bare = case.rows["institution_id"].str.replace("^0+(.)", "${1}")
    moved = int((bare != case.rows["institution_id"]).sum())
    if moved:
        case.write(case.text(case.rows.with_columns(bare)))
        case.quarantines(moved, "institution_id")


def short_form(case: Case) -> None:
    ids = case.columns("id", needed=True)
    if ids and (at := case.row(ids[0].name)) >= 0:
        case.write(case.text(case.put(ids[0].name, "6.2E+18", at)))
        case.quarantines(1, ids[0].name, "“6.2E+18”")


def key_again(case: Case) -> None:
    """A key with another content."""
    others = case.columns("text", "code", "money", "enum", "date", key=False)
    others = [column for column in others if not column.values]
    if not others or case.name == "institutions":
        return
    name = others[0].name
    at = case.row(name)
    different = case.rows[name].drop_nulls().unique()
    value = next(v for v in different.sort() if v != case.rows[name][at])
    again = case.put(name, value, at)[at : at + 1]
    if case.rows[at : at + 1].select(case.table.key[0]).item() is None:
        return
    case.write(case.text(pl.concat([case.rows, again])))
    case.quarantines(2, "two contents")


def swapped(case: Case) -> None:
    """An id and a date under each other's name."""
    ids, days = case.columns("id", needed=True), case.columns(*DAYS, needed=True)
    if ids and days:
        names = {ids[0].name: days[0].name, days[0].name: ids[0].name}
        case.write(case.text(case.rows.rename(names)))
        case.quarantines(case.rows.height)


def no_date(case: Case) -> None:
    """A day that stands for none."""
    days = case.columns("date", needed=False)
    if days and (at := case.row(days[0].name)) >= 0:
        case.write(case.text(case.put(days[0].name, "9999-12-31", at)))
        case.expects, case.words = NOTED, (days[0].name, "is read as no value")


def future(case: Case) -> None:
    days = [column for column in case.columns(*DAYS) if not column.expected]
    if days and (at := case.row(days[0].name)) >= 0 and case.name != "targets":
        case.write(case.text(case.put(days[0].name, "2099-01-31", at)))
        case.quarantines(1, days[0].name, "2099")


SPOILERS = [
    *(
        one(f"number_{value}", NUMBERS, value)
        for value in ("n/a", "NaN", "inf", "1e400", "true", "0x10", "1.2.3")
    ),
    *(
        one(f"amount_{value}", ("money",), value)
        for value in ("1e17", "12,5", "0,125", "(5.00)", "5-", "12万", "７", "5%")
    ),
    *(one(f"count_{value}", ("count",), value) for value in ("-1", "1.5")),
    *(
        one(f"day_{value}", DAYS, value)
        for value in ("1900-01-01", "2026-02-30", "2026063", "31/12/2025", "soon", "45000", "20261301")
    ),
    one("enum_unknown", ("enum",), "?"),
    one("needed_blank", ("id", "date", "month", "enum", "money"), None, needed=True),
    *(reference, soft_reference, zeros_lost, short_form, key_again, swapped, no_date, future),
    whole("decimal_comma", ("money",), comma, quarantined=True),
    whole("decimal_comma_said", ("money",), comma, of_table('decimal = ","')),
    whole("thousands", ("money",), grouped),
    whole("accounting_said", ("money",), accounted, of_table('numbers = "accounting"')),
    whole("wide_said", ("money",), wide, of_table('numbers = "accounting"')),
    whole("wide_days_said", DAYS, wide, of_table("fold_width = true")),
    whole("wide_days", DAYS, wide, quarantined=True),
    whole("slashed_days", DAYS, slashed, quarantined=True),
    whole("slashed_days_said", DAYS, slashed, by_name("formats", "%d/%m/%Y")),
    whole("serial_days", DAYS, serial, quarantined=True),
    whole("serial_days_said", DAYS, serial, by_name("formats", "excel")),
    whole("compact_days", DAYS, compact),
    whole("zoned_days", DAYS, zoned),
    whole("yuan_said", ("money",), lambda text: f"{float(text) / 1e4:.6f}", by_name("scale", "万元")),
    unit("in_wan", 1e-4),
    unit("in_fen", 100),
]
