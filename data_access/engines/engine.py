"""Where rows are summed: in this process by Polars, or on a cluster (`spark.py`).

A builder and the rules of the contract are the same functions everywhere. An engine says how they get
their tables; their rows come back as Polars, and what is learned, coded, hidden and rolled up of them is
Polars' work whatever the engine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from data_access.errors import DataError

Lazy = nw.LazyFrame[Any]


@dataclass(frozen=True)
class Engine:
    """How tables come to the engine, and rows back.

    `table`: a table of this process, handed over; `month`: the file of a checked customer month; `once`:
    rows that several marts rest on, by a file of this build that may hold them; `extract`: what lies on the
    cluster, by its name in the catalogue or its address; `batches`: rows of a frame, a part at a time.
    """

    table: Callable[[pl.DataFrame], Lazy]
    month: Callable[[Path], Lazy]
    once: Callable[[Path, Callable[[], Lazy]], Lazy]
    extract: Callable[[str], Lazy]
    batches: Callable[[Lazy], Iterator[pl.DataFrame]]


def collected(frame: Lazy) -> pl.DataFrame:
    """What a builder gives, as rows; by Polars in batches, for two month ends together are many."""
    native = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        return native.collect(engine="streaming")
    rows: pl.DataFrame = frame.collect("polars").to_native()
    return rows


def _once(path: Path, compute: Callable[[], Lazy]) -> Lazy:
    """Worked out once, then read from a file of this build."""
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        collected(compute()).write_parquet(path, compression="lz4")  # read soon, gone with the build
    return nw.from_native(pl.scan_parquet(path))


def _no_cluster(place: str) -> Lazy:
    raise DataError(
        "“{place}” lies on a cluster, and Polars reads the files of this machine. "
        "Build with --engine spark --remote sc://HOST:PORT.",
        place=place,
    )


POLARS = Engine(
    table=lambda frame: nw.from_native(frame.lazy()),
    month=lambda path: nw.from_native(pl.scan_parquet(path)),
    once=_once,
    extract=_no_cluster,
    batches=lambda frame: iter((collected(frame),)),
)
