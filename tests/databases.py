"""Real database servers on loopback for the tests, each in a folder of its own: PostgreSQL and MariaDB."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import sqlalchemy

from bench.servers import free_port

PASSWORD = "s3cr3t-word"
OWNER, READER, BANK = "owner", "reader", "bank"


class Server(NamedTuple):
    """The address of a server; `owner` may do all, `reader` may only read. `kill` ends it as a power cut
    does, `start` starts it again on the same port, with what it held."""

    driver: str
    port: int
    kill: Callable[[], None] = lambda: None
    start: Callable[[], None] = lambda: None

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


class _Running:
    """A server's process, which may be killed and started again."""

    def __init__(self, command: list[str], log: Path, answers: Callable[[], object]) -> None:
        self.command, self.log, self.answers = command, log, answers

    def start(self) -> None:
        with self.log.open("a") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out)
        for attempt in range(300):
            try:
                self.answers()
                break
            except sqlalchemy.exc.SQLAlchemyError:
                assert self.process.poll() is None and attempt < 299, self.log.read_text()
                time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL, with the processes that it started for its clients."""
        if self.process.poll() is not None:
            return
        parent = psutil.Process(self.process.pid)
        children = parent.children(recursive=True)
        for process in [parent, *children]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        psutil.wait_procs(children, timeout=30)  # while one lives, its memory lets no server begin

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    port, data, secret = free_port(), folder / "data", folder / "secret"
    secret.write_text(PASSWORD)
    data.mkdir()
    for path in (folder, data, secret):
        _own(path, "postgres")
    asked = ["-D", str(data), "-U", OWNER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
    subprocess.run([*_as("postgres"), _program("initdb"), *asked], check=True, capture_output=True)
    settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
    words = [word for setting in settings for word in ("-c", setting)]
    url = Server("postgresql+psycopg", port).url(OWNER, database="postgres")
    first = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")

    def answers() -> None:
        with first.connect():
            pass
        first.dispose()

    command = [*_as("postgres"), _program("postgres"), "-D", str(data), *words]
    running = _Running(command, folder / "log", answers)
    server = Server("postgresql+psycopg", port, running.kill, running.start)
    with running:
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
    port, data = free_port(), folder / "data"
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
    settings = [f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1"]
    settings += [f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--init-file={start}"]
    command = [_program("mariadbd"), "--no-defaults", *settings, "--skip-name-resolve", *user]
    running = _Running(command, folder / "log", lambda: server.run("select 1"))
    server = Server("mysql+pymysql", port, running.kill, running.start)
    with running:
        start.write_text("select 1;\n")  # what it made is there when it starts again
        yield server


@contextmanager
def served(kind: Callable[[Path], Any]) -> Iterator[Any]:
    """In a folder that is open to the user as whom the server runs; those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="server-") as folder:
        Path(folder).chmod(0o755)
        with kind(Path(folder)) as found:
            yield found
