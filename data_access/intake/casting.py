"""From whatever type an extract holds to the contract's types; what cannot be read is marked, not lost.

Money becomes Int64 minor units by floor(x · 10^digits + ½); timestamps become dates in the bank's
time zone; blank text is no value, nor is NaN in a column of floats, nor a date that stands for none. A
value that was there but cannot be read sets `unreadable_<column>`, which a rule of the contract then
reports; one that was read as none sets `nothing_<column>`.
"""

import re
from datetime import date

import polars as pl

from data_access.contract.rules import READ, Column, Table
from data_access.errors import DataError
from data_access.intake.config import Config
from data_access.intake.numbers import number
from data_access.intake.source import Source

DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y-%m", "%Y%m")
ZONED_FORMS = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
TIME_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y/%m/%d %H:%M:%S")
# how systems write "none" where a date must stand: the year 9999, the year 1, or zeros throughout
NO_DATE = r"^(9999|0001)[-/.]?\d\d([-/.]?\d\d)?([ T].*)?$|^[-/.: T]*0[-/.: T0]*$"
LOST_DIGITS = r"^\d(\.\d+)?[eE]\+\d+$"  # how a spreadsheet writes a long number
EXCEL = "excel"  # the form of a day that a spreadsheet has as a number: days after the last of 1899
FIRST_SERIAL, LAST_SERIAL = date(1899, 12, 30), 2_958_465
EXACT = 2**53  # whole numbers up to here are exact as floats


def typed(frame: pl.LazyFrame, table: Table, source: Source, config: Config) -> pl.LazyFrame:
    """The mapped part with the contract's types; keeps `_row`, `_source`, what stood there for reports."""
    schema = frame.collect_schema()
    here = [column for column in table.columns if column.name in schema]
    tags = [name for name in source.tags if name in schema]
    for name in (*(c.name for c in here), *tags):
        if schema[name].is_nested() or schema[name] in (pl.Binary, pl.Object):
            raise DataError(
                "{table}: the column “{column}” holds {kind} in every row, where one value is expected. "
                "Deliver it as text, number or date, or take it apart by a query.",
                table=table.name,
                column=source.columns.get(name, name),
                kind=str(schema[name]).partition("(")[0].lower(),
            )
    texts = [name for name in (*(c.name for c in here), *tags) if schema[name] == pl.String]
    # read once each: what was found out before costs nothing again
    frame = frame.with_columns(as_text(name) for name in texts).with_columns(
        day_of(c.name, schema[c.name], source.formats.get(c.name), config.timezone).alias(f"day_{c.name}")
        for c in here
        if c.kind in ("date", "month")
    )
    values = [_value(column, schema[column.name], source, config).alias(column.name) for column in here]
    read = [column for column in here if column.kind in READ]
    nothing = [_is_nothing(c, schema[c.name]).alias(f"nothing_{c.name}") for c in read]
    raw = [pl.col(column.name).alias(f"raw_{column.name}") for column in read]
    labels = [text_of(name, schema[name]).alias(name) for name in tags]
    return frame.select("_row", "_source", *values, *nothing, *raw, *labels).with_columns(
        _is_unreadable(column.name).alias(f"unreadable_{column.name}") for column in read
    )


def _is_unreadable(name: str) -> pl.Expr:
    return pl.col(f"raw_{name}").is_not_null() & ~pl.col(f"nothing_{name}") & pl.col(name).is_null()


def as_text(name: str) -> pl.Expr:
    """What stands there, as text; blank is nothing."""
    return pl.col(name).cast(pl.String).str.strip_chars().replace("", None)


def text_of(name: str, dtype: pl.DataType) -> pl.Expr:
    """What stands there as text; a whole number that a tool has made a float is written as a whole number."""
    if dtype.is_float():
        whole = (pl.col(name) == pl.col(name).floor()) & (pl.col(name).abs() <= EXACT)
        as_whole = pl.col(name).cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(as_whole).when(pl.col(name).is_not_nan()).then(as_text(name))
    if dtype.is_decimal():
        return as_text(name).str.replace(r"\.0+$", "")
    return pl.col(name) if dtype == pl.String else as_text(name)


def _is_nothing(column: Column, dtype: pl.DataType) -> pl.Expr:
    """Whether a value is there that says there is none."""
    name = column.name
    nothing = pl.col(name).is_nan() if dtype.is_float() else pl.lit(False)
    if column.kind in ("date", "month"):
        nothing = nothing | ~pl.col(f"day_{name}").dt.year().is_between(2, 9998).fill_null(True)
        if not dtype.is_temporal():
            nothing = nothing | text_of(name, dtype).str.contains(NO_DATE).fill_null(False)
    return nothing.fill_null(False)


def _value(column: Column, dtype: pl.DataType, source: Source, config: Config) -> pl.Expr:
    if column.kind in ("date", "month"):
        day = pl.col(f"day_{column.name}")
        day = pl.when(day.dt.year().is_between(2, 9998)).then(day)
        return day.dt.month_end() if column.kind == "month" else day
    if column.kind == "money":
        return money(column.name, dtype, source, config.minor_units)
    if column.kind == "number":
        value = _number(column.name, dtype, source, share=True)
        return pl.when(value.is_finite()).then(value)
    if column.kind == "count":
        value = _number(column.name, dtype, source)
        return pl.when(value == value.floor()).then(value).cast(pl.Int64, strict=False)
    text = text_of(column.name, dtype)
    if column.kind == "id":
        lost = pl.col(column.name).abs() > EXACT if dtype.is_float() else text.str.contains(LOST_DIGITS)
        return pl.when(~lost).then(text)
    return text


def day_of(name: str, dtype: pl.DataType, form: str | None, timezone: str) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        return column
    if isinstance(dtype, pl.Datetime):
        return (column.dt.convert_time_zone(timezone) if dtype.time_zone else column).dt.date()
    if dtype == pl.Boolean:
        return pl.lit(None, dtype=pl.Date)
    text = text_of(name, dtype)
    if form == EXCEL:
        serial = text.cast(pl.Float64, strict=False)
        days = pl.when(serial.is_between(1, LAST_SERIAL)).then(serial.floor()).cast(pl.Int32)
        return pl.lit(FIRST_SERIAL) + pl.duration(days=days)
    if form:
        return _formed(text, form)
    dates = [_day(text, form) for form in DATE_FORMS]
    times = [text.str.strptime(pl.Datetime("us"), form, strict=False).dt.date() for form in TIME_FORMS]
    moments = [text.str.strptime(pl.Datetime("us", "UTC"), form, strict=False) for form in ZONED_FORMS]
    zoned = [moment.dt.convert_time_zone(timezone).dt.date() for moment in moments]
    return pl.coalesce(*dates, *times, *zoned)


def _formed(text: pl.Expr, form: str) -> pl.Expr:
    """The day of a text of this form; one that names no day is a month, of which the first is taken.

    A digit that is missing in 2026063 would make another day of it.
    """
    if re.fullmatch(r"(%[YymdHMS])+", form):
        width = sum(4 if sign == "Y" else 2 for sign in form[1::2])
        text = pl.when(text.str.len_chars() == width).then(text)
    if any(sign in form for sign in ("%H", "%I", "%T")):
        return text.str.strptime(pl.Datetime, form, strict=False, exact=True).dt.date()
    if not any(sign in form for sign in ("%d", "%e", "%j", "%D", "%F", "%x")):
        return (text + " 01").str.to_date(form + " %d", strict=False)
    return text.str.to_date(form, strict=False)


def _day(text: pl.Expr, form: str) -> pl.Expr:
    if form in ("%Y-%m", "%Y%m"):  # a month is its first day here; month columns then take the last
        bare = text.str.replace("-", "")
        return pl.when(bare.str.len_chars() == 6).then(bare + "01").str.to_date("%Y%m%d", strict=False)
    return _formed(text, form)


def _number(name: str, dtype: pl.DataType, source: Source, *, share: bool = False) -> pl.Expr:
    if dtype == pl.Boolean:  # yes and no are no amounts
        return pl.lit(None, dtype=pl.Float64)
    if dtype == pl.String:
        return number(as_text(name), source.numbers, source.decimal, share=share)
    return pl.col(name).cast(pl.Float64, strict=False)


def money(name: str, dtype: pl.DataType, source: Source, minor_units: int) -> pl.Expr:
    """Minor units; what is not finite or would not fit an integer cannot be read."""
    scale = source.scale.get(name, 1)
    minor = (_number(name, dtype, source) * (scale * minor_units) + 0.5).floor()
    return pl.when(minor.is_finite() & (minor.abs() < 2.0**62)).then(minor).cast(pl.Int64, strict=False)
