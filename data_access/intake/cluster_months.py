"""Customer months checked where they lie: a cluster types, codes and holds them against the contract.

One narrow row per customer and month comes back; which of them repeat another is told here, as of every
table. Months whose mapping or types need more than this (texts to be read as numbers, values to be
translated, ids that became floats) are landed like every other table.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from data_access.codes.coding import NUMBERED
from data_access.codes.literals import whole
from data_access.contract.rules import READ, Column, Table, mask
from data_access.engines.engine import Engine, Lazy, collected
from data_access.intake.casting import LOST_DIGITS, typed
from data_access.intake.check import AT, Door, rules_at_door, split
from data_access.intake.config import Config
from data_access.intake.landing import ROW, SOURCE
from data_access.intake.mapping import mapped, unmapped
from data_access.intake.months import NAME, Months, Rows
from data_access.intake.parts import WHOLE, columns_of
from data_access.intake.report import Report
from data_access.intake.source import DISCARD, Source

FITS = 2.0**62  # minor units, as `casting.money` has it


def months_there(config: Config, engine: Engine, report: Report) -> Months | None:
    """The months of a cluster's table; None where they must be landed to be read."""
    source = config.tables[NAME]
    beyond = (source.accounts, source.values, source.levels, source.months, source.formats, source.fold_width)
    if source.on_cluster is None or any(beyond):
        return None
    table, raw = config.contract.tables[NAME], engine.extract(source.on_cluster)
    schema = raw.collect_schema()
    names = {c.name: source.columns.get(c.name, c.name) for c in table.columns}
    names = {name: there for name, there in names.items() if there in schema}
    if "institution_id" not in names:  # of the only institution, or missing and then named
        return None
    empty = pl.LazyFrame(schema={ROW: pl.Int64, SOURCE: pl.String, **dict.fromkeys(schema, pl.String)})
    columns = columns_of(dict.fromkeys(mapped(empty, table, source).collect_schema()), table, source)
    if source.constants or not all(_is_typed(table.column(name), schema[names[name]]) for name in names):
        return None
    here = raw.select(nw.col(there).alias(name) for name, there in names.items())
    days = _days(here, table, source, config)
    if days is None:
        return None
    report.columns, report.form = columns, {name: _kind(dtype) for name, dtype in schema.items()}
    if source.mode != DISCARD and (note := unmapped(list(schema), table, source)):
        report.notes.append(note)
    lookups: dict[str, Lazy] = {}

    def customers() -> pl.Series:
        ids = here.select(customer_id=_text("customer_id")).unique()
        return collected(ids)["customer_id"]

    def checked(month: date | None, door: Door) -> Rows:
        rows = nw.concat([_at(here, part) for part in days[month]], how="vertical")
        rows = _typed(rows, table, columns, source, config)
        for column in table.columns:
            if column.refers not in door.codes.delivered or column.name not in columns:
                continue
            identifier, number = NUMBERED[column.refers or ""]
            if column.name not in lookups:  # handed over once a build
                numbers = door.codes.delivered[column.refers or ""].rename({identifier: column.name})
                lookups[column.name] = engine.table(numbers)
            unknown = ~nw.col(column.name).is_null() & nw.col(number).is_null()
            rows = rows.join(lookups[column.name], on=column.name, how="left")
            rows = rows.with_columns(unknown.alias(f"{column.name}_unknown"))
        rules, facts = rules_at_door(table, columns, door, source)
        masked = collected(_shown(rows.with_columns(broken=mask(rules, facts)), table, columns))
        told = masked.with_columns(
            pl.lit(None, dtype=pl.Int64).alias("_row"),
            pl.lit(source.on_cluster).alias("_source"),
            pl.int_range(pl.len()).alias(AT),
            pl.col("^raw_.*$").cast(pl.String),
        ).with_columns(pl.col(f"raw_{name}").fill_null(pl.col(name)) for name in table.key if name in lookups)
        return split(told.clear(), told, table, columns, door, source, report)

    return Months(sorted(days, key=lambda day: (day is None, day)), customers, checked)


def _is_typed(column: Column, dtype: Any) -> bool:
    """Whether a column can be read as it is; months are few values, read here whatever their type."""
    if column.kind == "id":
        return bool(dtype == nw.String)
    return column.kind == "month" or bool(dtype.is_numeric())


def _kind(dtype: Any) -> str:
    """As `drift.form_of` has it, of what lies on a cluster."""
    return "text" if dtype == nw.String else "number" if dtype.is_numeric() else "date"


def _days(
    here: Lazy, table: Table, source: Source, config: Config
) -> dict[date | None, list[dict[str, Any]]] | None:
    """The values that stand for each month, and whether they can be read; None where ids became floats."""
    ids = [column.name for column in table.columns if column.kind == "id"]
    floats = [
        nw.when(nw.col(name).str.contains(WHOLE)).then(whole(1)).otherwise(whole(0)).sum().alias(name)
        for name in ids
        if name in here.collect_schema()
    ]
    told = collected(here.group_by("month").agg(*floats))
    if told.select(pl.sum_horizontal(pl.exclude("month").sum())).item():
        return None
    values = told.lazy().select("month", _row=pl.lit(None, dtype=pl.Int64), _source=pl.lit(""))
    read = typed(values, table, source, config).collect()
    found: dict[date | None, list[dict[str, Any]]] = {}
    parts = read.with_columns(value=told["month"]).drop("_row", "_source", "raw_month")
    alike = ("month", "unreadable_month", "nothing_month")
    for (month, *_), part in parts.group_by(alike, maintain_order=True):
        found.setdefault(month if isinstance(month, date) else None, []).append(
            {**part.drop("value").row(0, named=True), "values": part["value"].to_list()}
        )
    return found


def _at(here: Lazy, part: Mapping[str, Any]) -> Lazy:
    """The rows of some values of the month, which is then as it was read."""
    filled = [value for value in part["values"] if value is not None]
    found = nw.col("month").is_in(filled).fill_null(False) if filled else nw.col("month").is_null()
    if filled and None in part["values"]:
        found = found | nw.col("month").is_null()
    return here.filter(found).with_columns(
        nw.col("month").alias("raw_month"),
        nw.lit(part["month"], dtype=nw.Date).alias("month"),
        nw.lit(part["unreadable_month"], dtype=nw.Boolean).alias("unreadable_month"),
        nw.lit(part["nothing_month"], dtype=nw.Boolean).alias("nothing_month"),
    )


def _text(name: str) -> nw.Expr:
    """What stands there; blank is no value."""
    text = nw.col(name).str.strip_chars()
    filled: nw.Expr = nw.when(text != nw.lit("", dtype=nw.String)).then(text)
    return filled


def _typed(rows: Lazy, table: Table, columns: list[str], source: Source, config: Config) -> Lazy:
    """As `casting.typed`, of columns that are numbers and texts already."""
    schema, exprs = rows.collect_schema(), []
    for column in table.columns:
        name = column.name
        if name not in columns or column.kind == "month":
            continue
        nothing = nw.lit(False, dtype=nw.Boolean)
        if column.kind == "id":
            there = ~_text(name).is_null()
            value: nw.Expr = nw.when(~_text(name).str.contains(LOST_DIGITS)).then(_text(name))
        else:
            number = nw.col(name).cast(nw.Float64)
            if schema[name].is_float():
                nothing = number.is_nan().fill_null(False)
            there = ~number.is_null() & ~nothing
            value = _number(column, number, source, config)
        exprs += [
            value.alias(name),
            (there & value.is_null()).alias(f"unreadable_{name}"),
            nothing.alias(f"nothing_{name}"),
            nw.col(name).alias(f"raw_{name}"),
        ]
    return rows.select(nw.col("month", "raw_month", "unreadable_month", "nothing_month"), *exprs)


def _number(column: Column, number: nw.Expr, source: Source, config: Config) -> nw.Expr:
    """An amount in minor units, a whole number, or a number; null where it is none."""
    if column.kind == "number":
        finite: nw.Expr = nw.when(number.is_finite()).then(number)
        return finite
    if column.kind == "money":
        scale = float(source.scale.get(column.name, 1) * config.minor_units)
        number = number * nw.lit(scale, dtype=nw.Float64) + nw.lit(0.5, dtype=nw.Float64)
    limit = nw.lit(FITS, dtype=nw.Float64)
    fits = number.is_finite() & (number < limit) & (number > -limit)
    if column.kind == "count":
        fits = fits & (number == number.floor())
    return nw.when(fits).then(number.floor()).cast(nw.Int64)


def _shown(rows: Lazy, table: Table, columns: list[str]) -> Lazy:
    """What is needed of a row here; as it was delivered only where something is to be said of it."""
    broken = nw.col("broken") != whole(0)
    read = [column.name for column in table.columns if column.kind in READ and column.name in columns]
    numbers = [number for _, number in NUMBERED.values() if number in rows.collect_schema()]
    return rows.select(
        *columns,
        *numbers,
        "broken",
        *[f"nothing_{name}" for name in read],
        *[
            nw.when(broken | nw.col(f"nothing_{name}")).then(nw.col(f"raw_{name}")).alias(f"raw_{name}")
            for name in read
        ],
    )
