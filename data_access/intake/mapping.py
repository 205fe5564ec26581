"""The mapping verbs of `cockpit.toml`: from the bank's columns and codes to the contract's.

Every verb is declarative and works on one landed part at a time; what needs more is SQL.
"""

from collections.abc import Sequence
from difflib import get_close_matches

import polars as pl

from data_access.contract.rules import Table
from data_access.errors import CallError, DataError, Note
from data_access.intake.landing import ROW, SOURCE
from data_access.intake.numbers import folded
from data_access.intake.source import Source, tag_column

PATH = "/"
UNMAPPED = 20  # columns named that nothing maps
_ORIGIN = (pl.col(ROW).alias("_row"), pl.col(SOURCE).alias("_source"))


def mapped(frame: pl.LazyFrame, table: Table, source: Source) -> pl.LazyFrame:
    """The part with the contract's column names; columns that the contract does not know are dropped.

    `_row` and `_source` (where a row came from) are kept.
    """
    found = [name for name in frame.collect_schema().names() if name not in (ROW, SOURCE)]
    _check_named(source, found)
    if source.fold_width:
        frame = _folded(frame, table, source)
    if source.months:
        return _wide_months(frame, table, source, found)
    if source.stage_dates:
        return _wide_stages(frame, source, found)
    exprs = _columns(table, source, found)
    if source.levels:
        exprs["institution_id"] = institution_path(source)
        if table.name == "institutions":
            return level_rows(frame, source)
    return frame.select(*_ORIGIN, *[expr.alias(name) for name, expr in exprs.items()])


def _folded(frame: pl.LazyFrame, table: Table, source: Source) -> pl.LazyFrame:
    """Texts with half-width letters, digits and signs; what only people read stays as it was written."""
    read = {source.columns.get(c.name, c.name) for c in table.columns if c.kind == "text"} | {ROW, SOURCE}
    texts = [name for name, dtype in frame.collect_schema().items() if dtype == pl.String]
    return frame.with_columns(folded(pl.col(name)) for name in texts if name not in read)


def unmapped(names: Sequence[str], table: Table, source: Source) -> Note | None:
    """What is to be said of the delivered columns that nothing reads; None where all are read."""
    read = {
        *source.columns.values(),
        *source.dimensions.values(),
        *source.levels,
        *source.stage_dates.values(),
    }
    read |= {column.name for column in table.columns if column.name not in source.columns}
    read |= {source.changed or "", source.duration.get("months", ""), *source.duration.get("left", {})}
    for month in source.months.values():
        read |= {*month.values()} if isinstance(month, dict) else {month}
    open_ones = [c.name for c in table.columns if c.name not in source.columns and c.name not in names]
    left = [name for name in names if name not in read]
    told = []
    for name in left[:UNMAPPED]:
        near = get_close_matches(name.strip().lower().replace(" ", "_"), open_ones, 1)
        told.append(f"“{name}” (≈ {near[0]}?)" if near else f"“{name}”")
    if len(left) > UNMAPPED:
        return Note(
            "not read, for nothing maps them: {columns} and {n} more",
            columns=", ".join(told),
            n=len(left) - UNMAPPED,
        )
    return Note("not read, for nothing maps them: {columns}", columns=", ".join(told)) if told else None


def _columns(table: Table, source: Source, found: list[str]) -> dict[str, pl.Expr]:
    """Contract name → expression over the bank's columns: columns, values, constants, scale, tags."""
    exprs: dict[str, pl.Expr] = {}
    asked = [
        (column.name, column.name, source.columns.get(column.name, column.name)) for column in table.columns
    ]
    asked += [(name, tag_column(name), raw) for name, raw in source.dimensions.items()]
    for name, target, raw in asked:
        if name in source.constants:
            exprs[target] = pl.lit(source.constants[name])
        elif raw in found:
            exprs[target] = _valued(pl.col(raw), source.values.get(name, {}))
    if table.name == "customers" and source.duration:
        left: dict[str, str] = source.duration.get("left", {})
        exprs["tenure"] = pl.col(source.duration["months"])
        for column, value in left.items():
            exprs["left"] = (pl.col(column).cast(pl.String) == value).cast(pl.String)
    return exprs


def _valued(expr: pl.Expr, codes: dict[str, str] | object) -> pl.Expr:
    if not codes:
        return expr
    text = expr.cast(pl.String).str.strip_chars()
    return text.replace(codes)  # type: ignore[arg-type]


def _check_named(source: Source, found: list[str]) -> None:
    """Every bank column that the configuration names must be there."""
    named = {
        **source.columns,
        **source.dimensions,
        **{f"levels: {name}": name for name in source.levels if name not in source.constants},
        **{f"stage_dates: {stage}": name for stage, name in source.stage_dates.items()},
    }
    if source.duration:
        named["duration: months"] = source.duration.get("months", "")
        named |= {f"duration: {name}": name for name in source.duration.get("left", {})}
    for month, column in source.months.items():
        for name in column.values() if isinstance(column, dict) else (column,):
            named[f"months: {month}"] = name
    for name, raw in named.items():
        if raw not in found:
            near = get_close_matches(raw, found, 3) or found[:12]
            raise DataError(
                "{table}: the column “{column}” (for {name}) is not in the extract. Found: {found}. "
                "Correct the name under [tables.{table}], or deliver the column.",
                table=source.name,
                column=raw,
                name=name,
                found=", ".join(near),
            )


def _level_texts(source: Source) -> list[pl.Expr]:
    columns = {name: pl.col(name).cast(pl.String) for name in source.levels}
    if source.fold_width:
        columns = {name: folded(text) for name, text in columns.items()}
    texts = [
        pl.lit(str(source.constants[name]))
        if name in source.constants
        else columns[name].str.strip_chars().replace("", None)
        for name in source.levels
    ]
    return [pl.lit(source.root), *texts] if source.root else texts


def institution_path(source: Source) -> pl.Expr:
    """The id of the lowest level that is filled: its path, joined by “/”."""
    return pl.concat_str(_level_texts(source), separator=PATH, ignore_nulls=True)


def level_rows(frame: pl.LazyFrame, source: Source) -> pl.LazyFrame:
    """One row per distinct institution above and including each row's own path.

    >>> rows = pl.LazyFrame({"region": ["East"], "team": ["A"], ROW: [1], SOURCE: ["x"]})
    >>> source = Source("institutions", csv="x", levels=("region", "team"), root="Bank")
    >>> sorted(level_rows(rows, source).collect()["institution_id"])
    ['Bank', 'Bank/East', 'Bank/East/A']
    """
    texts = _level_texts(source)
    parts = []
    for depth in range(1, len(texts) + 1):
        above = texts[: depth - 1]
        parts.append(
            frame.filter(texts[depth - 1].is_not_null())
            .select(
                *_ORIGIN,
                institution_id=pl.concat_str(texts[:depth], separator=PATH, ignore_nulls=True),
                parent_id=pl.concat_str(above, separator=PATH, ignore_nulls=True)
                if above
                else pl.lit(None, dtype=pl.String),
                level=pl.lit(str(depth)),
                name=texts[depth - 1],
            )
            .unique("institution_id", keep="first", maintain_order=True)
        )
    return pl.concat(parts)


def _wide_months(frame: pl.LazyFrame, table: Table, source: Source, found: list[str]) -> pl.LazyFrame:
    """One row per customer and month from one column per month (a text names the AUM column)."""
    if table.name != "customer_months":
        raise CallError("[tables.{table}.months] is for customer_months only.", table=table.name)
    exprs = _columns(table, source, found)
    if source.levels:
        exprs["institution_id"] = institution_path(source)
    parts = []
    for month, column in source.months.items():
        measures = column if isinstance(column, dict) else {"aum": column}
        cells = exprs | {name: pl.col(raw) for name, raw in measures.items()} | {"month": pl.lit(month)}
        there = pl.any_horizontal(_is_filled(raw) for raw in measures.values())  # blank: not there that month
        rows = frame.filter(there)
        parts.append(rows.select(*_ORIGIN, *[expr.alias(name) for name, expr in cells.items()]))
    return pl.concat(parts, how="diagonal_relaxed")


def _is_filled(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & (pl.col(column).cast(pl.String).str.strip_chars() != "")


def _wide_stages(frame: pl.LazyFrame, source: Source, found: list[str]) -> pl.LazyFrame:
    """One row per deal and stage from one date column per stage; an empty date is a stage not reached."""
    deal = source.columns.get("opportunity_id", "opportunity_id")
    if deal not in found:
        raise DataError(
            "stage_events: the column “{column}” (for opportunity_id) is not in the extract.", column=deal
        )
    parts = []
    for order, (stage, column) in enumerate(source.stage_dates.items()):
        parts.append(
            frame.filter(_is_filled(column)).select(
                *_ORIGIN,
                opportunity_id=pl.col(deal),
                stage=pl.lit(stage),
                entered_on=pl.col(column),
                seq=pl.lit(order, dtype=pl.Int64),
            )
        )
    return pl.concat(parts, how="vertical_relaxed")
