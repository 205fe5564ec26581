"""CSV files as frames of text: every line must have as many fields as the header."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow

from data_access.errors import DataError, Note
from data_access.intake.connections import Say
from data_access.intake.databases import refuse_twice
from data_access.intake.decoding import MARK, Copied, copy_as_utf8, is_long
from data_access.intake.source import Source

BLOCK = 16 << 20  # bytes read at a time; no line may be longer
DELIMITERS = ("|+|", "|@|", "|!|", "||", "@@", "^^", "\x01", "\x1b", "\t", ";", "|", ",", "；", "，", "^")


def csv_frames(source: Source, file: Path, copy: Path, say: Say) -> Iterator[pl.DataFrame]:
    """The file's rows as text, some megabytes at a time; blank is no value, a blank line no row.

    Bare CR line ends (old Macintosh exports) are taken as line ends. `copy` is where it lies meanwhile.
    """
    copied = copy_as_utf8(source, file, copy)
    names = _header(source, copy)
    _refuse_one_column(source, names, file)
    refuse_twice(source, names, file.name)
    texts = arrow.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
    )
    form = _form(source)
    try:
        with arrow.open_csv(
            copy,
            read_options=arrow.ReadOptions(block_size=BLOCK),
            parse_options=arrow.ParseOptions(
                newlines_in_values=True, delimiter=form["delimiter"], quote_char=source.quote or False
            ),
            convert_options=texts,
        ) as batches:
            empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
            rows = 0
            for batch in batches:
                frame = pl.DataFrame(pl.from_arrow(batch))
                if frame.schema != empty.schema:
                    raise pa.ArrowInvalid("its header cannot be read")
                rows += frame.height
                if is_long(source.delimiter):  # one that stood inside quotes
                    frame = frame.with_columns(pl.all().str.replace_all(MARK, source.delimiter, literal=True))
                yield frame
            if not rows:  # a file of a header alone has its columns all the same
                yield empty
    except pa.ArrowInvalid as error:
        _refuse_open_quote(source, file, copy)
        line, found = _unlike_line(source, copy, len(names))
        raise DataError(
            "{table}: {file} cannot be read as CSV: line {line} has {found} fields, the header has {fields}. "
            "Each line needs as many fields as the header; quote fields that hold the delimiter. "
            "Where the last line is short the file was cut: deliver it again.",
            table=source.name,
            file=file.name,
            line=line,
            found=found,
            fields=len(names),
        ) from error
    _look_at_lines(source, file, copy, copied, rows, say)
    copy.unlink()


def _form(source: Source) -> dict[str, Any]:
    """How fields of the copy are parted and quoted, in the words of the csv module."""
    quoting = csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE
    delimiter = MARK if is_long(source.delimiter) else source.delimiter
    return {"delimiter": delimiter, "quotechar": source.quote or None, "quoting": quoting}


def _header(source: Source, file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return next((row for row in csv.reader(lines, **_form(source)) if row), [])


def likely_delimiter(header: str) -> str | None:
    """What parts the names of a header; None where nothing does.

    >>> [likely_delimiter(text) for text in ("a;b", "a|+|b", "a\\tb", "a")]
    [';', '|+|', '\\t', None]
    """
    return max(
        (d for d in DELIMITERS if d in header), key=lambda d: (len(d) > 1, header.count(d)), default=None
    )


def _refuse_one_column(source: Source, names: list[str], file: Path) -> None:
    """A header that another delimiter parts."""
    header = source.delimiter.join(names)
    likely = likely_delimiter(header)
    if len(names) > 1 and (likely is None or source.delimiter in header.replace(likely, "")):
        return
    if likely is not None and likely != source.delimiter:  # “|+|” read as “|” too
        raise DataError(
            "{table}: {file} has {n} column(s) with the delimiter “{delimiter}”; its header looks parted by "
            "“{likely}”. Say delimiter = {toml} under [tables.{table}].",
            table=source.name,
            file=file.name,
            n=len(names),
            delimiter=shown(source.delimiter),
            likely=shown(likely),
            toml=as_toml(likely),
        )


def shown(sign: str) -> str:
    """A delimiter for a person to read."""
    return {"\t": "tab"}.get(sign, sign if sign.isprintable() else f"\\u{ord(sign):04x}")


def as_toml(sign: str) -> str:
    """A delimiter as it stands in a configuration."""
    return '"\\t"' if sign == "\t" else f'"{shown(sign)}"'


def _look_at_lines(source: Source, file: Path, copy: Path, copied: Copied, rows: int, say: Say) -> None:
    """Quotes that swallow lines, and a last line that does not end: such a file reads well and is wrong."""
    lines = copied.lines + (not copied.ended)
    if source.quote and (copied.quotes % 2 or rows + 1 != lines):
        _refuse_open_quote(source, file, copy)
    if not copied.ended and rows:
        say(
            Note(
                "{file}: its last line does not end: if the file was cut, its last value may be short",
                file=file.name,
            )
        )


def _refuse_open_quote(source: Source, file: Path, copy: Path) -> None:
    """Names the line of a quote that is never closed, or closed before its field ends; none: nothing."""
    if not source.quote:
        return
    limit = csv.field_size_limit(sys.maxsize)
    line = 0
    try:
        with copy.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, **_form(source), strict=True)
            for _ in rows:
                line = rows.line_num
    except csv.Error as error:
        raise DataError(
            "{table}: {file}: the quotes of the row that begins in line {line} do not close where the field "
            "ends: lines may be lost in it. Double quotes inside a field, or, where none are meant, say "
            'quote = "" under [tables.{table}].',
            table=source.name,
            file=file.name,
            line=line + 1,
        ) from error
    finally:
        csv.field_size_limit(limit)


def _unlike_line(source: Source, file: Path, width: int) -> tuple[int | str, int | str]:
    """The first line with other than so many fields, and how many; only asked when reading has failed."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, **_form(source))
        try:
            return next(((rows.line_num, len(row)) for row in rows if row and len(row) != width), ("?", "?"))
        except csv.Error:  # a field longer than any is
            return "?", "?"
