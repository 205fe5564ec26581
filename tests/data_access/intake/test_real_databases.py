"""Databases that are real: PostgreSQL and MariaDB, started by the tests; SQLite and DuckDB are files."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlalchemy

from data_access.errors import CockpitError
from data_access.intake import databases, landing
from data_access.intake.config import Config, read_config
from data_access.intake.connections import connections
from data_access.intake.landing import land
from data_access.snapshot import Snapshot
from data_access.view.store import open_store
from metrics import CONTRACT
from tests.conftest import TODAY, Run
from tests.databases import OWNER, PASSWORD, Server, mariadb, postgresql, served

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")]
SLEEP = {"postgresql+psycopg": "select pg_sleep(60)", "mysql+pymysql": "select sleep(60)"}
MANY = {
    "postgresql+psycopg": "select n, n * 1.5 as amount, 'customer ' || n as name "
    "from generate_series(1, {rows}) n",
    "mysql+pymysql": "select seq as n, seq * 1.5 as amount, concat('customer ', seq) as name "
    "from seq_1_to_{rows}",
}


@pytest.fixture(scope="module", params=[postgresql, mariadb], ids=["postgresql", "mariadb"])
def server(request: Any) -> Iterator[Server]:
    with served(request.param) as found:
        yield found


def config_of(folder: Path, url: str, query: str, limits: str = "") -> Config:
    file = folder / "cockpit.toml"
    text = f'[tables.managers]\nsql = "{query}"\ndatabase = "crm"\n[databases.crm]\nurl = "{url}"\n{limits}'
    file.write_text(text, encoding="utf-8")
    return read_config(file, CONTRACT)


def landed(config: Config, folder: Path, progress: Callable[[str, float], None] = lambda *_: None) -> Any:
    """The rows of the one table, and what was noted."""
    notes: list[str] = []
    with connections(config) as connect:
        parts = land(config, config.tables["managers"], folder / "landing", progress, connect, notes.append)
        return pl.concat([part.scan().collect() for part in parts]), notes


def delivered(server: Server, bank: Path) -> dict[str, str]:
    """The extracts of a bank as tables of the server; table → its query."""
    engine = sqlalchemy.create_engine(server.url(OWNER))
    queries = {}
    for name in re.findall(r"^\[tables\.(\w+)\]", (bank / "cockpit.toml").read_text("utf-8"), re.MULTILINE):
        files = sorted((bank / "extracts").glob(f"{name}*.parquet")) or sorted(
            (bank / "extracts" / name).glob("*.parquet")
        )
        if files:
            frame = pl.concat([pl.read_parquet(file) for file in files], how="diagonal_relaxed")
            frame.write_database(name, engine, if_table_exists="replace")
            queries[name] = f"select * from {name}"
    engine.dispose()
    return queries


def bank_of(server: Server, bank: Path, folder: Path) -> Path:
    """The configuration of a bank whose extracts are tables of the server."""
    queries = delivered(server, bank)
    assert len(queries) > 10
    text = (bank / "cockpit.toml").read_text("utf-8")
    for name, query in queries.items():
        way = rf'(\[tables\.{name}\]\n(?:#.*\n)*)parquet = "[^"]*"'
        text, found = re.subn(way, rf'\1sql = "{query}"\ndatabase = "own"', text)
        assert found == 1, name
    text = text.replace("extracts/", f"{bank}/extracts/")
    config = folder / "cockpit.toml"
    config.write_text(f'{text}\n[databases.own]\nurl = "{server.url()}"\n', encoding="utf-8")
    return config


def is_the_bank_of_files(config: Path, bank: Path) -> None:
    """Every mart and every table, row by row; and no word of the password anywhere."""
    here, files = (open_store(read_config(file, CONTRACT)) for file in (config, bank / "cockpit.toml"))
    assert contents(here.snapshot) == contents(files.snapshot)
    without_secrets(config)


def without_secrets(config: Path) -> None:
    for file in config.parent.rglob("*"):
        assert file == config or file.is_dir() or PASSWORD.encode() not in file.read_bytes(), file


def test_a_bank_from_a_database_is_the_bank_from_files(
    server: Server, sample_bank: Path, tmp_path: Path, run: Run
) -> None:
    config = bank_of(server, sample_bank, tmp_path)
    answer = run("build", "--config", config, "--today", TODAY)
    assert answer.code == 0, answer.err
    assert "may write" not in answer.out + answer.err
    is_the_bank_of_files(config, sample_bank)
    assert PASSWORD not in answer.out + answer.err


def test_a_server_that_is_killed_on_the_way_harms_nothing(
    server: Server, sample_bank: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGKILL in the middle of a table of a second build: one sentence, the first snapshot serves, nothing is
    left of the second; and the next build is whole without a hand's help."""
    config = bank_of(server, sample_bank, tmp_path)
    assert run("build", "--config", config, "--today", TODAY).code == 0
    root = tmp_path / ".cockpit"
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    asked = ("metric", "book.summary", "--config", config, "--format", "json", "--by", "children")
    expected, read, frame = run(*asked).rows, [0], databases._frame

    def killing(rows: Any, names: list[str]) -> pl.DataFrame:
        read[0] += len(rows)
        if "aum" in names and read[0] > 2_000:  # of the customers' months, of which more are to come
            server.kill()
        return frame(rows, names)

    with monkeypatch.context() as patch:
        patch.setattr(databases, "BATCH", 200)
        patch.setattr(databases, "_frame", killing)
        answer = run("build", "--config", config, "--today", TODAY)
    said = [line for line in (answer.out + answer.err).splitlines() if "broke off" in line]
    assert (answer.code, len(said)) == (1, 1) and "build again" in said[0], answer.err
    assert PASSWORD not in answer.out + answer.err
    after = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    assert set(after) - set(before) == {root / "FAILED"}
    assert {file: after[file] for file in before} == before and run(*asked).rows == expected
    without_secrets(config)
    server.start()
    assert run("build", "--config", config, "--today", TODAY).code == 0
    is_the_bank_of_files(config, sample_bank)
    assert not (root / "FAILED").exists()


def contents(snapshot: Snapshot) -> dict[str, Any]:
    """What each mart and table holds."""
    kept = [name for name in snapshot.manifest["files"] if name.startswith(("marts/", "tables/"))]
    frames = {name: pl.read_parquet(snapshot.folder / name) for name in kept}
    return {name: frame.hash_rows().sort().to_list() for name, frame in frames.items()}


def test_nothing_is_written(server: Server, tmp_path: Path) -> None:
    """Not even by a user who may, who is named."""
    server.run("drop table if exists kept", "create table kept (n int)", "insert into kept values (1)")
    _, notes = landed(config_of(tmp_path, server.url(OWNER), "select n from kept"), tmp_path)
    assert len(notes) == 1 and "may write" in notes[0]
    erase = "delete from kept"
    if server.driver.startswith("postgresql"):  # where a cursor takes no other statement, a function might
        server.run("create or replace function erase() returns void language sql as 'delete from kept'")
        erase = "select erase()"
    with pytest.raises(CockpitError, match=r"(?i)read.only"):
        landed(config_of(tmp_path, server.url(OWNER), erase), tmp_path / "other")
    assert server.run("select count(*) from kept")[0][0] == 1
    _, notes = landed(config_of(tmp_path, server.url(), "select n from kept"), tmp_path / "third")
    assert notes == []


def test_all_tables_are_of_one_moment(server: Server, tmp_path: Path) -> None:
    server.run("drop table if exists moment", "create table moment (n int)", "insert into moment values (1)")
    config = config_of(tmp_path, server.url(), "select n from moment")
    with connections(config) as connect:
        counted = []
        for number in range(2):
            folder = tmp_path / str(number)
            land(config, config.tables["managers"], folder, lambda *_: None, connect, lambda _: None)
            counted.append(pl.read_parquet(folder / "00000.parquet").height)
            server.run("insert into moment values (2)")
    assert counted == [1, 1] and server.run("select count(*) from moment")[0][0] == 3


def test_a_query_without_end_is_given_up(server: Server, tmp_path: Path) -> None:
    begun = time.monotonic()
    config = config_of(tmp_path, server.url(), SLEEP[server.driver], "silent_seconds = 2\n")
    with pytest.raises(CockpitError) as refusal:
        landed(config, tmp_path)
    assert time.monotonic() - begun < 30
    assert PASSWORD not in str(refusal.value) and "managers" in str(refusal.value)


def test_a_table_has_a_limit_of_its_own(server: Server, tmp_path: Path) -> None:
    query = MANY[server.driver].format(rows=50_000_000)
    config = config_of(tmp_path, server.url(), query, "extract_seconds = 3\n")
    begun = time.monotonic()
    with pytest.raises(CockpitError, match="extract_seconds"):
        landed(config, tmp_path)
    assert time.monotonic() - begun < 60


def test_a_server_that_says_nothing_is_given_up(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = Server(server.driver, silent.getsockname()[1]).url()
        config = config_of(tmp_path, url, "select 1", "connect_seconds = 2\n")
        begun = time.monotonic()
        with pytest.raises(CockpitError, match=r"databases\.crm"):
            landed(config, tmp_path)
        assert time.monotonic() - begun < 60


def test_a_lost_connection_is_tried_again_and_nothing_counts_twice(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BATCH", 20_000)
    monkeypatch.setattr(landing, "TOLD", 20_000)
    ended = []

    def end_once(step: str, _share: float) -> None:
        if "rows" in step and not ended:
            ended.append(step)
            if server.driver.startswith("postgresql"):
                server.run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'")
            else:
                ids = server.run("select id from information_schema.processlist where user = 'reader'")
                server.run(*(f"kill {id}" for (id,) in ids))

    query = MANY[server.driver].format(rows=400_000)
    rows, notes = landed(config_of(tmp_path, server.url(), query), tmp_path, end_once)
    assert ended and rows["n"].sort().to_list() == list(range(1, 400_001))
    assert len(notes) == 1 and "opened anew" in notes[0]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"password": "wrong"}, "refuses user or password"),
        ({"user": "nobody"}, "refuses user or password"),
        ({"database": "elsewhere"}, "knows no database"),
    ],
)
def test_each_refusal_has_its_remedy(
    change: dict[str, str], word: str, server: Server, tmp_path: Path
) -> None:
    if "database" in change and server.driver.startswith("mysql"):
        change = {**change, "user": OWNER}  # a reader of nothing there is refused as a user
    with pytest.raises(CockpitError, match=word) as refusal:
        landed(config_of(tmp_path, server.url(**change), "select 1"), tmp_path)
    assert refusal.value.exit_code == 2


def test_memory_does_not_grow_with_rows(server: Server, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from bench.resources import peak\n"
        "from tests.data_access.intake.test_real_databases import config_of, landed_alone\n"
        "landed_alone(Path(sys.argv[1]), sys.argv[2], sys.argv[3]); print(peak())"
    )
    peaks = []
    for rows in (400_000, 2_000_000):
        folder = tmp_path / str(rows)
        folder.mkdir()
        asked = [
            sys.executable,
            "-c",
            script,
            str(folder),
            server.url(),
            MANY[server.driver].format(rows=rows),
        ]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] < 1.3 * peaks[0]


def landed_alone(folder: Path, url: str, query: str) -> None:
    """Lands a query's rows without reading them again."""
    config = config_of(folder, url, query)
    with connections(config) as connect:
        source = config.tables["managers"]
        land(config, source, folder / "landing", lambda *_: None, connect, lambda _: None)


def test_files_of_sqlite_and_duckdb_are_only_read(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "d.duckdb")) as made:
        made.execute("create table kept as select 1 as n, date '2026-01-31' as day, 1.50::decimal(9, 2) as x")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 's.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table kept (n int)")
        connection.exec_driver_sql("insert into kept values (1)")
    for number, url in enumerate(("duckdb:///d.duckdb", "sqlite:///s.sqlite")):
        rows, _ = landed(config_of(tmp_path, url, "select * from kept"), tmp_path / f"read{number}")
        assert rows["n"].to_list() == [1]
        with pytest.raises(CockpitError, match=r"(?i)read.?only"):
            landed(config_of(tmp_path, url, "delete from kept"), tmp_path / f"write{number}")
        rows, _ = landed(config_of(tmp_path, url, "select * from kept"), tmp_path / f"again{number}")
        assert rows["n"].to_list() == [1]
