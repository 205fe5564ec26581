"""A table's landed parts, mapped and typed once each: time goes with rows, not with rows times files."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import polars as pl

from data_access.codes.coding import Codes
from data_access.contract.rules import READ, Column, Table
from data_access.errors import DataError, Note
from data_access.intake.casting import typed
from data_access.intake.config import Config
from data_access.intake.drift import form_of
from data_access.intake.landing import ROW, SOURCE, Part
from data_access.intake.mapping import mapped, unmapped
from data_access.intake.report import Report
from data_access.intake.source import DISCARD, Source

NAMED = 3  # files named where a column is missing
DECIMAL, WHOLE = r"^\d+\.0*[1-9]\d*$", r"^(-?\d+)\.0+$"  # ids as 1.1; whole numbers that became 1.0


def typed_parts(
    parts: list[Part],
    table: Table,
    source: Source,
    config: Config,
    single: str | None,
    report: Report,
    by: str = "",
) -> list[pl.LazyFrame]:
    """Each part as the contract has it. One that is read once is typed as it is read; of the others each is
    typed once, into a file of its own, and the delivered copy is then given up.

    Parts are read together, or value by value of the column `by`. An optional column that only some parts
    have is empty in the others, and that is said. `single`: the id of the only institution, where none are
    delivered.
    """
    frames = []
    for part in parts:
        frame = mapped(part.scan(), table, source)
        if single is not None and any(c.name == "institution_id" for c in table.columns):
            frame = frame.with_columns(institution_id=pl.lit(single))
        frames.append(frame)
    found = [frame.collect_schema().names() for frame in frames]
    every = dict.fromkeys(name for names in found for name in names)
    report.columns = columns_of(every, table, source)
    report.form = form_of([part.scan().drop(ROW, SOURCE).collect_schema() for part in parts])
    if source.mode != DISCARD and (note := unmapped(list(report.form), table, source)):
        report.notes.append(note)
    filled = []
    for frame, names, part in zip(frames, found, parts, strict=True):
        absent = [name for name in every if name not in names]
        for column in table.columns:
            if column.required and column.name in absent:
                raise _missing(table, column.name, source, _sources(part))
        for name in absent:
            report.notes.append(
                Note(
                    "{column}: there is no such column in {files}",
                    column=source.columns.get(name, name),
                    files=_sources(part),
                )
            )
        filled.append(frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent))
    rows = [typed(frame, table, source, config).with_columns(_alike(filled, table)) for frame in filled]
    values = [one.select(pl.col(by).unique()).collect()[by].to_list() if by else [None] for one in rows]
    held_by = Counter(value for mine in values for value in mine)
    files = []
    for number, (part, mine) in enumerate(zip(parts, values, strict=True)):
        if any(held_by[value] > 1 for value in mine) or len(mine) > 1:
            files.append(part.path.with_name(f"typed-{number:05}.parquet"))
            rows[number].sink_parquet(files[-1], compression="uncompressed")
            rows[number] = pl.scan_parquet(files[-1])
            part.path.unlink()
    return rows if by or not files else [pl.scan_parquet(files)]


def _alike(frames: list[pl.LazyFrame], table: Table) -> list[pl.Expr]:
    """What was delivered, as text where the parts do not have it in one type."""
    schemas = [frame.collect_schema() for frame in frames]
    read = [column.name for column in table.columns if column.kind in READ and column.name in schemas[0]]
    unlike = [name for name in read if len({schema[name] for schema in schemas}) > 1]
    return [pl.col(f"raw_{name}").cast(pl.String) for name in unlike]


def _sources(part: Part) -> str:
    """The files of a part, the first ones by name."""
    names = part.scan().select(pl.col(SOURCE).unique().sort()).collect()[SOURCE].to_list()
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more files" if len(names) > NAMED else "")


def _missing(table: Table, column: str, source: Source, where: str) -> DataError:
    return DataError(
        "{table}: the column “{column}” is missing in {where}. Every row needs it; deliver it, or name "
        "the bank's own column under [tables.{table}.columns].",
        table=table.name,
        column=source.columns.get(column, column),
        where=where,
    )


def columns_of(found: dict[str, None], table: Table, source: Source) -> list[str]:
    """The delivered columns of the contract; a needed one that is missing is named."""
    for column in table.columns:
        if column.required and column.name not in found:
            where = source.table or source.parquet or source.csv or "the query"
            raise _missing(table, column.name, source, where)
    return [column.name for column in table.columns if column.name in found] + [
        name for name in source.tags if name in found
    ]


def id_readings(frames: list[pl.LazyFrame], table: Table, codes: Codes, report: Report) -> list[pl.Expr]:
    """How ids are read that a tool has made floats: as the whole numbers they were; said once.

    Not where ids have decimals: 1.0 beside 1.1 is an id of its own.
    """
    ids = [column for column in table.columns if column.kind == "id" and column.name in report.columns]
    if not ids:
        return []
    is_pointed = pl.any_horizontal(pl.col(c.name).str.contains(".", literal=True) for c in ids)
    whole = {c.name: pl.col(c.name).str.contains(WHOLE) for c in ids}
    counted = [
        frame.filter(is_pointed)  # a point is found sooner than a number
        .select(
            *[pl.col(name).str.contains(DECIMAL).any().alias(f"{name} decimal") for name in whole],
            *[is_whole.sum().alias(f"{name} whole") for name, is_whole in whole.items()],
            *[pl.col(name).filter(is_whole).first() for name, is_whole in whole.items()],
        )
        .collect(engine="streaming")
        for frame in frames
    ]
    summed = [
        pl.col("^.* decimal$").any(),
        pl.col("^.* whole$").sum(),
        pl.col(list(whole)).drop_nulls().first(),
    ]
    told = pl.concat(counted).select(summed).row(0, named=True)
    decimal = {_space(column, table) for column in ids if told[f"{column.name} decimal"]}
    readings = []
    for column in ids:
        name, space = column.name, _space(column, table)
        if told[f"{name} whole"] and space not in decimal and not _has_decimals(codes, space):
            report.understands(
                name,
                Note("{column}: “{first}” is read as a whole number ({rows:,} rows)"),
                told[f"{name} whole"],
                told[name],
            )
            readings.append(pl.col(name).str.replace(WHOLE, "${1}"))
    return readings


def _space(column: Column, table: Table) -> str:
    """The table whose ids a column holds; those above and after an institution are institutions."""
    if table.name == "institutions":
        return table.name
    own = column.name in table.key and not column.refers
    return column.refers or (table.name if own else column.name)


def has_decimals(codes: Codes) -> bool:
    """Whether ids that were ever seen have a point: how others are read then depends on all of them."""
    return any(ids[:, 0].str.contains(".", literal=True).any() for ids in codes.ids.values())


def _has_decimals(codes: Codes, space: str) -> bool:
    ids = codes.delivered.get(space)
    return ids is not None and bool(ids[:, 0].str.contains(rf"{DECIMAL}|{WHOLE}").any())


def months_of(frames: list[pl.LazyFrame]) -> Iterator[tuple[date | None, pl.LazyFrame]]:
    """One lazy batch per month, oldest first; parts that do not hold the month are not opened."""
    found: dict[date | None, list[pl.LazyFrame]] = {}
    for frame in frames:
        for month in frame.select(pl.col("month").unique()).collect()["month"]:
            found.setdefault(month, []).append(frame)
    for month in sorted(found, key=lambda month: (month is None, month)):
        yield month, pl.concat(found[month]).filter(pl.col("month").eq_missing(pl.lit(month)))


def say_twins(column: str, ids: pl.Series, report: Report) -> None:
    """Ids that are two as text and one as numbers: a tool may have taken leading zeros away."""
    bare = ids.filter(ids.str.contains(r"^\d+$")).to_frame("id").unique()
    twins = bare.group_by(pl.col("id").str.strip_chars_start("0").alias("number")).agg(pl.col("id").sort())
    twins = twins.filter(pl.col("id").list.len() > 1).sort("number")
    if twins.height:
        first, second = twins["id"][0][:2]
        note = Note(
            "{column}: {n:,} ids differ from another in leading zeros alone (first: “{first}” and “{second}”)"
            "; they count as two. If a tool took the zeros away, deliver ids as text",
            column=column,
            n=twins.height,
            first=first,
            second=second,
        )
        report.notes.append(note)
