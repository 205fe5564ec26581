"""Parquet files that a full disk has cut short: Polars closes one without a word where there was no room."""

import errno
import os
from pathlib import Path

MAGIC = b"PAR1"  # ends each Parquet file
COPIES = "copy-"  # begins the names of the bank's own files, which may have been cut before


def refuse_cut(folder: Path, cause: BaseException | None = None) -> None:
    """Raises what the disk should have: no room for a file below the folder; not where a build was ended."""
    if cause is not None and not isinstance(cause, Exception):
        return
    for file in folder.rglob("*.parquet"):
        if not file.name.startswith(COPIES) and _end(file) != MAGIC:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file)) from cause


def _end(file: Path) -> bytes:
    with file.open("rb") as stream:
        stream.seek(max(file.stat().st_size - len(MAGIC), 0))
        return stream.read()
