"""The first rows of an unknown extract, and how its file is written."""

import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from data_access.errors import CallError, DataError
from data_access.intake.config import Config
from data_access.intake.connections import connections
from data_access.intake.csv_files import as_toml, csv_frames, likely_delimiter
from data_access.intake.databases import query_frames
from data_access.intake.decoding import likely_encoding
from data_access.intake.source import Source

ROWS = 20_000
HEAD = 4 << 20
TEXTS = (".csv", ".txt", ".dat", ".del", ".tsv", ".unl")


@dataclass(frozen=True)
class Sample:
    """The first rows, as they were delivered; `settings`: lines of the table that say where and how."""

    rows: pl.DataFrame
    settings: list[str]
    said: list[str] = field(default_factory=list)
    folders: tuple[str, ...] = ()


def of_file(path: Path, folder: Path) -> Sample:
    """A file, a pattern or a folder of files; the settings name it as seen from `folder`."""
    files = _files(path)
    first = files[0]
    pattern = (
        path.as_posix() if path.is_file() or "*" in path.name else f"{path.as_posix()}/**/*{first.suffix}"
    )
    pattern = (
        Path(pattern).relative_to(folder).as_posix() if Path(pattern).is_relative_to(folder) else pattern
    )
    keys = tuple(name.partition("=")[0] for name in first.parts[:-1] if "=" in name[1:])
    said = [f"# read for this draft: {first.name}, one of {len(files):,} files"] if len(files) > 1 else []
    if first.suffix.lower() in (".parquet", ".pq"):
        rows = pl.scan_parquet(first).head(ROWS).collect()
        settings = [f"parquet = {json.dumps(pattern, ensure_ascii=False)}"]
    else:
        rows, more = _text_rows(first)
        settings = [f"csv = {json.dumps(pattern, ensure_ascii=False)}", *more]
    values = [name.partition("=") for name in first.parts[:-1] if "=" in name[1:]]
    rows = rows.with_columns(pl.lit(value).alias(key) for key, _, value in values if key not in rows.columns)
    return Sample(rows, settings, said, keys)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.suffix.lower() in (*TEXTS, ".parquet", ".pq")]
    elif "*" in path.as_posix():
        fixed = next(i for i, part in enumerate(path.parts) if "*" in part)
        files = [*Path(*path.parts[:fixed]).glob("/".join(path.parts[fixed:]))]
    else:
        files = [path] if path.is_file() else []
    if not files or not sorted(files)[0].stat().st_size:
        raise CallError(
            "--from {path}: there is no file with rows. Name a CSV or Parquet file, a folder or a pattern; "
            "a table of a database needs --database NAME and --config FILE.",
            path=path,
        )
    return sorted(files)


def _text_rows(file: Path) -> tuple[pl.DataFrame, list[str]]:
    with file.open("rb") as raw:
        head = raw.read(HEAD)
    whole = len(head) < HEAD
    encoding = likely_encoding(head, whole=whole)
    if encoding is None:
        raise DataError(
            "{file} is text of no encoding that is known here (UTF-8, GB18030, UTF-16). Ask for its "
            "encoding, or save it as UTF-8.",
            file=file.name,
        )
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff")
    delimiter = likely_delimiter(text.partition("\n")[0]) or ","
    with tempfile.TemporaryDirectory() as scratch:
        part, source = file, Source("draft", csv=file.name, encoding=encoding, delimiter=delimiter)
        if not whole:  # the lines that are whole, in a copy of its own
            part, source = Path(scratch) / file.name, replace(source, encoding="utf-8")
            part.write_text(text[: text.rindex("\n") + 1], encoding="utf-8")
        frames = list(csv_frames(source, part, Path(scratch) / "copy", lambda _: None))
    settings = [] if encoding == "utf-8" else [f'encoding = "{encoding}"']
    settings += [] if delimiter == "," else [f"delimiter = {as_toml(delimiter)}"]
    return pl.concat(frames).head(ROWS), settings


def of_table(config: Config, database: str, table: str) -> Sample:
    """A table or a query of a database."""
    sql = table if " " in table.strip() else f"select * from {table}"
    if database not in (*config.databases, "files"):
        raise CallError(
            "--database {name}: {path} has no [databases.{name}]. Known: {known}.",
            name=database,
            path=config.path.name,
            known=", ".join([*config.databases, "files"]),
        )
    source = Source("draft", sql=sql, database=database)
    with connections(config) as connect:
        frames = query_frames(config, source, connect, lambda _: None)
        rows = next((frame for frame in frames if frame.height), pl.DataFrame())
    return Sample(
        rows.head(ROWS), [f"sql = {json.dumps(sql, ensure_ascii=False)}", f'database = "{database}"']
    )
