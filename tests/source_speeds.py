"""How soon a million rows come of each database, and what they take: the figures of docs/sources.md.

`make speeds` writes them anew. Each engine makes its rows itself and is read, as a build reads it, by a
process of its own, so that memory and caches of one are not the next one's.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bench.resources import clocked, commit, machine, peak
from data_access.intake.config import read_config
from data_access.intake.connections import connections
from data_access.intake.landing import land
from metrics import CONTRACT
from tests.data_access.intake.changing import sqlite
from tests.databases import mariadb, postgresql

FILE = Path(__file__).resolve().parents[1] / "docs" / "sources.md"
ROWS = 1_000_000
MEASURED = "Measured by `make speeds`"  # how the paragraph below the table begins
COLUMNS = (
    "month date, customer_id varchar(12), institution_id varchar(12), "
    "aum numeric(18, 2), deposit numeric(18, 2)"
)
NUMBERS = {
    "PostgreSQL": "from generate_series(1, {rows}) as t(n)",
    "MariaDB, MySQL": "from (select seq as n from seq_1_to_{rows}) as t",
    "SQLite": "from (with recursive t(n) as (select 1 union all select n + 1 from t where n < {rows}) "
    "select n from t) as t",
    "DuckDB": "from range(1, {rows} + 1) as t(n)",
}
MADE = "insert into months select {day}, {id}, {place}, n * 1.25, n * 0.5 {numbers}"


class _DuckFile:
    """A file of DuckDB, as the servers of the tests are used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def url(self) -> str:
        return f"duckdb:///{self.path}"

    def run(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def _duckdb(folder: Path) -> Iterator[_DuckFile]:
    yield _DuckFile(folder / "own.duckdb")


ENGINES: dict[str, Callable[[Path], Any]] = {
    "PostgreSQL": postgresql,
    "MariaDB, MySQL": mariadb,
    "SQLite": sqlite,
    "DuckDB": _duckdb,
}


def made(engine: str, server: Any, rows: int) -> None:
    """A table of this many rows, made by the engine itself."""
    words = {"id": "'C' || (1000000000 + n)", "place": "'A' || mod(n, 300)", "day": "'2026-06-30'"}
    if engine.startswith("MariaDB"):
        words |= {"id": "concat('C', 1000000000 + n)", "place": "concat('A', mod(n, 300))"}
    if engine == "PostgreSQL":
        words["day"] = "date '2026-06-30'"
    numbers = NUMBERS[engine].format(rows=rows)
    server.run(f"create table months ({COLUMNS})", MADE.format(**words, numbers=numbers))


def read(config: Path) -> dict[str, float]:
    """Fetches the table as a build does; what this process spent and held."""
    settings = read_config(config, CONTRACT)
    source = settings.tables["customer_months"]
    before = peak()
    with clocked() as spent, connections(settings) as connect:
        folder = config.parent / "landing"
        parts = land(settings, source, folder, lambda *_: None, connect, lambda _: None)
    rows = sum(pl.scan_parquet(part.path).select(pl.len()).collect().item() for part in parts)
    return {**spent, "rows": rows, "peak": peak(), "before": before}


def measured(engine: str, rows: int) -> dict[str, float]:
    """One engine: its table made, then read by a process of its own."""
    with tempfile.TemporaryDirectory(prefix="speeds-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with ENGINES[engine](folder) as server:
            made(engine, server, rows)
            config = folder / "cockpit.toml"
            config.write_text(
                '[tables.customer_months]\nsql = "select * from months"\ndatabase = "own"\n'
                f'[databases.own]\nurl = "{server.url()}"\n'
            )
            done = subprocess.run(
                [sys.executable, "-m", "tests.source_speeds", str(config)],
                cwd=FILE.parents[1],
                check=True,
                capture_output=True,
                text=True,
            )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def told(text: str, found: dict[str, dict[str, float]], where: str) -> str:
    """The document with the figures of these engines, and where they were measured."""
    for engine, one in found.items():
        figures = (
            f"{one['rows'] / one['cpu'] / 1000:,.0f},000 | {one['cpu']:.1f} | {one['wall']:.1f} "
            f"| {one['peak'] / 1e9:.2f} GB |"
        )
        head = re.escape(f"| {engine} |")
        text, n = re.subn(rf"(?m)^({head} [^|]*\| [^|]*\|).*$", rf"\1 {figures}", text)
        assert n == 1, engine
    text, n = re.subn(rf"(?m)^{MEASURED}.*$", lambda _: where, text)
    assert n == 1
    return text


def main() -> None:
    """Measures every engine and writes the document; with a configuration only reads its table."""
    if len(sys.argv) > 1:
        print(json.dumps(read(Path(sys.argv[1]))))  # noqa: T201
        return
    load, ran = os.getloadavg()[0], commit()
    found = {engine: measured(engine, ROWS) for engine in ENGINES}
    others = "nothing else was at work on it"
    if load > 0.5:
        others = f"other programs were at work on it (load {load:.1f} before it began)"
    program = max(one["before"] for one in found.values()) / 1e9
    where = (
        f"{MEASURED} on commit {ran}, {machine()}; {others}. "
        f"{ROWS:,} rows of five columns, made by the engine and copied by the cockpit as a build copies "
        "them, before they are checked. Seconds and memory are the cockpit's, not the server's; rows a "
        f"second are per second of its processor time. {program:.2f} GB of the memory is the program itself, "
        "and it does not grow with rows (a test holds that)."
    )
    FILE.write_text(told(FILE.read_text("utf-8"), found, where), "utf-8")


if __name__ == "__main__":
    main()
