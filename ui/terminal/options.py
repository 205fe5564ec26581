"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

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
