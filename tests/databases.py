"""Real database servers on loopback for the tests, each in a folder of its own: PostgreSQL and MariaDB."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy

from bench.servers import free_port

PASSWORD = "s3cr3t-word"
OWNER, READER, BANK = "owner", "reader", "bank"


class Server(NamedTuple):
    """The address of a server; `owner` may do all, `reader` may only read."""

    driver: str
    port: int

    def url(self, user: str = READER, password: str = PASSWORD, database: str = BANK) -> str:
        return f"{self.driver}://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> list[sqlalchemy.Row]:  # type: ignore[type-arg]
        """Statements of the owner; the rows of the last one."""
        engine = sqlalchemy.create_engine(self.url(OWNER), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
            rows = list(result) if result.returns_rows else []
        engine.dispose()
        return rows


def _program(name: str) -> str:
    """A program of the machine's, Debian's PostgreSQL among them."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/sbin")]
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))
    if found is None:
        pytest.skip(f"no {name}; `make databases` installs Debian's")
    return found


def _as(user: str) -> list[str]:
    """These servers refuse to run as root."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []


def _own(folder: Path, user: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, user, user)


@contextmanager
def _running(command: list[str], log: Path, answers: Callable[[], object]) -> Iterator[None]:
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            for attempt in range(300):
                try:
                    answers()
                    break
                except sqlalchemy.exc.SQLAlchemyError:
                    assert process.poll() is None and attempt < 299, log.read_text()
                    time.sleep(0.2)
            yield
        finally:
            process.terminate()


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    server, data, secret = Server("postgresql+psycopg", free_port()), folder / "data", folder / "secret"
    secret.write_text(PASSWORD)
    data.mkdir()
    for path in (folder, data, secret):
        _own(path, "postgres")
    asked = ["-D", str(data), "-U", OWNER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
    subprocess.run([*_as("postgres"), _program("initdb"), *asked], check=True, capture_output=True)
    settings = [f"port={server.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    words = [word for setting in settings for word in ("-c", setting)]
    first = sqlalchemy.create_engine(server.url(OWNER, database="postgres"), isolation_level="AUTOCOMMIT")

    def answers() -> None:
        with first.connect():
            pass

    command = [*_as("postgres"), _program("postgres"), "-D", str(data), *words]
    with _running(command, folder / "log", answers):
        with first.connect() as connection:
            connection.exec_driver_sql(f"create database {BANK}")
        first.dispose()
        server.run(
            f"create role {READER} login password '{PASSWORD}'",
            f"alter default privileges grant select on tables to {READER}",
        )
        yield server


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    server, data = Server("mysql+pymysql", free_port()), folder / "data"
    data.mkdir()
    for path in (folder, data):
        _own(path, "mysql")
    user = [f"--user={'mysql' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}"]
    made = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db", *user]
    subprocess.run(made, check=True, capture_output=True)
    start = folder / "start.sql"
    start.write_text(
        f"create database {BANK} character set utf8mb4;\n"
        f"create user {OWNER}@127.0.0.1 identified by '{PASSWORD}';\n"
        f"grant all on *.* to {OWNER}@127.0.0.1;\n"
        f"create user {READER}@127.0.0.1 identified by '{PASSWORD}';\n"
        f"grant select on {BANK}.* to {READER}@127.0.0.1;\n"
    )
    settings = [f"--datadir={data}", f"--port={server.port}", "--bind-address=127.0.0.1"]
    settings += [f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--init-file={start}"]
    command = [_program("mariadbd"), "--no-defaults", *settings, "--skip-name-resolve", *user]
    with _running(command, folder / "log", lambda: server.run("select 1")):
        yield server
