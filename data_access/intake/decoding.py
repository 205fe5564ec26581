"""A delivered text file as UTF-8, whatever it was written in; what does not fit is named with its remedy."""

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data_access.errors import CallError, DataError
from data_access.intake.source import Source

MARK = "\x1f"  # parts fields in our copy where the bank's delimiter is longer than a sign
LOOK = 64 << 10
CHUNK = 1 << 20
UTF8, GB = "utf-8", "gb18030"


@dataclass
class Copied:
    """What the copy holds: lines that end, quote signs, and whether the last line ended."""

    lines: int = 0
    quotes: int = 0
    ended: bool = True


def copy_as_utf8(source: Source, file: Path, copy: Path) -> Copied:
    """Copies the file; line ends become “\\n”, a delimiter of several signs one sign that no text holds."""
    encoding, told = _codec(source, file), Copied()
    last = "\n"
    try:
        with (
            file.open(encoding=encoding, newline=None) as text,
            copy.open("w", encoding=UTF8, newline="\n") as out,
        ):
            for chunk in _pieces(source, text):
                if "\0" in chunk:
                    raise _holds_nul(source, file, told.lines + chunk[: chunk.index("\0")].count("\n") + 1)
                if is_long(source.delimiter):
                    if MARK in chunk:
                        raise _holds_mark(source, file)
                    chunk = chunk.replace(source.delimiter, MARK)
                told.lines += chunk.count("\n")
                told.quotes += chunk.count(source.quote) if source.quote else 0
                out.write(chunk)
                last = chunk[-1]
            told.ended = last == "\n"
            out.write("\n")  # a header without a line end is no header to the reader
    except UnicodeDecodeError as error:
        raise _unreadable(source, file, encoding, error) from error
    except UnicodeError as error:  # UTF-16 of an odd number of bytes, and the like
        raise DataError(
            "{table}: {file} is not {encoding} ({error}). It may be cut short: deliver it again.",
            table=source.name,
            file=file.name,
            encoding=source.encoding.upper(),
            error=error,
        ) from error
    return told


def is_long(delimiter: str) -> bool:
    """Whether it is more than a sign of one byte."""
    return len(delimiter.encode()) > 1


def _pieces(source: Source, text: IO[str]) -> Iterator[str]:
    """The text in pieces that part no delimiter."""
    if is_long(source.delimiter):
        yield from text
        return
    while chunk := text.read(CHUNK):
        yield chunk


def encoding_of(source: Source) -> str:
    """The codec; UTF-8 and UTF-16 take a mark at the beginning as what it is."""
    try:
        name = codecs.lookup(source.encoding).name
        "".encode(name)
    except (LookupError, ValueError, TypeError) as error:
        raise CallError(
            "[tables.{table}] encoding = “{encoding}” is unknown. Write utf-8, gb18030 or utf-16.",
            table=source.name,
            encoding=source.encoding,
        ) from error
    return {"utf-8": "utf-8-sig", "gbk": GB, "gb2312": GB}.get(name, name)  # GB18030 holds both


def likely_encoding(head: bytes, *, whole: bool = False) -> str | None:
    """What the beginning of a file is written in; `whole`: it is all of it.

    >>> [likely_encoding("客户号,余额".encode(name)) for name in ("utf-8", "gbk", "utf-16")]
    ['utf-8', 'gb18030', 'utf-16']
    """
    if head.startswith(codecs.BOM_UTF8):
        return UTF8
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = Counter(i % 2 for i, byte in enumerate(head[:4096]) if byte == 0)
    if zeros.total() > len(head[:4096]) // 8:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    for name in (UTF8, GB):
        try:
            codecs.getincrementaldecoder(name)().decode(head, whole)
        except UnicodeDecodeError:
            continue
        return name
    return None


def _codec(source: Source, file: Path) -> str:
    """What the file is decoded with, of the encoding that is said.

    A file that can be decoded and is written in another code all the same is refused: its words would be
    nonsense.
    """
    said = encoding_of(source)
    with file.open("rb") as raw:
        head = raw.read(LOOK)
    likely = likely_encoding(head, whole=len(head) < LOOK) or ""
    if said.startswith("utf-16"):
        marked = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(head[:2])
        if said not in ("utf-16", marked or likely) or not likely.startswith("utf-16"):
            raise _other(source, file, likely)
        return likely
    # text of GB18030 is hardly ever good UTF-8, and never for long with Chinese characters in it
    is_utf8 = likely == UTF8 and said == GB and _is_chinese(head)
    if is_utf8 or likely.startswith("utf-16") or (head.startswith(codecs.BOM_UTF8) and said != "utf-8-sig"):
        raise _other(source, file, likely)
    return said


def _is_chinese(head: bytes) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in head.decode(UTF8, errors="ignore"))


def _other(source: Source, file: Path, likely: str) -> DataError:
    told = {"table": source.name, "file": file.name, "encoding": source.encoding.upper()}
    if not likely:
        return DataError(
            "{table}: {file} is not {encoding}. Ask for its encoding, or save it as UTF-8.", **told
        )
    return DataError(
        "{table}: {file} is not {encoding}; it looks like {likely}. "
        'Say encoding = "{likely}" under [tables.{table}].',
        **told,
        likely=likely,
    )


def _unreadable(source: Source, file: Path, encoding: str, error: UnicodeDecodeError) -> DataError:
    with file.open("rb") as raw:
        likely = likely_encoding(raw.read(CHUNK * 16))
    told = {
        "table": source.name,
        "file": file.name,
        "encoding": source.encoding.upper(),
        "byte": error.object[error.start],
        "line": _unreadable_line(file, encoding),
    }
    if likely in (None, UTF8, encoding):
        return DataError(
            "{table}: {file} is not {encoding}: byte 0x{byte:02x} in line {line} cannot be read. "
            "Ask for its encoding, or save it as UTF-8.",
            **told,
        )
    return DataError(
        "{table}: {file} is not {encoding}: byte 0x{byte:02x} in line {line} cannot be read; it looks like "
        '{likely}. Say encoding = "{likely}" under [tables.{table}].',
        **told,
        likely=likely,
    )


def _holds_nul(source: Source, file: Path, line: int) -> DataError:
    return DataError(
        "{table}: {file}: there is a NUL byte in line {line}. A text holds none: the file was damaged, or it "
        "is no text. Deliver it again.",
        table=source.name,
        file=file.name,
        line=line,
    )


def _holds_mark(source: Source, file: Path) -> DataError:
    return DataError(
        "{table}: {file} holds the sign 0x1f, which stands for the delimiter “{delimiter}” while it is read. "
        "Take it out of the texts, or deliver with another delimiter.",
        table=source.name,
        file=file.name,
        delimiter=source.delimiter,
    )


def _unreadable_line(file: Path, encoding: str) -> int:
    """The first line that cannot be decoded; only asked when reading has failed."""
    number, decoder = 1, codecs.getincrementaldecoder(encoding)()
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                decoder.decode(line)
            except UnicodeDecodeError as error:
                return number + line[: error.start].replace(b"\r\n", b"\n").count(b"\r")
    return number
