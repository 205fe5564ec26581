"""Banks of which a database gives only what changed: its servers, and what two snapshots hold."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy

from data_access import snapshot as life
from data_access.intake import databases
from tests.databases import mariadb, postgresql

INSTITUTIONS = "institution_id,parent_id,level,name\n1,,head_office,Bank\nA,1,outlet,A\nB,1,outlet,B\n"


@contextmanager
def sqlite(folder: Path) -> Iterator["File"]:
    yield File(folder / "own.sqlite")


class File:
    """A file of SQLite, as the servers of the tests are used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def url(self, _user: str = "") -> str:
        return f"sqlite:///{self.path}"

    def run(self, *statements: str) -> None:
        engine = sqlalchemy.create_engine(self.url())
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


SERVERS = [
    sqlite,
    pytest.param(postgresql, marks=pytest.mark.slow),
    pytest.param(mariadb, marks=pytest.mark.slow),
]
NAMES = ["sqlite", "postgresql", "mariadb"]


def counted(monkeypatch: pytest.MonkeyPatch, told: Callable[[int], None]) -> None:
    """`told` hears how many rows come of each query."""
    frame: Callable[..., pl.DataFrame] = databases._frame

    def framed(rows: Any, names: list[str]) -> pl.DataFrame:
        told(len(rows))
        return frame(rows, names)

    monkeypatch.setattr(databases, "_frame", framed)


def contents(snapshot: life.Snapshot) -> dict[str, Any]:
    """What each mart, list and table holds; rows of a kept month have no number in a quarantine."""
    kept = [name for name in snapshot.manifest["files"] if name.endswith(".parquet")]
    kept = [name for name in kept if not name.startswith(("partitions/", "checked/"))]
    frames = {name: pl.read_parquet(snapshot.folder / name) for name in kept}
    frames = {name: frame.drop("row", "source", strict=False) for name, frame in frames.items()}
    return {name: frame.hash_rows().sort().to_list() for name, frame in frames.items()}


def alike(found: life.Snapshot, whole: life.Snapshot) -> None:
    """The snapshot of what changed beside the one for which everything was fetched."""
    assert contents(found) == contents(whole)
    counts = ("rows_in", "loaded", "quarantined", "duplicate", "as_of")
    assert [[row[c] for c in counts] for row in found.manifest["reports"]] == [
        [row[c] for c in counts] for row in whole.manifest["reports"]
    ]
    assert found.manifest["facts"] == whole.manifest["facts"]
