"""CSV files as frames of text: every line must have as many fields as the header."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow

from data_access.errors import CallError, DataError
from data_access.intake.databases import refuse_twice
from data_access.intake.source import Source

BLOCK = 16 << 20  # bytes read at a time; no line may be longer


def csv_frames(source: Source, file: Path, copy: Path) -> Iterator[pl.DataFrame]:
    """The file's rows as text, some megabytes at a time; blank is no value, a blank line no row.

    Bare CR line ends (old Macintosh exports) are taken as line ends. `copy` is where it lies meanwhile.
    """
    _copy_as_utf8(source, file, copy)
    names = _header(copy)
    refuse_twice(source, names, file.name)
    texts = arrow.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
    )
    try:
        with arrow.open_csv(
            copy,
            read_options=arrow.ReadOptions(block_size=BLOCK),
            parse_options=arrow.ParseOptions(newlines_in_values=True),
            convert_options=texts,
        ) as batches:
            empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
            rows = 0
            for batch in batches:
                frame = pl.DataFrame(pl.from_arrow(batch))
                if frame.schema != empty.schema:
                    raise pa.ArrowInvalid("its header cannot be read")
                rows += frame.height
                yield frame
            if not rows:  # a file of a header alone has its columns all the same
                yield empty
    except pa.ArrowInvalid as error:
        line, found = _unlike_line(copy, len(names))
        raise DataError(
            "{table}: {file} cannot be read as CSV: line {line} has {found} fields, the header has {fields}. "
            "Each line needs as many fields as the header; quote fields that hold commas. "
            "Where the last line is short the file was cut: deliver it again.",
            table=source.name,
            file=file.name,
            line=line,
            found=found,
            fields=len(names),
        ) from error
    copy.unlink()


def _copy_as_utf8(source: Source, file: Path, copy: Path) -> None:
    try:
        with (
            file.open(encoding=_encoding(source), newline=None) as text,
            copy.open("w", encoding="utf-8", newline="\n") as out,
        ):
            shutil.copyfileobj(text, out, 1 << 20)
            out.write("\n")  # a header without a line end is no header to the reader
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


def _encoding(source: Source) -> str:
    return "utf-8-sig" if source.encoding.lower().replace("-", "") == "utf8" else source.encoding


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return next((row for row in csv.reader(lines) if row), [])


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


def _unlike_line(file: Path, width: int) -> tuple[int | str, int | str]:
    """The first line with other than so many fields, and how many; only asked when reading has failed."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        try:
            return next(((rows.line_num, len(row)) for row in rows if row and len(row) != width), ("?", "?"))
        except csv.Error:  # a quote that is never closed makes one field of the rest
            return "?", "?"
