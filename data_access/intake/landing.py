"""Landing: the bank's files and queries are copied once into a folder of our own, then read lazily.

We never read the bank's own files while building: a file that is overwritten in place under a
memory map kills the reading process. A landed table is a list of Parquet parts; CSV parts hold text
only, so that typing is the contract's business alone. Small files of like columns share a part, so
that a table of 10,000 files is read as few.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from glob import glob
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from data_access.engines.engine import POLARS, Engine
from data_access.errors import DataError
from data_access.intake.changed import Changes
from data_access.intake.config import Config
from data_access.intake.connections import TRIES, Connect, Gone, Lost, Say, pause
from data_access.intake.csv_files import csv_frames
from data_access.intake.databases import query_frames
from data_access.intake.source import Source

TOLD = 1_000_000  # rows of a query after which they are counted out
TOGETHER = 200_000  # rows of a part that small files share
FRAMES = 2_000  # files that are held in memory until a part is written
SMALL = 4 << 20  # bytes up to which a Parquet file shares a part
ROW, SOURCE = "cockpit: row", "cockpit: source"  # where a landed row came from; no bank names a column so
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # how Spark and Hive write a folder of no value


@dataclass(frozen=True)
class Part:
    """One landed piece of a table.

    `source`: what the bank calls it, where the rows do not say so themselves; `folders`: values that
    stand in the names of its folders (month=2026-06).
    """

    path: Path
    source: str | None = None
    folders: Mapping[str, str | None] = field(default_factory=dict)

    def scan(self) -> pl.LazyFrame:
        """Its rows as they were delivered, each with its number (from 1) and source."""
        rows = pl.scan_parquet(self.path)
        if self.source is None:
            return rows
        rows = rows.with_row_index(ROW, 1)
        return rows.with_columns(pl.col(ROW).cast(pl.Int64), *_texts({SOURCE: self.source, **self.folders}))


def land(
    config: Config,
    source: Source,
    folder: Path,
    progress: Callable[[str, float], None],
    connect: Connect,
    say: Say,
    engine: Engine = POLARS,
    changes: Changes | None = None,
) -> list[Part]:
    """Copies one table's extract into `folder` and returns its parts, in the order of their names.

    `say` is told what is to be noted of the table. `changes`: only those months are fetched that changed.
    """
    step = f"copy {source.name}"
    progress(step, 0)
    folder.mkdir(parents=True, exist_ok=True)
    if source.on_cluster is not None:
        rows = engine.batches(engine.extract(source.on_cluster))
        return _gathered(_numbered(rows, source.on_cluster, {}), folder)
    if source.sql is None:
        return _gathered(_from_files(config, source, folder, partial(progress, step), say), folder)

    def queried() -> list[Part]:
        frames = _counted(query_frames(config, source, connect, say, changes), progress, step)
        return _gathered(_numbered(frames, f"query on {source.database}", {}), folder)

    def emptied() -> None:
        shutil.rmtree(folder)
        folder.mkdir()

    for attempt in range(1, TRIES):
        try:
            parts = queried()
            break
        except (Lost, Gone):  # an extract counts only when it is whole
            emptied()
            pause(attempt)
    else:
        parts = queried()
    if changes is None or changes.agrees(
        sum(part.scan().select(pl.len()).collect().item() for part in parts)
    ):
        return parts
    emptied()
    return queried()


def _counted(
    frames: Iterable[pl.DataFrame], progress: Callable[[str, float], None], step: str
) -> Iterator[pl.DataFrame]:
    """The frames of a query; each million rows are told on the way."""
    rows = 0
    for frame in frames:
        if (rows + frame.height) // TOLD > rows // TOLD:
            progress(f"{step}: {rows + frame.height:,} rows", 0)
        rows += frame.height
        yield frame


def files_of(config: Config, source: Source) -> list[Path]:
    """The files that a table is delivered in, in the order of their names."""
    pattern = source.parquet or source.csv or ""
    # not Path.glob: a pattern may be an absolute path
    files = [Path(name) for name in sorted(glob(str(config.folder / pattern), recursive=True))]  # noqa: PTH207
    return [file for file in files if not file.is_dir()]


def _from_files(
    config: Config, source: Source, folder: Path, progress: Callable[[float], None], say: Say
) -> Iterator[Part | pl.DataFrame]:
    files, pattern = files_of(config, source), source.parquet or source.csv or ""
    if not files:
        raise DataError(
            "{table}: no file matches {pattern} (looked in {folder}). "
            "Deliver the file, or correct the path under [tables.{table}].",
            table=source.name,
            pattern=pattern,
            folder=config.folder,
        )
    every = max(len(files) // 50, 1)
    for number, file in enumerate(files):
        if number and number % every == 0:
            progress(number / len(files))
        if file.stat().st_size == 0:
            raise DataError(
                "{table}: {file} is empty (0 bytes). Deliver it again; a CSV needs at least its header line.",
                table=source.name,
                file=file.name,
            )
        copy = folder / f"copy-{number:05}.parquet"
        folders = _folder_values(file, config.folder / pattern)
        if source.csv is not None:
            frames = csv_frames(source, file, copy.with_suffix(".csv"), say)
            yield from _numbered(frames, file.name, folders)
            continue
        _copy_parquet(source, file, copy)
        part = Part(copy, file.name, _unless_held(folders, pl.read_parquet_schema(copy)))
        if copy.stat().st_size > SMALL:
            yield part
        else:
            yield part.scan().collect()
            copy.unlink()


def _copy_parquet(source: Source, file: Path, target: Path) -> None:
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
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            "{table}: {file} is no readable Parquet file ({error}). It may be cut short; deliver it again.",
            table=source.name,
            file=file.name,
            error=first,
        ) from error


def _folder_values(file: Path, pattern: Path) -> dict[str, str | None]:
    """Values in the names of folders below the pattern's fixed beginning, as Spark and DuckDB write them.

    >>> _folder_values(Path("cm/month=2026-06/zone=A%2FB/p.csv"), Path("cm/**/*.csv"))
    {'month': '2026-06', 'zone': 'A/B'}
    """
    fixed = next((i for i, name in enumerate(pattern.parts) if "*" in name or "?" in name), 0)
    pairs = [name.partition("=") for name in file.parts[fixed:-1] if "=" in name[1:]]
    return {key: None if value == _NO_VALUE else unquote(value) for key, _, value in pairs}


def _unless_held(folders: Mapping[str, str | None], names: Iterable[str]) -> dict[str, str | None]:
    """The folders' values that no column of the file says itself."""
    return {key: value for key, value in folders.items() if key not in set(names)}


def _texts(values: Mapping[str, str | None]) -> list[pl.Expr]:
    return [pl.lit(value, dtype=pl.String).alias(name) for name, value in values.items()]


def _numbered(
    frames: Iterable[pl.DataFrame], source: str, folders: Mapping[str, str | None]
) -> Iterator[pl.DataFrame]:
    """The frames of one file or query, their rows numbered on from 1."""
    so_far = 1
    for frame in frames:
        more = {SOURCE: source, **_unless_held(folders, frame.columns)}
        numbers = pl.int_range(so_far, so_far + pl.len(), dtype=pl.Int64)
        yield frame.with_columns(numbers.alias(ROW), *_texts(more))
        so_far += frame.height


def _gathered(pieces: Iterable[Part | pl.DataFrame], folder: Path) -> list[Part]:
    """The parts of a table: large files as they are, small frames of like columns one below another."""
    parts: list[Part] = []
    waiting: dict[tuple[object, ...], list[pl.DataFrame]] = {}
    held = 0

    def write() -> None:
        for frames in waiting.values():
            parts.append(Part(folder / f"{len(parts):05}.parquet"))
            pl.concat(frames).write_parquet(parts[-1].path, compression="lz4")
        waiting.clear()

    for piece in pieces:
        if isinstance(piece, Part):
            parts.append(piece)
            continue
        waiting.setdefault(tuple(piece.schema.items()), []).append(piece)
        held += piece.height + TOGETHER // FRAMES
        if held >= TOGETHER:
            write()
            held = 0
    write()
    return parts
