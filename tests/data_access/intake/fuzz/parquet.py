"""Parquet: types, parts that are unlike, files that are damaged."""

from collections.abc import Callable

import polars as pl

from tests.data_access.intake.fuzz.case import NOTED, Case
from tests.data_access.intake.fuzz.files import needed, optional

Frames = Callable[[pl.DataFrame, str], pl.DataFrame]


def typed(case: Case) -> pl.DataFrame:
    """The table with the types that a database gives it."""
    kinds = {column.name: column.kind for column in case.table.columns}
    types = {"money": pl.Float64, "number": pl.Float64, "count": pl.Int64}
    casts = [pl.col(name).cast(types[kinds[name]]) for name in case.rows.columns if kinds[name] in types]
    days = [
        pl.col(name).str.slice(0, 10).str.to_date()
        for name in case.rows.columns
        if kinds[name] in ("date", "month")
    ]
    return case.rows.with_columns(*casts, *days)


def plain(case: Case) -> None:
    case.write_parts(typed(case))
    case.harmless()


def as_type(label: str, kinds: tuple[str, ...], expr: Callable[[str], pl.Expr]) -> Callable[[Case], None]:
    """A column of these kinds in another type that says the same."""

    def spoil(case: Case) -> None:
        if columns := case.columns(*kinds):
            case.write_parts(typed(case).with_columns(expr(columns[0].name)))
            case.harmless()

    spoil.__name__ = label
    return spoil


def mixed(label: str, kinds: tuple[str, ...], expr: Callable[[str], pl.Expr]) -> Callable[[Case], None]:
    """The first rows in one type, the others in another."""

    def spoil(case: Case) -> None:
        if columns := case.columns(*kinds):
            rows = typed(case)
            case.write_parts(
                rows[: rows.height // 2].with_columns(expr(columns[0].name)), rows[rows.height // 2 :]
            )
            case.harmless()

    spoil.__name__ = label
    return spoil


def part_without_needed(case: Case) -> None:
    rows = typed(case)
    case.write_parts(rows[:5].drop(needed(case)), rows[5:])
    case.refused(needed(case), f"{case.name}-0.parquet")


def part_without_optional(case: Case) -> None:
    if name := optional(case):
        rows = typed(case)
        case.write_parts(
            rows.with_columns(pl.lit(None, rows.schema[name]).alias(name))[:5].drop(name), rows[5:]
        )
        case.expects, case.words = NOTED, (name, f"{case.name}-0.parquet")


def part_twice(case: Case) -> None:
    case.write_parts(typed(case), typed(case))
    case.harmless(duplicate=case.rows.height)


def part_of_no_row(case: Case) -> None:
    case.write_parts(typed(case).clear(), typed(case))
    case.harmless()


def truncated(case: Case) -> None:
    case.write_parts(typed(case))
    file = case.folder / f"{case.name}-0.parquet"
    file.write_bytes(file.read_bytes()[:-40])
    case.refused(file.name)


def overwritten(case: Case) -> None:
    """Where the file's end says where its description begins."""
    case.write_parts(typed(case))
    file = case.folder / f"{case.name}-0.parquet"
    data = bytearray(file.read_bytes())
    data[-8:-4] = b"\xff\xff\xff\x7f"
    file.write_bytes(bytes(data))
    case.refused(file.name)


def text_named_parquet(case: Case) -> None:
    (case.folder / f"{case.name}-0.parquet").write_text(case.text(), encoding="utf-8")
    case.lines = [f'parquet = "{case.name}-*.parquet"']
    case.refused(f"{case.name}-0.parquet")


def parquet_named_text(case: Case) -> None:
    typed(case).write_parquet(case.folder / case.file)
    case.lines = [f'csv = "{case.file}"']
    case.refused(case.file)


def booleans(case: Case) -> None:
    if columns := case.columns("money"):
        name = columns[0].name
        case.write_parts(typed(case).with_columns(pl.lit(True).alias(name)))
        case.quarantines(case.rows.height, name)


def infinite(case: Case) -> None:
    if columns := case.columns("money", "number"):
        name, at = columns[0].name, case.row(columns[0].name)
        here = pl.int_range(pl.len()) == at
        rows = typed(case).with_columns(pl.when(here).then(float("inf")).otherwise(pl.col(name)).alias(name))
        case.write_parts(rows)
        case.quarantines(1, name, f"row {at + 1}")


def not_a_number(case: Case) -> None:
    if columns := case.columns("money", needed=False):
        name, at = columns[0].name, case.row(columns[0].name)
        here = pl.int_range(pl.len()) == at
        rows = typed(case).with_columns(pl.when(here).then(float("nan")).otherwise(pl.col(name)).alias(name))
        case.write_parts(rows)
        case.expects, case.words = NOTED, (name, "is read as no value")


def lists(case: Case) -> None:
    case.write_parts(typed(case).with_columns(pl.concat_list(needed(case)).alias(needed(case))))
    case.refused(needed(case))


SPOILERS = [
    *(plain, part_without_needed, part_without_optional, part_twice, part_of_no_row, truncated, overwritten),
    *(text_named_parquet, parquet_named_text, booleans, infinite, not_a_number, lists),
    as_type("money_decimal", ("money",), lambda n: pl.col(n).cast(pl.Decimal(20, 4))),
    as_type("money_text", ("money",), lambda n: pl.col(n).cast(pl.String)),
    as_type("days_datetime", ("date", "month"), lambda n: pl.col(n).cast(pl.Datetime("us"))),
    as_type(
        "days_utc",
        ("date", "month"),
        lambda n: (
            pl.col(n)
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone("Asia/Shanghai")
            .dt.convert_time_zone("UTC")
        ),
    ),
    as_type("days_whole", ("date", "month"), lambda n: pl.col(n).dt.strftime("%Y%m%d").cast(pl.Int64)),
    as_type("days_float", ("date", "month"), lambda n: pl.col(n).dt.strftime("%Y%m%d").cast(pl.Float64)),
    as_type("text_category", ("text", "enum", "code"), lambda n: pl.col(n).cast(pl.Categorical)),
    as_type("count_float", ("count",), lambda n: pl.col(n).cast(pl.Float64)),
    mixed("money_text_in_a_part", ("money",), lambda n: pl.col(n).cast(pl.String)),
    mixed("days_text_in_a_part", ("date", "month"), lambda n: pl.col(n).dt.strftime("%Y/%m/%d")),
    mixed(
        "days_whole_in_a_part", ("date", "month"), lambda n: pl.col(n).dt.strftime("%Y%m%d").cast(pl.Int64)
    ),
    mixed("text_category_in_a_part", ("text", "enum"), lambda n: pl.col(n).cast(pl.Categorical)),
]
