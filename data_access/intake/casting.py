"""From whatever type an extract holds to the contract's types; what cannot be read is marked, not lost.

Money becomes Int64 minor units by floor(x · 10^digits + ½); timestamps become dates in the bank's
time zone; blank text is no value. A value that was there but cannot be read sets
`unreadable_<column>`, which a rule of the contract then reports.
"""

import polars as pl

from data_access.contract.rules import Column, Table
from data_access.intake.config import Config, Source

DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y-%m", "%Y%m")
ZONED_FORMS = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z")
TIME_FORMS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y/%m/%d %H:%M:%S")


def typed(frame: pl.LazyFrame, table: Table, source: Source, config: Config) -> pl.LazyFrame:
    """The mapped part with the contract's types; keeps `_row`, `_source`, and each raw text for reports."""
    schema = frame.collect_schema()
    exprs: list[pl.Expr] = []
    for column in table.columns:
        if column.name not in schema:
            continue
        value = _value(column, schema[column.name], source, config)
        exprs.append(value.alias(column.name))
        if column.kind in ("date", "month", "money", "count", "number"):
            there = _text(column.name).is_not_null()
            exprs.append((there & value.is_null()).alias(f"unreadable_{column.name}"))
            exprs.append(_text(column.name).alias(f"raw_{column.name}"))
    exprs += [_text(name).alias(name) for name in source.tags]
    return frame.select("_row", "_source", *exprs)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars().replace("", None)


def _value(column: Column, dtype: pl.DataType, source: Source, config: Config) -> pl.Expr:
    if column.kind in ("date", "month"):
        day = day_of(column.name, dtype, source.formats.get(column.name), config.timezone)
        return day.dt.month_end() if column.kind == "month" else day
    if column.kind == "money":
        return money(column.name, dtype, source.scale.get(column.name, 1), config.minor_units)
    if column.kind == "number":
        number = _number(column.name, dtype)
        return pl.when(number.is_finite()).then(number)
    if column.kind == "count":
        number = _number(column.name, dtype)
        return pl.when(number == number.floor()).then(number).cast(pl.Int64, strict=False)
    return _text(column.name)


def day_of(name: str, dtype: pl.DataType, form: str | None, timezone: str) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        return column
    if isinstance(dtype, pl.Datetime):
        return (column.dt.convert_time_zone(timezone) if dtype.time_zone else column).dt.date()
    text = _text(name)
    if form:
        return (
            text.str.strptime(pl.Datetime, form, strict=False, exact=True).dt.date()
            if ("%H" in form)
            else text.str.to_date(form, strict=False)
        )
    dates = [_day(text, form) for form in DATE_FORMS]
    times = [text.str.strptime(pl.Datetime("us"), form, strict=False).dt.date() for form in TIME_FORMS]
    moments = [text.str.strptime(pl.Datetime("us", "UTC"), form, strict=False) for form in ZONED_FORMS]
    zoned = [moment.dt.convert_time_zone(timezone).dt.date() for moment in moments]
    return pl.coalesce(*dates, *times, *zoned)


def _day(text: pl.Expr, form: str) -> pl.Expr:
    if form in ("%Y-%m", "%Y%m"):  # a month is its first day here; month columns then take the last
        bare = text.str.replace("-", "")
        return pl.when(bare.str.len_chars() == 6).then(bare + "01").str.to_date("%Y%m%d", strict=False)
    return text.str.to_date(form, strict=False)


def _number(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        text = _text(name)  # a comma is read where it parts thousands; a decimal comma cannot be told from it
        grouped = text.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
        return (
            pl.when(grouped)
            .then(text.str.replace_all(",", ""))
            .otherwise(text)
            .cast(pl.Float64, strict=False)
        )
    return pl.col(name).cast(pl.Float64, strict=False)


def money(name: str, dtype: pl.DataType, scale: float, minor_units: int) -> pl.Expr:
    """Minor units; what is not finite or would not fit an integer cannot be read."""
    minor = (_number(name, dtype) * (scale * minor_units) + 0.5).floor()
    return pl.when(minor.is_finite() & (minor.abs() < 2.0**62)).then(minor).cast(pl.Int64, strict=False)
