"""Queries as frames: over databases that SQLAlchemy reaches, and over files in an in-memory DuckDB."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import duckdb
import polars as pl
import sqlalchemy
from sqlalchemy import Connection, Select

from data_access.errors import DataError, Note
from data_access.intake.changed import Changes
from data_access.intake.config import DUCKDB, Config, database_url
from data_access.intake.connections import Connect, Lost, Say, is_lost, within
from data_access.intake.source import Source

T = TypeVar("T")

BATCH = 200_000


def query_frames(
    config: Config, source: Source, connect: Connect, say: Say, changes: Changes | None = None
) -> Iterator[pl.DataFrame]:
    """The rows of a table's query, a batch at a time; without a row one frame has the columns.

    With `changes` only of those months that changed.
    """
    url = None if source.database == "files" else database_url(config, source.database or "")
    try:
        if url is None or url.startswith(DUCKDB):
            if changes is not None:
                say(Note("changed is not asked of a DuckDB file; the whole table was fetched"))
            yield from _of_duckdb(config, source, ":memory:" if url is None else url.removeprefix(DUCKDB))
            return
        connection = connect(source, say)
        asked: Select[Any] | str = source.sql or ""
        if changes is not None:
            asked = changes.statement(partial(_few, config, source, connection))
        for names, rows in _of_database(config, source, connection, asked):
            yield _frame(rows, names) if rows else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    except (sqlalchemy.exc.SQLAlchemyError, duckdb.Error) as error:
        told = {"table": source.name, "database": source.database}
        first = _first_line(getattr(error, "orig", None) or error)
        if is_lost(error):
            raise Lost(
                "{table}: the connection to database “{database}” broke off ({error}). "
                "Nothing of it was kept; build again when the database is well.",
                **told,
                error=first,
            ) from error
        raise DataError(
            "{table}: the query on database “{database}” failed: {error}. "
            "Try it in the database's own client, then correct sql under [tables.{table}].",
            **told,
            error=first,
        ) from error


def refuse_twice(source: Source, names: Sequence[str], where: str) -> None:
    """A column name that comes twice: nothing says which of the two is meant."""
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise DataError(
            "{table}: the column “{column}” comes twice in {where}. "
            "Give each column of the query or file its own name.",
            table=source.name,
            column=twice[0],
            where=where,
        )


def _few(
    config: Config, source: Source, connection: Connection, statement: Select[Any]
) -> tuple[list[str], list[Any]]:
    """The names and rows of a query of few rows."""
    batches = list(_of_database(config, source, connection, statement))
    return batches[0][0], [row for _, rows in batches for row in rows]


def _of_database(
    config: Config, source: Source, connection: Connection, statement: Select[Any] | str
) -> Iterator[tuple[list[str], Sequence[sqlalchemy.Row]]]:  # type: ignore[type-arg]
    """The names and rows of a query, a batch at a time on the server's cursor; once where there is none."""
    limits = config.databases[source.database or ""]
    end = time.monotonic() + limits.extract_seconds

    def given_up() -> Exception:
        connection.invalidate()
        name, over = ("extract_seconds", limits.extract_seconds)
        if time.monotonic() < end:
            name, over = "silent_seconds", limits.silent_seconds
        return DataError(
            "{table}: the query on database “{database}” was given up after {seconds} seconds. Look there "
            "for what holds it up, or raise {setting} under [databases.{database}].",
            table=source.name,
            database=source.database,
            seconds=over,
            setting=name,
        )

    def soon(work: Callable[[], T]) -> T:
        return within(min(limits.silent_seconds, end - time.monotonic()), work, given_up)

    streamed = connection.execution_options(stream_results=True, no_parameters=isinstance(statement, str))

    def begun() -> sqlalchemy.CursorResult[Any]:
        if isinstance(statement, str):  # as it is: a colon or a percent sign in it is text
            return streamed.exec_driver_sql(statement)
        return streamed.execute(statement)

    try:
        result = soon(begun)
    except sqlalchemy.exc.SQLAlchemyError:
        connection.invalidate()  # a transaction in which a query failed answers no other one
        raise
    names = list(result.keys())
    refuse_twice(source, names, "the query")
    empty, cursor = True, result.cursor
    try:
        while rows := soon(lambda: result.fetchmany(BATCH)):
            empty = False
            yield names, rows
    except BaseException:
        # PyMySQL reads a result to its end when it is cleared away, and prints that the server is gone
        unread: Any = getattr(cursor, "_result", None)
        if hasattr(unread, "unbuffered_active"):
            unread.unbuffered_active = False
        raise
    if empty:
        yield names, []


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


def _of_duckdb(config: Config, source: Source, file: str) -> Iterator[pl.DataFrame]:
    """Rows of a query on a DuckDB file, or over files beside the configuration in an in-memory one."""
    with duckdb.connect(file, read_only=file != ":memory:") as connection:
        connection.execute("SET file_search_path = ?", [str(config.folder)])
        reader = connection.sql(source.sql or "").to_arrow_reader(BATCH)
        refuse_twice(source, reader.schema.names, "the query")
        yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
        for batch in reader:
            yield pl.DataFrame(pl.from_arrow(batch))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
