"""A cluster as the engine, through Spark Connect: the thin client of requirements-spark.txt, no Java here."""

import contextlib
import hashlib
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from data_access.engines.engine import Engine, Lazy
from data_access.errors import CallError, DataError

ANSWER = 30  # seconds that a remote may take to answer the first time
RETRIES = 4  # of a call that finds no server: after 0.2, 0.8, 3.2 and 5 seconds
HANDED = 2_000_000  # rows written to the storage at a time


@contextlib.contextmanager
def spark_engine(remote: str, storage: str | None = None, wait: float = ANSWER) -> Iterator[Engine]:
    """The cluster behind `sc://HOST[:PORT]`; what goes wrong there ends in one sentence.

    `storage`: a folder that all of the cluster sees, where checked months are kept by the hash of their
    rows; without it they are handed over anew by every build.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise CallError(
            "--engine spark needs the client of Spark Connect, which is not installed ({error}). "
            "Install it with: make spark",
            error=error,
        ) from error
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # told in one sentence
        session = _connected(SparkSession, remote, wait)
        try:
            yield _engine(session, storage)
        except PySparkException as error:
            raise DataError(
                "The engine at {remote} failed: {error}. Nothing was published; a former snapshot serves on. "
                "See the cluster's own log, then build again.",
                remote=_place(remote),
                error=_first_line(error),
            ) from error
        finally:
            session.client.set_retry_policies([])
            with contextlib.suppress(Exception):  # a server that is gone has nothing to be told
                session.stop()


def _connected(maker: Any, remote: str, wait: float) -> Any:
    """A session that has answered once; the client itself would wait ten minutes for a server."""
    found: list[Any] = []

    def connect() -> None:
        try:
            from pyspark.sql.connect.client.retries import DefaultPolicy

            session = maker.builder.remote(remote).create()
            session.client.set_retry_policies([DefaultPolicy(RETRIES, initial_backoff=200, max_backoff=5000)])
            found.append((session, session.version)[0])
        except Exception as error:
            found.append(error)

    asking = threading.Thread(target=connect, daemon=True)  # one that hangs holds up nobody
    asking.start()
    asking.join(wait)
    if found and not isinstance(found[0], Exception):
        return found[0]
    raise CallError(
        "The engine at {remote} does not answer: {why}. Name a Spark Connect server that runs, "
        "as --remote sc://HOST:PORT (15002 is the usual port).",
        remote=_place(remote),
        why=_first_line(found[0]) if found else f"no word within {wait:g} seconds",
    )


def _place(remote: str) -> str:
    """Host and port alone: what follows may hold a token."""
    return remote.partition(";")[0].rstrip("/")


def _first_line(error: Exception) -> str:
    """What happened in one line, of an error that may be a page long."""
    text = str(error)
    told = re.search(r'details = "(.+?)"', text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (told[1] if told else [*lines, type(error).__name__][0]).rstrip(".")[:300]


def _engine(session: Any, storage: str | None) -> Engine:
    kept: dict[Path, Lazy] = {}

    def table(frame: pl.DataFrame) -> Lazy:
        there: Lazy = nw.from_native(session.createDataFrame(frame.to_arrow()))
        return there

    def month(path: Path) -> Lazy:
        if path not in kept:
            kept[path] = _stored(session, path, storage) if storage else table(pl.read_parquet(path))
        return kept[path]

    def once(path: Path, compute: Callable[[], Lazy]) -> Lazy:
        """Kept on the cluster; what a lost executor held of it is worked out again from the months."""
        if path not in kept:
            kept[path] = nw.from_native(nw.to_native(compute()).persist())
        return kept[path]

    def extract(place: str) -> Lazy:
        return _extract(session, place)

    def batches(frame: Lazy) -> Iterator[pl.DataFrame]:
        native = nw.to_native(frame)
        plan = native._plan.to_proto(session.client)
        for part in session.client.to_table_as_iterator(plan, {}):
            if hasattr(part, "column_names"):  # the first word is the schema
                rows = pl.from_arrow(part)
                assert isinstance(rows, pl.DataFrame)
                yield rows

    return Engine(table=table, month=month, once=once, extract=extract, batches=batches)


def _extract(session: Any, place: str) -> Lazy:
    """A table of the catalogue by its name, or Parquet files by their address."""
    from pyspark.errors import AnalysisException

    try:
        native = session.read.parquet(place) if "://" in place else session.table(place)
        native.schema  # noqa: B018  asked now, so that a missing one is named as such
    except AnalysisException as error:
        raise DataError(
            "“{place}” cannot be read on the cluster: {error}. Correct the name under [tables], or let the "
            "cluster's user read it.",
            place=place,
            error=_first_line(error),
        ) from error
    found: Lazy = nw.from_native(native)
    return found


def _stored(session: Any, path: Path, storage: str) -> Lazy:
    """A checked month in the cluster's storage, under the hash of its file: an unchanged one is there."""
    from pyspark.errors import AnalysisException

    with path.open("rb") as file:
        name = hashlib.file_digest(file, "sha256").hexdigest()
    places = []
    for number, part in enumerate(pl.read_parquet(path).iter_slices(HANDED)):
        places.append(f"{storage.rstrip('/')}/{name}-{number:04}.parquet")
        try:
            is_whole = session.read.parquet(places[-1]).count() == part.height
        except AnalysisException:
            is_whole = False
        if not is_whole:  # never written, or a build was killed in the middle of it
            session.createDataFrame(part.to_arrow()).write.mode("overwrite").parquet(places[-1])
    month: Lazy = nw.from_native(session.read.parquet(*places))
    return month
