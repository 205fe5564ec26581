"""Queries as frames: over databases that SQLAlchemy reaches, and over files in an in-memory DuckDB."""

import re
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import sqlalchemy

from data_access.errors import CallError, CockpitError, DataError
from data_access.intake.config import Config, database_url
from data_access.intake.source import Source

BATCH = 200_000
PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "oracle": 1521, "mssql": 1433}
# What drivers and servers say when they refuse: codes, or words where a driver hands on no code.
WRONG_USER = {"28P01", "28000", "1045", "1698", "18456"}
WRONG_USER_WORDS = re.compile(
    "ORA-01017|password authentication|role .* does not exist|Login failed|Access denied"
)
NO_DATABASE = {"3D000", "1049", "4060", "08004"}
NO_DATABASE_WORDS = re.compile(
    "ORA-12514|ORA-12505|database .* does not exist|Unknown database|Cannot open database"
)


def query_frames(config: Config, source: Source) -> Iterator[pl.DataFrame]:
    """The rows of a table's query, a batch at a time; without a row one frame has the columns."""
    frames = _of_files(config, source) if source.database == "files" else _of_database(config, source)
    try:
        yield from frames
    except (sqlalchemy.exc.SQLAlchemyError, duckdb.Error) as error:
        raise DataError(
            "{table}: the query on database “{database}” failed: {error}. "
            "Try it in the database's own client, then correct sql under [tables.{table}].",
            table=source.name,
            database=source.database,
            error=_first_line(getattr(error, "orig", None) or error),
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


def _of_database(config: Config, source: Source) -> Iterator[pl.DataFrame]:
    """Rows of a SQLAlchemy query, a batch at a time on the server's cursor."""
    engine = _engine(config, source)
    try:
        try:
            connection = engine.connect()
        except (sqlalchemy.exc.SQLAlchemyError, OSError, ValueError, RuntimeError) as error:
            raise _refused(source, engine.url, error) from None
        # the statement goes to the driver as it is: a colon or a percent sign in it is text
        with connection.execution_options(stream_results=True, no_parameters=True):
            result = connection.exec_driver_sql(source.sql or "")
            names = list(result.keys())
            refuse_twice(source, names, "the query")
            empty = True
            while rows := result.fetchmany(BATCH):
                empty = False
                yield _frame(rows, names)
            if empty:
                yield pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    finally:
        engine.dispose()


def _engine(config: Config, source: Source) -> sqlalchemy.Engine:
    """The database; nothing of a URL is ever shown, for it may hold a password."""
    url = database_url(config, source.database or "")
    path = url.removeprefix("sqlite:///").partition("?")[0]
    if url.startswith("sqlite:///") and not Path(path).exists():
        raise DataError(
            "{table}: there is no SQLite file at {path}. Deliver it, or correct [databases.{database}].",
            table=source.name,
            path=path,
            database=source.database,
        )
    try:
        return sqlalchemy.create_engine(url)
    except ModuleNotFoundError as error:
        raise CallError(
            "[databases.{database}]: its driver {driver} is not installed. "
            "Install it with pip, or name another driver in the URL.",
            database=source.database,
            driver=error.name,
        ) from error
    except (sqlalchemy.exc.SQLAlchemyError, ValueError, TypeError, ImportError):
        raise CallError(
            "[databases.{database}]: its URL cannot be read (it is not shown here, for it may hold a "
            "password). Write dialect+driver://user:password@host:port/database, signs such as @ : / in "
            "user or password as %40 %3A %2F.",
            database=source.database,
        ) from None


def _refused(source: Source, url: sqlalchemy.URL, error: Exception) -> CockpitError:
    """Why there is no connection, with its remedy; the driver's own words may hold names and are left out."""
    raw = getattr(error, "orig", None) or error
    said, codes = str(raw), {str(getattr(raw, "sqlstate", "")), *map(str, getattr(raw, "args", ())[:1])}
    port = url.port or PORTS.get(url.get_backend_name())
    if url.host and port and not _answers(url.host, port):
        return CallError(
            "[databases.{database}]: nobody answers at its host and port. "
            "Check both in the URL, that the database runs, and that the firewall lets this machine through.",
            database=source.database,
        )
    if codes & NO_DATABASE or NO_DATABASE_WORDS.search(said):
        return CallError(
            "[databases.{database}]: the server knows no database of the name in the URL. "
            "Correct what stands behind the last /, or ask for access to it.",
            database=source.database,
        )
    if codes & WRONG_USER or WRONG_USER_WORDS.search(said):
        return CallError(
            "[databases.{database}]: the server refuses user or password. "
            "Correct them in the URL; signs such as @ : / are written %40 %3A %2F there.",
            database=source.database,
        )
    return CallError(
        "[databases.{database}] cannot be opened ({kind}). "
        "Try the URL in the database's own client on this machine, then correct it.",
        database=source.database,
        kind=type(raw).__name__,
    )


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5):
            return True
    except (OSError, ValueError):
        return False


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


def _of_files(config: Config, source: Source) -> Iterator[pl.DataFrame]:
    """Rows of a query over files beside the configuration, in an in-memory DuckDB."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET file_search_path = ?", [str(config.folder)])
        reader = connection.sql(source.sql or "").to_arrow_reader(BATCH)
        refuse_twice(source, reader.schema.names, "the query")
        yield pl.DataFrame(pl.from_arrow(reader.schema.empty_table()))
        for batch in reader:
            yield pl.DataFrame(pl.from_arrow(batch))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
