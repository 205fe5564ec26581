"""The databases of a delivery: opened once, only read, at one moment, and never waited for without end."""

import queue
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine

from data_access.errors import CallError, CockpitError, DataError, Note
from data_access.intake.config import Config, Database, database_url
from data_access.intake.refused import refused
from data_access.intake.source import Source

T = TypeVar("T")
Say = Callable[[str], None]
Connect = Callable[[Source, Say], Connection]
TRIES = 3
WRITES = re.compile(r"\b(ALL PRIVILEGES|INSERT|UPDATE|DELETE)\b")
_MAY_WRITE = {
    "postgresql": "select current_setting('is_superuser') = 'on' or exists (select from "
    "information_schema.role_table_grants where privilege_type in ('INSERT', 'UPDATE', 'DELETE'))",
    "mysql": "show grants",
}
_AT_ONE_MOMENT = {
    "mysql": (
        "set session transaction isolation level repeatable read",
        "start transaction with consistent snapshot, read only",
    ),
    "sqlite": ("pragma query_only = on", "begin"),
}


class Lost(DataError):
    """The connection broke off; what was read of the table does not count."""


class Gone(CockpitError):
    """The connection broke off and no other is given: no table of that database can be read any more."""


@contextmanager
def connections(config: Config) -> Iterator[Connect]:
    """Gives each database's connection, the same for all tables, so that they are of one moment."""
    with ExitStack() as stack:
        there: dict[str, Connection] = {}

        def connect(source: Source, say: Say) -> Connection:
            name = source.database or ""
            if name in there and there[name].invalidated:
                try:
                    there[name] = stack.enter_context(_connected(config, source, say))
                except CockpitError as error:
                    raise Gone(
                        "{table}: the connection to database “{database}” broke off while it was read, and "
                        "no other is given. Nothing was kept, and what served before serves on. Look "
                        "whether the server runs, then build again.",
                        table=source.name,
                        database=name,
                    ) from error
                say(
                    Note(
                        "database “{database}” was opened anew: what is read from here on is of a later "
                        "moment",
                        database=name,
                    )
                )
            if name not in there:
                there[name] = stack.enter_context(_connected(config, source, say))
            return there[name]

        yield connect


def within(seconds: float, work: Callable[[], T], given_up: Callable[[], Exception]) -> T:
    """What some work gives, in a thread of its own; after so many seconds nobody waits for it any more."""
    told: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            told.put((work(), None))
        except BaseException as error:
            told.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        found, error = told.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        raise given_up() from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]


@contextmanager
def _connected(config: Config, source: Source, say: Say) -> Iterator[Connection]:
    """One connection that reads only and sees one moment; a lost one is tried again."""
    database = config.databases[source.database or ""]
    engine = _engine(config, source, database)
    try:
        connection, may_write = _tried(engine, source, database)
        if may_write:
            say(
                Note(
                    "the user of database “{database}” may write there; the cockpit only reads. Give it a "
                    "user that may not",
                    database=source.database,
                )
            )
        try:
            yield connection
        finally:
            if not connection.invalidated:
                connection.close()
    finally:
        engine.dispose()


def _tried(engine: Engine, source: Source, database: Database) -> tuple[Connection, bool]:
    """A connection, and whether its user may write; what is lost on the way is tried again after a moment,
    what is refused is not."""
    backend = engine.dialect.name.replace("mariadb", "mysql")

    def connect() -> tuple[Connection, bool]:
        options: dict[str, Any] = {}
        if backend == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        connection = engine.connect().execution_options(**options)
        for statement in _AT_ONE_MOMENT.get(backend, ()):
            connection.exec_driver_sql(statement)
        return connection, _may_write(connection, backend)

    def given_up() -> Exception:
        return CallError(
            "[databases.{database}]: the server has accepted the connection and then said nothing for "
            "{seconds} seconds. Look whether it is well, or raise connect_seconds there.",
            database=source.database,
            seconds=database.connect_seconds,
        )

    for attempt in range(1, TRIES + 1):
        try:
            return within(2 * database.connect_seconds, connect, given_up)
        except (sqlalchemy.exc.SQLAlchemyError, OSError, ValueError, RuntimeError) as error:
            if attempt == TRIES or not is_lost(error):
                raise refused(source, engine.url, error) from None
            pause(attempt)
    raise AssertionError


def is_lost(error: BaseException) -> bool:
    """Whether a connection that stood broke off."""
    return isinstance(error, sqlalchemy.exc.DBAPIError) and error.connection_invalidated


def pause(attempt: int) -> None:
    """Before a lost connection is tried again: a second, then two, each up to half as long again."""
    time.sleep(attempt * random.uniform(1, 1.5))


def _may_write(connection: Connection, backend: str) -> bool:
    """Whether the user could change something; False where nobody tells."""
    if backend not in _MAY_WRITE:
        return False
    rows = connection.exec_driver_sql(_MAY_WRITE[backend]).scalars().all()
    return any(row if isinstance(row, bool) else WRITES.search(str(row)) is not None for row in rows)


def _engine(config: Config, source: Source, database: Database) -> Engine:
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
        made = sqlalchemy.make_url(url)
        return sqlalchemy.create_engine(made, connect_args=driver_limits(made, database))
    except ModuleNotFoundError as error:
        raise CallError(
            "[databases.{database}]: its driver {driver} is not installed. "
            "Install it (docs/sources.md), or name another driver in the URL.",
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


def driver_limits(url: sqlalchemy.URL, database: Database) -> dict[str, Any]:
    """The driver's own limits, so that the server ends what nobody waits for."""
    match url.get_backend_name(), url.get_driver_name():
        case "postgresql", "psycopg" | "psycopg2":
            milliseconds = database.silent_seconds * 1000
            options = f"{url.query.get('options', '')} -c statement_timeout={milliseconds}".strip()
            return {"connect_timeout": database.connect_seconds, "options": options}
        case "mysql" | "mariadb", "pymysql":
            limits = {"connect_timeout": database.connect_seconds}
            return limits | {"read_timeout": database.silent_seconds}
        case "sqlite", _:
            return {"check_same_thread": False, "timeout": database.connect_seconds}
    return {}
