"""Landing: the bank's files and queries are copied once into a folder of our own, then read lazily.

We never read the bank's own files while building: a file that is overwritten in place under a
memory map kills the reading process. A landed table is a list of Parquet parts, each with its
source's name; CSV parts hold text only, so that typing is the contract's business alone.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import duckdb
import polars as pl
import sqlalchemy

from data_access.errors import CallError, DataError
from data_access.intake.config import Config, Source, database_url

BATCH = 200_000


@dataclass(frozen=True)
class Part:
    """One landed piece of a table: where it lies, what the bank calls its source."""

    path: Path
    source: str


def land(config: Config, source: Source, folder: Path) -> list[Part]:
    """Copies one table's extract into `folder` and returns its parts, in the order of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    if source.sql is not None:
        return _land_sql(config, source, folder)
    pattern = source.parquet or source.csv or ""
    # not Path.glob: a pattern may be an absolute path
    files = [Path(name) for name in sorted(glob(str(config.folder / pattern), recursive=True))]  # noqa: PTH207
    if not files:
        raise DataError(
            "{table}: no file matches {pattern} (looked in {folder}). "
            "Deliver the file, or correct the path under [tables.{table}].",
            table=source.name,
            pattern=pattern,
            folder=config.folder,
        )
    parts = []
    for number, file in enumerate(files):
        if file.stat().st_size == 0:
            raise DataError(
                "{table}: {file} is empty (0 bytes). Deliver it again; a CSV needs at least its header line.",
                table=source.name,
                file=file.name,
            )
        part = Part(folder / f"{number:05}.parquet", file.name)
        if source.parquet is not None:
            _land_parquet(source, file, part.path)
        else:
            _land_csv(source, file, part.path)
        parts.append(part)
    return parts


def _land_parquet(source: Source, file: Path, target: Path) -> None:
    before = file.stat()
    shutil.copyfile(file, target)
    after = file.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(
            "{table}: {file} changed while it was copied. Build again when the delivery is complete.",
            table=source.name,
            file=file.name,
        )
    try:
        pl.scan_parquet(target).select(pl.len()).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(
            "{table}: {file} is no readable Parquet file ({error}). It may be cut short; deliver it again.",
            table=source.name,
            file=file.name,
            error=_first_line(error),
        ) from error


def _land_csv(source: Source, file: Path, target: Path) -> None:
    """CSV as text columns. Bare CR line ends (old Macintosh exports) are taken as line ends."""
    utf8 = target.with_suffix(".csv")
    try:
        with (
            file.open(encoding=_encoding(source), newline=None) as text,
            utf8.open("w", encoding="utf-8", newline="\n") as out,
        ):
            shutil.copyfileobj(text, out, 1 << 20)
    except LookupError as error:
        raise CallError(
            "[tables.{table}] encoding = “{encoding}” is unknown. Write utf-8 or gb18030.",
            table=source.name,
            encoding=source.encoding,
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            "{table}: {file} is not {encoding}: byte 0x{byte:02x} in line {line} cannot be read. "
            'Save it as UTF-8, or say encoding = "gb18030" under [tables.{table}].',
            table=source.name,
            file=file.name,
            encoding=source.encoding.upper(),
            byte=error.object[error.start],
            line=_unreadable_line(file, _encoding(source)),
        ) from error
    try:
        pl.scan_csv(utf8, infer_schema=False, null_values=[""]).sink_parquet(target)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            "{table}: {file} cannot be read as CSV: line {line} ({error}). "
            "Each line needs as many fields as the header; quote fields that hold commas.",
            table=source.name,
            file=file.name,
            line=_overlong_line(utf8),
            error=_first_line(error),
        ) from error
    utf8.unlink()


def _unreadable_line(file: Path, encoding: str) -> int:
    """The first line that cannot be decoded; only asked when reading has failed."""
    number = 1
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                return number + line[: error.start].replace(b"\r\n", b"\n").count(b"\r")
    return number


def _overlong_line(file: Path) -> int | str:
    """The first line with more fields than the header; only asked when reading has failed."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        try:
            width = len(next(rows, []))
            return next((rows.line_num for row in rows if len(row) > width), "?")
        except csv.Error:  # a quote that is never closed makes one field of the rest
            return "?"


def _encoding(source: Source) -> str:
    return "utf-8-sig" if source.encoding.lower().replace("-", "") == "utf8" else source.encoding


def _land_sql(config: Config, source: Source, folder: Path) -> list[Part]:
    assert source.sql is not None and source.database is not None
    files = source.database == "files"
    batches = _duckdb_batches(config, source) if files else _database_batches(config, source)
    parts: list[Part] = []
    try:
        for frame in batches:
            part = Part(folder / f"{len(parts):05}.parquet", f"query on {source.database}")
            frame.write_parquet(part.path)
            parts.append(part)
    except (sqlalchemy.exc.SQLAlchemyError, duckdb.Error) as error:
        raise DataError(
            "{table}: the query on database “{database}” failed: {error}. "
            "Try it in the database's own client, then correct sql under [tables.{table}].",
            table=source.name,
            database=source.database,
            error=_first_line(getattr(error, "orig", None) or error),
        ) from error
    return parts


def _database_batches(config: Config, source: Source) -> Iterator[pl.DataFrame]:
    """Rows of a SQLAlchemy query, a batch at a time on the server's cursor."""
    url = database_url(config, source.database or "")
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise DataError(
            "{table}: there is no SQLite file at {path}. Deliver it, or correct [databases.{database}].",
            table=source.name,
            path=url.removeprefix("sqlite:///"),
            database=source.database,
        )
    try:
        engine = sqlalchemy.create_engine(url)
    except (sqlalchemy.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        raise CallError(
            "[databases.{database}] cannot be opened: {error}. "
            "Check the URL and that its driver is installed.",
            database=source.database,
            error=_first_line(error),
        ) from error
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            result = connection.execute(sqlalchemy.text(source.sql or ""))
            names = list(result.keys())
            _refuse_twice(source, names)
            empty = True
            while rows := result.fetchmany(BATCH):
                empty = False
                yield _frame(rows, names)
            if empty:
                yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    finally:
        engine.dispose()


def _refuse_twice(source: Source, names: Sequence[str]) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise DataError(
            "{table}: the column “{column}” comes twice. Give each column of the query or file its own name.",
            table=source.name,
            column=twice[0],
        )


def _frame(rows: Sequence[sqlalchemy.Row], names: list[str]) -> pl.DataFrame:  # type: ignore[type-arg]
    """One batch; a column of mixed types (SQLite allows them) becomes text."""
    data: dict[str, pl.Series] = {}
    for name, values in zip(names, zip(*rows, strict=True), strict=True):
        try:
            data[name] = pl.Series(name, values, strict=True)
        except (TypeError, pl.exceptions.PolarsError):
            texts = [None if value is None else str(value) for value in values]
            data[name] = pl.Series(name, texts, dtype=pl.String)
    return pl.DataFrame(data)


def _duckdb_batches(config: Config, source: Source) -> Iterator[pl.DataFrame]:
    """Rows of a query over files beside the configuration, in an in-memory DuckDB."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET file_search_path = ?", [str(config.folder)])
        reader = connection.sql(source.sql or "").to_arrow_reader(BATCH)
        _refuse_twice(source, reader.schema.names)
        empty = True
        for batch in reader:
            empty = False
            yield pl.DataFrame(pl.from_arrow(batch))
        if empty:
            yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
