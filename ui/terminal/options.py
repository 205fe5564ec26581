"""Options that several commands take."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data_access.engines.engine import POLARS, Engine
from data_access.engines.spark import spark_engine
from data_access.errors import CallError
from data_access.intake.config import Config
from data_access.view.output import Format as Format
from ui.server.release import release

ConfigPath = Annotated[
    Path, typer.Option("--config", help="The bank's cockpit.toml.", envvar="COCKPIT_CONFIG")
]


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(", ".join(f"{name} {value}" for name, value in release().items() if value))
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", help="Version, commit and contract.", callback=_tell_version, is_eager=True),
]


Tree = Annotated[
    str, typer.Option(help="now, or then: institutions where they hung on the day of what is counted.")
]


class Engines(StrEnum):
    polars = "polars"
    spark = "spark"


Where = Annotated[Engines, typer.Option(help="What sums: polars, here, or spark, a cluster.")]
Remote = Annotated[
    str | None,
    typer.Option(help="The Spark Connect server of --engine spark, sc://HOST[:PORT]."),
]


@contextmanager
def engine_of(engine: Engines, remote: str | None, config: Config) -> Iterator[Engine]:
    """The engine asked for, as long as the work takes."""
    if engine is Engines.polars and remote is None:
        yield POLARS
        return
    if engine is Engines.polars or remote is None or not remote.startswith("sc://"):
        raise CallError("A cluster is named by both: --engine spark --remote sc://HOST[:PORT].")
    with spark_engine(remote, config.spark) as cluster:
        yield cluster
